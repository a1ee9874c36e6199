"""What our seam adds to the same work written by hand, beside the limit that it must keep."""

from collections.abc import Callable, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from bookstore.data.results import Run
from bookstore.findings.overhead import KEPT, NOT_KEPT, RATIO_LIMIT, UNDECIDED, SeamPrice, overhead_of
from bookstore.plots.marks import marked, tip
from bookstore.plots.overhead.style import dot, fill_entries, name_rows
from bookstore.plots.style import BARS, IDEAL_COLOUR, backend_entries, finish, panels
from bookstore.report.spreads import spread_note

LIMIT_COLOUR = "#000000"
FILLS = {KEPT: "full", UNDECIDED: "left", NOT_KEPT: "none"}
LINEAR_NS = 2.0  # a logarithmic axis of differences is linear up to here


def draw(run: Run) -> Figure | None:
    overhead = overhead_of(run)
    seams = [] if overhead is None else overhead.seams
    groups = {title: [each for each in seams if wanted(each)] for title, wanted in PANELS.items()}
    groups = {title: found for title, found in groups.items() if found}
    if not groups:
        return None
    rows = max(map(len, groups.values()))
    figure, axes = panels(len(groups), columns=3, height=0.9 + 0.24 * rows)
    for panel, (title, found) in zip(axes, groups.items(), strict=True):
        _draw_panel(panel, found)
        panel.set_title(title, loc="left")
    shown = [each for found in groups.values() for each in found]
    notes = [
        spread_note([each.judged for each in shown], BARS),
        "Seam minus the raw twin (the runtime by hand, without our headers) in one process, in turn. Limits: of the"
        f" difference 5 % of raw or 1 ns, of the ratio with 1 us of work {RATIO_LIMIT}. Undecided: the interval lies on both"
        " sides of its limit.",
        "In brackets: alignment of the code in bytes; alone it moves a short loop by half a nanosecond. Each worker"
        " stays on one CPU; both sides are built anew every five rounds.",
    ]
    limit: dict[str, Artist] = {
        "limit": Line2D(
            [], [], color=LIMIT_COLOUR, marker="|", markersize=10, markeredgewidth=1.6, linestyle="none"
        )
    }
    names = dict.fromkeys(each.setting.backend for each in shown)
    answers = {each.answer for each in shown}
    return finish(
        figure,
        run,
        "Does our seam cost anything? Every backend against its raw twin",
        answer(shown),
        notes,
        {
            **backend_entries(names),
            **limit,
            **fill_entries({text: FILLS[text] for text in FILLS if text in answers}),
        },
    )


PANELS: dict[str, Callable[[SeamPrice], bool]] = {
    "a task of no work": lambda seam: seam.setting.experiment == "seam_grain" and not seam.by_ratio,
    "a task of 1 us": lambda seam: seam.setting.experiment == "seam_grain" and seam.by_ratio,
    "a fork": lambda seam: seam.setting.experiment == "seam_stocktake",
}


def _draw_panel(axes: Axes, found: Sequence[SeamPrice]) -> None:
    by_ratio = found[0].by_ratio
    places: dict[float, str] = {}
    place, before = 0.0, ""
    for each in found:
        backend = each.setting.backend
        place += 0.4 if before not in ("", backend) else 0.0  # backends stand apart
        before = backend
        places[place] = _name(each)
        unit = "seam / raw" if by_ratio else "ns, seam - raw"
        dot(axes, each.judged, place, backend, FILLS[each.answer], told=tip(_row(each), each.judged, unit))
        with marked(axes, backend):
            axes.plot([each.limit], [place], "|", color=LIMIT_COLOUR, markersize=9, markeredgewidth=1.6)
        place += 1
    name_rows(axes, places)
    axes.axvline(1 if by_ratio else 0, color=IDEAL_COLOUR, linewidth=1)
    if by_ratio:
        axes.set_xlabel("seam / raw")
        axes.margins(x=0.1)
    else:
        _difference_axis(axes, found)


def _difference_axis(axes: Axes, found: Sequence[SeamPrice]) -> None:
    ends = [end for each in found for end in (each.difference.low, each.difference.high, each.limit)]
    wide = max(map(abs, ends)) > 5 * LINEAR_NS
    if wide:
        axes.set_xscale("symlog", linthresh=LINEAR_NS)
        ticks = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
        low, high = 1.3 * min(0.0, *ends) - 0.3, 1.3 * max(ends)
        shown = [tick for tick in (*(-tick for tick in reversed(ticks)), *ticks[1:]) if low <= tick <= high]
        if len(shown) > 7:
            shown = [tick for tick in shown if abs(tick) in (0, 1, 10, 100, 1000)]
        axes.set_xlim(low, high)
        axes.set_xticks(shown)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.minorticks_off()
    axes.set_xlabel(f"seam - raw, ns\n(logarithmic beyond {LINEAR_NS:g})" if wide else "seam - raw, ns")


def _row(seam: SeamPrice) -> str:
    setting = seam.setting
    place = f"{setting.experiment}/{setting.backend}/cores:{setting.cores}/workers:{setting.workers}"
    return "/".join([place, *(f"{name}:{value:g}" for name, value in setting.params if value > 0)])


def _name(seam: SeamPrice) -> str:
    align = seam.setting.params and dict(seam.setting.params).get("align")
    return f"{seam.setting.backend} ({align:.0f})" if align else seam.setting.backend


def answer(seams: Sequence[SeamPrice]) -> str:
    """Who keeps the limit, who does not, and where it cannot be told."""
    if not any(each.judged.is_interval for each in seams):
        return "Too few processes for an interval: whether the limit is kept cannot be told from this run."
    kept = sum(each.answer == KEPT for each in seams)
    parts = [f"The limit is kept in {kept} of {len(seams)} rows"]
    for answer_, text in ((NOT_KEPT, "not kept in"), (UNDECIDED, "undecided in")):
        found = [each for each in seams if each.answer == answer_]
        names = ", ".join(dict.fromkeys(_short_name(each) for each in found))
        parts += [f"{text} {len(found)}: {names}"] if found else []
    return "; ".join(parts) + "."


def _short_name(seam: SeamPrice) -> str:
    kind = "a fork" if seam.setting.experiment == "seam_stocktake" else "1 us" if seam.by_ratio else "no work"
    return f"{seam.setting.backend} ({kind})"
