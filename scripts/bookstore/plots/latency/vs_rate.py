"""Percentiles of latency against arrival rate, with the capacity of each backend marked."""

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bookstore.data.results import Run
from bookstore.findings.latency import (
    OVERLOAD,
    PERCENTILES,
    SHOWN,
    VALID,
    Capacity,
    Latency,
    OpenFigure,
    latency_of,
)
from bookstore.plots.latency.style import (
    MARK_COLOUR,
    band_note,
    milliseconds,
    percentile_line,
    rate_axis,
    validity_entries,
    withheld_note,
    workers_note,
)
from bookstore.plots.style import backend_entries, finish, look, panels, set_apart


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    if latency is None:
        return None
    workloads = [name for name in latency.workloads() if len(latency.rates(name)) > 1]
    if not workloads:
        return None
    figure, axes = panels(len(workloads) * len(PERCENTILES), columns=len(PERCENTILES), height=2.8)
    drawn: list[OpenFigure] = []
    for index, panel in enumerate(axes):
        workload, name = workloads[index // len(PERCENTILES)], list(PERCENTILES)[index % len(PERCENTILES)]
        drawn += _draw_panel(panel, latency, workload, name)
        panel.set_title(f"{workload}, {SHOWN[name]}", loc="left")
        if index % len(PERCENTILES) == 0:
            panel.set_ylabel("latency, ms (logarithmic)")
    figures = list({figure.setting: figure for figure in drawn}.values())
    entries: dict[str, Artist] = backend_entries(latency.backends) | validity_entries(figures)
    if marked(latency, workloads[0], latency.most_cores):
        entries["capacity"] = Line2D([], [], color=MARK_COLOUR, linestyle="-", linewidth=1, marker=6)
    cores = latency.most_cores
    question = (
        f"How long do customers wait as more of them come? {cores} core{'s' if cores > 1 else ''},"
        f" {workers_note(latency)}"
    )
    notes = [band_note(figures), withheld_note(figures, list(PERCENTILES)), _capacity_note(latency)]
    return finish(
        figure,
        run,
        question,
        answer(latency, workloads[0]),
        [note for note in notes if note],
        entries,
        columns=5,
    )


def _draw_panel(axes: Axes, latency: Latency, workload: str, name: str) -> list[OpenFigure]:
    rates = latency.rates(workload)
    drawn = []
    for index, backend in enumerate(latency.backends):
        points = [
            (rate * set_apart(index, len(latency.backends)), found)
            for rate in rates
            for found in [latency.at(workload, backend, rate)]
            if found is not None
        ]
        percentile_line(axes, points, name, backend)
        drawn += [found for _, found in points]
    milliseconds(axes)
    rate_axis(axes, rates)
    for capacity in marked(latency, workload, latency.most_cores):
        if abs(capacity.percentile - PERCENTILES[name]) < 1e-9:
            _mark_capacity(axes, capacity)
    return drawn


def _mark_capacity(axes: Axes, capacity: Capacity) -> None:
    """A line from the limit down to the axis at the highest rate that was seen to hold it."""
    style = look(capacity.backend)
    limit = capacity.limit_us / 1000
    axes.axhline(limit, color=MARK_COLOUR, linewidth=0.8, linestyle=":")
    low, _ = axes.get_ylim()
    axes.plot([capacity.passing] * 2, [low, limit], color=style.colour, linewidth=1, linestyle=style.line)
    axes.plot([capacity.passing], [low], marker=6, color=style.colour, clip_on=False)
    axes.set_ylim(bottom=low)
    left, right = axes.get_xlim()
    axes.set_xlim(left, max(right, capacity.passing * 1.3))


def marked(latency: Latency, workload: str, cores: int) -> list[Capacity]:
    return [
        each
        for each in latency.capacities
        if (each.workload, each.cores) == (workload, cores) and each.passing > 0
    ]


def _capacity_note(latency: Latency) -> str:
    limits = sorted({capacity.limit for capacity in latency.capacities})
    return f"Capacity: the highest rate seen to keep {', '.join(limits)} (dotted)." if limits else ""


def answer(latency: Latency, workload: str) -> str:
    """The highest rate that each backend was measured at and kept up with."""
    parts = []
    for backend in latency.backends:
        found = [(rate, latency.at(workload, backend, rate)) for rate in latency.rates(workload)]
        validities = {rate: figure.validity for rate, figure in found if figure is not None}
        kept = max((rate for rate, validity in validities.items() if validity == VALID), default=None)
        if kept is None and OVERLOAD in validities.values():
            parts.append(f"{backend} none")
        elif kept is not None:
            parts.append(f"{backend} {kept:,.0f}/s")
    return f"Highest of these rates that each kept up with on {workload}: {', '.join(parts)}."
