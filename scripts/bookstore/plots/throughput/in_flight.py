"""Throughput of an event loop against the cap on tasks in flight."""

from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.gains import ClosedSetting, Measurements, measurements_of, tasks_per_second
from bookstore.plots.style import BARS, entries_of, finish, from_zero, look, panels, plain_log, points
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
        points(panel, list(found), list(found.values()), backend, f"{backend}, capped")
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
        plain_log(panel, x=True)
        panel.set_xticks(list(found), [str(limit) for limit in found])
        from_zero(panel)
        panel.set_xlabel("tasks in flight at most (logarithmic)")
        panel.set_ylabel("tasks per second")
        panel.set_title(f"{workload}, {backend}, {cores} core{'s' if cores > 1 else ''}", loc="left")
    answer = f"Enough for {100 * FULL:.0f} % of the full throughput: {'; '.join(answers)}." if answers else ""
    question = "How many waiting customers does one clerk need to be busy all the time?"
    return finish(figure, run, question, answer, [spread_note(drawn, BARS)], entries_of(axes))


def capped(measured: Measurements) -> dict[tuple[str, str, int], dict[int, Spread]]:
    """Throughput at each cap, by workload, backend and cores."""
    sweeps: dict[tuple[str, str, int], dict[int, Spread]] = {}
    for setting in sorted(measured.by_setting, key=lambda setting: setting.in_flight):
        figure = measured.figure(setting, tasks_per_second)
        if setting.in_flight and figure is not None:
            place = (setting.workload, setting.backend, setting.cores)
            sweeps.setdefault(place, {})[setting.in_flight] = figure
    return sweeps
