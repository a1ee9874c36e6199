"""The figures and the table of a small run. Figures are judged by what they hold, not by their pixels."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from bookstore import plots
from bookstore.data.results import Run, load_run
from bookstore.findings import closed
from bookstore.findings.closed import measurements_of
from bookstore.plots import style
from bookstore.plots.overhead.style import log_values
from bookstore.plots.throughput import core_sweep, gain_map, timeline, vs_cores, vs_workers
from bookstore.report import summary, throughput
from conftest import is_one_line, run_module


@pytest.fixture(scope="module")
def run(run_folder: Path) -> Run:
    return load_run(run_folder)


def texts(figure: Figure) -> str:
    """All text of a figure, its legends and panels included."""
    found: list[str] = [text.get_text() for text in figure.texts]
    found += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.axes:
        found += [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()]
        found += [text.get_text() for text in axes.texts]
        found += [label.get_text() for label in axes.get_yticklabels()]
    return " ".join(" ".join(found).split())


def without(run: Run, unwanted: Callable[[Any], bool]) -> Run:
    rows = [row for row in run.throughput.rows if not unwanted(row)]
    return replace(run, throughput=replace(run.throughput, rows=rows))


THROUGHPUT = [
    name
    for name in plots.FIGURES
    if name not in ("in_flight", "throughput_vs_workers", "reach", "sockets")
    and not name.startswith(("latency_", "overhead_", "claims_"))
]


@pytest.mark.parametrize("name", THROUGHPUT)
def test_every_figure_stands_alone(run: Run, name: str) -> None:
    figure = plots.FIGURES[name](run)
    assert figure is not None
    text = texts(figure)
    assert "fake-machine" in text and "smoke" in text
    for backend in ("sequential", "threads", "tbb", "openmp", "event_loop"):
        assert backend in text
    assert all(axes.get_xlabel() for axes in figure.axes[-1:])


@pytest.mark.parametrize("name", ["throughput_vs_cores", "map", "cpu_per_task"])
def test_a_panel_for_each_workload(run: Run, name: str) -> None:
    figure = plots.FIGURES[name](run)
    assert figure is not None
    titles = [axes.get_title(loc="left").split(" ")[0] for axes in figure.axes]
    assert titles == ["shelving", "counter", "day"]


def test_value_axes_start_at_zero_or_are_said_to_be_logarithmic(run: Run) -> None:
    for name, draw in plots.FIGURES.items():
        figure = draw(run)
        if figure is None or name == "timeline":
            continue
        for axes in figure.axes:
            outer = figure.axes if axes.get_shared_y_axes().get_siblings(axes) else [axes]
            y_label = " ".join(other.get_ylabel() for other in outer)
            x_label = " ".join(other.get_xlabel() for other in outer)
            assert axes.get_ylim()[0] == 0 or axes.get_yscale() == "log" or name == "cpu_per_task"
            assert axes.get_xlim()[0] == 0 or axes.get_xscale() == "log"
            assert axes.get_yscale() != "log" or "log" in y_label
            assert axes.get_xscale() != "log" or "log" in x_label


def test_the_measured_ideal_and_a_line_of_slope_one_are_drawn(run: Run) -> None:
    figure = vs_cores.draw(run)
    assert figure is not None
    for axes in figure.axes:
        assert axes.get_xscale() == axes.get_yscale() == "log" and axes.get_xlim()[0] > 0.8
        lines = [line for line in axes.get_lines() if list(line.get_xdata()) == [1, 2]]
        own = next(line for line in lines if line.get_label() == "measured ideal").get_ydata()
        assert 1.7 < own[1] / own[0] < 1.95
        slopes = [line.get_ydata() for line in lines if str(line.get_label()).startswith("_")]
        assert len(slopes) == 4 and all(ends[1] == pytest.approx(2 * ends[0]) for ends in slopes)


def test_each_pool_is_drawn_at_its_best_count_of_each_core_count(run: Run) -> None:
    measured = measurements_of(run)
    found = core_sweep.series(measured, "shelving", "threads", closed.tasks_per_second)
    assert {cores: figure.workers for cores, figure in found.items()} == {1: 1, 2: 2}
    loop = core_sweep.series(measured, "counter", "event_loop", closed.tasks_per_second)
    assert {figure.workers for figure in loop.values()} == {1}


def test_a_sweep_over_workers_needs_two_counts(run: Run) -> None:
    assert vs_workers.draw(run) is None
    tried = [
        replace(row, counters={**row.counters, "workers": float(count), "choice": 1.0})
        for row in run.throughput.rows
        if row.backend == "threads" and row.workload == "counter" and row.workers == 128
        for count in (32, 64, 128)
    ]
    whole = replace(run, throughput=replace(run.throughput, rows=[*run.throughput.rows, *tried]))
    figure = vs_workers.draw(whole)
    assert figure is not None and "event_loop (1)" in texts(figure)


def test_labels_of_the_map_keep_clear_of_each_other_and_of_the_contours(run: Run) -> None:
    figure = gain_map.draw(run)
    assert figure is not None
    figure.draw_without_rendering()
    for axes in figure.axes:
        boxes = [Text.get_window_extent(text) for text in axes.texts]  # without the lines to their points
        names = [text.get_text() for text in axes.texts]
        assert any(name.startswith("threads ") for name in names)
        for index, one in enumerate(boxes):
            for other in boxes[index + 1 :]:
                across = min(one.x1, other.x1) - max(one.x0, other.x0)
                upward = min(one.y1, other.y1) - max(one.y0, other.y0)
                assert across <= 2 or upward <= 3


def test_the_map_tells_what_it_withholds(run: Run) -> None:
    figure = gain_map.draw(without(run, lambda row: row.workload == "day" and row.backend == "sequential"))
    assert figure is not None
    assert "Withheld, not measured: day/threads n = 128," in texts(figure)
    whole = gain_map.draw(run)
    assert whole is not None and "Withheld" not in texts(whole)


def test_the_map_needs_more_than_one_core(run: Run) -> None:
    assert gain_map.draw(without(run, lambda row: row.cores > 1)) is None


def test_backends_look_the_same_everywhere_and_differ_without_colour() -> None:
    looks = list(style.LOOKS.values())
    assert len({look.marker for look in looks}) == len({look.colour for look in looks}) == len(looks)
    assert style.look("asio") == style.look("asio")


def test_figures_are_the_same_for_the_same_run(run: Run, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in plots.draw_all(run, tmp_path / "a") if path.suffix == ".svg"]
    second = [path.read_bytes() for path in plots.draw_all(run, tmp_path / "b") if path.suffix == ".svg"]
    assert first == second


def test_plots_are_drawn_again(run_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run_folder, copy)
    before = {path.name for path in (copy / "plots").iterdir()}
    shutil.rmtree(copy / "plots")
    done = run_module("cli.plot", [copy])
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (copy / "plots").iterdir()} == before
    assert len(done.stdout.splitlines()) == len(before)


def test_a_timeline_of_another_shape_is_one_line(run_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    shutil.copytree(run_folder, copy)
    (copy / "timeline.json").write_text(json.dumps({"rows": [{"backend": "threads"}]}))
    done = run_module("cli.plot", [copy])
    assert done.returncode == 2 and is_one_line(done.stderr) and "timeline.json" in done.stderr


def span(worker: int, begin: float, end: float, wait: float, task: int = 0, step: int = 0) -> dict[str, Any]:
    return {
        "worker": worker,
        "task": task,
        "kind": "rent_book",
        "step": step,
        "begin_us": begin,
        "end_us": end,
        "wait_us": wait,
    }


def test_overlap_is_seen_in_the_spans() -> None:
    blocking = {"spans": [span(0, 0, 10, 100), span(0, 110, 120, -1, step=1), span(1, 5, 15, 100, task=1)]}
    overlapped = {"spans": [span(0, 0, 10, 100), span(0, 10, 20, 100, task=1)]}
    assert not timeline.overlaps(blocking)
    assert timeline.overlaps(overlapped)


def test_waits_that_overlap_get_lanes_of_their_own() -> None:
    assert timeline.wait_lanes([(0, 10), (2, 5), (3, 12), (6, 8), (10, 11)]) == [0, 1, 2, 1, 0]


def test_the_table_has_a_line_for_each_workload_and_backend(run: Run) -> None:
    found = throughput.table(run)
    assert len(found.lines) == 3 * 6
    assert all(len(line) == len(found.headers) for line in found.lines)
    assert any("One process each: no interval." in note for note in found.notes)
    assert any("sequential digest" in note for note in found.notes)


def test_the_table_tells_what_it_withholds(run: Run) -> None:
    found = throughput.table(without(run, lambda row: row.workload == "day" and row.backend == "sequential"))
    assert any("withheld, not measured: interleaving gain of day/threads" in note for note in found.notes)


def test_the_summary_is_the_table_in_markdown(run: Run, run_folder: Path) -> None:
    page = (run_folder / "summary.md").read_text()
    assert page == summary.markdown(run)
    section = page[page.index("## Throughput") : page.index("## Latency")]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in lines}) == 1
    assert len(lines) == 2 + 3 * 6


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.05, 9000.0, ["0.1", "10", "1,000", "100,000"]),
        (65.0, 160.0, ["60", "80", "100", "150"]),
        (0.4, 30.0, ["0.5", "2", "10", "50"]),
    ],
)
def test_logarithmic_axes_have_round_ticks_with_room_for_their_names(
    low: float, high: float, expected: list[str]
) -> None:
    axes = Figure().subplots()
    axes.set_xlim(low, high)
    log_values(axes, "us")
    assert [label.get_text() for label in axes.get_xticklabels()] == expected
