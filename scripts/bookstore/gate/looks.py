"""One look at every row of two foreign binaries before the first trial: does it run, what does it take, what does it seem.

A look is one short process of each side. A row that fails, is skipped, crashes or does not end costs the others nothing
but that look; one that is too long for the budget is refused before its first trial, with the budget that it would take.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bookstore.gate.foreign import Fate, Unfit
from bookstore.gate.rule import Rule
from bookstore.gate.spending import Clock, Tell, first_telling, no_tell
from bookstore.gate.trials import budget_text
from bookstore.terminal.progress import duration

# Seconds that processes of trials are to run, those of a look the shortest. Few to choose from, so that a self-check that
# goes on another day makes the same choice.
min_times = (0.005, 0.01, 0.02, 0.05)
look_min_time = min_times[0]
# Google Benchmark tries shorter runs before the one that is long enough.
per_min_time = 1.3
# The part of the budget that the first trials of all rows may take; it sets how long their processes are.
trials_share = 0.5
# The part of the budget that finding out how long the longest rows are may take.
longest_share = 1 / 3
processes = 3  # of a trial

# Seconds per iteration of a row, by "base" or "new", from a process of so many seconds at most. Raises Unfit.
Timer = Callable[[str, str, float], float]


@dataclass
class Looked:
    """What the looks found. Log-ratios of the looks are `hints`; `seconds` is what a process of the row takes.

    `left_out` holds the rows that are not compared, with the reason; of these `broken` are those that crash or do not
    end, `too_long` those that the budget cannot bring to a verdict, `worse` those that fail in the new binary alone, and
    `unknown` those that it skips alone.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    hints: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    too_long: list[str] = field(default_factory=list)
    worse: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    @property
    def refused(self) -> list[str]:
        return self.broken + self.too_long


@dataclass
class Looks:
    """Takes the looks of a comparison that may last `budget` seconds of `clock` from now on."""

    timer: Timer
    names: Mapping[str, str]  # how the reader knows "base" and "new"
    budget: float
    rule: Rule
    order: random.Random = field(default_factory=random.Random)
    tell: Tell = no_tell
    clock: Clock = time.monotonic
    found: Looked = field(default_factory=Looked)
    _until: float = field(init=False)

    def take(self, rows: Sequence[str]) -> Looked:
        self._until = self.clock() + self.budget
        # Whose process takes longer cannot come to a verdict.
        longest = self.budget / processes / self.rule.looks[0]
        late: dict[str, str] = {}
        for number, row in enumerate(order := self.order.sample(rows, len(rows))):
            left = self._until - self.clock()
            if left <= 0:
                self.found.unseen = order[number:]
                break
            self.tell(f"a look at every row: {number} of {len(rows)}, at most {duration(left)} left")
            if (side := self._look(row, min(longest, left))) is not None:
                late[row] = side
        trials = first_telling(self.rule, len(rows)) + self.rule.looks[0]
        self._measure_long(late, longest, trials * processes)
        for row, seconds in list(self.found.seconds.items()):
            if processes * seconds * self.rule.looks[0] > self._until - self.clock():
                del self.found.seconds[row]
                self._refuse(row, f"takes {duration(seconds)} a process", seconds, trials * processes)
        return self.found

    def _look(self, row: str, limit: float) -> str | None:
        """One process of each side; the side that did not end, if one did not."""
        times: dict[str, float] = {}
        fates: dict[str, Unfit] = {}
        begin = self.clock()
        for side in ("new", "base"):
            try:
                times[side] = self.timer(side, row, limit)
            except Unfit as unfit:
                if unfit.fate is Fate.LATE:
                    return side
                fates[side] = unfit
        if fates:
            self._leave_out(row, fates)
        else:
            self.found.seconds[row] = (self.clock() - begin) / 2
            self.found.hints[row] = math.log(times["new"] / times["base"])
        return None

    def _leave_out(self, row: str, fates: Mapping[str, Unfit]) -> None:
        reasons = {side: str(unfit) for side, unfit in fates.items()}
        same = len(reasons) == 2 and reasons["base"] == reasons["new"]
        each = "; ".join(f"{self.names[side]} {reasons[side]}" for side in sorted(reasons))
        self.found.left_out[row] = reasons["new"] if same else each
        if any(unfit.fate is Fate.BROKEN for unfit in fates.values()):
            self.found.broken.append(row)
        elif "base" not in fates:
            (self.found.worse if fates["new"].fate is Fate.FAILED else self.found.unknown).append(row)

    def _measure_long(self, late: Mapping[str, str], limit: float, count: int) -> None:
        """Refuses the rows that did not end, and says how long they are as far as there is time to see it."""
        until = self.clock() + longest_share * self.budget
        for row, side in late.items():
            begin = self.clock()
            allowed = until - begin
            try:
                if allowed <= limit:
                    raise Unfit(Fate.LATE, "")
                self.tell(f"how long {row} takes, at most {duration(allowed)}")
                self.timer(side, row, allowed)
            except Unfit as unfit:
                if unfit.fate is Fate.LATE:
                    tried = max(allowed, limit)
                    self._refuse(
                        row, f"{self.names[side]} did not end within {duration(tried)}", tried, count
                    )
                else:
                    self._leave_out(row, {side: unfit})
                continue
            seconds = self.clock() - begin
            self._refuse(row, f"{self.names[side]} takes {duration(seconds)} a process", seconds, count)

    def _refuse(self, row: str, how: str, seconds: float, count: int) -> None:
        self.found.too_long.append(row)
        self.found.left_out[row] = f"{how}; its verdict needs --budget {budget_text(seconds * count)} or more"


def min_time(seconds: Mapping[str, float], budget: float, rule: Rule) -> float:
    """How long the processes of trials are to run, so that all rows can come to their first look in time.

    `seconds` is what a process of each row took in its look. Rows of a fixed number of iterations take no longer than
    that; they are counted as if they did, which errs on the safe side.
    """
    spare = trials_share * budget / processes / rule.looks[0] - sum(seconds.values())
    extra = spare / per_min_time / max(1, len(seconds))
    return max(length for length in min_times if length <= look_min_time + max(0.0, extra))


def trial_seconds(seconds: Mapping[str, float], length: float) -> dict[str, float]:
    """What a trial of each row takes, before there are any, if its processes run for `length`."""
    extra = per_min_time * (length - look_min_time)
    return {row: processes * (each + extra) for row, each in seconds.items()}
