"""The two headline figures and their product, each formed at one worker count.

Interleaving gain I(n) = T(sequential, 1 core) / T(backend, n, 1 core): what concurrency alone buys.
Parallel gain     P(n) = T(backend, n, 1 core) / T(backend, n, p cores): what parallelism adds.

A ratio is formed within each repetition, whose processes ran in the same minutes, and the median and its exact
interval are taken over these ratios.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from bookstore.data.names import BASELINE
from bookstore.data.results import Row
from bookstore.findings.closed import UNDISTURBED, ClosedSetting, Measurements
from bookstore.stats.intervals import Spread, relative_difference, spread

INTERLEAVING, PARALLEL, SPEEDUP = "interleaving", "parallel", "speed-up"


SIZES_AGREE = (
    0.03  # the slower side's time per task at two sizes, if plans of different size are to be compared
)
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

    The median of the ratios within the repetitions that have both sizes, if there are any: those ran in the same
    minutes. Without those that others disturbed, if enough are left.
    """
    by_size: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_size[row.tasks].append(row)
    if len(by_size) < 2:
        return "plans differ in size and the slower side was measured at one size only"
    small, large, _ = _let_alone(by_size[min(by_size)], by_size[max(by_size)])
    ratios = paired_ratios(large, small, lambda row: row.time_per_task)
    if ratios:
        difference = relative_difference(1.0, median(ratios))
    else:
        difference = relative_difference(
            *(median(row.time_per_task for row in side) for side in (small, large))
        )
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
