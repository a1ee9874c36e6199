"""What virtual time said of more cores, fed with one core's costs, beside what was measured there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bookstore.data.names import BASELINE
from bookstore.data.played import Played, Way, is_reach, played_of
from bookstore.data.results import Row, Run
from bookstore.findings import closed, worker_counts
from bookstore.findings.open_figures import VALID, open_setting_of, validity_of
from bookstore.stats.intervals import Spread, spread

CLOSED = {"tasks_per_second": "tasks/s", "cpu_us_per_task": "CPU us/task"}
OPEN = {"cpu_us_per_task": "CPU us/task", "delay_p50_us": "delay p50 us", "delay_p99_us": "delay p99 us"}
GROWS = 0.75  # of what the cores would give, from one core count to the next
BUSY = 0.9  # of the time: then it is what ends the growth


@dataclass(frozen=True)
class Compared:
    """A figure of a setting, beforehand and measured."""

    played: Played
    figure: str
    predicted: float
    measured: Spread

    @property
    def error(self) -> float:
        """Predicted over measured, less one."""
        return self.predicted / self.measured.median - 1.0


@dataclass(frozen=True)
class Reached:
    played: Played
    tasks_per_second: float
    limit: str  # what ends the growth there, as a reader is told; empty: nothing yet


def to_foretell(run: Run) -> dict[Played, list[Row]]:
    """The sound rows of more than one core: each pool closed at its best worker count, and whatever came at a rate."""
    measured = closed.measurements_of(run)
    found: dict[Played, list[Row]] = {}
    for workload in measured.workloads:
        for backend in measured.backends:
            for cores in measured.core_counts:
                workers = worker_counts.best_workers(measured, workload, backend, cores)
                if cores == 1 or workers is None:
                    continue
                rows = closed.undisturbed(
                    measured.rows(closed.ClosedSetting(workload, backend, cores, workers))
                )
                found[Played(workload, backend, cores, workers)] = [
                    row for row in rows if not row.too_short and not row.fewer_workers
                ]
    for row in run.latency.select() if run.latency else []:
        if row.cores > 1 and _is_plain_open(row) and validity_of(row) == VALID:
            found.setdefault(played_of(row), []).append(row)
    return {played: rows for played, rows in found.items() if rows}


def compare(foretold: Sequence[Row], measured: Mapping[Played, Sequence[Row]]) -> list[Compared]:
    """In the order of what was measured."""
    by_played = {played_of(row): row for row in foretold if not is_reach(row)}
    found = []
    for played, rows in measured.items():
        row = by_played.get(played)
        if row is None:
            continue
        for counter, figure in (OPEN if played.rate else CLOSED).items():
            values = [each.counter(counter) for each in rows if each.counters.get(counter, 0.0) > 0]
            if values and counter in row.counters:
                found.append(Compared(played, figure, row.counter(counter), spread(values)))
    return found


def reached(foretold: Sequence[Row]) -> list[Reached]:
    """What ends the growth is named only where it has: a lock that is busy may yet hold nobody up."""
    found: list[Reached] = []
    last: dict[tuple[str, str], Reached] = {}
    for row in filter(is_reach, foretold):
        played, rate = played_of(row), row.counter("tasks_per_second")
        before = last.get((played.workload, played.backend))
        grown = before is None or (
            rate / before.tasks_per_second > GROWS * played.cores / before.played.cores
        )
        found.append(Reached(played, rate, "" if grown else limit_of(row)))
        last[played.workload, played.backend] = found[-1]
    return found


def limit_of(row: Row) -> str:
    """What was busy nearly all the time, of what only one worker can have at a time."""
    counter, lock = row.counter("claim_busy_fraction"), row.counter("lock_busy_fraction")
    if counter >= BUSY and counter >= lock:
        return "the shared counter"
    if lock >= BUSY:
        return "the lock of a shelf"
    return "one loop" if row.workers == 1 and row.cores > 1 else ""


def ways_of(run: Run) -> list[Way]:
    """Of the backends that were measured closed on one core, without the baseline."""
    found: dict[str, Way] = {}
    for row in run.throughput.select(lambda row: row.cores == 1 and row.backend != BASELINE):
        if "overlapped" in row.counters:  # pools always lock
            found[row.backend] = Way(row.backend, bool(row.counters["overlapped"]), not row.locks)
    return list(found.values())


def _is_plain_open(row: Row) -> bool:
    setting = open_setting_of(row)
    marks = ("arrivals_constant", "arrivals_trace", "fraction", "desk", "pinned_given")
    odd = setting.bursts or setting.door or any(row.counters.get(name) for name in marks)
    return not odd and bool(row.counters.get("rate")) and row.workload not in ("null", "capacity", "service")
