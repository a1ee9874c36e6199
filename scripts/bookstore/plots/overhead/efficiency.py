"""Efficiency against task size, and below it the sizes from which it stays at 50 and at 90 %."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.overhead import LEVELS, EfficiencyCurve, overhead_of
from bookstore.plots.marks import marked
from bookstore.plots.overhead.style import CLOSE, fill_entries, name_rows, size_axis, size_text
from bookstore.plots.style import BARS, IDEAL_COLOUR, backend_entries, finish, look, panels, points, set_apart
from bookstore.report.spreads import spread_note
from bookstore.stats.metg import BELOW_SMALLEST, NOT_REACHED, Metg

FILLS = ("none", "full")  # of METG, by level


def draw(run: Run) -> Figure | None:
    overhead = overhead_of(run)
    found = [] if overhead is None else [curve for curve in overhead.curves if len(curve.efficiencies) > 1]
    if not found:
        return None
    counts = sorted({curve.cores for curve in found})
    shown = [counts[0]] if len(counts) == 1 else [counts[0], counts[-1]]
    ratios = {"height_ratios": [5, 3]}
    figure, axes = panels(2 * len(shown), columns=len(shown), height=2.7, sharex=True, gridspec_kw=ratios)
    for index, cores in enumerate(shown):
        curves = [curve for curve in found if curve.cores == cores]
        _draw_curves(axes[index], curves)
        axes[index].set_title(_title(curves), loc="left")
        _draw_metg(axes[len(shown) + index], curves)
    axes[0].set_ylabel("efficiency")
    curves = [curve for curve in found if curve.cores in shown]
    spreads = [each for curve in curves for each in curve.efficiencies.values()]
    notes = [
        "Efficiency: time of a plain loop over the same tasks, divided by the time here and by what the cores are"
        " worth at best on this machine.",
        spread_note(spreads, BARS),
        _metg_note(curves),
    ]
    names = list(dict.fromkeys(curve.backend for curve in curves))
    fills = dict(zip((f"{100 * level:.0f} % efficient from" for level in LEVELS), FILLS, strict=True))
    return finish(
        figure,
        run,
        "How long must a task be to be worth handing out? Efficiency against task size",
        answer(curves),
        notes,
        {**backend_entries(names), **fill_entries(fills)},
    )


def _title(curves: list[EfficiencyCurve]) -> str:
    cores = curves[0].cores
    workers = "/".join(str(count) for count in sorted({curve.workers for curve in curves}))
    return f"{cores} core{'s' if cores > 1 else ''}, {workers} worker{'s' if workers != '1' else ''}"


def _sizes(curves: list[EfficiencyCurve]) -> list[float]:
    return sorted({size for curve in curves for size in curve.efficiencies})


def _draw_curves(axes: Axes, curves: list[EfficiencyCurve]) -> None:
    places = size_axis(axes, _sizes(curves))
    for level in (*LEVELS, 1.0):
        axes.axhline(level, color=IDEAL_COLOUR, linewidth=0.8, linestyle=":" if level < 1 else "-")
    for index, curve in enumerate(curves):
        factor = set_apart(index, len(curves), CLOSE)
        xs = [places[size] * factor for size in curve.efficiencies]
        place = f"grain/{curve.backend}/cores:{curve.cores}/workers:{curve.workers}"
        rows = [f"{place}/work_ns:{size:.0f}" for size in curve.efficiencies]
        points(
            axes, xs, list(curve.efficiencies.values()), curve.backend, curve.backend, rows, "of the ideal"
        )
    axes.set_ylim(0, 1.15)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 0.9, 1], ["0", "25 %", "50 %", "75 %", "90 %", "100 %"])
    axes.tick_params(labelbottom=False)


def _draw_metg(axes: Axes, curves: list[EfficiencyCurve]) -> None:
    """A row a backend; an arrow at the edge where the answer is no size."""
    sizes = [size for size in _sizes(curves) if size > 0]
    ends = (sizes[0], sizes[-1])
    for place, curve in enumerate(curves):
        for level, (found, fill) in enumerate(zip(curve.metg, FILLS, strict=True)):
            with marked(axes, curve.backend):
                _draw_answer(axes, found, place + 0.32 * (level - 0.5), curve.backend, fill, ends)
    name_rows(axes, {float(place): curve.backend for place, curve in enumerate(curves)})
    axes.set_xlabel("task size (logarithmic from the first tick on)")


def _draw_answer(
    axes: Axes, found: Metg, place: float, backend: str, fill: str, ends: tuple[float, float]
) -> None:
    colour = look(backend).colour
    low, high = (min(max(end, ends[0]), ends[1]) for end in (found.ns.low, found.ns.high))
    axes.hlines(place, low, high, color=colour, linewidth=1.6, alpha=0.6)
    median = found.ns.median
    marker, at, text = look(backend).marker, median, size_text(median)
    if median == BELOW_SMALLEST:
        marker, at, text = "<", ends[0], f"< {size_text(ends[0])}"
    elif median == NOT_REACHED:
        marker, at, text = ">", ends[1], "not reached"
    axes.plot(
        [at],
        [place],
        marker,
        color=colour,
        markersize=8 if marker == "*" else 5,
        fillstyle=fill,  # type: ignore[arg-type]
    )
    near_end = max(at, high) > ends[1] / 8
    axes.annotate(
        text,
        (min(at, low) if near_end else max(at, high), place),
        (-6 if near_end else 6, 0),
        textcoords="offset points",
        ha="right" if near_end else "left",
        va="center",
        fontsize=7.5,
        color="0.2",
    )


def _metg_note(curves: list[EfficiencyCurve]) -> str:
    spreads = [found.ns for curve in curves for found in curve.metg]
    return (
        "Below: the size from which efficiency stays at 50 % (hollow) and 90 % (full), found in each process by itself on"
        f" a monotone fit; an arrow: beyond the sizes that were measured. {spread_note(spreads, 'Bars')}"
    )


def answer(curves: list[EfficiencyCurve]) -> str:
    """METG(50 %) of each backend on the most cores that it was measured on."""
    last = {curve.backend: curve for curve in curves}
    parts = [
        f"{name} {metg_text(curve.metg[0].ns.median, curve)}" for name, curve in last.items() if curve.metg
    ]
    return f"Half of the ideal is reached with tasks of: {', '.join(parts)}." if parts else ""


def metg_text(ns: float, curve: EfficiencyCurve) -> str:
    """A size, or which side of the measured ones it lies on."""
    sizes = [size for size in curve.efficiencies if size > 0]
    if ns == BELOW_SMALLEST:
        return f"below {size_text(min(sizes))}"
    return f"more than {size_text(max(sizes))}" if ns == NOT_REACHED else size_text(ns)
