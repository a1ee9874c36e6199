"""The trend of one row over the runs of a machine, with its changes, drifts and outliers."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from bookstore.findings.trends import Trend
from bookstore.parallel.forked import forked_map
from bookstore.plots.style import PNG_DPI, WIDTH_INCHES, look
from bookstore.report.numbers import percent, time_unit
from bookstore.report.trends import commit_of
from bookstore.terminal.text import visible

# What the analysis found is black or grey: the colours belong to the backends.
found_colour, level_colour = "0.0", "0.35"


def file_stems(keys: Sequence[str]) -> list[str]:
    """A file name for each row; rows that differ only in what a file name cannot hold get a number each."""
    stems, taken = [], set()
    for key in keys:
        plain = re.sub(r"[^A-Za-z0-9.-]+", "_", key.replace(":", "-"))[:150]
        # Where case does not matter to the file system, it must not matter here.
        names = (plain, *(f"{plain}-{number}" for number in range(2, len(keys) + 2)))
        stem = next(name for name in names if name.lower() not in taken)
        taken.add(stem.lower())
        stems.append(stem)
    return stems


def _shown(text: str, width: int = 95) -> str:
    """A name in a picture: no formula, no control characters, as many lines as it takes."""
    return "\n".join(textwrap.wrap(visible(text), width) or [""]).replace("$", r"\$")


def _scale(trend: Trend) -> tuple[float, str]:
    """Factor and axis label for the exponentials of the trend's logs."""
    if trend.reference:
        return 1.0, "time / reference (log scale)"
    typical = math.exp(float(np.median(trend.logs)))
    unit, size = time_unit(typical)
    return 1.0 / size, f"time, {unit} (log scale)"


def _draw_points(axes: Axes, trend: Trend, factor: float) -> None:
    x = np.arange(len(trend.points))
    values = np.exp(trend.logs) * factor
    seconds = np.array([point.value.seconds for point in trend.points])
    low = values * np.array([point.value.low for point in trend.points]) / seconds
    high = values * np.array([point.value.high for point in trend.points]) / seconds
    usual = np.ones(len(x), dtype=bool)
    usual[trend.findings.outliers] = False
    style = look(trend.key.split("/")[1] if "/" in trend.key else trend.key)
    # One line with gaps: thousands of lines would take seconds.
    axes.plot(
        np.repeat(x, 3),
        np.stack([low, high, np.full(len(x), np.nan)], axis=1).ravel(),
        color=style.colour,
        alpha=0.35,
        linewidth=2,
        solid_capstyle="butt",
        label="range of the processes",
    )
    single = np.array([bool(point.value.note) for point in trend.points])
    for which, fill, label in ((~single, style.colour, "median of a run"), (single, "none", "rests on less")):
        if (usual & which).any():
            axes.plot(
                x[usual & which],
                values[usual & which],
                style.marker,
                color=style.colour,
                markerfacecolor=fill,
                markersize=4.5,
                label=label,
            )
    if not usual.all():
        axes.plot(x[~usual], values[~usual], "x", color=found_colour, markersize=8, label="outlier")


def _draw_levels(axes: Axes, trend: Trend, factor: float) -> None:
    logs, found = np.array(trend.logs), trend.findings
    begins = [change.index for change in found.changes]
    begins += [found.unsettled.index] if found.unsettled is not None else []
    edges = [0, *begins, len(logs)]
    drifting = {index for drift in found.drifts for index in range(drift.begin, drift.end + 1)}
    for begin, end in zip(edges, edges[1:]):
        level = [i for i in range(begin, end) if i not in found.outliers and i not in drifting]
        if level:
            height = math.exp(float(np.median(logs[level]))) * factor
            axes.hlines(height, level[0] - 0.4, level[-1] + 0.4, color=level_colour, linewidth=1.5)
    for number, drift in enumerate(found.drifts):
        span = [i for i in range(drift.begin, drift.end + 1) if i not in found.outliers]
        line = np.polynomial.Polynomial.fit(span, logs[span], 1)
        ends = np.array([drift.begin, drift.end])
        label = "drift" if number == 0 else None
        axes.plot(
            ends, np.exp(line(ends)) * factor, color=found_colour, linewidth=2.5, linestyle="--", label=label
        )


def _draw_changes(axes: Axes, trend: Trend) -> None:
    found = trend.findings
    boundaries = [(change.index, change.size, "change", ":", "") for change in found.changes]
    if found.unsettled is not None:
        boundaries.append((found.unsettled.index, found.unsettled.size, "unsettled", "-.", "?"))
    named = set()
    for number, (index, size, kind, line, mark) in enumerate(boundaries):
        label = None if kind in named else kind
        named.add(kind)
        axes.axvline(index - 0.5, color=found_colour, linewidth=1.5, linestyle=line, label=label)
        # Neighbouring labels take turns in height, or they would cover one another; at the right edge they stand before.
        late = index > 0.85 * len(trend.points)
        axes.annotate(
            f"{_shown(commit_of(trend, index))}\n{percent(size)}{mark}",
            (index - 0.5, 1.0 - 0.13 * (number % 2)),
            xycoords=("data", "axes fraction"),
            xytext=(-4 if late else 4, -4),
            textcoords="offset points",
            va="top",
            ha="right" if late else "left",
            fontsize=9,
            color=found_colour,
        )


def _scale_axes(axes: Axes, trend: Trend) -> None:
    axes.set_yscale("log")
    bottom, top = axes.get_ylim()
    # Room for the labels of the changes and the legend, and never so close that noise alone fills the picture.
    middle = math.sqrt(bottom * top)
    bottom, top = min(bottom, middle / 1.08), max(top, middle * 1.08)
    bottom, top = bottom / (top / bottom) ** 0.2, top * (top / bottom) ** 0.3
    ticks = [tick for tick in MaxNLocator(7).tick_values(bottom, top) if bottom <= tick <= top]
    axes.set_ylim(bottom, top)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.4g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    every = max(1, math.ceil(len(trend.points) / 12))
    places = list(range(0, len(trend.points), every))
    axes.set_xticks(
        places,
        [_shown(trend.points[i].commit[:8]) or str(trend.before + i) for i in places],
        rotation=45,
        ha="right",
    )
    axes.set_xlim(-1, len(trend.points))


def _finding(trend: Trend) -> str:
    """The finding in one line, for the title."""
    found = trend.findings
    if not found.enough:
        return "too few runs to find changes"
    parts = [f"{percent(change.size)} at {commit_of(trend, change.index)}" for change in found.changes]
    if found.unsettled is not None:
        parts.append(
            f"unsettled: {percent(found.unsettled.size)} since {commit_of(trend, found.unsettled.index)}"
        )
    parts += [f"drift of {percent(drift.size)}" for drift in found.drifts]
    return "; ".join(parts) or "no change found"


def draw_trends(trends: Sequence[Trend], machine: str, folder: Path) -> Iterator[None]:
    """Draws them several at a time, and says after each that it is done."""
    named = list(zip(trends, file_stems([trend.key for trend in trends])))
    return forked_map(lambda each: draw_trend(each[0], machine, folder / each[1]), named)


def draw_trend(trend: Trend, machine: str, stem: Path) -> None:
    """Writes one SVG and one PNG of this name."""
    figure = Figure(figsize=(WIDTH_INCHES, 4.2), layout="constrained")
    axes = figure.subplots()
    factor, label = _scale(trend)
    _draw_levels(axes, trend, factor)
    _draw_points(axes, trend, factor)
    _draw_changes(axes, trend)
    _scale_axes(axes, trend)
    # With its place given, it is not sought among the ticks again and again.
    axes.set_title(f"{_shown(trend.key)}\n{_shown(_finding(trend))}", fontsize=11, y=1.0)
    axes.set_ylabel(label)
    axes.set_xlabel("runs in order of time, by commit")
    axes.grid(visible=False, axis="x")
    axes.legend(loc="lower left", fontsize=8, ncols=5, frameon=True, framealpha=0.9, edgecolor="0.8")
    points = trend.points
    caption = f"{machine}, {len(points)} runs, {points[0].time} to {points[-1].time}"
    if trend.reference:
        caption += f"; reference {trend.reference}"
    figure.supxlabel(_shown(caption, 140), fontsize=8, color="0.35")
    figure.savefig(stem.with_name(stem.name + ".png"), dpi=PNG_DPI)
    figure.set_layout_engine(None)  # it keeps what it has: finding that again would take a third of the time
    figure.savefig(stem.with_name(stem.name + ".svg"), metadata={"Date": None})
