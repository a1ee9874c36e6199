"""What open load is measured at: rates as multiples of what was closed in the same run, and worker counts that were best
there. Pure functions.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
LOW, NEAR, BEYOND = 0.1, 0.7, 1.4  # of what the reference closed on one core
# Beyond so many cores' worth of arrivals the plan of a run is too long to be proved in the time of a profile.
MOST_CORES = 16
HOPELESS = 1.25  # arrivals over what was closed, from which on a row can be nothing but OVERLOAD


@dataclass(frozen=True)
class Basis:
    """What closed load says before open load is measured."""

    base: float  # B: arrivals per second, rounded
    measured: float  # what it is rounded from
    source: str  # the row that it was measured in
    workers: Mapping[tuple[str, int], int] = field(default_factory=dict)  # best, by backend and cores
    closed: Mapping[tuple[str, int], float] = field(default_factory=dict)  # customers per second, at those


def rounded(value: float) -> float:
    """The nearest of 1, 1.5, 2, 3, 5, 7 x 10^k, by ratio: rows keep their names from day to day. Positive numbers."""
    power = 10.0 ** math.floor(math.log10(value))
    return min((step * power for step in STEPS), key=lambda each: abs(math.log(value / each)))


def rate_of(base: float, multiple: float) -> int:
    """A multiple of B in two digits, whole: 0.7 x 30,000 is 21,000."""
    return max(1, round(float(f"{multiple * base:.2g}")))


def rates(base: float, cores: int) -> list[int]:
    """The rates that a backend meets on so many cores, rising."""
    multiples = [LOW, NEAR, BEYOND]
    if cores > 2:
        multiples.append(NEAR * min(cores, MOST_CORES))
    return sorted({rate_of(base, multiple) for multiple in multiples})


def is_hopeless(basis: Basis, backend: str, cores: int, rate: float) -> bool:
    """Whether arrivals come so much faster than the backend served them closed that nothing but OVERLOAD is left."""
    closed = basis.closed.get((backend, cores), math.inf)
    return rate > HOPELESS * closed
