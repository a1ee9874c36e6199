"""Interleaving gain on one core against tasks in flight, a line for each share of the time that tasks wait."""

from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.claims import c7_waiting
from bookstore.findings.claims.c7_waiting import LOOP, interleavings
from bookstore.plots.claims.style import taken_away
from bookstore.plots.marks import mark, tip
from bookstore.plots.style import entries_of, finish, panels, plain_log
from bookstore.report.spreads import spread_note
from bookstore.stats.intervals import Spread

# By rising wait fraction; told apart in grey by their markers.
MARKERS = ("o", "s", "^", "D", "v", "P")
SHADES = ("0.6", "#56B4E9", "#0072B2", "#000000", "#D55E00", "#009E73")


def draw(run: Run) -> Figure | None:
    found = interleavings(run)
    if not found:
        return None
    figure, [axes] = panels(1, columns=1, height=3.8)
    drawn: list[Spread] = []
    for index, fraction in enumerate(sorted({each.fraction for each in found})):
        mine = [each for each in found if each.fraction == fraction]
        colour, marker = SHADES[index % len(SHADES)], MARKERS[index % len(MARKERS)]
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
    question = "How much of the time that tasks wait does one clerk make use of?"
    answer = taken_away(c7_waiting.answer(run))
    return finish(figure, run, question, answer, [spread_note(drawn)], entries_of([axes]), columns=3)
