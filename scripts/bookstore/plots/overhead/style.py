"""What the figures of overhead share: dots in rows, one row a backend, and an axis of task sizes that begins at 0."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator

from bookstore.findings.overhead import Overhead
from bookstore.plots.marks import mark, marked
from bookstore.plots.style import look, room_for
from bookstore.report.numbers import short_time
from bookstore.stats.intervals import Spread

FILL_COLOUR = "0.35"
CLOSE = 1.06  # how far backends are set apart


def marker_size(backend: str) -> float:
    return 9.5 if look(backend).marker == "*" else 6.0


def dot(
    axes: Axes,
    value: Spread,
    place: float,
    backend: str,
    fill: str = "full",
    text: str = "",
    left: bool = False,
    told: str = "",
) -> None:
    """A median with its interval or range, on a row of its own height; a text stands on one side.

    `told`: what the point tells, the row and the interval.
    """
    with marked(axes, backend):
        drawn = _draw_dot(axes, value, place, backend, fill, text, left)
        mark(drawn, backend, [told] if told else [])


def _draw_dot(
    axes: Axes, value: Spread, place: float, backend: str, fill: str, text: str, left: bool
) -> Line2D:
    style = look(backend)
    axes.hlines(place, value.low, value.high, color=style.colour, linewidth=1.6, alpha=0.6)
    (point,) = axes.plot(
        [value.median],
        [place],
        style.marker,
        color=style.colour,
        markersize=marker_size(backend),
        fillstyle=fill,  # type: ignore[arg-type]
        markerfacecoloralt="white",
    )
    if text:
        axes.annotate(
            text,
            (value.low if left else value.high, place),
            (-6 if left else 6, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=8,
            color="0.2",
        )
    return point


def name_rows(axes: Axes, names: Mapping[float, str]) -> None:
    """The first row on top, each with its name."""
    axes.set_yticks(list(names), list(names.values()))
    axes.set_ylim(max(names, default=0) + 0.7, min(names, default=0) - 0.7)
    axes.grid(axis="y", visible=False)


def log_values(axes: Axes, label: str, across: float = 5.0) -> None:
    """A logarithmic x axis of plain numbers with room for the texts; to be called when all is drawn.

    `across`: how many labels, about, the axis would hold side by side.
    """
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    span = high / low
    axes.set_xlim(low / span**0.14, high * span**0.2)
    low, high = axes.get_xlim()
    ticks = room_for(_round_numbers(low, high), across)
    axes.set_xticks(ticks, [f"{tick:,.12g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(label)


def _round_numbers(low: float, high: float) -> list[float]:
    """The roundest numbers from `low` to `high`, both above 0: at least three of them where there are."""
    found: list[float] = []
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((10,), (10, 20, 50), (10, 15, 20, 30, 40, 50, 60, 80)):
        values = (float(f"{step * 10.0 ** (power - 1):.3g}") for power in powers for step in steps)
        found = sorted(value for value in values if low <= value <= high)
        if len(found) >= 3:
            break
    return found


def size_text(ns: float) -> str:
    """A task size: 10 ns, 1.5 us."""
    return short_time(ns * 1e-9, digits=2)


def size_axis(axes: Axes, sizes: Sequence[float]) -> dict[float, float]:
    """A logarithmic axis of task sizes; returns where each is drawn: 0, which has no logarithm, left of a break."""
    smallest = min(size for size in sizes if size > 0)
    places = {size: size if size > 0 else smallest / 5 for size in sizes}
    ticks = [smallest / 5] if 0 in places else []
    power = 10.0
    while power <= max(sizes):
        if power >= smallest:
            ticks.append(power)
        power *= 10
    axes.set_xscale("log")
    axes.set_xticks(ticks, [size_text(tick) if tick >= smallest else "0" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(min(places.values()) / 1.6, max(sizes) * 1.6)
    if 0 in places:
        axes.axvline(smallest / 5**0.5, color="0.6", linewidth=0.8, linestyle=(0, (2, 2)))
    return places


def fill_entries(fills: Mapping[str, str]) -> dict[str, Artist]:
    """Legend entries of what full, half and hollow markers mean."""
    return {
        label: Line2D(
            [],
            [],
            color=FILL_COLOUR,
            marker="o",
            linestyle="none",
            fillstyle=fill,  # type: ignore[arg-type]
            markerfacecoloralt="white",
        )
        for label, fill in fills.items()
    }


def cores_text(overhead: Overhead) -> str:
    return f"{overhead.most_cores} core{'s' if overhead.most_cores > 1 else ''}"
