"""Comparisons replayed from recorded trials: blocks of neighbours are drawn, so that slow drifts stay in them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bookstore.gate.driver import Trial
from bookstore.gate.trials import red
from bookstore.gate.rule import Rule, Trials, confirm, judge

Array = NDArray[np.float64]

block = 5
comparisons = 10_000


@dataclass(frozen=True)
class Pool:
    """The recorded trials of one row at one planted slowdown, a whole number of blocks."""

    new: Array
    null: Array
    seconds: float  # of one trial, on average

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> Pool:
        columns = [np.array([getattr(one, name) for one in trials]) for name in ("new", "null", "seconds")]
        return cls(columns[0], columns[1], float(columns[2].mean()))

    @property
    def size(self) -> int:
        return int(self.new.size)

    def draw(self, trials: int, order: random.Random) -> Trials:
        """So many trials, by blocks with replacement."""
        starts = np.array([order.randrange(self.size // block) for _ in range(-(-trials // block))]) * block
        chosen = (starts[:, None] + np.arange(block)).ravel()[:trials]
        return Trials(self.new[chosen], self.null[chosen])


Levels = dict[float, dict[str, Pool]]


@dataclass
class Rates:
    """Counts over the comparisons of one level. `real` is the slowdown that was measured, as a log-ratio."""

    planted: float
    played: int = 0
    exit_codes: dict[int, int] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)  # how often a row was the slowed one
    found: dict[str, int] = field(default_factory=dict)  # and was regressed in the end
    in_time: dict[str, int] = field(default_factory=dict)  # and so within the time allowed
    seconds: dict[str, float] = field(default_factory=dict)  # what these took, summed
    false_alarms: int = 0  # comparisons with a row that is regressed though not slowed
    void: int = 0
    real: dict[str, float] = field(default_factory=dict)


# Seconds a row, confirmation included, within which a slowdown is to be found.
allowed = {0.03: 60.0, 0.05: 30.0}


def _decide(drawn: Mapping[str, Trials], rule: Rule) -> dict[str, Trials]:
    """What the gate would have taken of the drawn trials: all to the first look, the undecided ones to the next."""
    taken = {
        row: Trials(each.new[: rule.looks[0]], each.null[: rule.looks[0]]) for row, each in drawn.items()
    }
    for look in rule.looks[1:]:
        now = judge(taken, rule)
        if now.void:
            break
        for row in now.undecided:
            taken[row] = Trials(drawn[row].new[:look], drawn[row].null[:look])
    return taken


def play(levels: Levels, planted: float, count: int, order: random.Random, rule: Rule = Rule()) -> Rates:
    """Plays `count` comparisons; at a planted level one row after the other is the slowed one, the rest are not."""
    rates = Rates(planted)
    pools = levels[planted]
    still = levels.get(0.0, pools)
    rows = list(pools)
    rates.real = {row: float(np.median(pool.new)) for row, pool in pools.items()}
    for number in range(count):
        victim = rows[number % len(rows)] if planted > 0 else None
        source = {row: pools[row] if row == victim else still[row] for row in rows}
        _play_one(rates, source, victim, order, rule)
    return rates


def _play_one(
    rates: Rates, source: Mapping[str, Pool], victim: str | None, order: random.Random, rule: Rule
) -> None:
    last = rule.looks[-1]
    taken = _decide({row: pool.draw(last, order) for row, pool in source.items()}, rule)
    verdict = judge(taken, rule)
    used = {row: taken[row].new.size for row in source}
    if (reds := red(verdict)) and not verdict.void:
        again = _decide({row: source[row].draw(last, order) for row in reds}, rule)
        verdict = confirm(verdict, judge(again, rule))
        for row, trials in again.items():
            used[row] += trials.new.size
    code = verdict.exit_code
    rates.played += 1
    rates.exit_codes[code] = rates.exit_codes.get(code, 0) + 1
    rates.void += bool(verdict.void)
    final = [] if verdict.void else red(verdict)
    rates.false_alarms += any(row != victim for row in final)
    if victim is None:
        return
    seconds = used[victim] * source[victim].seconds
    rates.tries[victim] = rates.tries.get(victim, 0) + 1
    rates.seconds[victim] = rates.seconds.get(victim, 0.0) + seconds
    if victim in final:
        rates.found[victim] = rates.found.get(victim, 0) + 1
        if seconds <= allowed.get(rates.planted, float("inf")):
            rates.in_time[victim] = rates.in_time.get(victim, 0) + 1


def undecided_share(rates: Rates) -> float:
    """The share of comparisons that ended inconclusive or void."""
    return (rates.exit_codes.get(3, 0) + rates.exit_codes.get(4, 0)) / max(1, rates.played)
