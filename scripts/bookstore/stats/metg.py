"""Efficiency against task size, and the smallest task size that a runtime serves well: pure functions.

METG(x), the minimum effective task granularity, is the task size from which efficiency stays at x or above (Slaughter
and others, Task Bench, SC 2020). It is read from a monotone fit, interpolated linearly in the logarithm of the size.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Answers that are no size. They are ordered as sizes are, so that an interval may end in one.
BELOW_SMALLEST = 0.0  # efficient at every size that was measured
NOT_REACHED = math.inf  # at none, or not to the end
RESAMPLES = 2000
LEVEL = 0.95
LEAST_REPETITIONS = 6  # fewer make no interval of 95 %, however they are resampled


@dataclass(frozen=True)
class Metg:
    """A task size in ns, or one of the two answers that are none, with its interval."""

    level: float
    ns: float
    low: float | None = None  # both None where there are too few repetitions for an interval
    high: float | None = None


def efficiency(sequential: float, speedup: float, measured: float) -> float:
    """T_seq / (S x T), for the same number of tasks; S is what the cores are worth at best."""
    return sequential / (speedup * measured)


def isotonic(values: Sequence[float]) -> list[float]:
    """The non-decreasing sequence nearest to the values in least squares.

    Pools adjacent violators (Ayer and others, Annals of Mathematical Statistics 26, 1955).
    """
    pools: list[tuple[float, int]] = []  # mean and size
    for value in values:
        mean, size = float(value), 1
        while pools and pools[-1][0] > mean:
            before, count = pools.pop()
            mean = (before * count + mean * size) / (count + size)
            size += count
        pools.append((mean, size))
    return [mean for mean, size in pools for _ in range(size)]


def crossing(sizes: Sequence[float], efficiencies: Sequence[float], level: float) -> float:
    """The smallest size from which the monotone fit stays at the level or above. Sizes ascend and are positive."""
    fit = isotonic(efficiencies)
    if fit[0] >= level:
        return BELOW_SMALLEST
    after = next((index for index, value in enumerate(fit) if value >= level), None)
    if after is None:
        return NOT_REACHED
    share = (level - fit[after - 1]) / (fit[after] - fit[after - 1])
    low, high = math.log(sizes[after - 1]), math.log(sizes[after])
    return math.exp(low + share * (high - low))


def metg(sizes: Sequence[float], repetitions: Sequence[Sequence[float]], level: float, seed: int = 1) -> Metg:
    """METG of the medians over repetitions, each of which has an efficiency for every size.

    The interval is a percentile bootstrap over whole repetitions: the sizes of one were measured in one process.
    """
    sample = np.array(repetitions, dtype=float)
    answer = crossing(sizes, np.median(sample, axis=0), level)
    if len(sample) < LEAST_REPETITIONS:
        return Metg(level, answer)
    found = sorted(crossing(sizes, medians, level) for medians in _resampled(sample, seed))
    outside = round((1 - LEVEL) / 2 * len(found))
    return Metg(level, answer, found[outside], found[-1 - outside])


def _resampled(sample: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Medians by size of samples drawn from the repetitions with replacement."""
    drawn = np.random.default_rng(seed).integers(len(sample), size=(RESAMPLES, len(sample)))
    return np.asarray(np.median(sample[drawn], axis=1))
