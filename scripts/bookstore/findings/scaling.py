"""Throughput over core counts, and the scaling law through it where enough of them were measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from bookstore.findings.closed import Measurements, tasks_per_second
from bookstore.findings.worker_counts import best_figure
from bookstore.stats.scaling import FITTED_FROM, Usl, fit_usl, usl_range


@dataclass(frozen=True)
class Fitted:
    """A backend's law, and the ends of its coefficients."""

    workload: str
    backend: str
    cores: list[int]
    law: Usl
    low: Usl
    high: Usl


def rates_of(measured: Measurements, workload: str, backend: str) -> dict[int, float]:
    """Tasks a second by cores, each at its best worker count."""
    found = {}
    for cores in measured.core_counts:
        best = best_figure(measured, workload, backend, cores, tasks_per_second)
        if best is not None:
            found[cores] = best.spread.median
    return found


def fitted(
    measured: Measurements, workloads: Sequence[str] | None = None, backends: Sequence[str] | None = None
) -> list[Fitted]:
    """Of all workloads and backends, or of these; none where core counts are too few."""
    found = []
    for workload in workloads or measured.workloads:
        for backend in backends or measured.backends:
            rates = rates_of(measured, workload, backend)
            if len(rates) < FITTED_FROM:
                continue
            cores, values = list(rates), list(rates.values())
            low, high = usl_range(cores, values)
            found.append(Fitted(workload, backend, cores, fit_usl(cores, values), low, high))
    return found
