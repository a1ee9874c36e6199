"""What the figures of latency share: how a percentile is drawn by its validity, and the notes that explain it."""

import math
from collections.abc import Iterable, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from bookstore.findings.latency import INVALID, OVERLOAD, SHOWN, VALID, Latency, OpenFigure
from bookstore.plots.style import look
from bookstore.report.numbers import short

MARK_COLOUR = "0.35"


def percentile_line(axes: Axes, points: Sequence[tuple[float, OpenFigure]], name: str, backend: str) -> None:
    """Percentiles in milliseconds: a line with bands through VALID ones, marks alone for all others.

    Band and whiskers are the interval of the run that speaks, the broad bar is the range over the processes.
    """
    style = look(backend)
    size = 9 if style.marker == "*" else 5.5
    found_at = [(x, figure, figure.percentile(name)) for x, figure in points]
    # nan leaves a gap: no line passes over a point that is withheld or not VALID.
    sound = [found if figure.validity == VALID else None for _, figure, found in found_at]
    xs = [x for x, _, _ in found_at]

    def heights(part: str) -> list[float]:
        return [math.nan if found is None else getattr(found, part) / 1000 for found in sound]

    if any(found is not None for found in sound):
        axes.fill_between(xs, heights("lower"), heights("upper"), color=style.colour, alpha=0.15, linewidth=0)
        axes.vlines(xs, heights("smallest"), heights("largest"), color=style.colour, linewidth=4, alpha=0.35)
        values = heights("value")
        below = [value - low for value, low in zip(values, heights("lower"), strict=True)]
        above = [high - value for value, high in zip(values, heights("upper"), strict=True)]
        axes.errorbar(
            xs,
            values,
            yerr=[below, above],
            color=style.colour,
            linestyle=style.line,
            linewidth=1.3,
            marker=style.marker,
            markersize=size,
            elinewidth=0.8,
            capsize=3,
        )
    for x, figure, found in found_at:
        if found is not None and figure.validity != VALID:
            _broken_point(axes, x, found.value / 1000, figure.validity, backend)


def _broken_point(axes: Axes, x: float, value: float, validity: str, backend: str) -> None:
    """Hollow; crossed too where it is INVALID."""
    style = look(backend)
    size = 9 if style.marker == "*" else 5.5
    axes.plot([x], [value], style.marker, color=style.colour, markersize=size, fillstyle="none")
    if validity == INVALID:
        axes.plot([x], [value], "x", color=style.colour, markersize=size + 3)


def validity_entries(figures: Iterable[OpenFigure]) -> dict[str, Artist]:
    """Legend entries of the validities that are not VALID, where there are any."""
    validities = {figure.validity for figure in figures}
    entries: dict[str, Artist] = {}
    if OVERLOAD in validities:
        entries["OVERLOAD: grows with the run"] = _mark("o", "none")
    if INVALID in validities:
        entries["INVALID: not to be relied on"] = _mark("x", "full")
    return entries


def _mark(marker: str, fill: str) -> Line2D:
    return Line2D([], [], color=MARK_COLOUR, marker=marker, fillstyle=fill, linestyle="none")  # type: ignore[arg-type]


def band_note(figures: Iterable[OpenFigure]) -> str:
    """What bands and bars are."""
    several = max((len(figure.speaking) for figure in figures), default=1)
    text = "Latency counts from the moment a customer meant to arrive. Bands and whiskers: 95 % interval of a run's percentile"
    if several > 1:
        text += "; of several processes the median one is drawn, broad bars: the range over them (no average)"
    return text + "."


def withheld_note(figures: Iterable[OpenFigure], names: Sequence[str]) -> str:
    """Which percentiles are not drawn, for want of samples."""
    found = list(figures)
    counts = {name: sum(figure.percentile(name) is None for figure in found) for name in names}
    parts = [f"{SHOWN[name]} of {count} of {len(found)} points" for name, count in counts.items() if count]
    return f"Withheld for want of effective samples, not drawn: {', '.join(parts)}." if parts else ""


def workers_note(latency: Latency) -> str:
    """pools: 16 workers"""
    counts = sorted({latency.workers(backend) for backend in latency.backends} - {1})
    return f"pools: {'/'.join(map(str, counts))} workers" if counts else "1 worker"


def milliseconds(axes: Axes) -> None:
    """A logarithmic axis of milliseconds with plain numbers; to be called when all is drawn."""
    if not axes.has_data():
        axes.set_yticks([])
        axes.text(0.5, 0.5, "withheld: too few samples", transform=axes.transAxes, ha="center", color="0.4")
        return
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high / low < 100 else (1.0,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def rate_axis(axes: Axes, rates: Sequence[float]) -> None:
    axes.set_xscale("log")
    axes.set_xticks(rates, [short(rate) for rate in rates])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("arrivals per second (logarithmic)")
    axes.set_xlim(min(rates) / 1.6, max(rates) * 1.6)
