"""The map: interleaving gain against parallel gain, the essay's thesis in one picture."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bookstore.data.names import BASELINE
from bookstore.data.results import Run
from bookstore.findings import gain_map, gains
from bookstore.findings.closed import Measurements, measurements_of
from bookstore.findings.gain_map import MapPoint
from bookstore.plots.marks import mark, marked
from bookstore.plots.style import BARS, IDEAL_COLOUR, finish, look, panels, plain_log
from bookstore.plots.throughput.labels import Label, draw_labels
from bookstore.report.spreads import median_text, spread_note, spread_text
from bookstore.report.throughput import ABOVE_IDEAL, DISTURBED
from bookstore.stats.intervals import Spread

THESIS = ("day", "counter", "shelving")  # the first that was measured
LOOP, POOL = "event_loop", "threads"
CONTOUR_BAND = 0.86  # of a panel's height: above it stand the contours' labels
CONTOURS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


def draw(run: Run) -> Figure | None:
    measured = measurements_of(run)
    cores = measured.most_cores if measured.core_counts else 1
    wanted = gain_map.map_points(measured, cores)
    points = [point for point in wanted if point.complete]
    if not points or cores == 1:
        return None
    limits = _limits(measured, points, cores)
    figure, axes = panels(len(measured.workloads), height=2.9, sharex=True, sharey=True)
    for panel, workload in zip(axes, measured.workloads, strict=True):
        _draw_frame(panel, measured, workload, cores, limits)
        panel.set_title(workload, loc="left")
        own = [point for point in points if point.workload == workload]
        for point in own:
            with marked(panel, point.backend):
                _draw_point(panel, point, cores)
        _label_points(panel, own)
    spreads = [gain.spread for point in points for gain in (point.interleaving, point.parallel)]
    notes = [
        spread_note([spread for spread in spreads if spread is not None], BARS),
        "Beside the names: workers. The best n is chosen on repetitions of its own, and shown from the others.",
        "Grey diagonals: speed-up over sequential (the product).",
        "Dashed upright: most that interleaving can buy, T(sequential) / CPU of its steps; n blocking workers buy"
        " at most n.",
    ]
    notes += marks_notes(points)
    if withheld := withheld_note(wanted):
        notes.append(withheld)
    question = f"Concurrency is not parallelism: what each buys on its own, on {cores} cores"
    return finish(figure, run, question, answer(points), notes, _entries(measured, points, cores), columns=5)


def _limits(
    measured: Measurements, points: list[MapPoint], cores: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Axis limits around the points, the bounds and (1, 1)."""
    xs = [1.0] + [_of(point)[0].high for point in points] + [_of(point)[0].low for point in points]
    ys = [1.0, cores] + [_of(point)[1].high for point in points] + [_of(point)[1].low for point in points]
    bounds = [gains.interleaving_bound(measured, workload, np.inf) for workload in measured.workloads]
    xs += [bound for bound in bounds if bound is not None]
    return (min(xs) / 1.6, max(xs) * 2.0), (min(ys) / 1.25, max(ys) * (max(ys) / min(ys)) ** 0.35)


def _of(point: MapPoint) -> tuple[Spread, Spread]:
    """Both gains of a complete point."""
    assert point.interleaving.spread is not None and point.parallel.spread is not None
    return point.interleaving.spread, point.parallel.spread


def _draw_frame(
    axes: Axes,
    measured: Measurements,
    workload: str,
    cores: int,
    limits: tuple[tuple[float, float], tuple[float, float]],
) -> None:
    """Contours of the product, the bounds, and sequential at (1, 1)."""
    (left, right), (bottom, top) = limits
    plain_log(axes, x=True, y=True)
    axes.grid(False)
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_yticks([tick for tick in (0.5, 1, 2, 4, 8, 16, 32, 64, 128) if bottom <= tick <= top])
    xs = np.geomspace(left, right, 50)
    for product in CONTOURS:
        axes.plot(xs, product / xs, color="0.85", linewidth=0.8, zorder=0)
        x = product / (top / 1.12)
        if left * 1.3 < x < right / 1.3:
            axes.text(x, top / 1.12, f"{product}x", fontsize=7, color="0.35", ha="center", va="center")
    ideal = measured.ideal(cores)
    if ideal is not None:
        axes.axhspan(ideal.low, ideal.high, color=IDEAL_COLOUR, alpha=0.15, linewidth=0)
        axes.axhline(ideal.median, color=IDEAL_COLOUR, linewidth=1)
    axes.axhline(cores, color=IDEAL_COLOUR, linewidth=1, linestyle=":")
    bound = gains.interleaving_bound(measured, workload, np.inf)
    if bound is not None:
        axes.axvline(bound, color=IDEAL_COLOUR, linewidth=1.2, linestyle="--")
    style = look(BASELINE)
    axes.plot([1], [1], style.marker, color=style.colour, markersize=6, zorder=4)
    if axes.get_subplotspec().is_last_row():
        axes.set_xlabel("interleaving gain I(n) (logarithmic)")
    if axes.get_subplotspec().is_first_col():
        axes.set_ylabel("parallel gain P(n) (log.)")


def _draw_point(axes: Axes, point: MapPoint, cores: int) -> None:
    interleaving, parallel = _of(point)
    style = look(point.backend)
    drawn = axes.errorbar(
        [interleaving.median],
        [parallel.median],
        xerr=[[interleaving.median - interleaving.low], [interleaving.high - interleaving.median]],
        yerr=[[parallel.median - parallel.low], [parallel.high - parallel.median]],
        marker=style.marker,
        markersize=11 if style.marker == "*" else 7,
        color=style.colour,
        markerfacecolor=style.colour if point.best else "none",
        alpha=0.85,
        linewidth=0.9,
        zorder=5,
    )
    row = f"{point.workload}/{point.backend}/cores:{cores}/workers:{point.workers}"
    both = f"interleaving {spread_text(interleaving)}, parallel {spread_text(parallel)}"
    mark(drawn.lines[0], point.backend, [f"{row}: {both}"])


PANEL_POINTS = (290.0, 150.0)  # about the size of a panel


def _label_points(axes: Axes, points: list[MapPoint]) -> None:
    """Each point's backend and workers beside it, clear of other labels and points and of the contours' labels."""
    labels = []
    for point in points:
        interleaving, parallel = _of(point)
        text = f"{point.backend} {point.workers}{point.parallel.mark or point.interleaving.mark}"
        labels.append(Label(interleaving.median, parallel.median, text, point.backend))
    draw_labels(axes, labels, PANEL_POINTS, [(1.0, 1.0)], CONTOUR_BAND)


def _entries(measured: Measurements, points: list[MapPoint], cores: int) -> dict[str, Artist]:
    shown = {point.backend for point in points} | {BASELINE}
    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=look(backend).marker,
            color=look(backend).colour,
            markersize=9 if look(backend).marker == "*" else 6,
            label=backend,
        )
        for backend in measured.backends
        if backend in shown
    ]
    handles += [
        Line2D([], [], linestyle="", marker="o", color="0.3", markerfacecolor="white", label=f"n = {cores}"),
        Line2D([], [], linestyle="", marker="o", color="0.3", label="best n"),
        Line2D([], [], color=IDEAL_COLOUR, label="ideal of this machine"),
        Line2D([], [], color=IDEAL_COLOUR, linestyle=":", label="nominal ideal"),
        Line2D([], [], color=IDEAL_COLOUR, linestyle="--", label="bound on interleaving"),
    ]
    return {str(handle.get_label()): handle for handle in handles}


def marks_notes(points: list[MapPoint]) -> list[str]:
    """What ^ and * beside a name mean, where they stand."""
    marks = "".join(gain.mark for point in points for gain in (point.interleaving, point.parallel))
    texts = {"^": ABOVE_IDEAL, "*": DISTURBED}
    return [f"{mark}: {text}." for mark, text in texts.items() if mark in marks]


def withheld_note(points: list[MapPoint]) -> str:
    """Which points are not there, and why."""
    reasons: dict[str, list[str]] = {}
    for point in points:
        for reason in {gain.withheld for gain in (point.interleaving, point.parallel) if gain.spread is None}:
            reasons.setdefault(reason, []).append(f"{point.workload}/{point.backend} n = {point.workers}")
    return " ".join(f"Withheld, {reason}: {', '.join(names)}." for reason, names in reasons.items())


def answer(points: list[MapPoint]) -> str:
    """Both gains of a loop and of a pool on one workload. Which, is fixed: the largest of many would be the noisiest."""
    workload = next((name for name in THESIS if any(each.workload == name for each in points)), None)
    parts = []
    for backend in (LOOP, POOL):
        own = [each for each in points if (each.workload, each.backend) == (workload, backend)]
        # A gain above the ideal, or of disturbed runs alone, is marked where it stands and is no headline.
        sound = [each for each in own if not (each.parallel.mark or each.interleaving.mark)]
        best = next((each for each in sorted(sound, key=lambda each: not each.best)), None)
        if best is not None:
            interleaving, parallel = map(median_text, _of(best))
            parts.append(f"{backend} (n = {best.workers}) {interleaving} times and {parallel}")
    return f"On {workload}, overlapping waits and more cores buy: {'; '.join(parts)}." if parts else ""
