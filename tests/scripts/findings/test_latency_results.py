"""Validities, percentiles over repetitions, the floor, curves and series, on rows made here."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from bookstore.data import curves
from bookstore.data.results import Results, Row
from bookstore.findings import brackets, latency as findings, open_figures
from bookstore.findings.latency import Latency
from bookstore.findings.open_figures import INVALID, OVERLOAD, VALID, OpenFigure, OpenSetting
from bookstore.report import latency as report
from bookstore.terminal.errors import InputError


def open_row(
    name: str = "counter/threads/cores:2/workers:16/rate:4000/duration:1",
    p50: float | None = 50.0,
    validity: str = VALID,
    repetition: int = 0,
    **counters: float,
) -> Row:
    params = dict(part.split(":") for part in name.split("/")[2:] if "arrivals" not in part)
    numbers = {key: float(value) for key, value in params.items()}
    numbers |= {"tasks": 4000.0, "latency_mean_us": 520.0, "delay_mean_us": 70.0}
    numbers |= {"valid": float(validity == VALID), "overload": float(validity == OVERLOAD)}
    if p50 is not None:
        numbers |= {
            "delay_p50_us": p50,
            "delay_p99_us": 10 * p50,
            "delay_max_us": 30 * p50,
            "delay_samples": 3600.0,
        }
    label = validity if validity == VALID else f"{validity}; the reason; another"
    return Row(name, 1.0, numbers | counters, repetition=repetition, label=label)


def figure(*rows: Row) -> OpenFigure:
    return OpenFigure(open_figures.open_setting_of(rows[0]), rows)


def latency(*rows: Row) -> Latency:
    return findings.latency_from(Results(Path("latency.json"), {}, list(rows)), ["threads", "tbb"])


@pytest.mark.parametrize(
    ("validities", "expected"),
    [
        ([VALID], VALID),
        ([INVALID], INVALID),
        ([OVERLOAD], OVERLOAD),
        ([VALID, INVALID, INVALID], VALID),
        ([VALID, VALID, OVERLOAD], VALID),
        ([VALID, OVERLOAD], OVERLOAD),
        ([VALID, OVERLOAD, OVERLOAD], OVERLOAD),
        ([INVALID, INVALID, OVERLOAD], OVERLOAD),
    ],
)
def test_the_validity_of_several_processes(validities: list[str], expected: str) -> None:
    assert figure(*(open_row(validity=validity) for validity in validities)).validity == expected


def test_percentiles_are_medians_of_all_processes_and_an_interval_over_them() -> None:
    values = [50.0, 52.0, 60.0, 55.0, 54.0, 53.0, 900.0]
    rows = [open_row(p50=value, validity=INVALID if value > 100 else VALID) for value in values]
    found = figure(*rows)
    assert found.validity_text == "VALID 6/7"
    p50 = found.percentile("p50")
    # The process that broke a rule counts: to leave out the worst would flatter.
    assert p50 is not None and (p50.us.median, p50.us.low, p50.us.high) == (54, 50, 900)
    assert p50.us.level == pytest.approx(63 / 64)


def test_a_percentile_of_one_process_has_no_interval() -> None:
    found = figure(open_row()).percentile("p99")
    assert found is not None and not found.us.is_interval
    assert figure(open_row(p50=None, validity=OVERLOAD)).percentile("p99") is None


def test_few_and_instrument_are_what_half_of_the_processes_say() -> None:
    flags = [(1.0, 0.0), (1.0, 1.0), (0.0, 0.0), (0.0, 0.0)]
    rows = [open_row(delay_p99_few=few, delay_p99_instrument=instrument) for few, instrument in flags]
    found = figure(*rows).percentile("p99")
    assert found is not None and (found.few, found.instrument, found.mark) == (True, False, "f")
    assert report.percentile_text(found).startswith("500 f")


def test_older_runs_know_the_latency_alone() -> None:
    older = {"latency_p50_us": 520.0, "latency_p99_us": 900.0}
    found = figure(open_row(p50=None, **older))
    p99 = found.percentile("p99")
    assert found.kind_of_figure == "latency" and p99 is not None and p99.us.median == 900


def test_a_row_that_was_ended_early_does_not_make_a_run_an_older_one() -> None:
    """Whichever comes first: the words of every picture and table follow from it."""
    ended = open_row("counter/sequential/cores:2/workers:1/rate:8000/duration:1", None, OVERLOAD)
    assert figure(ended).kind_of_figure == "delay"
    assert latency(ended, open_row()).figure_name == latency(open_row(), ended).figure_name == "delay"
    older = open_row(p50=None, latency_p50_us=520.0)
    assert latency(ended, older).figure_name == latency(older, ended).figure_name == "latency"


def test_what_lies_far_out_is_of_all_tasks_together() -> None:
    found = figure(open_row(p50=50), open_row(p50=80, repetition=1))
    alone = found.tail(None)
    assert alone is not None and math.isnan(alone.p999_us)
    assert (alone.largest_us, alone.tasks, alone.processes) == (2400, 7200, 2)
    curve = curves.Curve([1.0, 100.0, 2000.0], [1.0, 30.0, 70.0], 7200, 99.0, "delay", 2)
    pooled = found.tail(curve)
    assert pooled == open_figures.Tail(70.0, 99.0, 7200, 2)
    of_latency = found.tail(curves.Curve([1.0], [1.0], 10, 2.0, "latency"))
    assert of_latency is not None and of_latency.largest_us == 2400


def test_latency_by_kind() -> None:
    rows = [
        open_row(latency_rent_p50_us=value, repetition=index) for index, value in enumerate((550.0, 560.0))
    ]
    rent = figure(*rows).of_kind("rent", "p50")
    assert rent is not None and (rent.low, rent.high) == (550, 560)
    assert figure(*rows).of_kind("coffee", "max") is None


def test_runs_of_other_lengths_are_one_setting_and_bursts_another() -> None:
    base = "counter/threads/cores:2/workers:16/rate:4000/duration:"
    rows = [open_row(base + "1"), open_row(base + "2"), open_row(base + "1", arrivals_bursts=1.0)]
    found = latency(*rows).figures
    assert [len(each.rows) for each in found.values()] == [2, 1]
    assert [setting.bursts for setting in found] == [False, True]


def test_usual_workers_are_those_of_most_processes_on_so_many_cores() -> None:
    places = [(2, 128, 0), (2, 128, 1), (2, 64, 0), (1, 64, 0), (2, 7, 0)]
    rows = [
        open_row(
            f"counter/threads/cores:{cores}/workers:{workers}/rate:4000/duration:1", repetition=repetition
        )
        for cores, workers, repetition in places
    ]
    door = open_row("counter/threads/cores:2/workers:128/rate:4000/duration:1/door:1", p50=90)
    found = latency(*rows, door)
    assert (found.workers("threads"), found.workers("threads", 1)) == (128, 64)
    plain, handed = (found.at("counter", "threads", 4000, 2, door) for door in (False, True))
    assert plain is not None and handed is not None
    assert len(plain.rows) == 2 and handed.rows == [door]
    assert found.at("counter", "threads", 4000, cores=4) is None


def test_the_main_rate_is_the_highest_that_most_keep_up_with() -> None:
    served = {("threads", 1000): VALID, ("threads", 9000): VALID, ("tbb", 1000): VALID, ("tbb", 9000): VALID}
    served |= {("threads", 20000): VALID, ("tbb", 20000): OVERLOAD}
    rows = [
        open_row(f"counter/{backend}/cores:2/workers:16/rate:{rate}/duration:1", validity=validity)
        for (backend, rate), validity in served.items()
    ]
    assert latency(*rows).main_rate("counter") == 9000


def test_capacity_is_read_from_the_rates_where_none_was_searched() -> None:
    at = {1000: (20.0, VALID), 5000: (60.0, VALID), 20000: (300.0, VALID), 50000: (50.0, OVERLOAD)}
    rows = [
        open_row(f"counter/threads/cores:2/workers:16/rate:{rate}/duration:1", p50, validity)
        for rate, (p50, validity) in at.items()
    ]
    (found,) = brackets.brackets(latency(*rows), "counter")
    assert (found.passing, found.failing) == (5000, 20000)  # p99 of 600 us holds, of 3 ms fails
    assert found.bracket == "holds 5,000/s, fails 20,000/s" and found.limit == "delay p99 within 1 ms"


def test_backends_stand_in_the_order_of_the_run() -> None:
    names = ("new", "tbb", "threads")
    rows = [open_row(f"counter/{name}/cores:2/workers:16/rate:4000/duration:1") for name in names]
    assert latency(*rows).backends == ["threads", "tbb", "new"]


def test_the_floor_takes_medians_and_the_worst_of_what_should_not_happen() -> None:
    floors = [
        {
            "floor_clock_ns": clock,
            "floor_recording_ns": 10 * clock,
            "floor_wake_up_max_us": late,
            "hiccup_before_us": 10.0,
            "steal_fraction": steal,
        }
        for clock, late, steal in ((20.0, 100.0, 0.0), (22.0, 900.0, 0.03), (90.0, 50.0, 0.01))
    ]
    null = open_row("null/tbb/cores:2/workers:16/rate:1000/duration:1", p50=60)
    found = latency(*(open_row(**each) for each in floors), null).floor
    assert found.recording_ns == 220.0
    assert (found.clock_ns, found.wake_up_max_us, found.hiccup_us, found.steal) == (22.0, 900.0, 10.0, 0.03)
    assert found.null_p50_us == {"tbb": 60}


def test_capacities_are_read_from_their_rows() -> None:
    counters = {"cores": 2.0, "workers": 16.0, "slo_percentile": 0.99, "slo_limit_us": 5000.0}
    counters |= {"passing_per_second": 20000.0, "failing_per_second": 0.0, "passing_confirmed": 1.0}
    row = Row("capacity/counter/threads/cores:2/workers:16/slo:p99=5ms", 1e-9, counters)
    found = latency(open_row(), row)
    assert list(found.figures) == [OpenSetting("counter", "threads", 2, 16, 4000.0)]
    (capacity,) = found.capacities
    assert (capacity.workload, capacity.backend, capacity.limit) == (
        "counter",
        "threads",
        "latency p99 within 5 ms",
    )
    assert capacity.passing_confirmed and not capacity.failing_confirmed
    table = report.capacity_table(found.capacities)
    assert table.lines[0][-2:] == ["20,000", "-"] and "per hour" not in table.headers
    of_delay = replace(row, counters=counters | {"slo_of_delay": 1.0, "ended_by_budget": 1.0})
    (wide,) = latency(open_row(), of_delay).capacities
    assert wide.limit == "delay p99 within 5 ms"
    assert any("want of time" in note for note in report.capacity_table([wide]).notes)


def test_rows_without_a_validity_are_refused() -> None:
    bare = Row("counter/threads/x", 1.0, {"rate": 4000.0, "cores": 2.0})
    with pytest.raises(InputError, match="no validity"):
        latency(bare)
    with pytest.raises(InputError, match="no open run"):
        latency(Row("counter/threads/x", 1.0, {"tasks": 1.0}))


def curve_text(*lines: str) -> str:
    return "\n".join(["       Value     Percentile TotalCount 1/(1-Percentile)", "", *lines])


def test_a_curve_is_read_without_its_maximum(tmp_path: Path) -> None:
    path = tmp_path / "row.hgrm"
    lines = ["  100.000 0.000000000000  1  1.00", "  150.500 0.900000000000  9  10.00", "  900.0 1.0  10"]
    path.write_text(curve_text(*lines, "#[Mean    =  1.0, StdDeviation   =  2.0]"))
    curve = curves.read_curve(path)
    assert (curve.distances, curve.values_us) == ([1.0, 10.0], [100.0, 150.5])
    assert (curve.count, curve.largest_us, curve.figure) == (10, 900.0, "latency")
    assert (curve.percentile(0.5), curve.percentile(0.99)) == (150.5, 900.0)


def test_curves_of_several_processes_are_pooled(tmp_path: Path) -> None:
    """As if all tasks had been written by one."""
    paths = []
    for index, tasks in enumerate(([10.0, 20.0, 30.0, 40.0], [15.0, 20.0, 500.0, 600.0], [])):
        lines = [
            f"{value:12.3f} {(place + 1) / 4:.6f} {place + 1:10d}"
            + (f" {4 / (3 - place):.2f}" if place < 3 else "")
            for place, value in enumerate(tasks)
        ]
        paths.append(tmp_path / f"{index}.hgrm")
        paths[-1].write_text(curve_text(*lines, "#[Figure  = delay, us]"))
    pooled = tmp_path / "pooled.hgrm"
    pooled.write_text(curves.pooled_text(paths))
    found = curves.read_curve(pooled)
    assert found.values_us == [10, 15, 20, 30, 40, 500]
    assert found.distances == pytest.approx([8 / 7, 8 / 6, 8 / 4, 8 / 3, 8 / 2, 8 / 1], rel=0.01)
    assert (found.count, found.largest_us, found.figure, found.processes) == (8, 600.0, "delay", 3)
    assert found.percentile(0.5) == 20


def test_a_curve_is_found_by_its_present_and_by_its_older_name(tmp_path: Path) -> None:
    row = open_row()
    (tmp_path / "latency").mkdir()
    present = curves.curve_file(tmp_path, row)
    assert present.parent == tmp_path / "latency" and ":" not in present.name
    older = present.with_name(present.name.replace("=", ":"))
    assert older != present
    older.touch()
    assert curves.curve_file(tmp_path, row) == older
    present.touch()
    assert curves.curve_file(tmp_path, row) == present


@pytest.mark.parametrize("text", ["", curve_text(), curve_text("not a number")])
def test_a_broken_curve_is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "row.hgrm"
    path.write_text(text)
    with pytest.raises(InputError, match="measure again") as caught:
        curves.read_curve(path)
    assert "\n" not in str(caught.value)


def test_series_of_bursts_alone() -> None:
    burst = {"name": "counter/tbb/cores:2/arrivals:bursts", "bin_us": 10, "arrivals": [1], "in_flight": [1]}
    found = curves.series_of({"rows": [burst, burst | {"name": "counter/tbb/cores:2"}]}, Path("s"))
    assert [(each.workload, each.backend, each.bin_us) for each in found] == [("counter", "tbb", 10.0)]
    for broken in ({"bin_us": 0}, {"arrivals": []}, {"in_flight": [1, 2]}, {"arrivals": None}):
        with pytest.raises(InputError, match="no series"):
            curves.series_of({"rows": [burst | broken]}, Path("series.json"))
