"""What theory allows a run: the bound on interleaving beside what was reached, and what is fitted over core counts."""

import math

from bookstore.data.names import BASELINE, OVERLAPPED
from bookstore.data.results import Run
from bookstore.findings import closed, gains, worker_counts
from bookstore.findings.closed import Measurements
from bookstore.report.numbers import number
from bookstore.report.spreads import spread_note, spread_text
from bookstore.report.tables import Table
from bookstore.stats.scaling import FITTED_FROM


def table(run: Run) -> Table:
    """A line for each workload and backend whose interleaving gain was measured."""
    measured = closed.measurements_of(run)
    headers = ["workload", "backend", "workers", "interleaving gain", "bound", "reached"]
    lines, shown = [], []
    for workload in measured.workloads:
        for backend in measured.backends:
            workers = worker_counts.best_workers(measured, workload, backend, measured.most_cores)
            if backend == BASELINE or workers is None:
                continue
            gain = gains.interleaving(measured, workload, backend, workers)
            in_flight = math.inf if backend in OVERLAPPED else workers
            bound = gains.interleaving_bound(measured, workload, in_flight)
            if gain.spread is None or bound is None:
                continue
            reached = f"{100 * gain.spread.median / bound:.0f} %"
            lines.append(
                [
                    workload,
                    backend,
                    str(workers),
                    spread_text(gain.spread) + gain.mark,
                    number(bound),
                    reached,
                ]
            )
            shown.append(gain.spread)
    notes = [] if not lines else [BOUND, spread_note(shown)]
    notes += [_fit_note(measured)] if measured.core_counts else []
    return Table(headers, lines, notes, "interleaving gain beside its bound")


BOUND = (
    "bound: min(tasks in flight, T(sequential) / CPU of its steps); a worker that blocks has one task in flight. What is"
    " missing to 100 % went into dispatching, falling asleep and waking up."
)


def _fit_note(measured: Measurements) -> str:
    count = len(measured.core_counts)
    if count >= FITTED_FROM:
        return ""
    return (
        f"Amdahl's law and the Universal Scalability Law: not fitted, {count} core count{'s' if count > 1 else ''}"
        f" ({FITTED_FROM} are needed)."
    )
