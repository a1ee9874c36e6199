"""Where a customer's time goes: late at the door, queueing, work and asked waits, stacked."""

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from bookstore.data.results import Run
from bookstore.findings.latency import OVERLOAD, VALID, Latency, OpenFigure, latency_of
from bookstore.plots.latency.style import workers_note
from bookstore.plots.style import finish, panels

# Counter, what it is called, grey or colour, hatch: from the door to the end, told apart in grey too.
PARTS = (
    ("late_at_door_us", "late at the door", "#D55E00", "xx"),
    ("queued_before_us", "queueing before the start", "#0072B2", "//"),
    ("work_us", "work", "#000000", ""),
    ("asked_waits_us", "asked waits", "0.88", ""),
    ("queued_after_us", "queueing after waits, timer lateness in it", "#56B4E9", "\\\\"),
)


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    if latency is None:
        return None
    shown = {
        (workload, rate): bars
        for workload in latency.workloads()
        for rate in latency.rates(workload)
        for bars in [at_rate(latency, workload, rate)]
        if any(figure.validity != OVERLOAD for figure in bars.values())
    }
    if not shown:
        return None
    figure, axes = panels(len(shown), height=1.9)
    for panel, ((workload, rate), bars) in zip(axes, shown.items(), strict=True):
        _draw_panel(panel, bars)
        panel.set_title(f"{workload}, {rate:,.0f} arrivals/s", loc="left")
    entries: dict[str, Artist] = {
        name: Patch(facecolor=colour, hatch=hatch, edgecolor="white" if colour != "0.88" else "0.5")
        for _, name, colour, hatch in PARTS
    }
    cores = latency.most_cores
    question = (
        f"Where does a customer's time go? Means, {cores} core{'s' if cores > 1 else ''},"
        f" {workers_note(latency)}"
    )
    notes = [
        "Means over all customers of the window, of the process with the median mean latency.",
        "OVERLOAD has no mean that would stand still, and no bar; in brackets: INVALID, not to be relied on.",
    ]
    return finish(figure, run, question, answer(shown), notes, entries, columns=3)


def at_rate(latency: Latency, workload: str, rate: float) -> dict[str, OpenFigure]:
    found = {backend: latency.at(workload, backend, rate) for backend in latency.backends}
    return {backend: figure for backend, figure in found.items() if figure is not None}


def _draw_panel(axes: Axes, bars: dict[str, OpenFigure]) -> None:
    for place, figure in enumerate(bars.values()):
        if figure.validity == OVERLOAD:
            mean = figure.median_row.counter("latency_mean_us") / 1000
            text = f" OVERLOAD ({mean:.3g} ms in this run)"
            axes.text(0, place, text, va="center", fontsize=8, color="0.35")
            continue
        start = 0.0
        for name, _, colour, hatch in PARTS:
            width = figure.median_row.counters.get(name, 0.0)
            edge = "white" if colour != "0.88" else "0.5"
            axes.barh(
                place, width, left=start, color=colour, hatch=hatch, edgecolor=edge, linewidth=0.4, height=0.7
            )
            start += width
        text = f" {start:,.0f}" if figure.validity == VALID else f" ({start:,.0f})"
        axes.text(start, place, text, va="center", fontsize=8)
    axes.set_yticks(range(len(bars)), list(bars))
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.15)
    axes.set_xlim(left=0)
    axes.set_xlabel("mean latency, us")


def answer(shown: dict[tuple[str, float], dict[str, OpenFigure]]) -> str:
    """At the lowest rate: the part of each backend's latency that is neither work nor asked for."""
    (workload, rate), bars = next(iter(shown.items()))
    parts = []
    for backend, figure in bars.items():
        if figure.validity == VALID:
            row = figure.median_row
            own = sum(row.counters.get(name, 0.0) for name in ("work_us", "asked_waits_us"))
            mean = row.counter("latency_mean_us")
            parts.append(f"{backend} {100 * max(0.0, 1 - own / mean):.0f} %")
    if not parts:
        return ""
    return f"Neither work nor asked waits, of the mean on {workload} at {rate:,.0f}/s: {', '.join(parts)}."
