"""How it is shown what a real wait costs: the section, its sentence and its tables, and the picture."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from bookstore import plots
from bookstore.data.results import Row, Run
from bookstore.plots import crowd, sockets as picture
from bookstore.plots.marks import BACKEND
from bookstore.report import sockets, summary
from bookstore.report.html.page import page
from bookstore.report.sections import run_again, sections_of
from bookstore.report.tables import Table
from claims_support import made_run
from conftest import made_row
from sockets_run import EVERY, run_over_sockets
from test_plots import texts

TITLE = "Waits that are real"


def tables(run: Run) -> dict[str, Table]:
    return {table.caption: table for table in sockets.tables(run)}


def line(table: Table, backend: str) -> dict[str, str]:
    [found] = [each for each in table.lines if each[0] == backend]
    return dict(zip(table.headers, found, strict=True))


def notes(run: Run) -> str:
    return " ".join(note for table in sockets.tables(run) for note in table.notes)


def told(run: Run) -> str:
    found = picture.sockets_of(run)
    assert found is not None
    return sockets.sentence(found)


def test_a_line_for_each_backend_with_all_kinds_side_by_side() -> None:
    found = tables(run_over_sockets())
    customers = found["customers by what they wait for, on 1 core"]
    assert [each[0] for each in customers.lines] == ["sequential", "threads", "event_loop", "event_loops"]
    loop = line(customers, "event_loop")
    assert [loop[f"CPU us each, {kind}"].split()[0] for kind in ("timer", "unix", "tcp")] == [
        "9.50",
        "14.5",
        "15.5",
    ]
    assert [loop[f"delay p50 us, {kind}"] for kind in ("timer", "unix", "tcp")] == ["40.0", "50.0", "52.0"]
    assert loop["delay p99 us, unix"].startswith("170")
    assert line(customers, "sequential")["delay p99 us, timer"] == "OVERLOAD"
    more = found["the same on 2 cores"]
    assert [each[0] for each in more.lines] == ["threads", "event_loops"]
    assert "the same on 2 cores" not in tables(run_over_sockets(counts=(1,)))


def test_round_trips_with_the_services_cpu_beside() -> None:
    trips = tables(run_over_sockets())["a round trip to the service"]
    loop = line(trips, "event_loop")
    assert [loop[f"p50 us, {kind}"].split()[0] for kind in ("timer", "unix", "tcp")] == ["2.0", "12", "14"]
    assert loop["service CPU us, unix"].split()[0] == "4.5" and "service CPU us, timer" not in loop
    backends = [each[0] for each in trips.lines]
    assert backends.index("event_loop_uring") == backends.index("event_loop") + 1
    assert line(trips, "event_loop_uring")["p50 us, timer"] == "-"


def test_the_sentence_says_what_a_wait_adds_and_beside_what() -> None:
    assert told(run_over_sockets()) == (
        "What a real wait adds to a customer's CPU on 1 core: event_loop 5.00 [4.85, 5.15] us over a unix socket and"
        " 6.00 [5.82, 6.18] us over TCP, beside 9.50 [9.21, 9.79] us by timers; threads 5.00 [4.85, 5.15] us over a unix"
        " socket and 6.00 [5.82, 6.18] us over TCP, beside 8.75 [8.49, 9.01] us by timers."
    )
    without = told(run_over_sockets(["tbb", "asio"], ["timer", "tcp"]))
    assert "tbb 6.00" in without and "unix" not in without and "asio" not in without


def test_round_trips_speak_where_no_customer_was_measured() -> None:
    run = replace(run_over_sockets(), sockets=None, sockets_latency=None)
    assert told(run).startswith("A round trip takes: event_loop 2.0 [2.0, 2.0] us by timers, 12 ")
    assert picture.draw(run) is None
    assert [name for name in tables(run) if name] == ["a round trip to the service"]


def test_the_footnotes_say_what_the_service_is_where_it_ran_and_how_late_it_was() -> None:
    said = notes(run_over_sockets())
    for words in (
        "never charged to the backend",
        "taken off the delay",
        "shared the CPUs of rows on 2 cores",
        "beside rows on 1 core it had CPUs of its own",
        "over a unix socket 6.0 us (p50) and 40 us (p99)",
        "over a unix socket 4.5 us (sequential) to 6.5 us (threads); over TCP 5.5 us (sequential) to 7.5 us (threads)",
        "98.4 %",
        "35,000 arrivals/s on 1 core",
    ):
        assert words in said
    assert "shared" not in notes(run_over_sockets(counts=(1,)))


def test_a_kernel_without_io_uring_is_said() -> None:
    run = run_over_sockets()
    assert run.overhead is not None and "forbids" not in notes(run)
    limited = [
        replace(row, real_time=float("nan"), counters={"cores": 1.0, "workers": 1.0, "limit_reached": 1.0})
        if row.backend == "event_loop_uring"
        else row
        for row in run.overhead.rows
    ]
    met = replace(run, overhead=replace(run.overhead, rows=limited))
    assert "event_loop_uring: this kernel forbids io_uring" in notes(met)
    assert not [each for each in tables(met)["a round trip to the service"].lines if "uring" in each[0]]


def test_rows_that_count_for_nothing_have_no_figure() -> None:
    run = run_over_sockets()
    assert run.sockets is not None

    def short(row: Row) -> Row:
        waits_at = row.backend == "threads" and row.waits == "unix" and row.cores == 1
        return replace(row, counters={**row.counters, "too_short": float(waits_at)})

    cut = replace(run, sockets=replace(run.sockets, rows=list(map(short, run.sockets.rows))))
    threads = line(tables(cut)["customers by what they wait for, on 1 core"], "threads")
    assert threads["CPU us each, unix"] == "-" and threads["CPU us each, tcp"] != "-"
    assert "fewer workers than asked: counter/threads/cores:1/workers:1/waits:unix." in notes(cut)
    assert "no figure" not in notes(run)


def test_the_section_stands_after_latency_and_only_where_something_was_measured() -> None:
    names = [section.name for section in sections_of(run_over_sockets())]
    assert names.index("sockets") == names.index("latency") + 1
    for without in (
        run_over_sockets(kinds=["timer"]),
        made_run(throughput=[made_row("counter/threads/cores:1/workers:64")]),
    ):
        assert "sockets" not in [section.name for section in sections_of(without)]
        assert sockets.tables(without) == [] and picture.draw(without) is None


def test_page_and_summary_say_it_once_above_the_tables() -> None:
    run = run_over_sockets()
    svg = plots.svg_of(run, "sockets")
    text = page(run, [], {"sockets": svg}, plots.colours(run))
    section = text[text.index('<section id="sockets"') :].partition("</section>")[0]
    seen = re.sub(r"<desc.*?</desc>", "", section)
    assert seen.count("What a real wait adds") == 1 and '<figure id="sockets">' in seen
    assert seen.index("What a real wait adds") < seen.index("<figure") < seen.index("<table")
    assert '<a href="#sockets">' + TITLE in text
    markdown = summary.markdown(run)
    assert markdown.index("## Latency") < markdown.index(f"## {TITLE}") < markdown.index("## Costs")
    assert "--waits timer,unix,tcp" in run_again(run)


@pytest.mark.parametrize("backends", [EVERY, ["threads", "event_loop"]], ids=["all", "two"])
def test_the_picture_has_three_marks_on_a_line_for_each_backend(backends: list[str]) -> None:
    run = run_over_sockets(backends)
    figure = picture.draw(run)
    assert figure is not None
    [axes] = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == backends
    places: dict[float, list[object]] = {}
    for mark in axes.get_lines():
        [place] = mark.get_ydata()  # type: ignore[misc]
        places.setdefault(float(place), []).append(mark.get_fillstyle())
    assert list(places.values()) == [["none", "left", "full"]] * len(backends)
    text = texts(figure)
    assert "What does a real wait cost?" in text and "made-up" in text and "waits over TCP" in text
    assert ("logarithmic" in axes.get_xlabel()) == (axes.get_xscale() == "log") == (backends == EVERY)
    assert axes.get_xlim()[0] == 0 or axes.get_xscale() == "log"
    assert inside(figure)


def inside(figure: Figure) -> bool:
    """Whether every text beside the marks lies within the picture."""
    figure.draw_without_rendering()
    ends = [text.get_window_extent().x1 for axes in figure.axes for text in axes.texts]
    return max(ends) <= figure.bbox.x1


def test_everybody_is_in_the_picture_on_paper_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_over_sockets(EVERY)
    monkeypatch.setattr(crowd, "narrowed", lambda run: pytest.fail("places everybody"))
    plots._draw_one(run, tmp_path, "sockets")
    text = (tmp_path / "sockets.svg").read_text()
    assert all(f'{BACKEND}="{name}"' in text for name in EVERY)
    assert (tmp_path / "sockets.png").stat().st_size > 0


def test_a_few_of_the_backends_are_a_few_of_these_rows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_over_sockets(EVERY)
    monkeypatch.setattr(crowd, "best_of_each", lambda measured: ["threads", "event_loop"])
    few = crowd.narrowed(run)
    for part in (few.sockets, few.sockets_latency):
        assert part is not None and {row.backend for row in part.rows} == {"threads", "event_loop"}


def test_rows_of_other_waits_do_not_mix() -> None:
    assert made_row("counter/threads/cores:1/workers:64", waits_unix=1.0).waits == "unix"
    assert made_row("counter/threads/cores:1/workers:64", waits_tcp=1.0).waits == "tcp"
    assert made_row("counter/threads/cores:1/workers:64").waits == "timer"
