"""scripts/run with overhead, with stand-ins for the binaries; then the figures and tables of that run."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bookstore.report import overhead
from bookstore import plots
from bookstore.report import summary
from bookstore.findings.overhead import overhead_of
from bookstore.plots.overhead import contention, efficiency, handover, seam, waiting
from bookstore.data.results import Row, Run, load_run
from conftest import FAKE, run_module
from test_plots import texts

FAKE_OVERHEAD = FAKE.with_name("fake_bench_overhead.py")
BINARIES = ["--binary", FAKE, "--overhead-binary", FAKE_OVERHEAD, "--no-plots"]
SMALL = [*BINARIES, "--profile", "smoke", "--backends", "threads,event_loop", "--workloads", "shelving"]
FIGURES = [name for name in plots.FIGURES if name.startswith("overhead_")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("overhead") / "run"
    # quick, because smoke has one repetition of all; two workloads keep its throughput side short.
    asked = ["--profile", "quick", "--backends", "sequential,threads,openmp,event_loop"]
    done = run_module("cli.run", [*BINARIES, *asked, "--workloads", "shelving,day", "--out", out])
    assert done.returncode == 0, done.stderr
    assert "measured overhead in" in done.stderr
    return out


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return load_run(folder)


def with_rows(run: Run, change: Callable[[Row], Row | None]) -> Run:
    assert run.overhead is not None
    rows = [row for row in map(change, run.overhead.rows) if row is not None]
    return replace(run, overhead=replace(run.overhead, rows=rows))


def only(run: Run, *experiments: str) -> Run:
    return with_rows(run, lambda row: row if row.workload in experiments else None)


def test_a_run_keeps_overhead(folder: Path, run: Run) -> None:
    document = json.loads((folder / "overhead.json").read_text())
    assert document["context"]["machine"] == "fake-machine"
    assert {process["kind"] for process in document["processes"]} == {"overhead"}
    assert len(run.environment["overhead"]["process_order"]) == len(document["processes"])
    seams = [row for row in document["benchmarks"] if row["name"].startswith("seam_grain/openmp")]
    assert sorted({row["repetition_index"] for row in seams}) == list(range(7))
    assert not any(row["name"].split("/")[1].startswith(("tbb", "raw_tbb")) for row in document["benchmarks"])


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"FAKE_IGNORE_WORK": "1"}, "did not measure it"),
        ({"FAKE_WRONG_RESULT": "stocktake/threads"}, "wrong count of books in stocktake/threads"),
    ],
)
def test_a_wrong_result_ends_it(tmp_path: Path, fault: dict[str, str], complaint: str) -> None:
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "run"], **fault)
    assert done.returncode == 1
    assert complaint in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_what_was_measured_is_not_measured_again(tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run_module("cli.run", [*SMALL, "--out", out], FAKE_WRONG_RESULT="cold_start").returncode == 1
    partial = tmp_path / "run.partial" / "raw"
    kept = {path.name: path.read_bytes() for path in partial.glob("0-overhead-*.json")}
    log = tmp_path / "log"
    resumed = run_module("cli.run", [*BINARIES, "--resume", "--out", out], FAKE_LOG=str(log))
    assert resumed.returncode == 0, resumed.stderr
    # Of the throughput side no process was started but those that come after overhead.
    assert kept and all(name.startswith("claims-") for name in log.read_text().split())
    assert (out / "overhead.json").exists()


def test_a_limit_of_the_machine_marks_a_row_and_the_figure_shows_it(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run_module("cli.run", [*SMALL, "--out", out], FAKE_LIMIT="200")
    assert done.returncode == 0, done.stderr
    run = load_run(out)
    found = overhead_of(run)
    assert found is not None
    assert {row.key.split("/tasks")[0] for row in found.limits} == {"waiting/threads/cores:2/workers:256"}
    figure = waiting.draw(run)
    assert figure is not None and "limit was reached (threads at 256 workers)" in texts(figure)
    notes = " ".join(overhead.tables(run)[-1].notes)
    assert "limit was reached: waiting/threads/cores:2/workers:256" in notes


def test_a_runtime_that_was_left_out_is_not_asked_for(tmp_path: Path) -> None:
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "run"], FAKE_LEFT_OUT="raw_asio")
    assert done.returncode == 0, done.stderr
    run = load_run(tmp_path / "run")
    assert run.overhead is not None
    names = {row.backend for row in run.overhead.rows}
    assert "raw_event_loop" in names and "raw_asio" not in names


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_stands_alone(run: Run, name: str) -> None:
    figure = plots.FIGURES[name](run)
    assert figure is not None
    text = texts(figure)
    assert "fake-machine" in text and "quick" in text
    assert all(backend in text for backend in ("threads", "openmp", "event_loop"))


@pytest.mark.parametrize("name", FIGURES)
def test_no_overhead_no_figure(run: Run, name: str) -> None:
    assert plots.FIGURES[name](replace(run, overhead=None)) is None
    other = "timer"  # which no figure shows
    assert plots.FIGURES[name](only(run, other)) is None


def test_axes_start_at_zero_or_are_said_to_be_logarithmic(run: Run) -> None:
    for name in FIGURES:
        figure = plots.FIGURES[name](run)
        assert figure is not None
        labels = " ".join(axes.get_xlabel() for axes in figure.axes)
        for axes in figure.axes:
            assert axes.get_xscale() == "linear" or "logarithmic" in (axes.get_xlabel() or labels)
            assert axes.get_yscale() == "linear" or "logarithmic" in axes.get_ylabel()


def test_metg_is_drawn_as_what_it_is(run: Run) -> None:
    figure = efficiency.draw(run)
    assert figure is not None
    text = texts(figure)
    assert "< 30 ns" in text and "not reached" not in text
    assert "event_loop below 30 ns" in text

    def slow(row: Row) -> Row:
        return replace(row, counters={**row.counters, "ns_per_task": 1e9}) if row.backend == "openmp" else row

    crawling = efficiency.draw(with_rows(run, slow))
    assert crawling is not None and "openmp more than 100 us" in texts(crawling)


def test_the_seam_says_who_keeps_its_limit(run: Run) -> None:
    figure = seam.draw(run)
    assert figure is not None
    text = texts(figure)
    assert "The limit is kept in" in text and "openmp (no work), openmp (1 us), openmp (a fork)" in text
    assert re.search(r"not kept in \d+: openmp \(no work\), openmp \(1 us\), openmp \(a fork\)", text)
    few = seam.draw(with_rows(run, lambda row: row if row.repetition < 3 else None))
    assert few is not None and "cannot be told" in texts(few)


def test_panels_that_a_profile_does_not_measure_are_named(run: Run) -> None:
    figure = handover.draw(only(run, "handover", "burst", "cold_start"))
    assert figure is not None
    assert "Not measured in this profile: CPU in the second after work, CPU in a second later on." in texts(
        figure
    )


def test_contention_shows_the_workloads_that_were_measured(run: Run) -> None:
    figure = contention.draw(run)
    assert figure is not None
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["short shelving (pools: 2 workers)", "", ""]
    # As the stand-in has it: 0.3 times the skew of 1.5 for a pool, nothing for one thread.
    found = dict(re.findall(r"(\w+) (\d\.\d\d)", texts(figure)))
    assert float(found["threads"]) == pytest.approx(1.45, abs=0.15)
    assert float(found["event_loop"]) == pytest.approx(1, abs=0.1)


def test_the_tables_hold_what_was_measured(run: Run) -> None:
    tables = {found.headers[0]: found for found in overhead.tables(run) if found.headers}
    for found in tables.values():
        assert found.lines and all(len(line) == len(found.headers) for line in found.lines)
    assert list(tables) == [
        "tasks",
        "by hand",
        "stocktake",
        "idle pool",
        "between bursts",
        "waiting",
        "timers alone",
        "hot shelf",
        "long days",
        "seam",
    ]
    assert [line[1] for line in tables["between bursts"].lines][-1] == "openmp, active"
    grain = {(line[1], line[3]): line for line in tables["tasks"].lines}
    assert grain["event_loop", "1"][6] == "< 30 ns" and "[" in grain["openmp", "2"][6]
    verdicts = {(line[0], line[1]): line[-1] for line in tables["seam"].lines}
    assert verdicts["empty task", "openmp"] == "NOT KEPT" and verdicts["empty task", "threads"] == "kept"
    assert len(tables["seam"].lines) == 4 * (2 + 1)


def test_a_crowd_of_workers_is_compared_with_one(run: Run) -> None:
    def crowded(row: Row) -> list[Row]:
        if row.workload != "grain" or row.backend != "threads" or row.cores != 2:
            return [row]
        if row.counter("work_ns") != 1000:
            return [row]
        # Two repetitions of one worker and of 16 who take 1.1 times as long.
        return [
            row,
            *(
                replace(
                    row,
                    name=row.name.replace("workers:2", f"workers:{workers}"),
                    counters={**row.counters, "workers": float(workers), "ns_per_task": ns},
                )
                for workers, ns in ((1, 1000.0 + row.repetition), (16, 1.1 * (1000.0 + row.repetition)))
            ),
        ]

    assert run.overhead is not None
    rows = [each for row in run.overhead.rows for each in crowded(row)]
    shown = replace(run, overhead=replace(run.overhead, rows=rows))
    found = next(each for each in overhead.tables(shown) if each.headers[:1] == ["more workers"])
    assert found.headers[3:] == ["ns, 1", "ns, 2", "ns, 16", "slowest against 1"]
    assert found.lines[0][-1] == "1.10 [1.10, 1.10]" and found.lines[0][3] == "1,000"
    # Efficiency is that of as many workers as cores: the crowd changes none of it.
    assert overhead_of(shown).curves == overhead_of(run).curves  # type: ignore[union-attr]


def test_what_a_hand_over_is_and_how_far_to_trust_it_stands_below_it(run: Run) -> None:
    def notes(shown: Run) -> str:
        found = next(each for each in overhead.tables(shown) if each.headers[:1] == ["idle pool"])
        return " ".join(found.notes)

    assert "threads are made with the pool (threads, openmp)." in notes(run)
    assert "p99 of 150 hand-overs is the 2. longest" in notes(run)
    assert "openmp: the taker of 20 % of the forks woke" in notes(run)
    assert "threads: the taker" not in notes(run)

    others = {
        "handover": {"tasks": 1000.0, "same_cpu_fraction": 0.01},
        "cold_start": {"threads_made": 0.0, "threads_made_by_first_task": 2.0},
    }

    def change(row: Row) -> Row:
        if row.backend != "openmp":
            return replace(row, counters={**row.counters, "tasks": 1000.0})
        return replace(row, counters={**row.counters, **others.get(row.workload, {})})

    calm = notes(with_rows(run, change))
    assert "longest" not in calm and "woke" not in calm
    assert "with the pool (threads) or by the first task (openmp)." in calm


def test_the_summary_holds_overhead(run: Run, folder: Path) -> None:
    page = (folder / "summary.md").read_text()
    assert page == summary.markdown(run)
    for part in ("METG(50 %)", "ns/fork", "bytes/task", "seam / raw"):
        assert part in page
