"""What the figures of open load share: how a percentile is drawn by its validity, and the notes that explain it."""

import math
from collections.abc import Iterable, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from bookstore.findings.latency import Latency
from bookstore.findings.open_figures import INVALID, OVERLOAD, VALID, OpenFigure, Percentile
from bookstore.plots.marks import mark, marked, tip
from bookstore.plots.style import look, room_for
from bookstore.report.latency import marks_note
from bookstore.report.numbers import short, short_time
from bookstore.report.spreads import spread_note

MARK_COLOUR = "0.35"
TOP = 0.955  # of the axes' height: where an arrow for OVERLOAD stands
Points = Sequence[tuple[float, OpenFigure]]


def percentile_line(
    axes: Axes, points: Points, name: str, backend: str, hollow: bool = False, colour: str | None = None
) -> None:
    """A percentile in us with its interval over processes: a line through what kept up, an arrow for OVERLOAD."""
    style = look(backend)
    colour = colour or style.colour
    found_at = [
        (x, None if figure.validity == OVERLOAD else figure.percentile(name), figure) for x, figure in points
    ]
    # nan leaves a gap: no line passes over OVERLOAD.
    xs = [x for x, _, _ in found_at]
    values = [math.nan if found is None else found.us.median for _, found, _ in found_at]
    if any(math.isfinite(value) for value in values):
        below = [0.0 if found is None else found.us.median - found.us.low for _, found, _ in found_at]
        above = [0.0 if found is None else found.us.high - found.us.median for _, found, _ in found_at]
        with marked(axes, backend):
            drawn = axes.errorbar(
                xs,
                values,
                yerr=[below, above],
                color=colour,
                linestyle=style.line,
                linewidth=0.8 if hollow else 1.4,
                marker=style.marker,
                markersize=(8 if style.marker == "*" else 5) * (0.85 if hollow else 1.0),
                markerfacecolor="white" if hollow else colour,
                elinewidth=0.8,
                capsize=2.5,
            )
            mark(drawn.lines[0], backend, _tips(found_at, name))
    with marked(axes, backend):
        for x, found, figure in found_at:
            if figure.validity == OVERLOAD:
                overload_arrow(axes, x, colour)
            elif found is not None and figure.validity == INVALID:
                axes.plot([x], [found.us.median], "x", color="0.1", markersize=9)


def _tips(found_at: Sequence[tuple[float, Percentile | None, OpenFigure]], name: str) -> list[str]:
    """Of the points that are drawn: those that have a height."""
    return [
        tip(figure.rows[0].key, found.us, f"us, {name}")
        + ("" if figure.validity == VALID else f" ({figure.validity})")
        for _, found, figure in found_at
        if found is not None and math.isfinite(found.us.median)
    ]


def overload_arrow(axes: Axes, x: float, colour: str) -> None:
    """At the top edge: the delay has no height that would stand still."""
    axes.plot(
        [x], [TOP], "^", color=colour, markersize=6, transform=axes.get_xaxis_transform(), clip_on=False
    )


def validity_entries(figures: Iterable[OpenFigure]) -> dict[str, Artist]:
    """Legend entries of the validities that are not VALID, where there are any."""
    validities = {figure.validity for figure in figures}
    entries: dict[str, Artist] = {}
    if OVERLOAD in validities:
        entries["OVERLOAD (at the top edge)"] = _mark("^")
    if INVALID in validities:
        entries["INVALID: not to be relied on"] = _mark("x")
    return entries


def _mark(marker: str) -> Line2D:
    return Line2D([], [], color=MARK_COLOUR, marker=marker, linestyle="none")


def delay_note(latency: Latency) -> str:
    """What is drawn."""
    if latency.figure_name == "delay":
        return "Delay: latency from the moment a customer meant to arrive, less the waits asked for."
    return "Latency counts from the moment a customer meant to arrive; this older run knows no delay."


def interval_note(figures: Iterable[OpenFigure], names: Sequence[str]) -> str:
    """What bars are, and what marks a figure of these."""
    found = [each.percentile(name) for each in figures for name in names if each.validity != OVERLOAD]
    spreads = [each.us for each in found if each is not None]
    return f"{spread_note(spreads, 'Points: medians of the processes; bars')} {_few_note(figures, names)}".strip()


def _few_note(figures: Iterable[OpenFigure], names: Sequence[str]) -> str:
    found = [each.percentile(name) for each in figures for name in names if each.validity != OVERLOAD]
    return "" if marks_note(found) == "" else "Marks of single figures stand in the table."


def workers_note(latency: Latency, cores: int | None = None) -> str:
    """pools: 16 workers"""
    counts = sorted({latency.workers(backend, cores) for backend in latency.backends} - {0, 1})
    return f"pools: {'/'.join(map(str, counts))} workers" if counts else "1 worker"


def times(axes: Axes) -> None:
    """A logarithmic axis of times, each tick with its unit; to be called when all is drawn."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.12)  # room for the arrows
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high / low < 60 else (1.0,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short_time(value * 1e-6)))
    axes.yaxis.set_minor_formatter(NullFormatter())


def time_axis_x(axes: Axes) -> None:
    """The same along the x axis."""
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_time(value * 1e-6)))
    axes.xaxis.set_minor_formatter(NullFormatter())


def rate_axis(axes: Axes, rates: Sequence[float], across: float = 10.0) -> None:
    axes.set_xscale("log")
    shown = room_for(rates, across)
    axes.set_xticks(shown, [short(rate) for rate in shown])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("arrivals/s (logarithmic)")
    axes.set_xlim(min(rates) / 1.6, max(rates) * 1.6)
