"""Efficiency against task size, and the smallest task size that a runtime serves well: pure functions.

METG(x), the minimum effective task granularity, is the task size from which efficiency stays at x or above (Slaughter
and others, Task Bench, SC 2020). Each process has a METG of its own, read from a monotone fit of its efficiencies and
interpolated linearly in the logarithm of the size. What is said of a runtime is the median over its processes, with
its exact interval: the processes are what varies.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bookstore.stats.intervals import Spread, spread

# Answers that are no size. They are ordered as sizes are, so that a median and an interval may end in one.
BELOW_SMALLEST = 0.0  # efficient at every size that was measured
NOT_REACHED = math.inf  # at none, or not to the end


@dataclass(frozen=True)
class Metg:
    """The task size in ns, or one of the two answers that are none, from which efficiency stays at a level."""

    level: float
    ns: Spread  # over the processes


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


def metg(sizes: Sequence[float], processes: Sequence[Sequence[float]], level: float) -> Metg:
    """METG over processes, each of which has an efficiency for every size. ValueError if there is no process.

    Of an even number the larger of the two in the middle is taken where one of them is no size: half-way to
    "not reached" there is nothing.
    """
    found = sorted(crossing(sizes, efficiencies, level) for efficiencies in processes)
    over_all = spread(found)
    middle = found[(len(found) - 1) // 2], found[len(found) // 2]
    if BELOW_SMALLEST in middle or NOT_REACHED in middle:
        over_all = Spread(middle[1], over_all.low, over_all.high, over_all.count, over_all.level)
    return Metg(level, over_all)
