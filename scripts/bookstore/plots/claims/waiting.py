"""Interleaving gain on one core against tasks in flight, a line for each share of the time that tasks wait."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.claims import c7_waiting
from bookstore.findings.claims.c7_waiting import (
    LOOP,
    LOOPS,
    Interleaving,
    ParallelGain,
    interleavings,
    parallel_gains,
)
from bookstore.plots.claims.style import taken_away
from bookstore.plots.marks import mark, tip
from bookstore.plots.style import IDEAL_COLOUR, entries_of, finish, panels, plain_log
from bookstore.report.spreads import spread_note
from bookstore.stats.intervals import Spread

# By rising wait fraction; told apart in grey by their markers.
MARKERS = ("o", "s", "^", "D", "v", "P")
SHADES = ("0.6", "#56B4E9", "#0072B2", "#000000", "#D55E00", "#009E73")


def draw(run: Run) -> Figure | None:
    found = interleavings(run)
    if not found:
        return None
    grid = _grid(found, parallel_gains(run))
    figure, [axes, *beside] = panels(1 + bool(grid), columns=1 + bool(grid), height=3.8)
    drawn: list[Spread] = []
    looks = _looks(found)
    for fraction, (colour, marker) in looks.items():
        mine = [each for each in found if each.fraction == fraction]
        xs = [each.in_flight for each in mine]
        gains = [each.gain for each in mine]
        drawn_line = axes.errorbar(
            xs,
            [gain.median for gain in gains],
            yerr=[[gain.median - gain.low for gain in gains], [gain.high - gain.median for gain in gains]],
            color=colour,
            marker=marker,
            markersize=5.5,
            capsize=2.5,
            label=f"waiting {100 * fraction:g} % of the time",
        )
        rows = [next(row.key for row in each.rows if row.backend == LOOP) for each in mine]
        tips = [tip(row, gain, "times sequential") for row, gain in zip(rows, gains, strict=True)]
        mark(drawn_line.lines[0], LOOP, tips)
        axes.plot(
            xs,
            [each.bound for each in mine],
            color=colour,
            linestyle="--",
            linewidth=1.0,
            zorder=1,
            label="bounds: tasks in flight, or all that one after the other waits",
        )
        drawn += gains
    plain_log(axes, x=True, y=True)
    counts = sorted({each.in_flight for each in found})
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.minorticks_off()
    axes.set_xlim(min(counts) / 1.4, max(counts) * 1.4)
    axes.set_xlabel("tasks in flight at most (logarithmic)")
    axes.set_ylabel("times sequential (logarithmic)")
    axes.set_title("service, event_loop, 1 core", loc="left")
    notes = []
    for panel in beside:
        drawn += _draw_grid(panel, grid, looks)
        notes = [
            "Right: a point for each number of tasks in flight, rising along the line; tasks that never wait gain upwards alone."
        ]
    question = "How much of the time that tasks wait does one clerk make use of?"
    answer = taken_away(c7_waiting.answer(run))
    return finish(figure, run, question, answer, [spread_note(drawn), *notes], entries_of([axes]), columns=3)


def _looks(found: Sequence[Interleaving]) -> dict[float, tuple[str, str]]:
    """Colour and marker of each wait fraction."""
    fractions = sorted({each.fraction for each in found})
    return {
        fraction: (SHADES[index % len(SHADES)], MARKERS[index % len(MARKERS)])
        for index, fraction in enumerate(fractions)
    }


def _grid(
    found: Sequence[Interleaving], parallel: Sequence[ParallelGain]
) -> list[tuple[Interleaving, ParallelGain]]:
    """Both gains of each wait fraction and tasks in flight that have both."""
    others = {(each.fraction, each.in_flight): each for each in parallel}
    return [
        (each, others[each.fraction, each.in_flight])
        for each in found
        if (each.fraction, each.in_flight) in others
    ]


def _draw_grid(
    axes: Axes,
    grid: Sequence[tuple[Interleaving, ParallelGain]],
    looks: Mapping[float, tuple[str, str]],
) -> list[Spread]:
    """Interleaving gain to the right, parallel gain upwards."""
    cores = max(each.cores for _, each in grid)
    for fraction, (colour, marker) in looks.items():
        mine = [(one, more) for one, more in grid if one.fraction == fraction]
        xs = [one.gain.median for one, _ in mine]
        gains = [more.gain for _, more in mine]
        line = axes.errorbar(
            xs,
            [gain.median for gain in gains],
            yerr=[[gain.median - gain.low for gain in gains], [gain.high - gain.median for gain in gains]],
            color=colour,
            marker=marker,
            markersize=5.5,
            capsize=2.5,
            linewidth=0.8,
        )
        tips = [tip(more.rows[0].key, more.gain, "times one core") for _, more in mine]
        mark(line.lines[0], LOOPS, tips)
    axes.axhline(cores, color=IDEAL_COLOUR, linewidth=1, linestyle="--")
    axes.axhline(1, color=IDEAL_COLOUR, linewidth=0.8, linestyle=":")
    plain_log(axes, x=True)
    axes.set_ylim(0, cores * 1.15)
    axes.set_xlabel("interleaving gain on one core (logarithmic)")
    axes.set_ylabel(f"parallel gain, {cores} cores")
    axes.set_title(f"service, {cores} event_loops", loc="left")
    return [more.gain for _, more in grid]
