"""Throughput against cores, a panel a workload: height is concurrency, slope is parallelism."""

from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.closed import Measurements, measurements_of, tasks_per_second
from bookstore.plots.style import BARS, close_ticks, entries_of, finish, panels, plain_log
from bookstore.plots.throughput.core_sweep import draw_ideal, draw_panel, series, worker_notes
from bookstore.report.numbers import number
from bookstore.report.spreads import median_text, spread_note
from bookstore.stats.intervals import Spread

TOLD = ("threads", "event_loops")  # in the sentence; fixed, as the best of several would be the noisiest


def draw(run: Run) -> Figure | None:
    measured = measurements_of(run)
    if not measured.workloads:
        return None
    figure, axes = panels(len(measured.workloads), height=3.0)
    drawn: list[Spread] = []
    for index, (panel, workload) in enumerate(zip(axes, measured.workloads, strict=True)):
        drawn += draw_panel(panel, measured, workload, tasks_per_second)
        best = best_on_fewest(measured, workload)
        if best is not None and len(measured.core_counts) > 1:
            draw_ideal(panel, measured, best)
        if index % 2 == 0:
            panel.set_ylabel("tasks per second (logarithmic)")
        plain_log(panel, y=True)
        close_ticks(panel)
    counts = [
        f"{workload}: {text}"
        for workload in measured.workloads
        for text in [worker_notes(measured, workload, tasks_per_second)]
        if text
    ]
    notes = [
        spread_note(drawn, BARS),
        "Height is concurrency, slope is parallelism: thin lines are each pool's first point times the cores.",
        f"Workers of pools, the best of each core count (fewest and most cores): {'; '.join(counts)}."
        if counts
        else "",
    ]
    return finish(
        figure,
        run,
        "What do more cores buy? Throughput against cores, both logarithmic",
        answer(measured),
        [note for note in notes if note],
        entries_of(axes),
    )


def best_on_fewest(measured: Measurements, workload: str) -> float | None:
    """The best figure on the fewest cores."""
    fewest = measured.core_counts[0]
    found = [
        series(measured, workload, backend, tasks_per_second).get(fewest) for backend in measured.backends
    ]
    return max((figure.spread.median for figure in found if figure is not None), default=None)


def answer(measured: Measurements) -> str:
    """The factor between the fewest cores and the most, of a loop a core and of threads, for each workload."""
    fewest, most = measured.core_counts[0], measured.most_cores
    parts = []
    named = [name for name in TOLD if name in measured.backends]
    for workload in measured.workloads:
        found = [series(measured, workload, name, tasks_per_second) for name in named]
        if named and all({fewest, most} <= set(figures) for figures in found):
            factors = [figures[most].spread.median / figures[fewest].spread.median for figures in found]
            parts.append(f"{workload} {' and '.join(number(factor, 2) for factor in factors)}")
    if not parts or most == fewest:
        return ""
    ideal = measured.ideal(most)
    limit = f" (this machine's ideal: {median_text(ideal)})" if ideal is not None else ""
    return f"{most} cores instead of {fewest} multiply the throughput of {' and '.join(named)} by: {', '.join(parts)}{limit}."
