"""Shift between two unpaired samples: Hodges-Lehmann estimate, with interval and tests of Mann and Whitney. Pure.

Sources: Hodges and Lehmann (1963); Mann and Whitney (1947); Hollander, Wolfe and Chicken, Nonparametric Statistical
Methods (2014), chapter 4, for the interval. The samples are logs of times, one value per process, so that a shift is
the log of a ratio.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from bookstore.gate.rule import Rule, Verdict, holm

Array = NDArray[np.float64]

# Beyond this size the normal approximation of U is within 0.001 of its exact tail.
exact_limit = 40
least_processes = 6
least_history = 10


@dataclass(frozen=True)
class Shift:
    """ln(new / base) of one row; the interval's ends are infinite where the samples are too small for its level."""

    verdict: Verdict
    estimate: float
    low: float
    high: float
    note: str = ""


@lru_cache(maxsize=256)
def rank_sum_counts(m: int, n: int) -> tuple[int, ...]:
    """How many of the orderings of m and n values give U = 0, 1, ..., m n (the Gaussian binomial coefficients)."""
    counts = [1] + [0] * (m * n)
    for i in range(1, m + 1):
        for u in range(m * n, n + i - 1, -1):
            counts[u] -= counts[u - n - i]
        for u in range(i, m * n + 1):
            counts[u] += counts[u - i]
    return tuple(counts)


@lru_cache(maxsize=4096)
def rank_sum_tail(u: int, m: int, n: int) -> float:
    """P(U >= u) where both samples come from one distribution; exact up to `exact_limit` values a side."""
    if u <= 0:
        return 1.0
    if max(m, n) <= exact_limit:
        return sum(rank_sum_counts(m, n)[u:]) / math.comb(m + n, n)
    return float(ndtr(-(u - 0.5 - m * n / 2) / math.sqrt(m * n * (m + n + 1) / 12)))


def rank_sum_test(base: ArrayLike, new: ArrayLike, bound: float = 0.0) -> float:
    """One-sided p-value of "new is shifted against base by at most `bound`". Ties speak for it."""
    differences = pairwise(base, new)
    above = int(np.count_nonzero(differences > bound))
    return rank_sum_tail(above, *differences.shape)


def pairwise(base: ArrayLike, new: ArrayLike) -> Array:
    """All differences new_j - base_i, shape (base, new)."""
    left, right = np.asarray(base, dtype=float), np.asarray(new, dtype=float)
    if left.ndim != 1 or right.ndim != 1 or not left.size or not right.size:
        raise ValueError("both samples need at least one value")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise ValueError("a value is not a finite number")
    return right[np.newaxis, :] - left[:, np.newaxis]


def hodges_lehmann(base: ArrayLike, new: ArrayLike) -> float:
    """Median of all pairwise differences."""
    return float(np.median(pairwise(base, new)))


def shift_interval(base: ArrayLike, new: ArrayLike, tail: float) -> tuple[float, float]:
    """Interval of the shift with probability at most `tail` beyond each end; infinite if there is none so sure."""
    differences = pairwise(base, new)
    m, n = differences.shape
    ordered = np.sort(differences, axis=None)
    # P(the k-th smallest difference lies above the shift) = P(U >= m n - k + 1).
    low, high = 0, m * n // 2
    while low < high:
        k = (low + high + 1) // 2
        if rank_sum_tail(m * n - k + 1, m, n) <= tail:
            low = k
        else:
            high = k - 1
    if low == 0:
        return -math.inf, math.inf
    return float(ordered[low - 1]), float(ordered[m * n - low])


def run_to_run(values: Sequence[float]) -> float | None:
    """95th percentile of |log-ratio| between one run and the next, rounded up to one that was seen.

    None with fewer than `least_history` runs.
    """
    if len(values) < least_history:
        return None
    steps = np.abs(np.diff(np.asarray(values, dtype=float)))
    return float(np.quantile(steps, 0.95, method="higher"))


def _by_test(
    samples: Mapping[str, tuple[Array, Array]], noise: Mapping[str, float | None], rule: Rule
) -> dict[str, Verdict]:
    """The gate's rule with Mann-Whitney tests, for rows that have processes enough.

    Processes of one run share its session, so known run-to-run noise comes on top of the margins.
    """
    extra = {key: noise.get(key) or 0.0 for key in samples}
    slower = holm([rank_sum_test(*pair, rule.null_margin + extra[key]) for key, pair in samples.items()])
    faster = holm(
        [rank_sum_test(*pair[::-1], rule.null_margin + extra[key]) for key, pair in samples.items()]
    )
    verdicts = {}
    for (key, (base, new)), up, down in zip(samples.items(), slower, faster):
        shift, least = hodges_lehmann(base, new), rule.least_effect + extra[key]
        margin = rule.same_margin - extra[key]
        unlike = max(rank_sum_test(base, new, -margin), rank_sum_test(new, base, -margin))
        if up <= rule.alpha and shift >= least:
            verdicts[key] = Verdict.REGRESSED
        elif down <= rule.alpha and -shift >= least:
            verdicts[key] = Verdict.IMPROVED
        elif unlike <= rule.alpha_same:
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
    samples: Mapping[str, tuple[Array, Array]], noise: Mapping[str, float | None], rule: Rule = Rule()
) -> dict[str, Shift]:
    """Verdict per row from unpaired logs of times (base, new).

    `noise` is the run-to-run noise of a row on this machine, None where it is not known; it is added to what a
    difference must exceed and taken off what counts as the same. Rows with `least_processes` a side are tested, Holm
    over those rows; the others rest on the noise alone, and without it stay inconclusive. Intervals hold for all rows
    together and for these processes: the noise is not in them.
    """
    large = {key: pair for key, pair in samples.items() if min(map(len, pair)) >= least_processes}
    verdicts = _by_test(large, noise, rule)
    shifts = {}
    for key, (base, new) in samples.items():
        estimate = hodges_lehmann(base, new)
        low, high = shift_interval(base, new, rule.alpha / len(samples))
        note, spread = "", noise.get(key)
        if key not in large:
            verdicts[key] = Verdict.INCONCLUSIVE if spread is None else by_history(estimate, spread, rule)
            note = f"{min(len(base), len(new))} a side" + ("; no history" if spread is None else "")
        if spread is not None:
            note = "; ".join(filter(None, (note, f"run-to-run noise {100.0 * math.expm1(spread):.1f} %")))
        shifts[key] = Shift(verdicts[key], estimate, low, high, note)
    return shifts


def most_rows(m: int, n: int, alpha: float = Rule.alpha) -> int:
    """Largest family in which Holm's first step can still reject a row of m and n processes."""
    return int(alpha * math.comb(m + n, n))
