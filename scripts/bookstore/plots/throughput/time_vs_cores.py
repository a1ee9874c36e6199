"""Time per task against cores, a panel a workload."""

from matplotlib.figure import Figure

from bookstore.data.names import BASELINE
from bookstore.data.results import Row, Run
from bookstore.findings.gains import Measurements, measurements_of
from bookstore.plots.style import BARS, close_ticks, entries_of, finish, panels, plain_log
from bookstore.plots.throughput.core_sweep import draw_ideal, draw_panel, series
from bookstore.report.numbers import number
from bookstore.report.spreads import spread_note
from bookstore.stats.intervals import Spread


def time_us(row: Row) -> float:
    return 1e6 * row.time_per_task


def draw(run: Run) -> Figure | None:
    measured = measurements_of(run)
    if not measured.workloads:
        return None
    figure, axes = panels(len(measured.workloads))
    drawn: list[Spread] = []
    for panel, workload in zip(axes, measured.workloads, strict=True):
        drawn += draw_panel(panel, measured, workload, time_us)
        found = [series(measured, workload, backend, time_us).get(1) for backend in measured.backends]
        best = min((spread.median for spread in found if spread is not None), default=None)
        if best is not None:
            draw_ideal(panel, measured, best, inverse=True)
        panel.set_ylabel("us per task (logarithmic)")
        plain_log(panel, y=True)
        close_ticks(panel)
    notes = [
        *([spread_note(drawn, BARS)] if drawn else []),
        "Time of a whole run divided by its tasks, as plans differ in size. Ideal lines start at the best on one core.",
    ]
    question = "How long does a run take? Time per task against cores"
    return finish(figure, run, question, answer(measured), notes, entries_of(axes))


def answer(measured: Measurements) -> str:
    """How far the slowest and the fastest way on one core lie apart."""
    parts = []
    for workload in measured.workloads:
        times = {
            backend: found[1].median
            for backend in measured.backends
            if 1 in (found := series(measured, workload, backend, time_us))
        }
        if BASELINE in times and len(times) > 1:
            fastest = min(times, key=lambda backend: times[backend])
            parts.append(f"{workload} {number(times[BASELINE] / times[fastest])}x ({fastest})")
    return f"Fastest on one core against {BASELINE}: {', '.join(parts)}." if parts else ""
