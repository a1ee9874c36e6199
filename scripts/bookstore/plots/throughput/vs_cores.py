"""Throughput against cores, a panel a workload."""

from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.gains import Measurements, measurements_of, tasks_per_second
from bookstore.plots.style import BARS, entries_of, finish, from_zero, panels
from bookstore.plots.throughput.core_sweep import draw_ideal, draw_panel, pools, series
from bookstore.report.numbers import number
from bookstore.report.spreads import median_text, spread_note
from bookstore.stats.intervals import Spread


def draw(run: Run) -> Figure | None:
    measured = measurements_of(run)
    if not measured.workloads:
        return None
    figure, axes = panels(len(measured.workloads))
    drawn: list[Spread] = []
    for panel, workload in zip(axes, measured.workloads, strict=True):
        drawn += draw_panel(panel, measured, workload, tasks_per_second)
        best = best_on_one_core(measured, workload)
        if best is not None:
            draw_ideal(panel, measured, best, inverse=False)
        panel.set_ylabel("tasks per second")
        from_zero(panel, x=True)
    notes = [spread_note(drawn, BARS), "Ideal lines start at the best figure on one core."] if drawn else []
    return finish(
        figure,
        run,
        "What do more cores buy? Throughput against cores",
        answer(measured),
        notes,
        entries_of(axes),
    )


def best_on_one_core(measured: Measurements, workload: str) -> float | None:
    found = [series(measured, workload, backend, tasks_per_second).get(1) for backend in measured.backends]
    return max((figure.median for figure in found if figure is not None), default=None)


def answer(measured: Measurements) -> str:
    """The largest factor between one core and all, of the pools, for each workload."""
    most = measured.most_cores
    parts = []
    for workload in measured.workloads:
        found = [series(measured, workload, backend, tasks_per_second) for backend in pools(measured)]
        factors = [figures[most].median / figures[1].median for figures in found if {1, most} <= set(figures)]
        if factors:
            parts.append(f"{workload} {number(max(factors))}")
    if not parts or most == 1:
        return ""
    ideal = measured.ideal(most)
    limit = f" (this machine's ideal: {median_text(ideal)})" if ideal is not None else ""
    return f"{most} cores instead of 1 multiply the best pool's throughput by: {', '.join(parts)}{limit}."
