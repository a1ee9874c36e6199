"""What is looked for in a series of logs of times, and what was found in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """Constants of the detection; `magnitude` is a log-ratio. `settled` runs on a new level make it sure."""

    permutations: int = 999
    p_value: float = 0.01
    least: int = 10
    settled: int = 5
    magnitude: float = math.log(1.03)
    neighbours: int = 5
    outlier_sigmas: float = 4.0
    seed: int = 20140109

    def __post_init__(self) -> None:
        if self.permutations < 99 or not 0.0 < self.p_value < 1.0:
            raise ValueError("too few permutations, or a p-value that is none")


@dataclass(frozen=True)
class Change:
    """The level of the series is another from `index` on. `size` is the difference of the medians beside it."""

    index: int
    size: float
    p_value: float


@dataclass(frozen=True)
class Unsettled:
    """The newest `runs` values, from `index` on, lie on another level, by `size`: too few yet to be sure."""

    index: int
    size: float
    runs: int
    p_value: float


@dataclass(frozen=True)
class Drift:
    """From `begin` to `end` (both inside) the series moves steadily, by `size` in all."""

    begin: int
    end: int
    size: float
    p_value: float


@dataclass(frozen=True)
class Findings:
    """All indices count points of the series as given. `p_value` is that of the whole: that anything moved in it."""

    changes: list[Change] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    outliers: list[int] = field(default_factory=list)
    points: int = 0
    enough: bool = True
    unsettled: Unsettled | None = None
    p_value: float = 1.0

    @property
    def weakest(self) -> float:
        """The largest p-value among the findings, 0 if there is none."""
        found = [*self.changes, *self.drifts, *([self.unsettled] if self.unsettled else [])]
        return max((each.p_value for each in found), default=0.0)
