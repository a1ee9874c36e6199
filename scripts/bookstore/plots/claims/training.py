"""Workers split between desk and back office beside cross-trained ones: throughput, and delay p99 by kind of task."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bookstore.data.results import Row, Run
from bookstore.findings.claims import c5_training
from bookstore.findings.claims.c5_training import Specialised, places, specialised
from bookstore.findings.closed import tasks_per_second
from bookstore.findings.latency import KINDS
from bookstore.plots.claims.style import filling, series, taken_away
from bookstore.plots.latency.style import times
from bookstore.plots.marks import marked
from bookstore.plots.style import BARS, entries_of, finish, from_zero, look, panels
from bookstore.report.spreads import spread_note
from bookstore.stats.intervals import Spread, spread

APART = 0.12  # sideways, on an axis of kinds


def draw(run: Run) -> Figure | None:
    found, splits = specialised(run), places(run)
    if not found:
        return None
    kinds = [each for each in found if _kinds(each)]
    figure, axes = panels(len(found) + len(kinds), height=2.7)
    drawn: list[Spread] = []
    for panel, each in zip(axes, found, strict=False):
        drawn += _draw_splits(panel, each, splits[each.backend, each.cores, each.workers])
    for panel, each in zip(axes[len(found) :], kinds, strict=True):
        drawn += _draw_kinds(panel, each)
    entries = filling("split between desk and back office", "cross-trained") | entries_of(axes)
    question = "What is lost when a clerk is trained for the desk or the back office only? day"
    answer = taken_away(c5_training.answer(run))
    return finish(figure, run, question, answer, [spread_note(drawn, BARS)], entries, columns=4)


def _draw_splits(axes: Axes, each: Specialised, by_desk: dict[int, list[Row]]) -> list[Spread]:
    figures = {desk: spread([tasks_per_second(row) for row in rows]) for desk, rows in by_desk.items()}
    trained = figures.pop(0)
    points = [(desk, found, by_desk[desk][0].key) for desk, found in figures.items()]
    series(axes, points, each.backend, "tasks/s")
    colour = look(each.backend).colour
    with marked(axes, each.backend):
        axes.axhline(
            trained.median, color=colour, linestyle=":", linewidth=1.2, label="throughput of cross-trained"
        )
        axes.axhspan(trained.low, trained.high, color=colour, alpha=0.15, linewidth=0)
    from_zero(axes)
    axes.set_ylim(top=1.15 * max(trained.high, *(found.high for found in figures.values())))
    axes.set_xlim(0, each.workers)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("workers at the desk")
    axes.set_ylabel("tasks per second")
    axes.set_title(f"{each.backend}, {each.workers} workers", loc="left")
    return [trained, *figures.values()]


def _kinds(each: Specialised) -> list[str]:
    """Kinds of task of which both sides know a percentile."""
    return [
        kind
        for kind in KINDS
        if all(
            _of_kind([row for row in each.open if (row.counters.get("desk", 0) > 0) == side], kind)
            for side in (True, False)
        )
    ]


def _of_kind(rows: list[Row], kind: str) -> Spread | None:
    values = [row.counter(f"delay_{kind}_p99_us") for row in rows]
    known = [value for value in values if math.isfinite(value)]
    return spread(known) if known else None


def _draw_kinds(axes: Axes, each: Specialised) -> list[Spread]:
    kinds, drawn = _kinds(each), []
    for hollow in (False, True):
        rows = [row for row in each.open if (row.counters.get("desk", 0) > 0) != hollow]
        aside = -APART if hollow else APART
        points = [
            (place + aside, found, f"{rows[0].key}, {kind}")
            for place, kind in enumerate(kinds, 1)
            for found in [_of_kind(rows, kind)]
            if found is not None
        ]
        series(axes, points, each.backend, "us", hollow, alone=True)
        drawn += [found for _, found, _ in points]
    axes.set_xticks(range(1, len(kinds) + 1), kinds)
    axes.set_xlim(0, len(kinds) + 1)
    axes.set_xlabel("kind of task")
    axes.set_ylabel("delay p99 (logarithmic)")
    times(axes)
    rate = each.open[0].counter("rate")
    axes.set_title(f"{each.backend}, {each.desk} at the desk, {rate:,.0f} tasks/s", loc="left")
    return drawn
