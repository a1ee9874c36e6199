"""Which of several worker counts is the best one, and when a search for it ends: pure functions of measured times."""

from collections.abc import Mapping, Sequence
from statistics import median

ALIKE = 0.02  # times no further apart are alike: a worker more must bring more than that
DOUBLINGS = 2  # that bring nothing end a search


def best_count(times: Mapping[int, Sequence[float]]) -> int:
    """The fewest workers whose median time is that of the fastest, or alike. ValueError if nothing was measured."""
    medians = {count: median(found) for count, found in times.items() if found}
    if not medians:
        raise ValueError("no times")
    limit = min(medians.values()) * (1 + ALIKE)
    return min(count for count, value in medians.items() if value <= limit)


def ended(times: Mapping[int, Sequence[float]]) -> bool:
    """Whether the last two counts, in rising order, bring nothing over the best one before them."""
    medians = [median(times[count]) for count in sorted(times) if times[count]]
    if len(medians) <= DOUBLINGS:
        return False
    return min(medians[-DOUBLINGS:]) > min(medians[:-DOUBLINGS]) * (1 - ALIKE)


def contenders(times: Mapping[int, Sequence[float]], within: float) -> list[int]:
    """The counts whose median time is at most so much, as a part, above the least, in rising order."""
    medians = {count: median(found) for count, found in times.items() if found}
    least = min(medians.values(), default=0.0)
    return sorted(count for count, value in medians.items() if value <= least * (1 + within))
