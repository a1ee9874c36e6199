"""Exact intervals: of a median, from the ranks of the sample, and of a rate, from what was counted.

Sources: David and Nagaraja, Order Statistics (2003), 7.1, for the median; Clopper and Pearson, The Use of Confidence or
Fiducial Limits (Biometrika 26, 1934), for the rate.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

import numpy as np
from numpy.typing import ArrayLike

from bookstore.stats.sign_test import sign_tail

LEVEL = 0.95  # the level that an interval must reach; the level reached is said beside it


@dataclass(frozen=True)
class Spread:
    """A median with what is known of its spread."""

    median: float
    low: float
    high: float
    count: int
    level: float | None  # of the interval [low, high]; None: low and high are only the range seen

    @property
    def is_interval(self) -> bool:
        return self.level is not None

    def times(self, factor: float) -> "Spread":
        return Spread(self.median * factor, self.low * factor, self.high * factor, self.count, self.level)


@lru_cache(maxsize=None)
def median_rank(n: int, tail: float) -> int:
    """Largest k for which the k-th smallest of n values lies above the median with probability <= tail; 0 if none.

    The interval behind the sign test: [x_(k), x_(n+1-k)] holds the median whatever the distribution.
    """
    k = 0
    while k < n // 2 and sign_tail(n - k, n) <= tail:
        k += 1
    return k


def median_interval(values: ArrayLike, tail: float) -> tuple[float, float]:
    """Exact interval of the median, at most `tail` beyond each end; infinite if the values are too few for it."""
    ordered = np.sort(np.asarray(values, dtype=float)).tolist()
    rank = median_rank(len(ordered), tail)
    return (ordered[rank - 1], ordered[-rank]) if rank else (-math.inf, math.inf)


def spread(values: Sequence[float], level: float = LEVEL) -> Spread:
    """Median and exact interval; the plain range where the sample is too small for an interval."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    count = len(ordered)
    rank = median_rank(count, (1.0 - level) / 2.0)
    reached = 1.0 - 2.0 * sign_tail(count + 1 - rank, count) if rank else None
    rank = rank or 1
    return Spread(median(ordered), ordered[rank - 1], ordered[-rank], count, reached)


def rate_interval(hits: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Exact interval of a rate of which `hits` of `n` were seen. ValueError unless 0 <= hits <= n and n > 0."""
    from scipy.stats import binomtest  # takes longer to load than most that is done here

    found = binomtest(hits, n).proportion_ci(level, method="exact")
    return float(found.low), float(found.high)


def relative_difference(a: float, b: float) -> float:
    """|a - b| relative to the smaller of two positive numbers."""
    return abs(a - b) / min(a, b)
