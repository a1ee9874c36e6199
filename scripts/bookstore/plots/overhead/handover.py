"""What happens around the tasks: submit to start, the first use, standing idle, and a burst after it."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.overhead import Overhead, overhead_of
from bookstore.plots.marks import tip
from bookstore.plots.overhead.style import cores_text, dot, fill_entries, log_values, name_rows
from bookstore.plots.style import BARS, finish, panels
from bookstore.report.pools import crowded_notes
from bookstore.report.spreads import median_text, spread_note
from bookstore.stats.intervals import Spread


@dataclass(frozen=True)
class Panel:
    """A counter of an experiment, and beside it, hollow, what 99 % of the tasks need where that was measured."""

    experiment: str
    params: Mapping[str, float]
    title: str
    unit: str
    counter: str
    hollow: str = ""
    logarithmic: bool = True


PERCENTILES = ("start_p50_us", "start_p99_us")
PANELS = (
    Panel("handover", {"from": 0}, "submit to start, outside", "us", *PERCENTILES),
    Panel("handover", {"from": 1}, "submit to start, in a task", "us", *PERCENTILES),
    Panel("burst", {}, "burst: first start", "us", "first_start_us"),
    Panel("burst", {}, "burst: last end", "us", "last_finish_us"),
    Panel("cold_start", {}, "making the pool", "us", "construct_us"),
    Panel("cold_start", {}, "its first task", "us", "first_task_us"),
    Panel("cold_start", {}, "later tasks", "us", "steady_task_us"),
    Panel(
        "idle", {"active": 0}, "CPU in the second after work", "ms", "idle_cpu_after_ms", logarithmic=False
    ),
    Panel("idle", {"active": 0}, "CPU in a second later on", "ms", "idle_cpu_later_ms", logarithmic=False),
)
FILLS = {"median (of tasks handed over: half start within)": "full", "99 % start within": "none"}


def draw(run: Run) -> Figure | None:
    overhead = overhead_of(run)
    shown = [] if overhead is None else [panel for panel in PANELS if _figures(overhead, panel)]
    if overhead is None or not shown:
        return None
    figure, axes = panels(len(shown), columns=3, height=1.75)
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
        fill_entries(FILLS),
    )


def _figures(overhead: Overhead, panel: Panel) -> bool:
    return bool(overhead.select(panel.experiment, **panel.params))


def _draw_panel(axes: Axes, overhead: Overhead, panel: Panel) -> list[Spread]:
    found = overhead.on_most_cores(panel.experiment, **panel.params)
    drawn = []
    for place, (backend, figure) in enumerate(found.items()):
        for counter, fill in ((panel.counter, "full"), (panel.hollow, "none")):
            value = figure.spread(counter) if counter else None
            if value is not None and (value.low > 0 or not panel.logarithmic):
                what = f"{panel.unit}, {panel.title}{', p99' * (counter == PERCENTILES[1])}"
                dot(axes, value, place, backend, fill, told=tip(figure.rows[0].key, value, what))
                drawn.append(value)
    name_rows(axes, {float(place): backend for place, backend in enumerate(found)})
    if panel.logarithmic:
        log_values(axes, "")
    else:
        axes.margins(x=0.1)
        axes.set_xlim(left=0)
    scale = " (logarithmic)" if panel.logarithmic else ""
    axes.set_xlabel(f"{panel.unit}{scale}")
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
