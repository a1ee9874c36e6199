"""The quadrants: what each way of working gains by overlapping waits, and what by more cores, on a whole day."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bookstore.data.names import BASELINE
from bookstore.data.results import Run
from bookstore.findings import closed, gain_map, gains
from bookstore.findings.closed import ClosedSetting, Measurements, measurements_of
from bookstore.plots.marks import mark, marked
from bookstore.plots.style import IDEAL_COLOUR, finish, look, panels, plain_log
from bookstore.plots.throughput.gain_map import marks_notes, withheld_note
from bookstore.plots.throughput.labels import Label, draw_labels
from bookstore.report.numbers import number

WORKLOAD = "day"
PANEL_POINTS = (600.0, 270.0)  # about its size
NAMES_BAND = 0.93  # of its height: above it stand the quadrants' names
LEAST_RADIUS, MOST_RADIUS = 3.5, 22.0  # of a point, in points of the page
NEITHER, PARALLEL, CONCURRENT, BOTH = "neither", "parallel", "concurrent", "concurrent and parallel"


@dataclass(frozen=True)
class Placed:
    """A backend at its best worker count: both gains, and what a task costs there."""

    backend: str
    workers: int
    interleaving: float
    parallel: float
    cpu_us: float
    mark: str = ""
    cores: int = 1  # of the row that tells what a task costs


def placed(measured: Measurements, cores: int) -> list[Placed]:
    """Those of which all three are known; the baseline, of which both gains are 1, first."""
    found = []
    one = measured.figure(
        ClosedSetting(WORKLOAD, BASELINE, measured.core_counts[0], 1), closed.cpu_us_per_task
    )
    if one is not None:
        found.append(Placed(BASELINE, 1, 1.0, 1.0, one.median, cores=measured.core_counts[0]))
    for point in shown_points(measured, cores):
        there = ClosedSetting(WORKLOAD, point.backend, cores, point.workers)
        cpu = measured.figure(there, closed.cpu_us_per_task)
        if point.interleaving.spread is not None and point.parallel.spread is not None and cpu is not None:
            found.append(
                Placed(
                    point.backend,
                    point.workers,
                    point.interleaving.spread.median,
                    point.parallel.spread.median,
                    cpu.median,
                    point.parallel.mark or point.interleaving.mark,
                    cores,
                )
            )
    return found


def shown_points(measured: Measurements, cores: int) -> list[gain_map.MapPoint]:
    """One for each backend: its best worker count where there was a choice, else a worker a core."""
    points = [point for point in gain_map.map_points(measured, cores) if point.workload == WORKLOAD]
    chosen = {point.backend for point in points if point.best}
    return [point for point in points if point.best or point.backend not in chosen]


def quadrant(point: Placed, middle: tuple[float, float]) -> str:
    """Where it lies: on the far side of the middle is more than half of what there is to gain, in doublings."""
    concurrent, parallel = point.interleaving >= middle[0], point.parallel >= middle[1]
    return {(False, False): NEITHER, (False, True): PARALLEL, (True, False): CONCURRENT}.get(
        (concurrent, parallel), BOTH
    )


def radius(cpu_us: float, least: float, most: float) -> float:
    """Of a point, so that its area goes with the CPU of a task, as far as all of them can be seen."""
    scale = min(LEAST_RADIUS / sqrt(least), MOST_RADIUS / sqrt(most))
    return max(LEAST_RADIUS, scale * sqrt(cpu_us))


def draw(run: Run) -> Figure | None:
    measured = measurements_of(run)
    cores = measured.most_cores if measured.core_counts else 1
    if cores == 1 or WORKLOAD not in measured.workloads:
        return None
    points = placed(measured, cores)
    bound = gains.interleaving_bound(measured, WORKLOAD, np.inf)
    if len(points) < 2 or bound is None:
        return None
    middle = (sqrt(bound), sqrt(cores))
    figure, (axes,) = panels(1, height=4.2)
    _draw_frame(axes, points, bound, cores, middle)
    costs = [point.cpu_us for point in points]
    sizes = {point.backend: radius(point.cpu_us, min(costs), max(costs)) for point in points}
    for point in points:
        with marked(axes, point.backend):
            _draw_point(axes, point, sizes[point.backend])
    labels = [
        Label(
            point.interleaving,
            point.parallel,
            f"{point.backend} {point.workers}{point.mark}",
            point.backend,
            sizes[point.backend],
        )
        for point in points
    ]
    draw_labels(axes, labels, PANEL_POINTS, [], NAMES_BAND)
    shown = shown_points(measured, cores)
    notes = [
        f"Area of a point: CPU per task, {number(min(costs), 2)} to {number(max(costs), 2)} us, the smallest no"
        " smaller than can be seen. Beside the names: workers, the best n.",
        "Lines between the quadrants: half of what there is to gain, in doublings; dashed: all of it.",
        *marks_notes(shown),
    ]
    if withheld := withheld_note(shown):
        notes.append(withheld)
    question = f"Who hires trained clerks, and several? Both gains on a day, {cores} cores"
    return finish(figure, run, question, answer(points, middle), notes, _entries(points), columns=6)


def _draw_frame(
    axes: Axes, points: list[Placed], bound: float, cores: int, middle: tuple[float, float]
) -> None:
    plain_log(axes, x=True, y=True)
    axes.grid(False)
    xs = [1.0, bound, *(point.interleaving for point in points)]
    ys = [1.0, float(cores), *(point.parallel for point in points)]
    axes.set_xlim(min(xs) / 1.8, max(xs) * 1.8)
    low, high = min(ys), max(ys)
    axes.set_ylim(low / (high / low) ** 0.25, high * (high / low) ** 0.35)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    axes.set_yticks([tick for tick in (0.5, 1, 2, 4, 8, 16, 32, 64, 128) if bottom <= tick <= top])
    axes.axvline(middle[0], color="0.8", linewidth=1, zorder=0)
    axes.axhline(middle[1], color="0.8", linewidth=1, zorder=0)
    axes.axvline(bound, color=IDEAL_COLOUR, linewidth=1.2, linestyle="--")
    axes.axhline(cores, color=IDEAL_COLOUR, linewidth=1.2, linestyle="--")
    for name, across, up in ((NEITHER, 0, 0), (PARALLEL, 0, 1), (CONCURRENT, 1, 0), (BOTH, 1, 1)):
        axes.annotate(
            name,
            (right if across else left, top if up else bottom),
            (-4 if across else 4, -4 if up else 4),
            textcoords="offset points",
            ha="right" if across else "left",
            va="top" if up else "bottom",
            fontsize=8,
            color="0.35",
            style="italic",
        )
    axes.set_xlabel("interleaving gain (logarithmic)")
    axes.set_ylabel("parallel gain (log.)")
    axes.set_title(WORKLOAD, loc="left")


def _draw_point(axes: Axes, point: Placed, size: float) -> None:
    style = look(point.backend)
    (drawn,) = axes.plot(
        [point.interleaving],
        [point.parallel],
        marker=style.marker,
        markersize=2 * size,
        color=style.colour,
        alpha=0.75,
        zorder=5,
    )
    row = f"{WORKLOAD}/{point.backend}/cores:{point.cores}/workers:{point.workers}"
    gained = f"interleaving {number(point.interleaving, 3)}, parallel {number(point.parallel, 3)}"
    mark(drawn, point.backend, [f"{row}: {gained}, {number(point.cpu_us, 3)} us of CPU a task"])


def _entries(points: list[Placed]) -> dict[str, Artist]:
    return {
        point.backend: Line2D(
            [], [], linestyle="", marker=look(point.backend).marker, color=look(point.backend).colour
        )
        for point in points
    }


def answer(points: list[Placed], middle: tuple[float, float]) -> str:
    """Who gains by both, in the points' order; a marked gain is no headline."""
    both = [point.backend for point in points if quadrant(point, middle) == BOTH and not point.mark]
    if not both:
        return "Nobody gains more than half of what there is by both, in doublings."
    return f"Most of what overlapping waits and more cores can buy, both: {', '.join(both)}."
