"""Two unpaired samples: how far one is shifted against the other, with the interval and the test of Mann and Whitney.

Sources: Hodges and Lehmann (1963); Mann and Whitney (1947); Hollander, Wolfe and Chicken, Nonparametric Statistical
Methods (2014), chapter 4, for the interval.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]

# Beyond this size the normal approximation of U is within 0.001 of its exact tail.
exact_limit = 40
# So many differences are made and sorted; of more, the few that are wanted are found by counting.
most_differences = 1 << 14


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


@lru_cache(maxsize=256)
def _rank_sum_tails(m: int, n: int) -> tuple[int, ...]:
    """How many of the orderings give at least U = 0, 1, ..., m n."""
    return tuple(accumulate(reversed(rank_sum_counts(m, n))))[::-1]


def rank_sum_tail(u: int, m: int, n: int) -> float:
    """P(U >= u) where both samples come from one distribution; exact up to `exact_limit` values a side."""
    if u <= 0:
        return 1.0
    if max(m, n) <= exact_limit:
        return _rank_sum_tails(m, n)[u] / math.comb(m + n, n) if u <= m * n else 0.0
    return float(ndtr(-(u - 0.5 - m * n / 2) / math.sqrt(m * n * (m + n + 1) / 12)))


def rank_sum_test(base: ArrayLike, new: ArrayLike, bound: float = 0.0) -> float:
    """One-sided p-value of "new is shifted against base by at most `bound`". Ties speak for it."""
    left, right = _samples(base, new)
    return rank_sum_tail(_count_above(left, right, bound), left.size, right.size)


def _samples(base: ArrayLike, new: ArrayLike) -> tuple[Array, Array]:
    """Both samples, sorted."""
    left, right = np.asarray(base, dtype=float), np.asarray(new, dtype=float)
    if left.ndim != 1 or right.ndim != 1 or not left.size or not right.size:
        raise ValueError("both samples need at least one value")
    if not (np.isfinite(left).all() and np.isfinite(right).all()):
        raise ValueError("a value is not a finite number")
    return np.sort(left), np.sort(right)


def _count_above(left: Array, right: Array, bound: float) -> int:
    """How many of the differences right_j - left_i of two sorted samples lie above the bound."""
    return int(np.searchsorted(left, right - bound, side="left").sum())


def _ordered_differences(left: Array, right: Array, ranks: Sequence[int]) -> list[float]:
    """The differences right_j - left_i of these ranks, counted from 0; of many, to within their rounding."""
    if left.size * right.size <= most_differences:
        ordered = np.sort(right[np.newaxis, :] - left[:, np.newaxis], axis=None)
        return [float(ordered[rank]) for rank in ranks]
    return [_difference_by_counting(left, right, rank) for rank in ranks]


def _difference_by_counting(left: Array, right: Array, rank: int) -> float:
    low, high = float(right[0] - left[-1]), float(right[-1] - left[0])
    while True:
        middle = (low + high) / 2
        if not low < middle < high:
            return high
        # At most `rank` of the differences lie at or below `middle`: the one that is sought lies above.
        if left.size * right.size - _count_above(left, right, middle) <= rank:
            low = middle
        else:
            high = middle


def hodges_lehmann(base: ArrayLike, new: ArrayLike) -> float:
    """Median of all pairwise differences."""
    left, right = _samples(base, new)
    count = left.size * right.size
    return sum(_ordered_differences(left, right, [(count - 1) // 2, count // 2])) / 2


def shift_interval(base: ArrayLike, new: ArrayLike, tail: float) -> tuple[float, float]:
    """Interval of the shift with probability at most `tail` beyond each end; infinite if there is none so sure."""
    left, right = _samples(base, new)
    m, n = left.size, right.size
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
    ends = _ordered_differences(left, right, [low - 1, m * n - low])
    return ends[0], ends[1]
