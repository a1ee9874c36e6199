"""Validities, percentiles over repetitions, the floor, curves and series, on rows made here."""

from pathlib import Path

import pytest
from bookstore.data import curves
from bookstore.findings import latency as findings
from bookstore.report import latency as report
from bookstore.terminal.errors import InputError
from bookstore.findings.latency import INVALID, OVERLOAD, VALID, Latency, OpenFigure, OpenSetting
from bookstore.data.results import Results, Row

P99 = {"latency_p99_us": 900.0, "latency_p99_lower_us": 800.0, "latency_p99_upper_us": 1000.0}


def open_row(
    name: str = "counter/threads/cores:2/workers:16/rate:4000/duration:1",
    p50: float | None = 500.0,
    validity: str = VALID,
    repetition: int = 0,
    **counters: float,
) -> Row:
    params = dict(part.split(":") for part in name.split("/")[2:] if "arrivals" not in part)
    numbers = {key: float(value) for key, value in params.items()}
    numbers |= {"tasks": 4000.0, "latency_mean_us": 520.0, "latency_p50_n_eff": 900.0}
    numbers |= {"valid": float(validity == VALID), "overload": float(validity == OVERLOAD)}
    if p50 is None:
        numbers["latency_p50_tasks_needed"] = 50.0
    else:
        numbers |= {"latency_p50_us": p50, "latency_p50_lower_us": p50 - 10, "latency_p50_upper_us": p50 + 20}
    label = validity if validity == VALID else f"{validity}; the reason; another"
    return Row(name, 1.0, numbers | counters, repetition=repetition, label=label)


def figure(*rows: Row) -> OpenFigure:
    return OpenFigure(findings.open_setting_of(rows[0]), rows)


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


def test_only_the_repetitions_of_the_validity_speak() -> None:
    found = figure(open_row(p50=500), open_row(p50=9000, validity=INVALID), open_row(p50=510))
    assert found.validity_text == "VALID 2/3"
    p50 = found.percentile("p50")
    assert p50 is not None and p50.largest == 510


def test_percentiles_are_the_median_repetitions_own_and_never_averaged() -> None:
    found = figure(open_row(p50=700), open_row(p50=500), open_row(p50=530)).percentile("p50")
    assert found is not None
    assert (found.value, found.lower, found.upper) == (530, 520, 550)
    assert (found.smallest, found.largest, found.processes) == (500, 700, 3)
    even = figure(open_row(p50=500), open_row(p50=600)).percentile("p50")
    assert even is not None and even.value == 500


def test_a_withheld_percentile_says_what_it_would_take() -> None:
    found = figure(open_row(latency_p99_tasks_needed=5000.0), open_row(latency_p99_tasks_needed=4000.0))
    assert found.percentile("p99") is None
    assert found.tasks_needed("p99") == 4000
    printed = figure(open_row(latency_p99_tasks_needed=5000.0), open_row(**P99))
    assert printed.tasks_needed("p99") == 0
    p99 = printed.percentile("p99")
    assert p99 is not None and p99.processes == 1


def test_runs_of_other_lengths_are_one_setting_and_bursts_another() -> None:
    base = "counter/threads/cores:2/workers:16/rate:4000/duration:"
    rows = [open_row(base + "1"), open_row(base + "2"), open_row(base + "1", arrivals_bursts=1.0)]
    found = latency(*rows).figures
    assert [len(each.rows) for each in found.values()] == [2, 1]
    assert [setting.bursts for setting in found] == [False, True]


def test_usual_workers_and_main_rate_are_the_most_measured() -> None:
    names = [(16, 1000), (16, 4000), (64, 4000), (16, 16000)]
    rows = [
        open_row(f"counter/threads/cores:2/workers:{workers}/rate:{rate}/duration:1")
        for workers, rate in names
    ]
    found = latency(*rows, open_row("day/threads/cores:2/workers:16/rate:1000/duration:1"))
    assert found.workers("threads") == 16
    assert found.main_rate("counter") == 1000 and found.main_rate("day") == 1000
    more = latency(*rows, open_row("counter/tbb/cores:1/workers:16/rate:4000/duration:1"))
    assert more.main_rate("counter") == 4000
    assert found.at("counter", "threads", 16000) is not None
    assert found.at("counter", "threads", 16000, cores=1) is None


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
    assert (capacity.workload, capacity.backend, capacity.limit) == ("counter", "threads", "p99 within 5 ms")
    assert capacity.passing_confirmed and not capacity.failing_confirmed
    line = report.capacity_table(found.capacities).lines[0]
    assert line[-3:] == ["20,000", "-", "72,000,000"]


def test_rows_without_a_validity_are_refused() -> None:
    bare = Row("counter/threads/x", 1.0, {"rate": 4000.0, "cores": 2.0})
    with pytest.raises(InputError, match="no verdict"):
        latency(bare)
    with pytest.raises(InputError, match="no open run"):
        latency(Row("counter/threads/x", 1.0, {"tasks": 1.0}))


def test_a_cell_of_the_table() -> None:
    found = figure(open_row(p50=1234.0, latency_p50_instrument=1.0))
    assert report.percentile_text(found, "p50") == "1.23* [1.22, 1.25]"
    assert report.percentile_text(found, "p99") == "withheld"


def curve_text(*lines: str) -> str:
    return "\n".join(["       Value     Percentile TotalCount 1/(1-Percentile)", "", *lines])


def test_a_curve_is_read_without_its_maximum(tmp_path: Path) -> None:
    path = tmp_path / "row.hgrm"
    lines = ["  100.000 0.000000000000  1  1.00", "  150.500 0.900000000000  9  10.00", "  900.0 1.0  10"]
    path.write_text(curve_text(*lines, "#[Mean    =  1.0, StdDeviation   =  2.0]"))
    curve = curves.read_curve(path)
    assert (curve.distances, curve.values_us) == ([1.0, 10.0], [100.0, 150.5])
    assert curves.trimmed(curve, 5.0).distances == [1.0]


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


@pytest.mark.parametrize(
    ("counters", "distance"),
    [
        ({"latency_p50_n_eff": 900.0, "latency_p99_n_eff": 500.0}, 90.0),
        ({"latency_p50_n_eff": 5000.0, "latency_p99_n_eff": 800.0}, 100.0),
        ({**P99, "latency_p99_n_eff": 2000.0, "latency_p999_n_eff": 3000.0}, 300.0),
        ({**P99, "latency_p999_us": 5.0, "latency_p999_n_eff": 30000.0}, 3000.0),
    ],
)
def test_a_curve_ends_where_its_samples_do(counters: dict[str, float], distance: float) -> None:
    assert findings.supported_distance(open_row(**counters)) == pytest.approx(distance)


def test_series_of_bursts_alone() -> None:
    burst = {"name": "counter/tbb/cores:2/arrivals:bursts", "bin_us": 10, "arrivals": [1], "in_flight": [1]}
    found = curves.series_of({"rows": [burst, burst | {"name": "counter/tbb/cores:2"}]}, Path("s"))
    assert [(each.workload, each.backend, each.bin_us) for each in found] == [("counter", "tbb", 10.0)]
    for broken in ({"bin_us": 0}, {"arrivals": []}, {"in_flight": [1, 2]}, {"arrivals": None}):
        with pytest.raises(InputError, match="no series"):
            curves.series_of({"rows": [burst | broken]}, Path("series.json"))
