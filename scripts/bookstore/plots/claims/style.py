"""What the figures of the claims share: the answer under the title, and points that are hollow or filled."""

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from bookstore.findings.claims.answer import Answer
from bookstore.plots.marks import mark, marked, tip
from bookstore.plots.style import look
from bookstore.report.answers import sentence
from bookstore.stats.intervals import Spread

Point = tuple[float, Spread, str]  # x, y, and the row that it is of


def taken_away(answer: Answer) -> str:
    """The claim, its verdict, and the sentence."""
    verdict = answer.verdict_text
    return f"{answer.claim.says} {verdict[0].upper()}{verdict[1:]}. {sentence(answer)}"


def series(
    axes: Axes,
    points: Sequence[Point],
    backend: str,
    unit: str,
    hollow: bool = False,
    alone: bool = False,
) -> None:
    """Medians with their intervals or ranges in the backend's look; a line through them unless each stands alone.

    Each point tells its row and interval.
    """
    style = look(backend)
    spreads = [each for _, each, _ in points]
    with marked(axes, backend):
        drawn = axes.errorbar(
            [x for x, _, _ in points],
            [each.median for each in spreads],
            yerr=[
                [each.median - each.low for each in spreads],
                [each.high - each.median for each in spreads],
            ],
            color=style.colour,
            linestyle="none" if alone else style.line,
            linewidth=0.9 if hollow else 1.4,
            marker=style.marker,
            markersize=8 if style.marker == "*" else 5.5,
            markerfacecolor="white" if hollow else style.colour,
            elinewidth=0.8,
            capsize=2.5,
        )
        mark(drawn.lines[0], backend, [tip(row, each, unit) for _, each, row in points])


def filling(filled: str, hollow: str) -> dict[str, Artist]:
    """Legend entries of what filled and hollow points are."""
    return {
        text: Line2D([], [], color="0.3", marker="o", linestyle="none", markerfacecolor=fill)
        for text, fill in ((filled, "0.3"), (hollow, "white"))
    }
