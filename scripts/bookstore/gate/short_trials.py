"""Trials of foreign binaries: three short processes, one after the other in random order."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bookstore.gate.driver import Trial, sides
from bookstore.gate.foreign import Fate, Foreign, Target, Unfit
from bookstore.gate.looks import look_min_time, processes
from bookstore.gate.spending import OutOfTime, RowLost

# Sizes that the environment grows by, at random, for each process: where its stack lies is then noise, not a bias of one
# side, whose path may be longer.
most_padding = 4096
# A process that takes so many times what it took in its look does not end.
patience = 10.0
least_patience = 2.0  # seconds
# A row that fails now and then is judged from what did not; more often than this it is lost.
most_failures = 2


@dataclass
class ShortTrials:
    """Runs looks and trials of two binaries. `until` is the time of `time.monotonic` at which the budget ends."""

    base: Foreign
    new: Foreign
    targets: Mapping[str, tuple[Target, Target]]  # by row: base's, new's
    until: float
    order: random.Random
    min_time: float = look_min_time
    seconds: Mapping[str, float] = field(default_factory=dict)  # of a trial
    failures: Counter[tuple[str, str]] = field(default_factory=Counter)  # by row and reason
    broken: list[str] = field(default_factory=list)

    def once(self, side: str, row: str, seconds: float) -> float:
        """Seconds per iteration of one process. Raises Unfit."""
        binary = self.new if side == "new" else self.base
        target = self.targets[row][side == "new"]
        return binary.time(target, self.min_time, seconds, self.order.randrange(1, most_padding))

    def trial(self, row: str) -> Trial:
        """Raises OutOfTime at the end of the budget, and RowLost where there will be no more trials of the row."""
        begin = time.monotonic()
        found = {side: self._time(side, row) for side in self.order.sample(sides, len(sides))}
        return Trial(
            new=math.log(found["new"] / found["base"]),
            null=math.log(found["again"] / found["base"]),
            base_ns=found["base"] * 1e9,
            new_ns=found["new"] * 1e9,
            rounds=1,
            seconds=time.monotonic() - begin,
        )

    def _time(self, side: str, row: str) -> float:
        expected = self.seconds.get(row, 0.0) / processes
        limit = max(least_patience, patience * expected)
        while (left := self.until - time.monotonic()) > 0:
            # The last process may end after the budget does, but not much later than it is due.
            allowed = min(limit, left + 1.5 * expected + 0.5)
            try:
                return self.once(side, row, allowed)
            except Unfit as unfit:
                if unfit.fate is Fate.LATE and allowed < limit:
                    break
                self._count(side, row, unfit)
        raise OutOfTime

    def _count(self, side: str, row: str, unfit: Unfit) -> None:
        """Tells a row that fails now and then from one that is lost."""
        name = "new" if side == "new" else "base"
        if unfit.fate in (Fate.BROKEN, Fate.LATE):
            self.broken.append(row)
            raise RowLost(f"{name} {unfit}")
        self.failures[row, str(unfit)] += 1
        if sum(count for (key, _), count in self.failures.items() if key == row) > most_failures:
            raise RowLost(f"{name} {unfit}, again and again")

    def remarks(self) -> list[str]:
        """Of rows that were judged from what did not fail."""
        return [
            f"{row}: {count} {'process' if count == 1 else 'processes'} gave no time ({reason})"
            for (row, reason), count in self.failures.items()
        ]
