"""Delay against core count: at each rate, the knee by core count, and capacity as brackets."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from bookstore.data.results import Run
from bookstore.findings.brackets import brackets
from bookstore.findings.latency import Capacity, Latency, latency_of
from bookstore.findings.open_figures import OpenFigure
from bookstore.plots.latency.style import (
    MARK_COLOUR,
    delay_note,
    interval_note,
    percentile_line,
    rate_axis,
    times,
    validity_entries,
)
from bookstore.plots.marks import mark, marked
from bookstore.plots.style import WIDTH_INCHES, backend_entries, core_axis, finish, look, set_apart
from bookstore.report.numbers import short
from bookstore.report.phrases import p99_text

NAMES = ("p50", "p99")
KNEE_COLUMNS = 3
SHADES = ("0.65", "0.0")  # of the knees' lines, from the fewest cores to the most
MOST_LINES = 4  # core counts of a knee
BAND_INCHES = 2.6


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    if latency is None or not latency.workloads():
        return None
    workload = latency.workloads()[0]
    cores, rates = latency.core_counts(workload), latency.rates(workload)
    if len(cores) < 2:
        return None
    backends = [
        name for name in latency.backends if any(_line(latency, workload, name, rate) for rate in rates)
    ]
    knee_rows = -(-len(backends) // KNEE_COLUMNS)
    counts = _knee_cores(latency, workload)
    found = [each for each in brackets(latency, workload) if each.cores in counts and each.passing > 0]
    heights = [BAND_INCHES] + [0.75 * BAND_INCHES] * knee_rows + [0.5 + 0.16 * max(3, len(found))]
    figure = Figure(figsize=(WIDTH_INCHES, 1.9 + sum(heights)), layout="constrained")
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    drawn = _draw_rates(figure, grid, latency, workload, backends)
    drawn += _draw_knees(figure, grid, latency, workload, backends)
    if found:
        _draw_capacity(figure.add_subplot(grid[len(heights) - 1]), found, backends)
    entries: dict[str, Artist] = backend_entries(backends) | validity_entries(drawn)
    knees = _knee_cores(latency, workload)
    for index, count in enumerate(knees):
        label = f"p99 on {count} core{'s' if count > 1 else ''}"
        entries[label] = Line2D([], [], color=_shade(index, len(knees)), linewidth=1.6)
    entries["p99"] = Line2D([], [], color=MARK_COLOUR, marker="o", linewidth=1.4)
    entries["p50 (hollow)"] = Line2D(
        [], [], color=MARK_COLOUR, marker="o", markerfacecolor="white", linewidth=0.8
    )
    notes = [
        delay_note(latency),
        interval_note(drawn, NAMES),
        "Every backend meets the same customers, pools at the worker count that was best closed on so many cores.",
        "Capacity, of those that held the limit at any rate, lies between the highest rate that held the limit (bar's end) and the lowest that failed it (x); no x:"
        " none of the rates failed.",
    ]
    question = f"What does another core buy those who wait? {workload}: {latency.figure_name} against cores"
    return finish(figure, run, question, answer(latency, workload), notes, entries, columns=5)


def _line(latency: Latency, workload: str, backend: str, rate: float) -> list[tuple[int, OpenFigure]]:
    found = [(cores, latency.at(workload, backend, rate, cores)) for cores in latency.core_counts(workload)]
    return [(cores, figure) for cores, figure in found if figure is not None]


def _draw_rates(
    figure: Figure, grid: GridSpec, latency: Latency, workload: str, backends: Sequence[str]
) -> list[OpenFigure]:
    """A panel a rate that was measured on more than one core count."""
    rates = [
        rate
        for rate in latency.rates(workload)
        if any(len(_line(latency, workload, backend, rate)) > 1 for backend in backends)
    ][:4]
    band = grid[0].subgridspec(1, max(1, len(rates)))
    drawn: list[OpenFigure] = []
    first: Axes | None = None
    for place, rate in enumerate(rates):
        panel = figure.add_subplot(band[place], sharey=first)
        first = first or panel
        for index, backend in enumerate(backends):
            line = _line(latency, workload, backend, rate)
            factor = set_apart(index, len(backends), 1.035)
            for name in NAMES:
                points = [(cores * factor, found) for cores, found in line]
                percentile_line(panel, points, name, backend, hollow=name == "p50")
            drawn += [found for _, found in line]
        core_axis(panel, latency.core_counts(workload))
        panel.set_title(f"{rate:,.0f} arrivals/s", loc="left")
        if place:
            panel.tick_params(labelleft=False)
    if first is not None:
        first.set_ylabel(f"{latency.figure_name} (logarithmic)")
        times(first)
    return drawn


def _draw_knees(
    figure: Figure, grid: GridSpec, latency: Latency, workload: str, backends: Sequence[str]
) -> list[OpenFigure]:
    """A small panel a backend: p99 against rate, a line per core count."""
    cores = _knee_cores(latency, workload)
    rows = -(-len(backends) // KNEE_COLUMNS)
    bands = [grid[1 + row].subgridspec(1, KNEE_COLUMNS) for row in range(rows)]
    drawn: list[OpenFigure] = []
    first: Axes | None = None
    for place, backend in enumerate(backends):
        row, column = divmod(place, KNEE_COLUMNS)
        panel = figure.add_subplot(bands[row][column], sharey=first)
        first = first or panel
        for index, count in enumerate(cores):
            found = [(rate, latency.at(workload, backend, rate, count)) for rate in latency.rates(workload)]
            points = [(rate * 1.03**index, each) for rate, each in found if each is not None]
            colour = _shade(index, len(cores))
            percentile_line(panel, points, "p99", backend, colour=colour)
            drawn += [each for _, each in points]
        rate_axis(panel, latency.rates(workload), 5.0)
        last = place + KNEE_COLUMNS >= len(backends)
        panel.set_xlabel("arrivals/s (logarithmic)" if last else "")
        panel.set_title(backend, loc="left", fontsize=9)
        mark(panel, backend)
        if column:
            panel.tick_params(labelleft=False)
        else:
            panel.set_ylabel(f"{latency.figure_name} p99 (log.)")
    if first is not None:
        times(first)
    return drawn


def _knee_cores(latency: Latency, workload: str) -> list[int]:
    """The core counts that the knees have lines for, the fewest and the most among them."""
    cores = latency.core_counts(workload)
    if len(cores) <= MOST_LINES:
        return cores
    step = (len(cores) - 1) / (MOST_LINES - 1)
    return [cores[round(index * step)] for index in range(MOST_LINES)]


def _shade(index: int, count: int) -> str:
    low, high = map(float, SHADES)
    return f"{low + (high - low) * index / max(1, count - 1):.2f}"


def _draw_capacity(axes: Axes, found: Sequence[Capacity], backends: Sequence[str]) -> None:
    """A bar from the left to the rate that holds, a thin line on to the one that fails."""
    names: dict[int, str] = {}
    place = 0
    ends = [rate for each in found for rate in (each.passing, each.failing) if rate > 0]
    left = min(ends) / 3
    for backend in backends:
        own = [each for each in found if each.backend == backend]
        for each in own:
            style = look(backend)
            holds = each.passing if each.passing > 0 else left
            with marked(axes, backend):
                axes.barh(place, holds - left, left=left, height=0.6, color=style.colour, alpha=0.75)
                if each.failing > 0:
                    axes.plot([holds, each.failing], [place, place], color=style.colour, linewidth=1)
                    axes.plot([each.failing], [place], "x", color=style.colour, markersize=6)
                axes.annotate(
                    each.bracket,
                    (max(holds, each.failing), place),
                    (8, 0),
                    textcoords="offset points",
                    va="center",
                    fontsize=7.5,
                )
            names[place] = f"{backend}, {each.cores}"
            place += 1
    axes.set_xscale("log")
    axes.set_xlim(left, max(ends) * 14)
    axes.set_yticks(list(names), list(names.values()), fontsize=7.5)
    axes.set_ylim(place - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: short(value))
    axes.set_xlabel("arrivals/s (logarithmic)")
    axes.set_title(f"capacity, cores beside the names: {found[0].limit}", loc="left")


def answer(latency: Latency, workload: str) -> str:
    """p99 on the fewest cores and on the most, at the rate where the core count shows most."""
    cores = latency.core_counts(workload)
    rates = [
        rate
        for rate in latency.rates(workload)
        if any(len(_line(latency, workload, b, rate)) > 1 for b in latency.backends)
    ]
    if not rates:
        return ""
    rate = rates[min(1, len(rates) - 1)]
    parts = []
    for backend in latency.backends:
        ends = [latency.at(workload, backend, rate, count) for count in (cores[0], cores[-1])]
        if all(ends):
            parts.append(f"{backend} {' and '.join(p99_text(each) for each in ends if each is not None)}")
    return (
        f"{latency.figure_name} p99 at {rate:,.0f}/s on {cores[0]} and on {cores[-1]} cores: {', '.join(parts)}."
        if parts
        else ""
    )
