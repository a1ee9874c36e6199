"""Delay and CPU per task against worker count, at the rate near what one core serves."""

import math

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from bookstore.data.results import Run
from bookstore.findings.latency import Latency, latency_of
from bookstore.findings.open_figures import VALID, OpenFigure
from bookstore.plots.latency.style import delay_note, interval_note, percentile_line, times, validity_entries
from bookstore.plots.marks import mark
from bookstore.plots.style import backend_entries, finish, from_zero, look, panels, room_for, set_apart
from bookstore.report.numbers import number

NAMES = ("p50", "p99")
Points = list[tuple[float, OpenFigure]]


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    found = None if latency is None else swept(latency)
    if latency is None or found is None:
        return None
    workload, rate = found
    lines = {backend: points(latency, workload, rate, backend) for backend in latency.backends}
    figure, axes = panels(len(NAMES) + 1, columns=len(NAMES) + 1, height=3.2)
    for panel, name in zip(axes, NAMES, strict=False):
        for index, (backend, line) in enumerate(lines.items()):
            factor = set_apart(index, len(lines))
            percentile_line(panel, [(x * factor, each) for x, each in line], name, backend)
        times(panel)
        panel.set_ylabel(f"{latency.figure_name} (logarithmic)")
        panel.set_title(f"{workload}, {name}", loc="left")
    _draw_cost(axes[-1], lines)
    counts = sorted({count for line in lines.values() for count, _ in line})
    for panel in axes:
        panel.set_xscale("log")
        shown = room_for(counts, 6.0)
        panel.set_xticks(shown, [f"{count:.0f}" for count in shown])
        panel.xaxis.set_minor_locator(NullLocator())
        panel.set_xlim(counts[0] / 1.5, counts[-1] * 1.5)
        panel.set_xlabel("workers (logarithmic)")
    figures = [each for line in lines.values() for _, each in line]
    entries: dict[str, Artist] = backend_entries(latency.backends) | validity_entries(figures)
    cores = latency.most_cores
    question = (
        f"How many clerks do {rate:,.0f} customers a second need? {cores} core{'s' if cores > 1 else ''}"
    )
    notes = [delay_note(latency), interval_note(figures, NAMES)]
    return finish(figure, run, question, answer(lines), notes, entries, columns=5)


def _draw_cost(axes: Axes, lines: dict[str, Points]) -> None:
    for backend, line in lines.items():
        style = look(backend)
        costs = [each.middle("cpu_us_per_task") for _, each in line]
        drawn = axes.plot(
            [x for x, _ in line],
            costs,
            color=style.colour,
            marker=style.marker,
            linestyle=style.line,
            linewidth=1.3,
            markersize=9 if style.marker == "*" else 5.5,
        )
        told = [(each, cost) for (_, each), cost in zip(line, costs, strict=True) if math.isfinite(cost)]
        mark(
            drawn[0], backend, [f"{each.rows[0].key}: {number(cost)} CPU us per task" for each, cost in told]
        )
    from_zero(axes)
    axes.set_ylabel("CPU us per task")
    axes.set_title("what they cost", loc="left")


def swept(latency: Latency) -> tuple[str, float] | None:
    """The workload and the rate with most worker counts, if there is more than one of a backend."""
    counts: dict[tuple[str, float], dict[str, set[int]]] = {}
    for each in latency.figures:
        if not each.bursts and not each.door and each.cores == latency.most_cores and each.workers > 1:
            counts.setdefault((each.workload, each.rate), {}).setdefault(each.backend, set()).add(
                each.workers
            )
    best = max(counts, key=lambda where: max(map(len, counts[where].values())), default=None)
    if best is None or max(map(len, counts[best].values())) < 3:
        return None
    return best


def points(latency: Latency, workload: str, rate: float, backend: str) -> Points:
    """The backend's figures on the most cores, by worker count."""
    found = [
        (float(each.workers), figure)
        for each, figure in latency.figures.items()
        if (each.workload, each.backend, each.cores, each.rate, each.bursts, each.door)
        == (workload, backend, latency.most_cores, rate, False, False)
    ]
    return sorted(found, key=lambda pair: pair[0])


def answer(lines: dict[str, Points]) -> str:
    """The fewest workers with which each backend kept up."""
    parts = []
    for backend, line in lines.items():
        kept = [workers for workers, figure in line if figure.validity == VALID]
        parts.append(f"{backend} {kept[0]:.0f}" if kept else f"{backend} none")
    return f"Fewest of these worker counts that kept up: {', '.join(parts)}."
