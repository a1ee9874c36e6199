"""What a run says of overhead: what a task, a fork, a hand-over and a wait cost, and what the seam adds.

Figures are medians over processes with their interval or range; ratios and differences are formed within a process.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bookstore.data.names import MICROSECOND, RAW, family, in_order
from bookstore.data.results import Results, Row, Run
from bookstore.findings.closed import measurements_of
from bookstore.stats.intervals import Spread, spread
from bookstore.stats.metg import Metg, efficiency, metg
from bookstore.terminal.errors import InputError

BYTES_WITH_KERNEL = "bytes_per_waiting_task_with_kernel"
LEVELS = (0.5, 0.9)  # of METG
RATIO_LIMIT = 1.01  # of the seam, for tasks of a microsecond
KEPT, NOT_KEPT, UNDECIDED = "kept", "NOT KEPT", "undecided"  # what is said of it
# What sets the rows of an experiment apart, beside backend, cores and workers; and what they must have measured.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "grain": ("work_ns", "chunk", "align"),
    "seam_grain": ("work_ns", "align"),
    "seam_stocktake": ("fanout", "leaves"),
    "stocktake": ("fanout", "leaves", "cutoff"),
    "handover": ("from",),
    "cold_start": (),
    "idle": ("active",),
    "gaps": ("gap_us", "serial", "active"),
    "burst": (),
    "waiting": ("tasks", "deadlines", "span_ms", "exact"),
    "timer": ("tasks", "deadlines", "exact"),
    "contention": ("workload", "cpu_scale", "skew"),
    "round_trip": ("waits_unix", "waits_tcp"),
    "day_memory": ("tasks",),
}
MEASURED: Mapping[str, tuple[str, ...]] = {
    "grain": ("ns_per_task", "direct_ns_per_task"),
    "seam_grain": ("seam_ns", "raw_ns", "difference_ns", "ratio"),
    "seam_stocktake": ("seam_ns", "raw_ns", "difference_ns", "ratio"),
    "stocktake": ("ns_per_fork",),
    "handover": ("start_p50_us", "start_p99_us"),
    "cold_start": ("construct_us", "first_task_us", "steady_task_us"),
    "idle": ("idle_cpu_after_ms", "idle_cpu_later_ms"),
    "gaps": ("burst_us", "burnt_us_per_gap"),
    "burst": ("first_start_us", "last_finish_us"),
    "waiting": ("bytes_per_waiting_task", "cpu_ns_per_wait"),
    "timer": ("ns_per_wait",),
    "contention": ("tasks_per_second", "cpu_us_per_task", "found_held_fraction"),
    "round_trip": ("round_trip_p50_us", "round_trip_p99_us", "cpu_us_per_round_trip"),
    "day_memory": ("bytes_per_task", "cpu_us_per_task"),
}


@dataclass(frozen=True)
class CostSetting:
    """What the rows of one figure were measured with."""

    experiment: str
    backend: str
    cores: int
    workers: int
    params: tuple[tuple[str, float], ...] = ()

    def param(self, name: str) -> float:
        """The parameter's value; nan if the experiment has none of that name."""
        return dict(self.params).get(name, math.nan)

    @property
    def raw(self) -> bool:
        return self.backend.startswith(RAW)


@dataclass(frozen=True)
class CostFigure:
    """All repetitions of one setting."""

    setting: CostSetting
    rows: Sequence[Row]

    def with_kernel(self) -> Spread | None:
        """Bytes of a waiting task, what the kernel keeps for it included; None where it cannot be told.

        The kernel's share is a difference of what it keeps for everybody: a negative one is somebody else's.
        """
        whole, own = self.spread(BYTES_WITH_KERNEL), self.spread(MEASURED["waiting"][0])
        return None if whole is None or own is None or whole.median < own.median else whole

    def spread(self, counter: str) -> Spread | None:
        """None if a repetition does not have the counter."""
        values = [row.counter(counter) for row in self.rows]
        return None if any(map(math.isnan, values)) else spread(values)


@dataclass(frozen=True)
class EfficiencyCurve:
    """A backend's efficiency on one core count, by task size in ns; size 0 apart, as it has no logarithm."""

    backend: str
    cores: int
    workers: int
    efficiencies: Mapping[float, Spread]
    metg: Sequence[Metg]  # in the order of LEVELS


@dataclass(frozen=True)
class SeamPrice:
    """What the seam adds to the same work by hand, under one alignment of the code."""

    setting: CostSetting
    raw: Spread
    difference: Spread
    ratio: Spread

    @property
    def by_ratio(self) -> bool:
        """True where the work outweighs the dispatching, so that a ratio is asked for and not nanoseconds."""
        return self.setting.param("work_ns") >= MICROSECOND

    @property
    def limit(self) -> float:
        """Of the ratio, or of the difference in ns."""
        return RATIO_LIMIT if self.by_ratio else max(0.05 * self.raw.median, 1.0)

    @property
    def judged(self) -> Spread:
        """What the limit is for."""
        return self.ratio if self.by_ratio else self.difference

    @property
    def answer(self) -> str:
        """KEPT if the whole interval lies within the limit, NOT_KEPT if it lies beyond; else it cannot be told."""
        if not self.judged.is_interval or self.judged.low <= self.limit < self.judged.high:
            return UNDECIDED
        return KEPT if self.judged.high <= self.limit else NOT_KEPT


@dataclass(frozen=True)
class Overhead:
    """The rows of bench_overhead of a run."""

    figures: Mapping[CostSetting, CostFigure]
    limits: Sequence[Row]  # rows that met a limit of the machine
    backends: Sequence[str]  # in the order in which they are shown, without raw twins and other forms
    speedups: Mapping[int, Spread]  # S(p): what so many cores are worth, by core count

    @cached_property
    def most_cores(self) -> int:
        return max(setting.cores for setting in self.figures)

    def select(self, experiment: str, **params: float) -> list[CostFigure]:
        """The figures of an experiment with these parameters, in the order of backends; raw twins last."""
        found = [
            figure
            for setting, figure in self.figures.items()
            if setting.experiment == experiment
            and all(setting.param(name) == value for name, value in params.items())
        ]
        return sorted(found, key=lambda figure: (*self._place(figure.setting), figure.setting.params))

    def on_most_cores(self, experiment: str, **params: float) -> dict[str, CostFigure]:
        """By backend, each on the most cores that it was measured on."""
        return {figure.setting.backend: figure for figure in self.select(experiment, **params)}

    def _place(self, setting: CostSetting) -> tuple[bool, int, str, int, int]:
        own = family(setting.backend)
        place = self.backends.index(own) if own in self.backends else len(self.backends)
        return setting.raw, place, setting.backend, setting.cores, setting.workers

    @cached_property
    def curves(self) -> list[EfficiencyCurve]:
        """Efficiency of all backends; of core counts whose worth was not measured there is none."""
        groups: dict[tuple[str, int, int], list[CostFigure]] = defaultdict(list)
        for figure in self.select("grain"):
            setting = figure.setting
            alike = setting.workers == setting.cores and not setting.param("chunk") > 1
            if alike and not setting.raw and setting.cores in self.speedups:
                groups[setting.backend, setting.cores, setting.workers].append(figure)
        return [_curve(place, figures, self.speedups[place[1]].median) for place, figures in groups.items()]

    @cached_property
    def seams(self) -> list[SeamPrice]:
        found = []
        for figure in [*self.select("seam_grain"), *self.select("seam_stocktake")]:
            spreads = [figure.spread(name) for name in ("raw_ns", "difference_ns", "ratio")]
            if all(each is not None for each in spreads):
                found.append(SeamPrice(figure.setting, *spreads))  # type: ignore[arg-type]
        return found


def _curve(place: tuple[str, int, int], figures: Sequence[CostFigure], speedup: float) -> EfficiencyCurve:
    by_size: dict[float, dict[int, float]] = defaultdict(dict)
    for figure in figures:
        for row in figure.rows:
            value = efficiency(row.counter("direct_ns_per_task"), speedup, row.counter("ns_per_task"))
            by_size[figure.setting.param("work_ns")][row.repetition] = value
    sizes = sorted(size for size in by_size if size > 0)
    whole = sorted(set.intersection(*(set(by_size[size]) for size in sizes))) if sizes else []
    sample = [[by_size[size][repetition] for size in sizes] for repetition in whole]
    points = [metg(sizes, sample, level) for level in LEVELS] if sample else []
    spreads = {size: spread(list(by_size[size].values())) for size in sorted(by_size)}
    return EfficiencyCurve(*place, spreads, points)


def overhead_of(run: Run) -> Overhead | None:
    """What the run says of overhead; None if it measured none."""
    if run.overhead is None:
        return None
    order = run.environment.get("backends", [])
    measured = measurements_of(run)
    counts = {row.cores for row in run.overhead.rows}
    speedups = {count: measured.ideal(count) for count in sorted(counts)}
    known = {count: ideal for count, ideal in speedups.items() if ideal is not None}
    return overhead_from(run.overhead, known, order if isinstance(order, list) else [])


def overhead_from(results: Results, speedups: Mapping[int, Spread], order: Sequence[str] = ()) -> Overhead:
    rows = results.select(lambda row: row.workload in PARAMETERS)
    if not rows:
        raise InputError(f"{results.path}: holds no row of bench_overhead; measure again with scripts/run")
    groups: dict[CostSetting, list[Row]] = defaultdict(list)
    for row in rows:
        missing = [name for name in MEASURED[row.workload] if name not in row.counters]
        if missing:
            raise InputError(f"{results.path}: row {row.name} has no {missing[0]}; measure again")
        groups[cost_setting_of(row)].append(row)
    backends = in_order((row.backend for row in rows if family(row.backend) == row.backend), order)
    limits = [row for row in results.rows if row.limit_reached]
    return Overhead(
        {setting: CostFigure(setting, found) for setting, found in groups.items()}, limits, backends, speedups
    )


def cost_setting_of(row: Row) -> CostSetting:
    params = tuple((name, row.counters.get(name, 0.0)) for name in PARAMETERS[row.workload])
    return CostSetting(row.workload, row.backend, row.cores, row.workers, params)


def is_below_zero(cost: Spread | None) -> bool:
    """Of what is left of a cost when another is taken off: then that one was more, and this is not seen."""
    return cost is not None and cost.median < 0


def largest(figures: Iterable[CostFigure], param: str) -> dict[str, CostFigure]:
    """By backend, the figure with the most of a parameter."""
    found: dict[str, CostFigure] = {}
    for figure in sorted(figures, key=lambda figure: figure.setting.param(param)):
        found[figure.setting.backend] = figure
    return found
