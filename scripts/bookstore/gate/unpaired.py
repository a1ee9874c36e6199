"""Verdicts on unpaired samples, of two runs: the gate's rule with tests of Mann and Whitney, or of Welch. Pure.

The samples are logs of times, one value per process, so that a shift is the log of a ratio. Where a file holds
aggregates only, a row's centre and its spread take the place of the sample, and Welch's test that of the ranks.

Source: Welch, The Generalization of Student's Problem when Several Different Population Variances are Involved
(Biometrika 34, 1947). The median of a Gaussian sample has pi/2 times the variance of its mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

from bookstore.gate.rule import Rule, Verdict
from bookstore.stats.holm import holm
from bookstore.stats.rank_sum import hodges_lehmann, rank_sum_test, shift_interval

Array = NDArray[np.float64]

least_processes = 6
least_history = 10
# What must have been repeated for a spread to be there at all.
least_repetitions = 2


@dataclass(frozen=True)
class Shift:
    """ln(new / base) of one row; the interval's ends are infinite where the samples are too small for its level."""

    verdict: Verdict
    estimate: float
    low: float
    high: float
    note: str = ""


class Comparison(Protocol):
    """One row of both sides, as the rule looks at it; all figures are log-ratios."""

    @property
    def estimate(self) -> float:
        ...

    def above(self, bound: float) -> float:
        """One-sided p-value of "the shift is at most `bound`"."""

    def below(self, bound: float) -> float:
        """One-sided p-value of "the shift is at least -`bound`"."""

    def interval(self, tail: float) -> tuple[float, float]:
        """Interval of the shift, at most `tail` beyond each end."""


class RankComparison:
    """Two samples of logs. ValueError unless both have values and all are finite."""

    def __init__(self, base: ArrayLike, new: ArrayLike) -> None:
        self._base, self._new = np.asarray(base, dtype=float), np.asarray(new, dtype=float)
        self.estimate = hodges_lehmann(self._base, self._new)

    @property
    def fewest(self) -> int:
        return int(min(self._base.size, self._new.size))

    def above(self, bound: float) -> float:
        return rank_sum_test(self._base, self._new, bound)

    def below(self, bound: float) -> float:
        return rank_sum_test(self._new, self._base, bound)

    def interval(self, tail: float) -> tuple[float, float]:
        return shift_interval(self._base, self._new, tail)


@dataclass(frozen=True)
class Centre:
    """The log of a median, the variance of that estimate, and the degrees of freedom of this variance."""

    log: float
    variance: float
    freedom: int

    @classmethod
    def of_sample(cls, logs: Array) -> Centre:
        """Of at least two values."""
        variance = math.pi / 2 * float(np.var(logs, ddof=1)) / logs.size
        return cls(float(np.median(logs)), variance, logs.size - 1)

    @classmethod
    def of_aggregates(
        cls, logs: Sequence[float], variations: Sequence[float], counts: Sequence[int | None]
    ) -> Centre:
        """Of medians, each of so many repetitions with this coefficient of variation; unknown numbers as the least."""
        repetitions = [count or least_repetitions for count in counts]
        each = [math.pi / 2 * math.log1p(cv * cv) / n for cv, n in zip(variations, repetitions, strict=True)]
        return cls(float(np.mean(logs)), sum(each) / len(each) ** 2, min(repetitions) - 1)


class WelchComparison:
    def __init__(self, base: Centre, new: Centre) -> None:
        self.estimate = new.log - base.log
        variance = base.variance + new.variance
        self._error = math.sqrt(variance)
        shares = sum(side.variance**2 / side.freedom for side in (base, new))
        self._freedom = variance**2 / shares if shares > 0.0 else math.inf

    def above(self, bound: float) -> float:
        return self._tail(self.estimate - bound)

    def below(self, bound: float) -> float:
        return self._tail(-self.estimate - bound)

    def _tail(self, distance: float) -> float:
        if self._error == 0.0:
            return float(distance <= 0.0)
        return float(stdtr(min(self._freedom, 1e9), -distance / self._error))

    def interval(self, tail: float) -> tuple[float, float]:
        reach = self._error * float(stdtrit(min(self._freedom, 1e9), 1.0 - tail))
        return self.estimate - reach, self.estimate + reach


class _Scaled:
    """A comparison in units in which the rule's margins are those of the row's own limit."""

    def __init__(self, inner: Comparison, factor: float) -> None:
        self._inner, self._factor = inner, factor
        self.estimate = inner.estimate / factor

    def above(self, bound: float) -> float:
        return self._inner.above(bound * self._factor)

    def below(self, bound: float) -> float:
        return self._inner.below(bound * self._factor)

    def interval(self, tail: float) -> tuple[float, float]:
        low, high = self._inner.interval(tail)
        return low / self._factor, high / self._factor


def run_to_run(values: Sequence[float]) -> float | None:
    """95th percentile of |log-ratio| between one run and the next, rounded up to one that was seen.

    None with fewer than `least_history` runs.
    """
    if len(values) < least_history:
        return None
    steps = np.abs(np.diff(np.asarray(values, dtype=float)))
    return float(np.quantile(steps, 0.95, method="higher"))


def _by_test(rows: Mapping[str, Comparison], noise: Mapping[str, float], rule: Rule) -> dict[str, Verdict]:
    """The gate's rule with the tests of each comparison, Holm over all rows.

    Processes of one run share its session, so known run-to-run noise comes on top of the margins.
    """
    slower = holm([row.above(rule.null_margin + noise[key]) for key, row in rows.items()])
    faster = holm([row.below(rule.null_margin + noise[key]) for key, row in rows.items()])
    verdicts = {}
    for (key, row), up, down in zip(rows.items(), slower, faster):
        least, margin = rule.least_effect + noise[key], rule.same_margin - noise[key]
        if up <= rule.alpha and row.estimate >= least:
            verdicts[key] = Verdict.REGRESSED
        elif down <= rule.alpha and -row.estimate >= least:
            verdicts[key] = Verdict.IMPROVED
        elif max(row.above(-margin), row.below(-margin)) <= rule.alpha_same:
            verdicts[key] = Verdict.SAME
        else:
            verdicts[key] = Verdict.INCONCLUSIVE
    return verdicts


def by_history(shift: float, noise: float, rule: Rule) -> Verdict:
    """Verdict on an estimate whose uncertainty is the run-to-run noise of this machine.

    The noise is added to what a difference must exceed, and taken off what counts as the same: it may make a row
    inconclusive, but never proves anything.
    """
    if abs(shift) >= rule.least_effect + noise:
        return Verdict.REGRESSED if shift > 0 else Verdict.IMPROVED
    return Verdict.SAME if abs(shift) + noise < rule.same_margin else Verdict.INCONCLUSIVE


def judge_shifts(
    samples: Mapping[str, tuple[ArrayLike, ArrayLike] | Comparison],
    noise: Mapping[str, float | None],
    rule: Rule = Rule(),
    factors: Mapping[str, float] | None = None,
    between: Mapping[str, float] | None = None,
) -> dict[str, Shift]:
    """Verdict per row from unpaired logs of times (base, new), or from a comparison that is made already.

    `noise` is the run-to-run noise of a row on this machine, None where it is not known; it is added to what a
    difference must exceed and taken off what counts as the same. So is `between`, by how much files of one side differ,
    which alone decides nothing. `factors` widen all margins of a row. Rows with `least_processes` a side are tested, Holm
    over those rows; the others rest on the noise alone, and without it stay inconclusive. Intervals hold for all rows
    together and for these values: the noise is not in them.
    """
    wide, apart = factors or {}, between or {}
    rows = {key: RankComparison(*row) if isinstance(row, tuple) else row for key, row in samples.items()}
    scaled = {key: _Scaled(row, wide.get(key, 1.0)) for key, row in rows.items()}
    extra = {key: max(noise.get(key) or 0.0, apart.get(key, 0.0)) / wide.get(key, 1.0) for key in rows}
    few = {
        key for key, row in rows.items() if isinstance(row, RankComparison) and row.fewest < least_processes
    }
    verdicts = _by_test({key: row for key, row in scaled.items() if key not in few}, extra, rule)
    shifts = {}
    for key, row in rows.items():
        low, high = row.interval(rule.alpha / len(rows))
        known, notes = noise.get(key), []
        if key in few:
            decided = by_history(scaled[key].estimate, extra[key], rule)
            verdicts[key] = Verdict.INCONCLUSIVE if known is None else decided
            notes.append("no history" if known is None else "by the history")
        if known is not None:
            notes.append(f"run-to-run noise {100.0 * math.expm1(known):.1f} %")
        if apart.get(key, 0.0) > 0.0:
            notes.append(f"files of one side differ by {100.0 * math.expm1(apart[key]):.1f} %")
        shifts[key] = Shift(verdicts[key], row.estimate, low, high, "; ".join(notes))
    return shifts


def most_rows(m: int, n: int, alpha: float = Rule.alpha) -> int:
    """Largest family in which Holm's first step can still reject a row of m and n processes; a million is no bound."""
    return int(alpha * min(math.comb(m + n, n), 10**9))
