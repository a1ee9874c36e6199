"""Comparisons played again with recorded trials, in virtual time, by the very code that decides real ones.

Blocks of neighbouring trials are drawn, so that slow drifts of the machine stay in them.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bookstore.gate import trials as gate
from bookstore.gate.driver import Trial
from bookstore.gate.rule import Rule, Verdict
from bookstore.gate.spending import of_verdict
from bookstore.parallel.forked import forked_map
from bookstore.stats.bootstrap import redrawn_rate_interval

Array = NDArray[np.float64]

block = 5
samples = 200  # redrawn pools
plays = 10  # comparisons with each of them
quiet_plays = 40  # comparisons that tell what time each row takes
tries = 200  # comparisons for each change that is tried
sure = 0.95
least_change, most_change = 0.01, 3.0


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

    def indices(self, trials: int, order: random.Random) -> NDArray[np.int64]:
        """So many trials, by blocks with replacement."""
        starts = np.array([order.randrange(self.size // block) for _ in range(-(-trials // block))]) * block
        return (starts[:, None] + np.arange(block)).ravel()[:trials]

    def redrawn(self, order: random.Random) -> Pool:
        """Another pool as it might have been recorded."""
        chosen = self.indices(self.size, order)
        return replace(self, new=self.new[chosen], null=self.null[chosen])

    def slowed(self, by: float) -> Pool:
        """As if the new side took longer by this log-ratio."""
        return replace(self, new=self.new + by)


Pools = Mapping[str, Pool]
Levels = dict[float, dict[str, Pool]]


class Played:
    """Runs trials out of pools; its clock is the sum of what they took."""

    def __init__(self, pools: Pools, order: random.Random) -> None:
        self._pools = pools
        self._order = order
        self._next: dict[str, list[tuple[float, float]]] = {row: [] for row in pools}
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def trial(self, row: str) -> Trial:
        pool, waiting = self._pools[row], self._next[row]
        if not waiting:
            chosen = pool.indices(20, self._order)
            waiting += zip(pool.new[chosen[::-1]].tolist(), pool.null[chosen[::-1]].tolist())
        new, null = waiting.pop()
        self.now += pool.seconds
        return Trial(new, null, 1.0, math.exp(new), 1, pool.seconds)


def compare(pools: Pools, budget: float, order: random.Random, rule: Rule) -> gate.Outcome:
    """One whole comparison, its confirmation included."""
    played = Played(pools, order)
    return gate.decide(
        list(pools),
        played.trial,
        played.trial,
        budget,
        rule=rule,
        order=order,
        clock=played.clock,
        seconds={row: pool.seconds for row, pool in pools.items()},
    )


@dataclass(frozen=True)
class Play:
    """What came of one comparison. `victim` is the row that was slowed, `seconds` what it took."""

    exit_code: int
    reds: frozenset[str]
    undecided: frozenset[str]
    victim: str | None = None
    seconds: float = 0.0

    @property
    def void(self) -> bool:
        return self.exit_code == 4

    @property
    def false_alarm(self) -> bool:
        return bool(self.reds - {self.victim})

    @property
    def found(self) -> bool:
        return self.victim in self.reds


def play(pools: Pools, budget: float, order: random.Random, rule: Rule, victim: str | None = None) -> Play:
    outcome = compare(pools, budget, order, rule)
    found = outcome.judgement
    undecided = [row for row, one in found.rows.items() if one.verdict is Verdict.INCONCLUSIVE]
    return Play(
        found.exit_code,
        frozenset() if found.void else frozenset(of_verdict(found, frozenset((Verdict.REGRESSED,)))),
        frozenset(undecided),
        victim,
        outcome.seconds(victim) if victim is not None else 0.0,
    )


@dataclass(frozen=True)
class Share:
    """A rate, and its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Rates:
    """The comparisons of one level, by the redrawn pools that they were played with."""

    planted: float
    groups: list[list[Play]]
    real: dict[str, float] = field(default_factory=dict)  # slowdowns that were measured, as log-ratios

    @property
    def plays(self) -> list[Play]:
        return [one for group in self.groups for one in group]

    def share(self, hit: Callable[[Play], bool], of: Callable[[Play], bool] = lambda _: True) -> Share:
        """How often `hit`, of the comparisons that count."""
        counted = [[one for one in group if of(one)] for group in self.groups]
        hits, tries = [sum(map(hit, group)) for group in counted], [len(group) for group in counted]
        return Share(sum(hits) / max(1, sum(tries)), *redrawn_rate_interval(hits, tries))

    def seconds(self, row: str) -> float:
        """What a comparison took of the slowed row, on average."""
        return statistics.fmean(one.seconds for one in self.plays if one.victim == row)


def play_level(levels: Levels, planted: float, budget: float, rule: Rule, seed: int) -> Rates:
    """Comparisons with all pools redrawn; at a planted level one row after the other is slowed, the rest are not."""
    slowed = levels[planted]
    still = levels.get(0.0, slowed)
    rows = list(slowed)

    def group(number: int) -> list[Play]:
        order = random.Random(f"{seed} {planted} {number}")
        redrawn = [{row: pool.redrawn(order) for row, pool in pools.items()} for pools in (still, slowed)]
        found = []
        for count in range(number * plays, (number + 1) * plays):
            victim = rows[count % len(rows)] if planted > 0 else None
            pools = redrawn[0] if victim is None else redrawn[0] | {victim: redrawn[1][victim]}
            found.append(play(pools, budget, order, rule, victim))
        return found

    real = {row: float(np.median(pool.new)) for row, pool in slowed.items()}
    return Rates(planted, list(forked_map(group, range(samples))), real)


def time_of_others(pools: Pools, budget: float, rule: Rule, seed: int) -> dict[str, float]:
    """Per row the seconds that all others take of a comparison in which nothing changed, on average."""
    found = dict.fromkeys(pools, 0.0)
    for number in range(quiet_plays):
        outcome = compare(pools, budget, random.Random(f"{seed} quiet {number}"), rule)
        own = {row: outcome.seconds(row) for row in pools}
        for row in pools:
            found[row] += (sum(own.values()) - own[row]) / quiet_plays
    return found


def smallest_found(pools: Pools, budget: float, rule: Rule, seed: int) -> dict[str, float | None]:
    """Per row the smallest change, as a fraction, that is found in `sure` of the comparisons; None if none is.

    The row is slowed by moving its own trials, and tried by itself, at the level that it has among the others and in the
    time that these leave it when nothing changed: of a row that looks slower they leave more.
    """
    others = time_of_others(pools, budget, rule, seed)
    alone = replace(rule, alpha=rule.alpha / len(pools))

    def search(row: str) -> float | None:
        left = budget - others[row]

        def is_found(change: float) -> bool:
            order = random.Random(f"{seed} {row}")
            slowed = {row: pools[row].slowed(math.log1p(change))}
            return sum(play(slowed, left, order, alone, row).found for _ in range(tries)) >= sure * tries

        if not is_found(most_change):
            return None
        low, high = 0.0, most_change
        while high > 1.04 * max(low, least_change):
            middle = math.sqrt(max(low, least_change) * high)
            low, high = (low, middle) if is_found(middle) else (middle, high)
        return high

    rows = list(pools)
    return dict(zip(rows, forked_map(search, rows)))
