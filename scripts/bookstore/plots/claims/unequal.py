"""Throughput against how much slower one worker is, for shares fixed beforehand and for tasks claimed one by one."""

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from bookstore.data.results import Run
from bookstore.findings.claims import c2_unequal
from bookstore.findings.claims.c2_unequal import Loss, ideal, losses
from bookstore.plots.claims.style import series, taken_away
from bookstore.plots.style import BARS, IDEAL_COLOUR, backend_entries, entries_of, finish, panels, set_apart
from bookstore.report.spreads import spread_note
from bookstore.stats.intervals import Spread

SPLITS: dict[str, Callable[[Loss], Spread | None]] = {
    "shares fixed beforehand": lambda loss: loss.fixed,
    "tasks claimed one by one": lambda loss: loss.claimed,
}


def draw(run: Run) -> Figure | None:
    found = losses(run)
    if not found:
        return None
    figure, axes = panels(len(SPLITS), height=3.2, sharey=True)
    backends = list(dict.fromkeys(loss.backend for loss in found))
    slow = sorted({loss.slow for loss in found})
    drawn: list[Spread] = []
    for panel, (title, of) in zip(axes, SPLITS.items(), strict=True):
        _draw_bounds(panel, found[0].workers, max(slow))
        for index, backend in enumerate(backends):
            points = [
                (
                    loss.slow * set_apart(index, len(backends), 1.03),
                    each.times(ideal(loss.workers, loss.slow)),
                    f"{backend}, one of {loss.workers} {loss.slow} times slower, {title}",
                )
                for loss in found
                for each in [of(loss)]
                if loss.backend == backend and each is not None
            ]
            series(panel, points, backend, "of equal workers' throughput")
            drawn += [each for _, each, _ in points]
        panel.set_title(title, loc="left")
        panel.set_xscale("log")
        panel.set_xticks([1, *slow], [str(each) for each in [1, *slow]])
        panel.xaxis.set_minor_locator(NullLocator())
        panel.set_xlim(0.9, 1.15 * max(slow))
        panel.set_ylim(0, 1.15)
        panel.set_xlabel("times that one worker is slower (logarithmic)")
    axes[0].set_ylabel("of equal workers' throughput")
    workers = found[0].workers
    question = f"What is lost when one of {workers} clerks is slower than the others? shelving"
    notes = [spread_note(drawn, BARS)]
    entries = backend_entries(backends) | entries_of(axes)
    return finish(figure, run, question, taken_away(c2_unequal.answer(run)), notes, entries, columns=4)


def _draw_bounds(axes: Axes, workers: int, most: int) -> None:
    """What the workers are worth together, and what is left where all wait for the slowest."""
    xs = np.geomspace(1, most, 60)
    axes.plot(
        xs,
        [ideal(workers, each) for each in xs],
        color=IDEAL_COLOUR,
        linestyle="--",
        label="ideal: (n - 1 + 1/k) / n",
    )
    axes.plot(xs, 1 / xs, color=IDEAL_COLOUR, linestyle=":", label="all wait for the slowest: 1/k")
