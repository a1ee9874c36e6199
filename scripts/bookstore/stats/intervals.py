"""The statistics of a run's figures: medians, and intervals from the ranks of the repetitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from scipy.stats import binom

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


def sign_interval_rank(count: int, level: float = LEVEL) -> tuple[int, float] | None:
    """The largest rank k (from 1) for which [x_(k), x_(n+1-k)] holds the median with at least this level.

    The exact interval behind the sign test: coverage 1 - 2 P(Bin(n, 1/2) < k), whatever the distribution
    (Conover, Practical Nonparametric Statistics, 3.2). None if even the range of the sample falls short.
    """
    best = None
    for k in range(1, count // 2 + 1):
        coverage = 1.0 - 2.0 * float(binom.cdf(k - 1, count, 0.5))
        if coverage < level:
            break
        best = (k, coverage)
    return best


def spread(values: Sequence[float], level: float = LEVEL) -> Spread:
    """Median and exact interval; the plain range where the sample is too small for an interval."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    chosen = sign_interval_rank(len(ordered), level)
    if chosen is None:
        return Spread(median(ordered), ordered[0], ordered[-1], len(ordered), None)
    rank, coverage = chosen
    return Spread(median(ordered), ordered[rank - 1], ordered[-rank], len(ordered), coverage)


def relative_difference(a: float, b: float) -> float:
    """|a - b| relative to the smaller of two positive numbers."""
    return abs(a - b) / min(a, b)
