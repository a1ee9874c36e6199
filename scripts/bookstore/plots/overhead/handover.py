"""What happens around the tasks: submit to start, the first use, standing idle, and a burst after it."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from bookstore.data.results import Run
from bookstore.findings.overhead import Overhead, overhead_of
from bookstore.plots.overhead.style import cores_text, dot, log_values, name_rows
from bookstore.plots.style import BARS, finish, panels
from bookstore.report.pools import crowded_notes
from bookstore.report.spreads import median_text, spread_note
from bookstore.stats.intervals import Spread

MARKS = {"full": "\N{BLACK CIRCLE}", "left": "\N{CIRCLE WITH LEFT HALF BLACK}", "none": "\N{WHITE CIRCLE}"}


@dataclass(frozen=True)
class Panel:
    """Some counters of an experiment side by side; the fill of their markers tells them apart."""

    experiment: str
    params: Mapping[str, float]
    title: str
    unit: str
    counters: Mapping[str, tuple[str, str]]  # by counter: what it is, and the fill
    logarithmic: bool = True


MOST_LABELLED = 3e4  # a panel's width has no room for the name of each decade beyond
PERCENTILES = {"start_p50_us": ("p50", "full"), "start_p99_us": ("p99", "none")}
PANELS = (
    Panel("handover", {"from": 0}, "submit to start, outside", "us", PERCENTILES),
    Panel("handover", {"from": 1}, "submit to start, in a task", "us", PERCENTILES),
    Panel(
        "burst",
        {},
        "burst on an idle pool",
        "us",
        {"first_start_us": ("first start", "full"), "last_finish_us": ("last end", "none")},
    ),
    Panel(
        "cold_start",
        {},
        "first use",
        "us",
        {
            "steady_task_us": ("later tasks", "full"),
            "first_task_us": ("first task", "left"),
            "construct_us": ("making it", "none"),
        },
    ),
    Panel(
        "idle",
        {},
        "CPU in an idle second",
        "ms",
        {
            "idle_cpu_after_ms": ("right after work", "full"),
            "idle_cpu_later_ms": ("two seconds later", "none"),
        },
        logarithmic=False,
    ),
)


def draw(run: Run) -> Figure | None:
    overhead = overhead_of(run)
    shown = [] if overhead is None else [panel for panel in PANELS if _figures(overhead, panel)]
    if overhead is None or not shown:
        return None
    figure, axes = panels(len(shown), columns=3, height=2.1)
    drawn: list[Spread] = []
    for panel, each in zip(axes, shown, strict=True):
        drawn += _draw_panel(panel, overhead, each)
    notes = [
        spread_note(drawn, BARS),
        "Handed over one by one to workers at rest: by a thread that runs no task, or by a fork of one that stays at"
        " work; threads shares forks out from outside, too, and event_loop, one thread, calls.",
        *crowded_notes(overhead.on_most_cores("handover", **{"from": 1})),
        f"Not measured in this profile: {_absent(shown)}." if len(shown) < len(PANELS) else "",
    ]
    return finish(
        figure,
        run,
        f"How long until a clerk looks up? Handing over and standing idle, {cores_text(overhead)}",
        answer(overhead),
        [note for note in notes if note],
        {},
    )


def _figures(overhead: Overhead, panel: Panel) -> bool:
    return bool(overhead.select(panel.experiment, **panel.params))


def _draw_panel(axes: Axes, overhead: Overhead, panel: Panel) -> list[Spread]:
    found = overhead.on_most_cores(panel.experiment, **panel.params)
    drawn = []
    for place, (backend, figure) in enumerate(found.items()):
        for counter, (_, fill) in panel.counters.items():
            value = figure.spread(counter)
            if value is not None and (value.low > 0 or not panel.logarithmic):
                dot(axes, value, place, backend, fill)
                drawn.append(value)
    name_rows(axes, {float(place): backend for place, backend in enumerate(found)})
    if panel.logarithmic:
        log_values(axes, "")
        low, high = axes.get_xlim()
        if high / low > MOST_LABELLED:
            axes.xaxis.set_major_locator(LogLocator(numticks=4))
    else:
        axes.margins(x=0.1)
        axes.set_xlim(left=0)
    scale = " (logarithmic)" if panel.logarithmic else ""
    marks = "   ".join(f"{MARKS[fill]} {text}" for text, fill in panel.counters.values())
    axes.set_xlabel(f"{panel.unit}{scale}\n{marks}")
    axes.set_title(panel.title, loc="left")
    return drawn


def _absent(shown: list[Panel]) -> str:
    return ", ".join(panel.title for panel in PANELS if panel not in shown)


def answer(overhead: Overhead) -> str:
    """From outside, half and 99 % of the tasks."""
    parts = []
    for backend, figure in overhead.on_most_cores("handover", **{"from": 0}).items():
        half, most = (figure.spread(name) for name in PERCENTILES)
        if half is not None and most is not None:
            parts.append(f"{backend} {median_text(half)} / {median_text(most)} us")
    return f"From outside, half / 99 % of the tasks start within: {', '.join(parts)}." if parts else ""
