"""Capacity as brackets: the highest rate that was seen to hold a limit, and the lowest that failed it."""

import math

from bookstore.findings.latency import Capacity, Latency
from bookstore.findings.open_figures import OVERLOAD, VALID

LIMIT_US = 1000.0  # of delay p99, where capacity is read from the rates that were measured


def brackets(latency: Latency, workload: str) -> list[Capacity]:
    """Capacity by backend and cores: as it was searched, else as the rates that were measured show it.

    A rate holds if its processes kept up and the whole interval of delay p99 lies within a millisecond; it fails under
    OVERLOAD, or if the whole interval lies beyond.
    """
    found = []
    for backend in latency.backends:
        for cores in latency.core_counts(workload):
            searched = [
                each
                for each in latency.capacities
                if (each.workload, each.backend, each.cores) == (workload, backend, cores)
            ]
            found += searched[:1] or _measured_bracket(latency, workload, backend, cores)
    return found


def _measured_bracket(latency: Latency, workload: str, backend: str, cores: int) -> list[Capacity]:
    holds, fails = 0.0, math.inf
    for rate in latency.rates(workload):
        figure = latency.at(workload, backend, rate, cores)
        if figure is None:
            continue
        p99 = figure.percentile("p99")
        if figure.validity == OVERLOAD or (p99 is not None and p99.us.low > LIMIT_US):
            fails = min(fails, rate)
        elif figure.validity == VALID and p99 is not None and p99.us.high <= LIMIT_US:
            holds = max(holds, rate)
    if not holds and math.isinf(fails):
        return []
    if fails < holds:  # noise: neither is sure
        holds, fails = min(holds, fails), max(holds, fails)
    failing = 0.0 if math.isinf(fails) else fails
    workers = latency.workers(backend, cores)
    of = latency.figure_name
    return [
        Capacity(
            workload, backend, cores, workers, 0.99, LIMIT_US, holds, failing, True, True, 0, of, False, False
        )
    ]
