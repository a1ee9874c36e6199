"""How the answers are shown: on the closing screen, in the summary, and in pictures of their own."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from bookstore.data.results import Results, Row, Run
from bookstore.findings import claims
from bookstore.findings.closed import measurements_of
from bookstore.findings.latency import latency_from
from bookstore.plots.claims import FIGURES, second_clerk, training, unequal, waiting
from bookstore.report import closing, summary
from bookstore.report.answers import answered, commands
from bookstore.report.tables import Table
from claims_support import NOISE, made_run, repeated, steady, varied

LONG = [
    "sequential",
    "threads",
    "tbb",
    "openmp",
    "event_loop",
    "event_loops",
    "tbb_overlapped",
    "openmp_overlapped",
]
LONG += ["coroutines", "thread_per_task", "asio", "fibers", "go", "tokio", "another_runtime"]


def closed_rows(backends: list[str], most: int) -> list[Row]:
    rows: list[Row] = []
    for workload in ("shelving", "counter", "day"):
        for backend in backends:
            single = backend in ("sequential", "event_loop")
            workers = 1 if single else most if workload == "shelving" else 64 * most
            for cores in sorted({1, most}):
                name = f"{workload}/{backend}/cores:{cores}/workers:{workers}"
                ms = 100.0 if single or cores == 1 else 101.0 / most
                rows += repeated(name, ms, NOISE, cpu_us_per_task=12.3456, work_us_per_task=5.0)
    return rows + repeated(f"ideal/processes/cores:{most}/workers:{most}", ideal_speedup=0.98 * most)


def claimed() -> tuple[list[Row], list[Row]]:
    """Rows of all four claims that have rows of their own: three k, three splits, three wait fractions."""
    closed, open_ = [], []
    for backend in ("threads", "tbb", "openmp", "event_loops"):
        for fixed in (0, 1):
            for slow in (1, 2, 4):
                name = f"shelving/{backend}/cores:2/workers:2/slow:{slow}/static:{fixed}"
                each = slow if fixed else 2 / (1 + 1 / slow)
                closed += repeated(name, 100.0 * each, slow=float(slow), static=float(fixed))
    for backend, workers in (("threads", 128), ("event_loops", 2)):
        for desk in (0, 1, workers // 2):
            name = f"day/{backend}/cores:2/workers:{workers}"
            closed += [] if desk == 1 < workers // 2 else repeated(f"{name}/desk:{desk}", 100.0 + desk)
            kinds = {f"delay_{kind}_p99_us": 90.0 for kind in ("rent", "return", "shelve")}
            open_ += varied(f"{name}/rate:35000/desk:{desk}", "delay_p99_us", 100.0, **kinds)
    for waits in (20.0, 180.0, 1980.0):
        shape = {"shape_cpu_us": 20.0, "shape_wait_us": waits}
        closed += repeated("service/sequential/cores:1/workers:1", 20 + waits, **shape)
        for count in (1, 64, 1024):
            each = max(20.5, (20 + waits) / count)
            closed += repeated(f"service/event_loop/cores:1/workers:1/in_flight:{count}", each, **shape)
    for count in (1, 2):
        for rate in (1000, 20_000):
            name = f"counter/event_loops/cores:{count}/workers:{count}/rate:{rate}"
            figures = {"delay_p99_us": 110.0 / count, "cpu_us_per_task": 20.0, "valid": 1.0, "overload": 0.0}
            open_ += varied(name, "delay_p50_us", 50.0, **figures)
    return closed, open_


def made(backends: list[str] = LONG[:6], most: int = 2) -> Run:
    idle = steady("idle/threads/cores:2/workers:2", 100.0, idle_cpu_after_ms=1.0, idle_cpu_later_ms=0.05)
    run = made_run(closed_rows(backends, most), *claimed(), overhead=idle, cores=[1, most])
    return replace(run, environment={**run.environment, "backends": backends})


@pytest.mark.parametrize("backends", [LONG[:6], LONG], ids=["usual", "all"])
@pytest.mark.parametrize("most", [2, 192])
def test_the_closing_screen_has_all_eight_and_fits(backends: list[str], most: int) -> None:
    place = "results/amd-epyc-9654-96-core-processor-192cpu/20261127T074500Z-6cab02aa/report.html"
    busy = {
        "disturbance": {"others_fraction": 0.41},
        "dropped": {f"runs of kind {kind}": 1 for kind in range(9)},
    }
    run = made(backends, most)
    text = closing.terminal(replace(run, environment={**run.environment, **busy}), place)
    lines = text.splitlines()
    assert len(lines) <= 50 and max(map(len, lines)) <= 100
    assert lines[0] == "others took 41 % of the CPUs." and lines[-1] == f"all of it: {place}"
    assert [found[0] for found in re.findall(r"^(C\d) (holds|does|undecided|not)", text, re.M)] == [
        f"C{index}" for index in range(1, 9)
    ]
    table = [line for line in lines if line.startswith("day ")]
    assert len(table) >= min(len(backends), 10)  # of the table the day goes last


def test_marks_are_explained_where_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a table that is too long the other workloads' marks are gone with their lines."""
    cells = ["2", "1k", "2k", "50", "2.47^", "8 us", "1 ms"]
    shown = ["day", "go", *cells]
    headers = ["workload", "backend", "n", "1 core/s", "2 cores/s", "I(n)", "P(n)", "CPU", "p99"]
    hidden = [["counter", f"pool{index}", *cells] for index in range(40)]
    plain = [cell.rstrip("^") for cell in shown]
    for day, is_said in ((plain, False), (shown, True)):
        monkeypatch.setattr(closing, "_table", lambda *_: Table(headers, [*hidden, day], []))
        text = closing.terminal(made(), "report.html")
        assert "counter" not in text.partition("workload")[2].partition("n: workers")[0]
        assert ("^: above what the cores are worth" in text) == is_said


def open_row(backend: str, rate: int = 35_000, workload: str = "counter", **counters: float) -> Row:
    at = {"cores": 2.0, "workers": 64.0, "rate": float(rate), "duration": 1.0, "valid": 1.0, "overload": 0.0}
    return Row(f"{workload}/{backend}/cores:2/workers:64/rate:{rate}/duration:1", 1.0, {**at, **counters})


FIGURES_OF_DELAY = {"delay_p50_us": 90.0, "delay_p99_us": 1234.0}


def test_a_delay_in_the_closing_table_says_what_it_is_worth() -> None:
    """Of a row that was ended before it had percentiles, of one that is INVALID, of another number of workers."""
    rows = [
        open_row("tbb", valid=0.0, overload=1.0),
        open_row("threads", **FIGURES_OF_DELAY),
        open_row("asio", **FIGURES_OF_DELAY, valid=0.0),
    ]
    latency = latency_from(Results(Path("latency.json"), {}, rows))
    shown = {
        each: closing._p99(latency, "counter", each, 64) for each in ("tbb", "threads", "asio", "openmp")
    }
    assert shown == {"tbb": "over", "threads": "1.2 ms", "asio": "1.2 ms?", "openmp": "-"}
    assert closing._p99(latency, "counter", "asio", 128) == "1.2 ms? (64)"
    assert closing._p99(latency, "counter", "tbb", 128) == "over (64)"


def test_the_legend_has_the_rate_of_each_workload_that_is_shown() -> None:
    """Each has its own: what most backends keep up with."""
    rows = [
        open_row(backend, rate, workload, **FIGURES_OF_DELAY)
        for workload, rate in (("counter", 35_000), ("day", 70_000))
        for backend in ("threads", "event_loop")
    ]
    run = replace(made(), latency=Results(Path("latency.json"), {}, rows))
    measured = measurements_of(run)
    whole = closing._table(run, measured)
    text = " ".join(closing._warnings(run, measured, whole))
    assert "delay at 35,000 counter tasks/s or 70,000 day tasks/s there" in text
    of_day = replace(whole, lines=[cells for cells in whole.lines if cells[0] == "day"])
    text = " ".join(closing._warnings(run, measured, of_day))
    assert "delay at 70,000 tasks/s there" in text and "35,000" not in text
    assert closing._of_p99("delay", {"counter": 21_000.0, "day": 21_000.0}).count("21,000") == 1
    of_none = replace(whole, lines=[cells for cells in whole.lines if cells[0] == "shelving"])
    assert "p99:" not in " ".join(closing._warnings(run, measured, of_none))


def test_the_closing_table_of_one_core_compares_it_with_none() -> None:
    text = closing.terminal(made(most=1), "report.html")
    [head] = [line for line in text.splitlines() if line.startswith("workload ")]
    assert head.count("core") == 1 and "I(n)" in head and "P(n)" not in head
    assert "2 cores/s" in closing.terminal(made(), "report.html")


def test_the_summary_begins_with_the_answers_and_ends_with_how_to_measure_them_again() -> None:
    run = made()
    blocks = summary.markdown(run).split("\n\n")
    answers = claims.answers(run)
    assert blocks[1].splitlines() == [f"- {each}" for each in answered(answers, "plots")]
    assert "([picture](plots/claims_waiting.svg))" in blocks[1]
    assert blocks[-1].splitlines() == [f"- {each}" for each in commands(answers)]
    assert "C7 again: `build/release/bench_throughput --row service/" in blocks[-1]


def texts(figure: Figure) -> str:
    found = [text.get_text() for text in figure.texts]
    found += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.axes:
        found += [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()]
    return " ".join(" ".join(found).split())


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_says_its_claim_and_answer_and_whose_it_is(name: str) -> None:
    figure = FIGURES[name](made())
    assert figure is not None
    text = texts(figure)
    answer = next(each for each in claims.answers(made()) if each.claim.picture == name)
    assert " ".join(answer.claim.says.split()) in text and "made-up" in text
    assert answer.verdict[1:] in text
    for axes in figure.axes:
        assert axes.get_xlabel()
        assert axes.get_xscale() != "log" or "log" in axes.get_xlabel()
        assert axes.get_yscale() != "log" or "log" in axes.get_ylabel() + figure.axes[0].get_ylabel()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_without_its_rows_is_not_drawn(name: str) -> None:
    assert FIGURES[name](made_run()) is None


def test_both_splits_stand_beside_the_ideal_and_the_slowest() -> None:
    figure = unequal.draw(made())
    assert figure is not None
    assert [axes.get_title(loc="left") for axes in figure.axes] == list(unequal.SPLITS)
    ends = [
        {str(line.get_label()).split(":")[0]: list(line.get_ydata())[-1] for line in axes.get_lines()}  # type: ignore[arg-type]
        for axes in figure.axes
    ]
    for panel in ends:
        assert panel["ideal"] == pytest.approx(0.625) and panel["all wait for the slowest"] == pytest.approx(
            0.25
        )
    medians = [
        [line.get_ydata()[-1] for line in axes.get_lines() if len(line.get_ydata()) == 2][0]  # type: ignore[arg-type,index]
        for axes in figure.axes
    ]
    assert medians == [pytest.approx(0.25), pytest.approx(0.625)]


def test_a_line_for_each_wait_fraction_with_its_bound() -> None:
    figure = waiting.draw(made())
    assert figure is not None
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [label for label in labels if label.startswith("waiting")] == [
        f"waiting {share} % of the time" for share in (50, 90, 99)
    ]
    [axes] = figure.axes
    bounds = [list(line.get_ydata()) for line in axes.get_lines() if line.get_linestyle() == "--"]  # type: ignore[arg-type]
    assert bounds == [pytest.approx([1, 2, 2]), pytest.approx([1, 10, 10]), pytest.approx([1, 64, 100])]


def test_one_worker_and_two_are_drawn_at_each_rate_and_what_idles() -> None:
    figure = second_clerk.draw(made())
    assert figure is not None
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [*second_clerk.FIGURES, "burnt by an idle pool"]
    [alone, both] = [line for line in figure.axes[1].get_lines() if len(line.get_ydata()) == 2][:2]  # type: ignore[arg-type]
    assert alone.get_markerfacecolor() == "white" and both.get_markerfacecolor() != "white"
    without = second_clerk.draw(replace(made(), overhead=None))
    assert without is not None and len(without.axes) == 3


def test_the_splits_of_each_backend_and_the_kinds_of_tasks() -> None:
    figure = training.draw(made())
    assert figure is not None
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:2] == ["threads, 128 workers", "event_loops, 2 workers"]
    assert titles[2:] == [
        "threads, 64 at the desk, 35,000 tasks/s",
        "event_loops, 1 at the desk, 35,000 tasks/s",
    ]
    assert [label.get_text() for label in figure.axes[2].get_xticklabels()] == ["rent", "return", "shelve"]
