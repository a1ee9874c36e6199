"""How many workers a pool does best with: chosen on some repetitions, shown from others."""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bookstore.data.results import Row
from bookstore.findings.closed import ClosedSetting, Measurements, tasks_per_second, undisturbed
from bookstore.stats.choice import best_count
from bookstore.stats.intervals import Spread, spread

CHOICE_REPETITIONS = 3  # that a worker count needs to stand for choice, where others have as many


@dataclass(frozen=True)
class BestFigure:
    """A figure of a backend on so many cores at its best worker count there, or at the one that was measured."""

    workers: int
    spread: Spread
    chosen: bool  # from among several
    fewer: bool = False  # ran on fewer workers than asked

    @property
    def workers_text(self) -> str:
        """128, or 128! where it ran on fewer."""
        return f"{self.workers}{'!' * self.fewer}"


def best_figure(
    measured: Measurements, workload: str, backend: str, cores: int, value: Callable[[Row], float]
) -> BestFigure | None:
    """From the rows that were not chosen on where there are any, else from those."""
    choice = choose_workers(measured, workload, backend, cores)
    if choice is None:
        return None
    swept = measured.sweep(workload, backend, cores)
    if cores in swept and max(swept) <= measured.most_cores:  # nobody waits, so that more would have no core
        choice = Choice(cores, frozenset())
    setting = ClosedSetting(workload, backend, cores, choice.workers)
    rows = [row for row in measured.rows(setting) if row.repetition not in choice.repetitions]
    rows = undisturbed([row for row in rows if not row.too_short] or swept.get(choice.workers, []))
    if not rows:
        return None
    found = spread([value(row) for row in rows])
    return BestFigure(choice.workers, found, len(swept) > 1, any(row.fewer_workers for row in rows))


@dataclass(frozen=True)
class Choice:
    """The best worker count, and the repetitions that it was chosen on."""

    workers: int
    repetitions: frozenset[int]


def choose_workers(measured: Measurements, workload: str, backend: str, cores: int) -> Choice | None:
    """The worker count with the least median time per task.

    Where rows were measured for the choice, on those alone: the fewest workers that are as fast as the fastest. Else
    judged on every second of the repetitions that all candidates have, the first included: the same minutes for all.
    Candidates are the counts with three repetitions, or where none has so many, those with most.
    """
    tried = {
        key.workers: [row.time_per_task for row in rows if not row.too_short and not row.fewer_workers]
        for key, rows in measured.choices.items()
        if (key.workload, key.backend, key.cores) == (workload, backend, cores)
    }
    if any(tried.values()):
        return Choice(best_count(tried), frozenset())
    candidates: dict[int, dict[int, Row]] = {}
    for workers in measured.worker_counts(workload, backend, cores):
        rows = measured.rows(ClosedSetting(workload, backend, cores, workers))
        if rows and not any(row.too_short or row.fewer_workers for row in rows):
            candidates[workers] = {row.repetition: row for row in rows}
    enough = min(CHOICE_REPETITIONS, max((len(rows) for rows in candidates.values()), default=0))
    candidates = {workers: rows for workers, rows in candidates.items() if len(rows) >= enough}
    if not candidates:  # all ran on fewer workers than asked: shown, marked, and in no gain
        counts = [count for count in measured.worker_counts(workload, backend, cores)]
        usable = [
            count
            for count in counts
            if measured.figure(ClosedSetting(workload, backend, cores, count), tasks_per_second)
        ]
        return Choice(min(usable), frozenset()) if usable else None
    if len(candidates) == 1:
        return Choice(next(iter(candidates)), frozenset())
    common = sorted(frozenset.intersection(*(frozenset(rows) for rows in candidates.values())))
    if not common:
        return None
    times = {
        workers: median(rows[repetition].time_per_task for repetition in common[::2])
        for workers, rows in candidates.items()
    }
    return Choice(min(times, key=lambda workers: times[workers]), frozenset(common[::2]))


def best_workers(measured: Measurements, workload: str, backend: str, cores: int) -> int | None:
    """The worker count of choose_workers."""
    choice = choose_workers(measured, workload, backend, cores)
    return None if choice is None else choice.workers
