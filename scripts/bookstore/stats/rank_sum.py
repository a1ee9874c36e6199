"""Two unpaired samples: how far one is shifted against the other, with the interval and the test of Mann and Whitney.

Sources: Hodges and Lehmann (1963); Mann and Whitney (1947); Hollander, Wolfe and Chicken, Nonparametric Statistical
Methods (2014), chapter 4, for the interval.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

Array = NDArray[np.float64]

# Beyond this size the normal approximation of U is within 0.001 of its exact tail.
exact_limit = 40


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
