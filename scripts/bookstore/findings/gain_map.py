"""The points of the map: for each pool both gains, at one worker count."""

from dataclasses import dataclass

from bookstore.data.names import BASELINE
from bookstore.findings.closed import ClosedSetting, Measurements, without
from bookstore.findings.gains import Gain, interleaving, parallel
from bookstore.findings.worker_counts import choose_workers


@dataclass(frozen=True)
class MapPoint:
    """One point of the map: both gains at one worker count."""

    workload: str
    backend: str
    workers: int
    best: bool  # False: workers = cores of the machine
    interleaving: Gain
    parallel: Gain

    @property
    def complete(self) -> bool:
        return self.interleaving.spread is not None and self.parallel.spread is not None


def map_points(measured: Measurements, cores: int) -> list[MapPoint]:
    """For each pool n = cores and the best n; one point for a backend of one thread.

    The gains of the best n are taken from the repetitions that it was not chosen on: the same sample would flatter the
    winner. A single repetition has to serve for both.
    """
    points = []
    for workload in measured.workloads:
        for backend in measured.backends:
            if backend == BASELINE:
                continue
            counts = measured.worker_counts(workload, backend, cores)
            if counts == [1] and cores > 1:
                points.append(_point(measured, workload, backend, 1, cores, best=True))
                continue
            if cores in counts:
                points.append(_point(measured, workload, backend, cores, cores, best=False))
            choice = choose_workers(measured, workload, backend, cores)
            if choice is not None and counts != [cores]:
                other = without(measured, choice.repetitions)
                shown = (
                    other if other.rows(ClosedSetting(workload, backend, cores, choice.workers)) else measured
                )
                points.append(_point(shown, workload, backend, choice.workers, cores, best=True))
    return points


def _point(
    measured: Measurements, workload: str, backend: str, workers: int, cores: int, best: bool
) -> MapPoint:
    return MapPoint(
        workload,
        backend,
        workers,
        best,
        interleaving(measured, workload, backend, workers),
        parallel(measured, workload, backend, workers, cores),
    )
