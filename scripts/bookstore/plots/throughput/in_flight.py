"""Throughput of an event loop against the cap on tasks in flight."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.names import BASELINE
from bookstore.data.results import Run
from bookstore.findings.closed import ClosedSetting, Measurements, measurements_of, tasks_per_second
from bookstore.plots.style import BARS, IDEAL_COLOUR, entries_of, finish, look, panels, plain_log, points
from bookstore.report.spreads import spread_note
from bookstore.stats.intervals import Spread

FULL = 0.95  # of the throughput without a cap


def draw(run: Run) -> Figure | None:
    measured = measurements_of(run)
    sweeps = capped(measured)
    if not sweeps:
        return None
    figure, axes = panels(len(sweeps), columns=2, height=3.4)
    drawn: list[Spread] = []
    answers = []
    for panel, ((workload, backend, cores), found) in zip(axes, sweeps.items(), strict=True):
        rows = [f"{workload}/{backend}/cores:{cores}/workers:1/in_flight:{limit}" for limit in found]
        points(panel, list(found), list(found.values()), backend, f"{backend}, capped", rows, "tasks/s")
        drawn += found.values()
        free = measured.figure(ClosedSetting(workload, backend, cores, 1), tasks_per_second)
        if free is not None:
            panel.axhline(
                free.median, color=look(backend).colour, linewidth=1.2, linestyle=":", label="no cap"
            )
            panel.axhspan(free.low, free.high, color=look(backend).colour, alpha=0.15, linewidth=0)
            enough = [limit for limit, figure_ in found.items() if figure_.median >= FULL * free.median]
            reached = f"{enough[0]} tasks at once" if enough else "more than were tried"
            answers.append(f"{workload}, {backend}: {reached}")
        _draw_bound(panel, measured, workload, list(found), None if free is None else free.median)
        plain_log(panel, x=True, y=True)
        panel.set_xticks(list(found), [str(limit) for limit in found])
        panel.minorticks_off()
        panel.set_xlabel("tasks in flight at most (logarithmic)")
        panel.set_ylabel("tasks per second (logarithmic)")
        panel.set_title(f"{workload}, {backend}, {cores} core{'s' if cores > 1 else ''}", loc="left")
    answer = f"Enough for {100 * FULL:.0f} % of the full throughput: {'; '.join(answers)}." if answers else ""
    question = "How many waiting customers does one clerk need to be busy all the time?"
    return finish(figure, run, question, answer, [spread_note(drawn, BARS)], entries_of(axes))


def _draw_bound(
    axes: Axes, measured: Measurements, workload: str, limits: Sequence[int], full: float | None
) -> None:
    """So many tasks in flight serve at most so many times what one alone does, and never more than all do."""
    alone = measured.figure(ClosedSetting(workload, BASELINE, measured.core_counts[0], 1), tasks_per_second)
    if alone is None:
        return
    ends = [limits[0], limits[-1]]
    heights = [alone.median * end for end in ends]
    axes.plot(
        ends,
        heights,
        color=IDEAL_COLOUR,
        linewidth=1.2,
        linestyle="--",
        label="bound: tasks in flight times one alone",
    )
    if full is not None:
        axes.set_ylim(alone.median / 1.5, full * 2.5)


def capped(measured: Measurements) -> dict[tuple[str, str, int], dict[int, Spread]]:
    """Throughput at each cap, by workload, backend and cores."""
    sweeps: dict[tuple[str, str, int], dict[int, Spread]] = {}
    for setting in sorted(measured.by_setting, key=lambda setting: setting.in_flight):
        figure = measured.figure(setting, tasks_per_second)
        if setting.in_flight and figure is not None:
            place = (setting.workload, setting.backend, setting.cores)
            sweeps.setdefault(place, {})[setting.in_flight] = figure
    return sweeps
