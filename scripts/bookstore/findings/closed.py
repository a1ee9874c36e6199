"""The timed rows of a run of closed load, by what they were measured with."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass

from bookstore.data.names import BASELINE, in_order
from bookstore.data.results import Row, Run
from bookstore.stats.intervals import Spread, spread

UNDISTURBED = 3  # pairs that are enough for a gain to do without the disturbed ones
MEMORY_COUNTER = "peak_memory_bytes"


@dataclass(frozen=True)
class ClosedSetting:
    """What one figure was measured with; the plan's size apart, as a baseline may use a shorter one."""

    workload: str
    backend: str
    cores: int
    workers: int
    in_flight: int = 0
    locks: bool = False  # the baseline with the locks that it has no need of; pools always lock
    pinned: bool | None = None  # workers kept to CPUs of their own; None: as the backend usually does


class Measurements:
    """The timed rows of a run, by setting."""

    def __init__(
        self, rows: Iterable[Row], workloads: Sequence[str] = (), backends: Sequence[str] = ()
    ) -> None:
        """The names give the order in which things are shown; those that are not among them follow."""
        self.all = list(rows)
        self.by_setting: dict[ClosedSetting, list[Row]] = defaultdict(list)
        self.choices: dict[ClosedSetting, list[Row]] = defaultdict(
            list
        )  # rows that worker counts were chosen on
        self.ideals: dict[int, list[Row]] = defaultdict(list)
        for row in self.all:
            if "ideal_speedup" in row.counters:
                self.ideals[row.cores].append(row)
            elif row.counters.get("choice"):
                self.choices[closed_setting_of(row)].append(row)
            elif MEMORY_COUNTER not in row.counters:
                self.by_setting[closed_setting_of(row)].append(row)
        self.size_checks = self.by_setting  # of all repetitions, where these are only some of them
        self.memory = [row for row in self.all if MEMORY_COUNTER in row.counters]
        plain = [key for key in self.by_setting if not key.in_flight and not key.locks and key.pinned is None]
        self.workloads = in_order((key.workload for key in plain), workloads)
        self.backends = in_order((key.backend for key in plain), backends)
        self.core_counts = sorted({key.cores for key in plain})

    @property
    def most_cores(self) -> int:
        return self.core_counts[-1]

    def rows(self, setting: ClosedSetting) -> list[Row]:
        """The setting's rows of its smallest plan: a larger one is there only to be checked against."""
        rows = self.by_setting.get(setting, [])
        smallest = min((row.tasks for row in rows), default=0)
        return [row for row in rows if row.tasks == smallest]

    def worker_counts(self, workload: str, backend: str, cores: int) -> list[int]:
        return sorted(
            key.workers
            for key in self.by_setting
            if (key.workload, key.backend, key.cores, key.in_flight, key.locks, key.pinned)
            == (workload, backend, cores, 0, False, None)
        )

    def ideal(self, cores: int) -> Spread | None:
        """The machine's own ideal speed-up: so many processes at once, without any runtime."""
        if cores == 1:
            return Spread(1.0, 1.0, 1.0, 1, None)
        rows = undisturbed(self.ideals.get(cores, []))
        return spread([row.counter("ideal_speedup") for row in rows]) if rows else None

    def figure(self, setting: ClosedSetting, value: Callable[[Row], float]) -> Spread | None:
        """A figure of the setting, over its repetitions; None if it was not measured or is too short to count."""
        rows = self.rows(setting)
        if not rows or any(row.too_short for row in rows):
            return None
        return spread([value(row) for row in rows])

    def sweep(self, workload: str, backend: str, cores: int) -> dict[int, list[Row]]:
        """The rows of each worker count, as far as they count: those of the choice where one was made."""
        found: dict[int, list[Row]] = {}
        for source in (self.by_setting, self.choices):
            for key in source:
                place = (key.workload, key.backend, key.cores, key.in_flight, key.locks, key.pinned)
                rows = self.rows(key) if source is self.by_setting else source[key]
                sound = [row for row in rows if not row.too_short and not row.fewer_workers]
                if place == (workload, backend, cores, 0, False, None) and sound:
                    found[key.workers] = sound
        return dict(sorted(found.items()))


def closed_setting_of(row: Row) -> ClosedSetting:
    locks = row.locks and row.backend == BASELINE
    return ClosedSetting(row.workload, row.backend, row.cores, row.workers, row.in_flight, locks, row.pinned)


def tasks_per_second(row: Row) -> float:
    return 1.0 / row.time_per_task


def cpu_us_per_task(row: Row) -> float:
    return row.counter("cpu_us_per_task")


def undisturbed(rows: Sequence[Row]) -> Sequence[Row]:
    """Without disturbed rows, if enough are left."""
    kept = [row for row in rows if not row.disturbed]
    return kept if len(kept) >= min(UNDISTURBED, len(rows)) else rows


def measurements_of(run: Run) -> Measurements:
    """A run's rows, workloads and backends in the suite's own order."""
    order = {
        name: [str(item) for item in run.environment.get(name, ())] for name in ("workloads", "backends")
    }
    return Measurements(run.throughput.select(), order["workloads"], order["backends"])


def without(measured: Measurements, repetitions: Set[int]) -> Measurements:
    """The same measurements without some of the repetitions."""
    kept = (row for row in measured.all if row.repetition not in repetitions)
    rest = Measurements(kept, measured.workloads, measured.backends)
    rest.size_checks = measured.size_checks
    return rest
