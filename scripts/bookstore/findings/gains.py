"""The two headline figures and their product, each formed at one worker count.

Interleaving gain I(n) = T(sequential, 1 core) / T(backend, n, 1 core): what concurrency alone buys.
Parallel gain     P(n) = T(backend, n, 1 core) / T(backend, n, p cores): what parallelism adds.

A ratio is formed within each repetition, whose processes ran in the same minutes, and the median and its exact
interval are taken over these ratios.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from statistics import median

from bookstore.data.names import BASELINE
from bookstore.data.results import Row, Run
from bookstore.stats.choice import best_count
from bookstore.stats.intervals import Spread, relative_difference, spread

INTERLEAVING, PARALLEL, SPEEDUP = "interleaving", "parallel", "speed-up"
SIZES_AGREE = (
    0.03  # the slower side's time per task at two sizes, if plans of different size are to be compared
)
UNDISTURBED = 3  # pairs that are enough for a gain to do without the disturbed ones
CHOICE_REPETITIONS = 3  # that a worker count needs to stand for choice, where others have as many
MEMORY_COUNTER = "peak_memory_bytes"
IDEAL = "ideal"


@dataclass(frozen=True)
class Gain:
    """A gain, or the reason why there is none."""

    kind: str
    workload: str
    backend: str
    workers: int
    spread: Spread | None
    withheld: str = ""
    disturbed: bool = False  # formed of disturbed runs alone: no verdict
    above_ideal: bool = (
        False  # more than what the cores are worth at best: something else than parallelism is in it
    )

    @property
    def sound(self) -> bool:
        """Whether it may be a headline: an interval, of runs that were let alone, within what is possible."""
        return (
            self.spread is not None and self.spread.is_interval and not (self.disturbed or self.above_ideal)
        )

    @property
    def mark(self) -> str:
        """What stands beside the figure: ^ above the ideal, * disturbed."""
        return "^" * self.above_ideal + "*" * self.disturbed


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
        self.workloads = _in_order((key.workload for key in plain), workloads)
        self.backends = _in_order((key.backend for key in plain), backends)
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


def paired_ratios(slow: Iterable[Row], fast: Iterable[Row], value: Callable[[Row], float]) -> list[float]:
    """value(slow) / value(fast) in each repetition that has both."""
    fast_by_repetition = {row.repetition: row for row in fast}
    return [
        value(row) / value(fast_by_repetition[row.repetition])
        for row in slow
        if row.repetition in fast_by_repetition
    ]


def ratio(
    kind: str, slow: Sequence[Row], fast: Sequence[Row], slow_all_sizes: Sequence[Row], name: ClosedSetting
) -> Gain:
    """The gain between two rows' repetitions, or the reason why it is withheld."""

    def gain(result: Spread | None, withheld: str = "") -> Gain:
        return Gain(kind, name.workload, name.backend, name.workers, result, withheld)

    if not slow or not fast:
        return gain(None, "not measured")
    if any(row.too_short for row in [*slow, *fast]):
        return gain(None, "too short to count")
    if any(row.fewer_workers for row in [*slow, *fast]):
        return gain(None, "ran on fewer workers than asked")
    slow, fast, disturbed = _let_alone(slow, fast)
    if {row.tasks for row in slow} == {row.tasks for row in fast}:
        ratios = paired_ratios(slow, fast, lambda row: row.real_time)
    else:
        reason = sizes_disagree(slow_all_sizes)
        if reason:
            return gain(None, reason)
        ratios = paired_ratios(slow, fast, lambda row: row.time_per_task)
    if not ratios:
        return gain(None, "no repetition has both")
    found = spread(ratios)
    if disturbed:  # what others did to it is no sample of what it does
        found = replace(found, level=None)
    return replace(gain(found), disturbed=disturbed)


def undisturbed(rows: Sequence[Row]) -> Sequence[Row]:
    """Without disturbed rows, if enough are left."""
    kept = [row for row in rows if not row.disturbed]
    return kept if len(kept) >= min(UNDISTURBED, len(rows)) else rows


def _let_alone(slow: Sequence[Row], fast: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row], bool]:
    """Both sides without disturbed repetitions if enough are left, and whether all that is left is disturbed."""
    common = {row.repetition for row in slow} & {row.repetition for row in fast}
    bad = {row.repetition for row in [*slow, *fast] if row.disturbed} & common
    if len(common - bad) >= min(UNDISTURBED, len(common)) and bad:
        return (
            [r for r in slow if r.repetition not in bad],
            [r for r in fast if r.repetition not in bad],
            False,
        )
    return slow, fast, bool(common) and bad == common


def sizes_disagree(rows: Iterable[Row]) -> str:
    """Why a time per task may not be carried over to another plan size; empty if it may.

    Medians over the repetitions that have both sizes, if there are any: those ran in the same minutes.
    """
    by_size: dict[int, dict[int, float]] = defaultdict(dict)
    for row in rows:
        by_size[row.tasks][row.repetition] = row.time_per_task
    if len(by_size) < 2:
        return "plans differ in size and the slower side was measured at one size only"
    small, large = by_size[min(by_size)], by_size[max(by_size)]
    common = small.keys() & large.keys() or small.keys() | large.keys()
    smallest, largest = (median(side[r] for r in common if r in side) for side in (small, large))
    difference = relative_difference(smallest, largest)
    if difference > SIZES_AGREE:
        return f"the slower side's time per task differs by {100 * difference:.1f} % between two sizes"
    return ""


def _against_baseline(measured: Measurements, kind: str, fast: ClosedSetting) -> Gain:
    """A gain over sequential on one core: on the same plan if sequential ran it too, else per task."""
    baseline = ClosedSetting(fast.workload, BASELINE, 1, 1)
    rows = measured.rows(fast)
    sizes = {row.tasks for row in rows}
    same_plan = [row for row in measured.by_setting.get(baseline, []) if {row.tasks} == sizes]
    slow = same_plan or measured.rows(baseline)
    return ratio(kind, slow, rows, measured.size_checks.get(baseline, []), fast)


def interleaving(measured: Measurements, workload: str, backend: str, workers: int) -> Gain:
    """I(n) on one core."""
    return _against_baseline(measured, INTERLEAVING, ClosedSetting(workload, backend, 1, workers))


def parallel(measured: Measurements, workload: str, backend: str, workers: int, cores: int) -> Gain:
    """P(n) on `cores` cores."""
    one = ClosedSetting(workload, backend, 1, workers)
    fast = ClosedSetting(workload, backend, cores, workers)
    found = ratio(PARALLEL, measured.rows(one), measured.rows(fast), measured.size_checks.get(one, []), fast)
    ideal = measured.ideal(cores)
    enough = (
        found.spread is not None and ideal is not None and min(found.spread.count, ideal.count) >= UNDISTURBED
    )
    if found.spread is None or ideal is None or cores == 1 or not enough:
        return found
    return replace(found, above_ideal=found.spread.low > max(ideal.high, ideal.median))


def speed_up(measured: Measurements, workload: str, backend: str, workers: int, cores: int) -> Gain:
    """I(n) P(n), formed at once from the two ends, so that the noise of the middle does not enter."""
    return _against_baseline(measured, SPEEDUP, ClosedSetting(workload, backend, cores, workers))


def interleaving_bound(measured: Measurements, workload: str, in_flight: float) -> float | None:
    """The most that interleaving can buy: min(tasks in flight, T(sequential) / CPU of sequential's steps)."""
    rows = measured.rows(ClosedSetting(workload, BASELINE, 1, 1))
    ratios = [
        1e6 * row.time_per_task / row.counter("work_us_per_task")
        for row in rows
        if row.counter("work_us_per_task") > 0 and not row.too_short
    ]
    return min(in_flight, median(ratios)) if ratios else None


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
                other = _without(measured, choice.repetitions)
                shown = (
                    other if other.rows(ClosedSetting(workload, backend, cores, choice.workers)) else measured
                )
                points.append(_point(shown, workload, backend, choice.workers, cores, best=True))
    return points


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


def measurements_of(run: Run) -> Measurements:
    """A run's rows, workloads and backends in the suite's own order."""
    order = {
        name: [str(item) for item in run.environment.get(name, ())] for name in ("workloads", "backends")
    }
    return Measurements(run.throughput.select(), order["workloads"], order["backends"])


def _without(measured: Measurements, repetitions: Set[int]) -> Measurements:
    """The same measurements without some of the repetitions."""
    kept = (row for row in measured.all if row.repetition not in repetitions)
    rest = Measurements(kept, measured.workloads, measured.backends)
    rest.size_checks = measured.size_checks
    return rest


def _in_order(names: Iterable[str], order: Sequence[str]) -> list[str]:
    unique = dict.fromkeys(names)
    return [name for name in order if name in unique] + [name for name in unique if name not in order]
