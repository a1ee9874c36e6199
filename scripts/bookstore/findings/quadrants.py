"""Two questions place a backend: does a worker wait with its task, or go on; and is there one worker, or several?"""

from bookstore.data.names import BASELINE, OVERLAPPED
from bookstore.findings.closed import Measurements, tasks_per_second
from bookstore.findings.worker_counts import best_figure

WORKLOADS = ("day", "counter", "shelving")  # the first that was measured decides who is best


def best_of_each(measured: Measurements) -> list[str]:
    """The backends with the most tasks a second of their kind, at most four, in the run's order.

    On the most cores, each at its best worker count; the baseline is one of them whatever others do.
    """
    workload = next((each for each in (*WORKLOADS, *measured.workloads) if each in measured.workloads), None)
    if workload is None:
        return []
    found: dict[tuple[bool, bool], tuple[float, str]] = {}
    for backend in measured.backends:
        figure = best_figure(measured, workload, backend, measured.most_cores, tasks_per_second)
        if figure is None:
            continue
        several = any(key.backend == backend and key.workers > 1 for key in measured.by_setting)
        kind = (backend in OVERLAPPED, several)
        rate = float("inf") if backend == BASELINE else figure.spread.median
        found[kind] = max(found.get(kind, (0.0, "")), (rate, backend))
    best = {backend for _, backend in found.values()}
    return [backend for backend in measured.backends if backend in best]
