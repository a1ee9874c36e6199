"""What the figures over core counts share: each backend at its best worker count per core count, and the ideal line."""

from collections.abc import Callable

from matplotlib.axes import Axes

from bookstore.data.names import BASELINE
from bookstore.data.results import Row
from bookstore.findings.closed import Measurements
from bookstore.findings.worker_counts import BestFigure, best_figure
from bookstore.plots.marks import marked
from bookstore.plots.style import IDEAL_COLOUR, core_axis, look, points, set_apart
from bookstore.stats.intervals import Spread

ValueOf = Callable[[Row], float]


def series(measured: Measurements, workload: str, backend: str, value: ValueOf) -> dict[int, BestFigure]:
    """The figure on each core count on which it was measured, at the best worker count there."""
    found = {cores: best_figure(measured, workload, backend, cores, value) for cores in measured.core_counts}
    return {cores: figure for cores, figure in found.items() if figure is not None}


def draw_panel(axes: Axes, measured: Measurements, workload: str, value: ValueOf) -> list[Spread]:
    """All backends on one workload, and from each pool's first point a line of slope 1; returns what was drawn."""
    drawn: list[Spread] = []
    several = pools(measured)
    for index, backend in enumerate(measured.backends):
        found = series(measured, workload, backend, value)
        if not found:
            continue
        factor = set_apart(index, len(measured.backends), 1.02)
        spreads = [figure.spread for figure in found.values()]
        rows = [f"{workload}/{backend}/cores:{cores}/workers:{each.workers}" for cores, each in found.items()]
        points(axes, [cores * factor for cores in found], spreads, backend, backend, rows, "tasks/s")
        drawn += spreads
        first = min(found)
        if max(found) > first and backend in several:
            ends = [first, measured.most_cores]
            heights = [found[first].spread.median * cores / first for cores in ends]
            with marked(axes, backend):
                axes.plot(ends, heights, color=look(backend).colour, linewidth=0.6, alpha=0.5, zorder=1)
    core_axis(axes, measured.core_counts, across=12.0, room=1.15)
    axes.set_title(workload, loc="left")
    return drawn


def draw_ideal(axes: Axes, measured: Measurements, start: float) -> None:
    """The machine's own ideal, from the best figure on one core: what so many cores are worth without a runtime."""
    ideals = {cores: measured.ideal(cores) for cores in measured.core_counts}
    own = {cores: ideal for cores, ideal in ideals.items() if ideal is not None}
    heights = [start * ideal.median for ideal in own.values()]
    axes.plot(list(own), heights, ":", color=IDEAL_COLOUR, linewidth=1.8, label="measured ideal", zorder=1)


def pools(measured: Measurements) -> list[str]:
    """The backends of more than one worker."""
    return [
        backend
        for backend in measured.backends
        if backend != BASELINE
        and any(key.backend == backend and key.workers > 1 for key in measured.by_setting)
    ]


def worker_notes(measured: Measurements, workload: str, value: ValueOf) -> str:
    """The worker counts that pools are drawn at, on the fewest cores and on the most: threads 64 and 128."""
    parts = []
    for backend in pools(measured):
        found = series(measured, workload, backend, value)
        if found:
            ends = dict.fromkeys(found[cores].workers for cores in (min(found), max(found)))
            parts.append(f"{backend} {' and '.join(map(str, ends))}")
    return ", ".join(parts)
