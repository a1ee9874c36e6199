"""Where a customer's delay comes from: late at the door, queueing, in the steps, after waits, beside the work itself."""

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from bookstore.data.results import Row, Run
from bookstore.findings.latency import Latency, latency_of
from bookstore.findings.open_figures import OVERLOAD, VALID, OpenFigure
from bookstore.plots.latency.style import workers_note
from bookstore.plots.marks import mark, marked
from bookstore.plots.style import finish, panels
from bookstore.report.numbers import short_time

# Counters (of older runs, too), what they are called, grey or colour, hatch: from the door to the end.
PARTS = (
    (("late_at_door_us",), "late at the door", "#D55E00", "xx"),
    (("queued_us", "queued_before_us"), "queueing before the start", "#0072B2", "//"),
    (("in_steps_beyond_us",), "in steps, beyond their work", "#CC79A7", ".."),
    (("after_waits_us", "queued_after_us"), "after waits: woken late, or queueing", "#56B4E9", "\\\\"),
)
MOST_PANELS = 4


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    if latency is None or not latency.workloads():
        return None
    workload = latency.workloads()[0]
    ends = sorted({latency.core_counts(workload)[0], latency.most_cores})
    shown = {
        (rate, cores): bars
        for rate in latency.rates(workload)
        for cores in ends
        for bars in [at_rate(latency, workload, rate, cores)]
        if sum(figure.validity != OVERLOAD for figure in bars.values()) > 1
    }
    shown = dict(list(shown.items())[:MOST_PANELS])
    if not shown:
        return None
    figure, axes = panels(len(shown), height=1.9)
    for panel, ((rate, cores), bars) in zip(axes, shown.items(), strict=True):
        _draw_panel(panel, bars)
        panel.set_title(f"{rate:,.0f} arrivals/s, {cores} core{'s' if cores > 1 else ''}", loc="left")
    entries: dict[str, Artist] = {
        name: Patch(facecolor=colour, hatch=hatch, edgecolor="white") for _, name, colour, hatch in PARTS
    }
    question = f"Where does a customer's delay come from? {workload}, means, {workers_note(latency)}"
    notes = [
        "Beyond the asked waits and the work itself, which are the same for all and not drawn. Means over the window of"
        " the process with the median mean.",
        "OVERLOAD has no mean that would stand still, and no bar; in brackets: INVALID, not to be relied on.",
    ]
    return finish(figure, run, question, answer(shown), notes, entries, columns=4)


def at_rate(latency: Latency, workload: str, rate: float, cores: int) -> dict[str, OpenFigure]:
    found = {backend: latency.at(workload, backend, rate, cores) for backend in latency.backends}
    return {backend: figure for backend, figure in found.items() if figure is not None}


def part_us(row: Row, names: tuple[str, ...]) -> float:
    """The first of the counters that the row has; 0 if it has none."""
    return next((row.counters[name] for name in names if name in row.counters), 0.0)


def _draw_panel(axes: Axes, bars: dict[str, OpenFigure]) -> None:
    longest = 0.0
    for place, (backend, figure) in enumerate(bars.items()):
        with marked(axes, backend):
            longest = max(longest, _draw_bar(axes, place, backend, figure))
    axes.set_yticks(range(len(bars)), list(bars))
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.set_xlim(0, 1.2 * longest or 1)
    axes.set_xlabel("mean, us")


def _draw_bar(axes: Axes, place: int, backend: str, figure: OpenFigure) -> float:
    """All parts one after the other; returns how far they reach, in us."""
    if figure.validity == OVERLOAD:
        axes.text(0, place, " OVERLOAD", va="center", fontsize=8, color="0.35")
        return 0.0
    start = 0.0
    for names, part, colour, hatch in PARTS:
        width = part_us(figure.median_row, names)
        look = {"color": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.4}
        bars = axes.barh(place, width, left=start, height=0.7, **look)
        mark(bars.patches[0], backend, [f"{figure.rows[0].key}: {part} {short_time(width * 1e-6, digits=2)}"])
        start += width
    shown = short_time(start * 1e-6, digits=2)
    text = f" {shown}" if figure.validity == VALID else f" ({shown})"
    axes.text(start, place, text, va="center", fontsize=8)
    return start


def answer(shown: dict[tuple[float, int], dict[str, OpenFigure]]) -> str:
    """The largest part of each backend's in the last panel."""
    (rate, cores), bars = list(shown.items())[-1]
    parts = []
    for backend, figure in bars.items():
        if figure.validity == OVERLOAD:
            continue
        found = {name: part_us(figure.median_row, names) for names, name, _, _ in PARTS}
        largest = max(found, key=lambda name: found[name])
        parts.append(f"{backend} {largest.split(':')[0].split(',')[0]}")
    many = f"{cores} core{'s' if cores > 1 else ''}"
    return f"The largest part at {rate:,.0f}/s on {many}: {', '.join(parts)}." if parts else ""
