"""scripts/run with open load, with stand-ins for both binaries; then the figures and tables of that run."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bookstore.measure import binary
from bookstore.plan import latency_schedule
from bookstore.report import latency
from bookstore import plots
from bookstore.measure.folder import Plan, RunFolder
from bookstore.measure import runner
from bookstore.plan import schedule
from bookstore.report import summary
from bookstore.terminal.errors import InputError
from bookstore.plan.grid import Spec
from bookstore.findings.latency import OVERLOAD, latency_of
from bookstore.plots.latency import burst, percentiles, vs_cores, vs_rate
from bookstore.terminal.progress import Progress
from bookstore.data.results import Row, Run, load_run
from bookstore.data.samples import load_measured
from conftest import FAKE, is_one_line, run_module
from matplotlib.figure import Figure
from test_plots import texts

FAKE_LATENCY = Path(__file__).with_name("fake_bench_latency.py")
BINARIES = ["--binary", FAKE, "--latency-binary", FAKE_LATENCY, "--no-plots"]
SMALL = [*BINARIES, "--profile", "smoke", "--backends", "threads,sequential", "--workloads", "counter"]
FIGURES = [name for name in plots.FIGURES if name.startswith("latency_")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("open") / "run"
    # quick, because smoke searches no capacity; one workload keeps its throughput side short.
    asked = ["--profile", "quick", "--backends", "sequential,threads,event_loop", "--workloads", "counter"]
    done = run_module("cli.run", [*BINARIES, *asked, "--out", out])
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return load_run(folder)


def with_rows(run: Run, change: Callable[[Row], Row | None]) -> Run:
    assert run.latency is not None
    rows = [row for row in map(change, run.latency.rows) if row is not None]
    return replace(run, latency=replace(run.latency, rows=rows))


def invalid(row: Row) -> Row:
    counters = {**row.counters, "valid": 0.0, "overload": 0.0}
    return replace(row, counters=counters, label="INVALID; 5 % of the ticks were stolen")


def test_a_run_keeps_latency_curves_and_series(folder: Path, run: Run) -> None:
    assert {"latency.json", "series.json", "latency", "throughput.json"} <= {
        each.name for each in folder.iterdir()
    }
    document = json.loads((folder / "latency.json").read_text())
    assert document["context"]["machine"] == "fake-machine"
    assert {process["kind"] for process in document["processes"]} == {"open", "capacity"}
    assert (folder / "latency" / "counter_threads_cores=2_workers=16_rate=4000_duration=1.8.hgrm").exists()
    assert run.series is not None and len(run.series["rows"]) == 3
    how = run.environment["latency"]
    assert len(how["process_order"]) == len(document["processes"])
    main = [
        row
        for row in document["benchmarks"]
        if "threads/cores:2/workers:16/rate:4000/duration:1.8" in row["name"]
    ]
    assert sorted(row["repetition_index"] for row in main) == [0, 1]


def test_a_run_without_open_workloads_has_no_latency(tmp_path: Path) -> None:
    out = tmp_path / "run"
    asked = [
        *BINARIES,
        "--profile",
        "smoke",
        "--backends",
        "threads",
        "--workloads",
        "shelving",
        "--cores",
        "1",
    ]
    done = run_module("cli.run", [*asked, "--out", out])
    assert done.returncode == 0, done.stderr
    assert not (out / "latency.json").exists() and not (out / "latency").exists()
    assert latency_of(load_run(out)) is None and latency.tables(load_run(out)) == []


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"FAKE_IGNORE_RATE": "1"}, "was asked for"),
        ({"FAKE_WRONG_DIGEST": "counter/threads/cores:2/workers:16"}, "wrong digest in counter/threads"),
    ],
)
def test_a_wrong_open_run_ends_it(tmp_path: Path, fault: dict[str, str], complaint: str) -> None:
    # The throughput side knows no row of 16 workers at smoke, and no rate.
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "run"], **fault)
    assert done.returncode == 1
    assert complaint in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run_module("cli.run", [*SMALL, "--out", out], FAKE_IGNORE_RATE="1").returncode == 1
    log = tmp_path / "log"
    resumed = run_module("cli.run", [*BINARIES, "--resume", "--out", out], FAKE_LOG=str(log))
    assert resumed.returncode == 0, resumed.stderr
    assert not log.exists()  # no process of the throughput side was started
    assert (out / "latency.json").exists()


def test_the_machines_limit_of_workers_marks_a_row(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run_module("cli.run", [*SMALL, "--out", out], FAKE_LIMIT="32")
    assert done.returncode == 0, done.stderr
    measured = load_run(out).latency
    assert measured is not None
    limited = [row.name for row in measured.rows if row.limit_reached]
    assert limited and all("/workers:64/" in name for name in limited)


@pytest.mark.parametrize("code", [0, 1, 3])
def test_check_theory_passes_the_exit_code_through(code: int) -> None:
    done = run_module("cli.run", ["--check-theory", *BINARIES[:-1]], FAKE_THEORY=str(code))
    assert done.returncode == code
    assert done.stdout.startswith("| workers | rho |")


@pytest.mark.parametrize("argument", [["--profile", "smoke"], ["--resume"], ["--seed", "0"]])
def test_check_theory_stands_alone(argument: list[str]) -> None:
    done = run_module("cli.run", ["--check-arguments", "--check-theory", *argument])
    assert done.returncode == 2 and is_one_line(done.stderr) and argument[0] in done.stderr


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_stands_alone(run: Run, name: str) -> None:
    figure = plots.FIGURES[name](run)
    assert figure is not None
    text = texts(figure)
    assert "fake-machine" in text and "quick" in text
    for backend in ("sequential", "threads", "event_loop"):
        assert backend in text
    assert any(unit in text for unit in (" ms", " us")) and OVERLOAD in text


@pytest.mark.parametrize("name", FIGURES)
def test_no_latency_no_figure(run: Run, name: str) -> None:
    assert plots.FIGURES[name](replace(run, latency=None)) is None


def test_axes_start_at_zero_or_are_said_to_be_logarithmic(run: Run) -> None:
    for name in FIGURES:
        figure = plots.FIGURES[name](run)
        assert figure is not None
        for axes in figure.axes:
            y_labels = " ".join(other.get_ylabel() for other in figure.axes)
            assert axes.get_yscale() == "linear" or "logarithmic" in y_labels
            assert axes.get_xscale() == "linear" or "logarithmic" in axes.get_xlabel()
            if axes.get_xscale() == "linear":
                assert axes.get_xlim()[0] == 0


def markers(figure: Figure) -> list[tuple[str, str]]:
    """Marker and filling of all single points."""
    lines = [line for axes in figure.axes for line in axes.get_lines() if len(line.get_xdata()) == 1]  # type: ignore[arg-type]
    return [(str(line.get_marker()), str(line.get_fillstyle())) for line in lines]


def test_overload_is_hollow_and_invalid_is_crossed(run: Run) -> None:
    figure = vs_rate.draw(run)
    assert figure is not None
    assert ("s", "none") in markers(figure) and "x" not in {marker for marker, _ in markers(figure)}
    broken = vs_rate.draw(with_rows(run, lambda row: invalid(row) if row.backend == "threads" else row))
    assert broken is not None
    assert ("o", "none") in markers(broken) and "x" in {marker for marker, _ in markers(broken)}
    assert "INVALID: not to be relied on" in texts(broken)


def test_withheld_percentiles_are_not_drawn_and_it_is_said(run: Run) -> None:
    figure = vs_rate.draw(run)
    assert figure is not None
    panel = {axes.get_title(loc="left"): axes for axes in figure.axes}["counter, p99.9"]
    assert not panel.get_lines() and "withheld: too few samples" in texts(figure)
    assert "p99.9 of 12 of 12 points" in texts(figure)


def test_capacity_is_marked_where_it_was_found(run: Run) -> None:
    figure = vs_rate.draw(run)
    assert figure is not None
    panel = {axes.get_title(loc="left"): axes for axes in figure.axes}["counter, p99"]
    upright = [line for line in panel.get_lines() if list(line.get_xdata()) == [30000.0, 30000.0]]
    assert len(upright) == 2
    without = vs_rate.draw(with_rows(run, lambda row: None if "slo_limit_us" in row.counters else row))
    assert without is not None and "Capacity" not in texts(without)


def test_curves_end_where_their_samples_do(run: Run) -> None:
    found = latency_of(run)
    assert found is not None
    curves = percentiles.curves(run, found, "counter")
    assert list(curves) == ["sequential", "threads", "event_loop"]
    _, curve = curves["threads"]
    # 3,000 effective samples: ten of them beyond 1/(1-p) = 300, so the last point is 99.5 %.
    assert curve.distances[-1] == pytest.approx(200)


def test_one_core_count_is_no_sweep(run: Run) -> None:
    assert vs_cores.draw(with_rows(run, lambda row: row if row.cores == 2 else None)) is None


def test_a_burst_needs_its_series(run: Run, folder: Path) -> None:
    assert burst.draw(replace(run, series=None)) is None
    with pytest.raises(InputError, match="series.json"):
        burst.draw(replace(run, series={"rows": [{"name": "x/y/arrivals:bursts"}]}))


def test_the_tables_hold_every_rate_and_say_what_they_withhold(run: Run) -> None:
    rates, capacities, floor = latency.tables(run)
    assert len(rates.lines) == 3 * 4
    assert all(len(line) == len(rates.headers) for line in rates.lines)
    notes = " ".join(rates.notes)
    assert (
        re.search(r"p99.9 in (\d+) of \1 rows that keep up", notes)
        and "OVERLOAD:" in notes
        and "never averaged" in notes
    )
    assert [line[1] for line in capacities.lines] == ["threads", "event_loop"]
    assert capacities.lines[0][5:7] == ["30,000", "40,000 ?"]
    assert "clock reading 25 ns" in floor.notes[0] and "threads" in floor.notes[1]


def test_an_invalid_row_is_named_with_its_reason(run: Run) -> None:
    broken = with_rows(run, lambda row: invalid(row) if row.backend == "event_loop" else row)
    notes = " ".join(latency.tables(broken)[0].notes)
    assert "counter/event_loop at 1,000/s (5 % of the ticks were stolen)" in notes


def test_the_summary_holds_throughput_and_latency(run: Run, folder: Path) -> None:
    page = (folder / "summary.md").read_text()
    assert page == summary.markdown(run)
    for part in ("interleaving gain", "p99 ms", "holds /s", "measuring floor"):
        assert part in page and part in summary.terminal(run)


def test_a_comparison_takes_p50_and_leaves_searches_out(folder: Path) -> None:
    measured = load_measured(folder)
    sample = measured.samples["counter/threads/cores:2/workers:16/rate:4000/duration:1.8"]
    assert sample.metric == "p50" and sample.values.size == 2
    searches = [key for key in measured.left_out if key.startswith("capacity/")]
    assert searches and all("capacity search" in measured.left_out[key].reason for key in searches)


def small_folder(tmp_path: Path) -> RunFolder:
    plan = Plan("quick", ["threads"], ["counter"], [2], 1, "abc", "box", "now")
    return RunFolder.create(tmp_path / "run", plan)


def test_a_search_that_does_not_end_is_left_out_and_a_row_that_does_not_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float] = []

    def never_ends(executable: Path, arguments: object, time_limit: float) -> str:
        limits.append(time_limit)
        raise binary.NotEnded("bench_latency did not end")

    monkeypatch.setattr(binary, "run", never_ends)
    rate = (("rate", "8000"), ("duration", "0.5"))
    spec = Spec("counter", "threads", 2, 16, rate)
    search = latency_schedule.OpenProcess(schedule.CAPACITY, "threads", 2, 0, (spec,), resolution=1.5)
    part = runner.Part("latency", FAKE_LATENCY, [search], 60.0, 1)
    measured = runner.run_processes(part, small_folder(tmp_path), Progress())
    assert not measured.finished and list(measured.dropped.values()) == [1]
    assert limits == [search.time_limit]
    row = latency_schedule.OpenProcess(schedule.OPEN, "threads", 2, 0, (spec,))
    with pytest.raises(InputError, match="did not end"):
        runner.measure(replace(part, processes=[row]), small_folder(tmp_path / "other"), Progress())
