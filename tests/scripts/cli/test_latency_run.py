"""scripts/run with open load, with stand-ins for both binaries; then the figures and tables of that run."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from test_plots import texts

from bookstore import plots
from bookstore.data.curves import read_curve
from bookstore.data.results import Row, Run, load_run
from bookstore.data.samples import load_measured
from bookstore.findings.latency import latency_of
from bookstore.findings.open_figures import OVERLOAD
from bookstore.plots.latency import burst, ccdf, split, vs_cores, vs_rate
from bookstore.plots.latency.style import TOP
from bookstore.report import closing, latency, summary
from bookstore.terminal.errors import InputError
from conftest import FAKE, is_one_line, run_module

FAKE_LATENCY = FAKE.with_name("fake_bench_latency.py")
BINARIES = ["--binary", FAKE, "--latency-binary", FAKE_LATENCY, "--no-plots"]
SMALL = [*BINARIES, "--profile", "smoke", "--backends", "threads,sequential", "--workloads", "counter"]
FIGURES = [
    name for name in plots.FIGURES if name.startswith("latency_") and name != "latency_vs_workers"
]  # which quick does not sweep


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("open") / "run"
    # quick, for its seven processes; one workload keeps its throughput side short.
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
    assert {process["kind"] for process in document["processes"]} == {"open"}
    pooled = list((folder / "latency").glob("counter_threads_cores=2_workers=128_rate=70000_duration=*.hgrm"))
    assert len(pooled) == 2 and not [each for each in (folder / "latency").iterdir() if each.is_dir()]
    plain = next(path for path in pooled if "door" not in path.name and "arrivals" not in path.name)
    assert read_curve(plain).processes == 7
    assert run.series is not None and len(run.series["rows"]) == 3
    how = run.environment["latency"]
    assert len(how["process_order"]) == len(document["processes"])
    main = [
        row["repetition_index"]
        for row in document["benchmarks"]
        if "threads/cores:2/workers:128/rate:70000/duration" in row["name"]
        and not {"arrivals:bursts", "door:1"} & set(row["name"].split("/"))
    ]
    assert sorted(main) == list(range(7))


def test_rates_and_workers_come_from_closed_load_and_are_kept(run: Run) -> None:
    rates = run.environment["rates"]
    assert rates["base"] == 100_000 and rates["source"] == "counter/threads/cores:1/workers:64"
    assert rates["base"] / 1.05 < rates["measured"] < rates["base"] * 1.05
    assert {"backend": "threads", "cores": 2, "workers": 128} in rates["workers"]
    found = latency_of(run)
    assert found is not None and found.rates("counter") == [10_000, 70_000, 140_000]
    assert (found.workers("threads", 1), found.workers("threads", 2)) == (64, 128)
    assert any("B = 100,000/s" in note for note in latency.tables(run)[-1].notes)


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
        (
            {"FAKE_WRONG_DIGEST": "counter/threads/cores:2/workers:128/rate"},
            "wrong digest in counter/threads",
        ),
    ],
)
def test_a_wrong_open_run_ends_it(tmp_path: Path, fault: dict[str, str], complaint: str) -> None:
    # The throughput side knows no rate.
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
    # Of the throughput side none but those of the claims, which come after all else.
    assert [line for line in log.read_text().splitlines() if not line.startswith("claims-")] == []
    assert (out / "latency.json").exists()


def test_the_machines_limit_of_workers_marks_a_row(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run_module("cli.run", [*SMALL, "--out", out], FAKE_LIMIT="32")
    assert done.returncode == 0, done.stderr
    measured = load_run(out).latency
    assert measured is not None
    limited = [row.name for row in measured.rows if row.limit_reached]
    assert limited and all("/workers:64/" in name or "/workers:128/" in name for name in limited)


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
    assert any(unit in text for unit in (" ms", " us"))
    assert OVERLOAD in text or name == "latency_burst"


@pytest.mark.parametrize("name", FIGURES)
def test_no_latency_no_figure(run: Run, name: str) -> None:
    assert plots.FIGURES[name](replace(run, latency=None)) is None


def test_axes_start_at_zero_or_are_said_to_be_logarithmic(run: Run) -> None:
    for name in FIGURES:
        figure = plots.FIGURES[name](run)
        assert figure is not None
        labels = " ".join(axes.get_xlabel() + axes.get_ylabel() for axes in figure.axes)
        for axes in figure.axes:
            assert "linear" in (axes.get_xscale(), axes.get_yscale()) or "log" in labels
            if axes.get_xscale() == "linear":
                assert axes.get_xlim()[0] == 0


def marks(figure: Figure, marker: str) -> list[tuple[float, float]]:
    """Where single points with this marker stand."""
    lines = [line for axes in figure.axes for line in axes.get_lines() if line.get_marker() == marker]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines if len(line.get_xdata()) == 1]  # type: ignore[arg-type,index]


def test_overload_is_an_arrow_at_the_top_edge_and_invalid_is_crossed(run: Run) -> None:
    figure = vs_rate.draw(run)
    assert figure is not None
    arrows = [height for _, height in marks(figure, "^")]
    assert len(arrows) == 2 * 3 and set(arrows) == {TOP}  # sequential at each rate, in both panels
    assert not marks(figure, "x") and "OVERLOAD (at the top edge)" in texts(figure)
    broken = vs_rate.draw(with_rows(run, lambda row: invalid(row) if row.backend == "threads" else row))
    assert broken is not None
    assert marks(broken, "x") and "INVALID: not to be relied on" in texts(broken)


def test_latency_against_cores_has_its_three_panels(run: Run) -> None:
    figure = vs_cores.draw(run)
    assert figure is not None
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:3] == ["10,000 arrivals/s", "70,000 arrivals/s", "140,000 arrivals/s"]
    assert titles[3:6] == ["sequential", "threads", "event_loop"]
    assert titles[6].startswith("capacity") and "delay p99 within 1 ms" in titles[6]
    text = texts(figure)
    assert re.search(r"holds [0-9,]+/s, fails [0-9,]+/s", text) and "per hour" not in text


def test_a_curve_is_of_all_processes_and_named_where_it_broke_a_rule(run: Run) -> None:
    figure = ccdf.draw(run)
    assert figure is not None
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "log"]
    text = texts(figure)
    assert "1 core" in text and "2 cores" in text and "sequential on 1 OVERLOAD (not drawn)" in text


def test_the_split_leaves_out_what_is_the_same_for_all(run: Run) -> None:
    figure = split.draw(run)
    assert figure is not None
    text = texts(figure)
    assert "in steps, beyond their work" in text and "asked waits" in text
    widths = [patch.get_width() for patch in figure.axes[0].patches]
    assert sum(widths) == pytest.approx(
        2 * (30 + 5 + 5 + 15)
    )  # of threads and of the loop; sequential keeps not up


def test_one_core_count_is_no_sweep(run: Run) -> None:
    assert vs_cores.draw(with_rows(run, lambda row: row if row.cores == 2 else None)) is None


def test_a_burst_needs_its_series(run: Run, folder: Path) -> None:
    assert burst.draw(replace(run, series=None)) is None
    with pytest.raises(InputError, match="series.json"):
        burst.draw(replace(run, series={"rows": [{"name": "x/y/arrivals:bursts"}]}))


def test_the_tables_hold_every_rate_and_nothing_is_withheld(run: Run) -> None:
    rates, kinds, capacities, _ = latency.tables(run)
    floor = latency.floor_table(run)
    assert len(rates.lines) == 3 * 3 * 2 + 1  # and one with a door
    assert all(len(line) == len(rates.headers) for line in rates.lines)
    names = [line[1] for line in rates.lines]
    assert "threads (door)" in names
    assert not any("withheld" in cell for line in rates.lines for cell in line)
    assert "the median's exact interval over the processes" in " ".join(rates.notes)
    assert [line[1] for line in kinds.lines] == ["threads", "event_loop"]
    assert {line[3] for line in capacities.lines} == {"1", "2"}
    text = " ".join(floor.notes)
    assert "clock reading 25 ns" in text and "(p50)" in text


def test_an_invalid_row_is_named_with_its_reason(run: Run) -> None:
    broken = with_rows(run, lambda row: invalid(row) if row.backend == "event_loop" else row)
    notes = " ".join(latency.tables(broken)[0].notes)
    assert "event_loop on 1 at 10,000/s (5 % of the ticks were stolen)" in notes


def test_the_summary_holds_throughput_and_latency(run: Run, folder: Path) -> None:
    page = (folder / "summary.md").read_text()
    assert page == summary.markdown(run)
    for part in ("interleaving gain", "delay p50 us", "holds /s", "measuring floor"):
        assert part in page


def test_the_terminal_fits_a_screen(run: Run) -> None:
    text = closing.terminal(run, "results/box/run/summary.md")
    lines = text.splitlines()
    assert len(lines) <= 50 and max(map(len, lines)) <= 100
    assert lines[-1] == "all of it: results/box/run/summary.md"
    assert [line[:3] for line in lines if line[:1] == "C"] == [f"C{index} " for index in range(1, 9)]


def test_a_comparison_takes_delay_and_leaves_searches_out(run: Run, folder: Path) -> None:
    measured = load_measured(folder)
    key = next(
        key for key in measured.samples if key.startswith("counter/threads/cores:2/workers:128/rate:70000")
    )
    assert measured.samples[key].metric == "delay p50"
