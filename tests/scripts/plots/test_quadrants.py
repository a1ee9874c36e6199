"""The quadrants: who gains by overlapping waits, who by more cores, and what a task costs there."""

from dataclasses import replace
from math import pi, sqrt
from pathlib import Path

import pytest
from matplotlib.text import Text

from bookstore.data.results import Run, load_run
from bookstore.findings.closed import measurements_of
from bookstore.plots.throughput import quadrants
from bookstore.plots.throughput.quadrants import (
    BOTH,
    CONCURRENT,
    LEAST_RADIUS,
    MOST_RADIUS,
    NEITHER,
    PARALLEL,
    Placed,
)


@pytest.fixture(scope="module")
def run(run_folder: Path) -> Run:
    return load_run(run_folder)


def at(interleaving: float, parallel: float, backend: str = "one", mark: str = "") -> Placed:
    return Placed(backend, 2, interleaving, parallel, 10.0, mark)


def test_a_quadrant_has_more_than_half_of_what_there_is_to_gain() -> None:
    middle = (8.0, sqrt(2.0))  # of 64 and of two cores
    found = [
        quadrants.quadrant(point, middle) for point in (at(1, 1), at(7.9, 1.9), at(64, 1.4), at(8, 1.42))
    ]
    assert found == [NEITHER, PARALLEL, CONCURRENT, BOTH]


def test_the_sentence_names_who_has_both_and_leaves_out_what_is_marked() -> None:
    middle = (8.0, sqrt(2.0))
    points = [at(60, 1.9, "loops"), at(60, 1.0, "loop"), at(50, 1.8, "threads"), at(60, 1.9, "odd", "^")]
    assert quadrants.answer(points, middle).endswith("both: loops, threads.")
    assert quadrants.answer(points[1:2], middle).startswith("Nobody")


def test_areas_go_with_the_cpu_of_a_task() -> None:
    areas = [pi * quadrants.radius(cpu, 5.0, 80.0) ** 2 for cpu in (5.0, 20.0, 80.0)]
    assert [area / areas[0] for area in areas] == pytest.approx([1, 4, 16])
    assert quadrants.radius(1.0, 1.0, 1e4) == LEAST_RADIUS
    assert quadrants.radius(1e4, 1.0, 1e4) == pytest.approx(MOST_RADIUS)


def test_each_backend_is_a_labelled_point_at_its_gains(run: Run) -> None:
    figure = quadrants.draw(run)
    assert figure is not None
    (axes,) = figure.axes
    cores = measurements_of(run).most_cores
    placed = {point.backend: point for point in quadrants.placed(measurements_of(run), cores)}
    assert {"sequential", "threads", "event_loop"} <= set(placed)
    drawn = [
        (line.get_xdata()[0], line.get_ydata()[0]) for line in axes.get_lines() if len(line.get_xdata()) == 1
    ]
    assert sorted(drawn) == sorted((point.interleaving, point.parallel) for point in placed.values())
    labels = {text.get_text().split(" ")[0] for text in axes.texts}
    assert set(placed) | {NEITHER, PARALLEL, CONCURRENT} <= labels
    assert placed["sequential"].interleaving == placed["sequential"].parallel == 1
    assert placed["threads"].cpu_us > placed["event_loop"].cpu_us


def test_labels_keep_clear_of_each_other(run: Run) -> None:
    figure = quadrants.draw(run)
    assert figure is not None
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [Text.get_window_extent(text) for text in axes.texts]
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            upward = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert across <= 2 or upward <= 3


def test_without_a_day_or_a_second_core_there_is_no_such_picture(run: Run) -> None:
    def only(keep: object) -> Run:
        rows = [row for row in run.throughput.rows if keep(row)]  # type: ignore[operator]
        return replace(run, throughput=replace(run.throughput, rows=rows))

    assert quadrants.draw(only(lambda row: row.workload != "day")) is None
    assert quadrants.draw(only(lambda row: row.cores == 1)) is None
