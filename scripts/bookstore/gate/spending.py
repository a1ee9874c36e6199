"""How a comparison spends its budget: which row is tried next, and when there is no more to be had.

Every row gets a few trials first, which say what it takes. If the budget then brings every open row to its next look, all
go there in rounds of random order. If it does not, or turns out not to, what is left goes where it decides: rows that look
slower, the surest first, each kept enough for its confirmation; then the cheapest. What has become red is confirmed before
anything else is tried.

Why choosing rows by what they look like does no harm to the level: think of the trials of a row as one endless sequence,
of which we uncover as many as we please. A row is judged only after fixed numbers of its own trials, the looks, each at
its own share of alpha; so whether a look would reject depends on the sequence alone, and our choices decide only whether
we get there. For a row that is not slower the chance that any of its looks would reject is at most the sum of their
shares; whoever stops early, or never comes, only loses rejections. Holm's step-down runs over all rows of the
comparison, those that never reach a look counted as kept (p = 1), which is a p-value that is never too small. Hence the
family-wise level of the rule holds however the budget was spent, as long as a choice looks only at what lies behind it:
the argument of Bonferroni over looks and rows, which needs no independence between them. What choosing does bias is the
estimate of a row that was chosen for its size; the confirmation, with trials of its own, is not chosen by its own size.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bookstore.gate.driver import Trial
from bookstore.gate.rule import Judgement, Rule, Trials, Verdict, judge
from bookstore.stats.sign_test import sign_tail, sign_test
from bookstore.terminal.progress import duration

# Trials that every row gets before the budget turns to some, and the part of the budget that these may take.
few = 4
few_share = 0.6
# A row looks worse if its trials would be so by chance less often than this: of four, all.
most_doubt = 0.1

Runner = Callable[[str], Trial]
Tell = Callable[[str], None]
Clock = Callable[[], float]


class OutOfTime(Exception):
    """A trial that the end of the budget cut short."""


class RowLost(Exception):
    """A row that cannot be tried any more; the text says why."""


def no_tell(_: str) -> None:
    pass


@dataclass
class Series:
    """The trials of some rows by one way of running them."""

    run: Runner
    what: str
    rule: Rule
    factors: Mapping[str, float] = field(default_factory=dict)
    taken: dict[str, list[Trial]] = field(default_factory=dict)

    def factor(self, row: str) -> float:
        """By how much the margins of a row are wider than the rule's."""
        return self.factors.get(row, 1.0)

    def judgement(self) -> Judgement:
        """The rule's margins are wider by the row's factor: the same as if its log-ratios were smaller by it."""
        pairs = {}
        for row, trials in self.taken.items():
            factor = self.factor(row)
            pairs[row] = Trials.of(
                [one.new / factor for one in trials], [one.null / factor for one in trials]
            )
        found = judge(pairs, self.rule)
        return replace(found, rows={row: one.scaled(self.factor(row)) for row, one in found.rows.items()})


@dataclass
class Batch:
    """Rows of one series that are to have so many trials each."""

    series: Series
    rows: list[str]
    trials: Mapping[str, int]


@dataclass
class Spending:
    """One comparison. `seconds` estimates a trial of each row, `hints` its log-ratio, before there are trials.

    Verdicts that are `confirmed` are tried again, and rows that look like one of them come first.
    """

    first: Series
    again: Series
    until: float
    order: random.Random = field(default_factory=random.Random)
    tell: Tell = no_tell
    clock: Clock = time.monotonic
    seconds: Mapping[str, float] = field(default_factory=dict)
    hints: Mapping[str, float] = field(default_factory=dict)
    confirmed: frozenset[Verdict] = frozenset((Verdict.REGRESSED,))
    lost: dict[str, str] = field(default_factory=dict)
    _few_until: float | None = None
    _spent: dict[str, tuple[float, int]] = field(default_factory=dict)

    def spend(self) -> None:
        """Until all is decided and confirmed, the last look is done, the run is void, or the time is up."""
        try:
            while (batch := self._next()) is not None:
                self._bring(batch)
        except OutOfTime:
            pass

    @property
    def rule(self) -> Rule:
        return self.first.rule

    def cost(self, row: str) -> float:
        """Seconds of a trial: the mean of those that there were."""
        spent, trials = self._spent.get(row, (0.0, 0))
        return spent / trials if trials else self.seconds.get(row, 0.0)

    def missing(self) -> dict[str, float]:
        """Seconds to the next look of each row that further trials may decide or confirm."""
        found: dict[str, float] = {}
        for series in (self.first, self.again):
            for row in self._open(series, series.judgement()):
                ahead = (self._next_look(series, row) or 0) - len(series.taken[row])
                found[row] = ahead * self.cost(row)
        return found

    def _open(self, series: Series, judgement: Judgement) -> list[str]:
        return [
            row
            for row in judgement.undecided
            if row not in self.lost and self._next_look(series, row) is not None
        ]

    def _next_look(self, series: Series, row: str) -> int | None:
        taken = len(series.taken[row])
        return next((look for look in self.rule.looks if look > taken), None)

    def _left(self) -> float:
        return self.until - self.clock()

    def _next(self) -> Batch | None:
        if self._left() <= 0:
            return None
        found = self.first.judgement()
        for row in of_verdict(found, self.confirmed):
            self.again.taken.setdefault(row, [])
        rerun = self.again.judgement()
        if found.void or rerun.void:
            return None
        return self._confirmation(rerun) or self._choice(self._open(self.first, found))

    def _choice(self, todo: Sequence[str]) -> Batch | None:
        """Open rows of the first series; None where the time brings none of them to its next look."""
        if not todo:
            return None
        looks = {row: self._next_look(self.first, row) or 0 for row in todo}
        prices = {row: self._price(row, looks[row]) for row in todo}
        if sum(prices.values()) <= self._left():
            begun = all(len(self.first.taken[row]) >= few for row in todo)
            return Batch(self.first, list(todo), looks if begun else dict.fromkeys(todo, few))
        ordered = sorted(todo, key=self._interest)
        if self._few_until is None:
            self._few_until = self.clock() + few_share * self._left()
        costs = {row: (few - len(self.first.taken[row])) * self.cost(row) for row in ordered}
        fresh = [row for row in ordered if costs[row] > 0]
        if chosen := _prefix(fresh, costs, self._few_until - self.clock()):
            return Batch(self.first, chosen, dict.fromkeys(chosen, few))
        worse = [row for row in ordered if self._looks_worse(row)]
        chosen = _prefix(worse, prices, self._left()) or _prefix(ordered, prices, self._left())
        return Batch(self.first, chosen, looks) if chosen else None

    def _confirmation(self, rerun: Judgement) -> Batch | None:
        """Trials of the rows that are red and not yet confirmed; None if there are none, or no time for any."""
        todo = self._open(self.again, rerun)
        looks = {row: self._next_look(self.again, row) or 0 for row in todo}
        costs = {row: (looks[row] - len(self.again.taken[row])) * self.cost(row) for row in todo}
        chosen = _prefix(sorted(todo, key=self._interest), costs, self._left())
        return Batch(self.again, chosen, looks) if chosen else None

    def _change(self, row: str) -> tuple[float, float]:
        """How much worse a row seems, and how likely so many trials beyond the margin are by chance.

        Worse is slower, or faster if that is to be confirmed, too. Before there are trials the hint is all, and sure.
        """
        factor = self.first.factor(row)
        trials = [one.new / factor for one in self.first.taken[row]]
        middle = statistics.median(trials) if trials else self.hints.get(row, 0.0) / factor
        if middle < 0 and Verdict.IMPROVED in self.confirmed:
            middle, trials = -middle, [-one for one in trials]
        return middle, sign_test(trials, self.rule.null_margin) if trials else 0.0

    def _looks_worse(self, row: str) -> bool:
        change, doubt = self._change(row)
        return change >= self.rule.least_effect and doubt <= most_doubt

    def _interest(self, row: str) -> tuple[bool, float, float]:
        """Orders rows: what looks worse, the surest and then the most first; then what is cheapest to its next look."""
        if self._looks_worse(row):
            change, doubt = self._change(row)
            return False, doubt, -change
        left = (self._next_look(self.first, row) or 0) - len(self.first.taken[row])
        return True, left * self.cost(row), 0.0

    def _price(self, row: str, trials: int) -> float:
        """Seconds to so many trials; of what looks worse, to the first look that can say so, and to its confirmation."""
        if self._looks_worse(row):
            trials = max(trials, first_telling(self.rule, len(self.first.taken))) + self.rule.looks[0]
        return (trials - len(self.first.taken[row])) * self.cost(row)

    def _bring(self, batch: Batch) -> None:
        """Round by round in random order, so that a slow minute of the machine hits all rows alike."""
        taken = batch.series.taken
        while todo := [
            row for row in batch.rows if len(taken[row]) < batch.trials[row] and row not in self.lost
        ]:
            if self._missing(batch, todo) > self._left():
                return  # it takes more than it seemed: what there is time for is chosen anew
            for row in self.order.sample(todo, len(todo)):
                if self._left() < self.cost(row):
                    return
                self._say(batch, todo)
                try:
                    trial = batch.series.run(row)
                except RowLost as loss:
                    self.lost[row] = str(loss)
                    continue
                taken[row].append(trial)
                spent, trials = self._spent.get(row, (0.0, 0))
                self._spent[row] = (spent + trial.seconds, trials + 1)

    def _missing(self, batch: Batch, todo: Sequence[str]) -> float:
        """Seconds until these rows have their trials."""
        return sum((batch.trials[row] - len(batch.series.taken[row])) * self.cost(row) for row in todo)

    def _say(self, batch: Batch, todo: Sequence[str]) -> None:
        taken = batch.series.taken
        done, goal = min((len(taken[row]), batch.trials[row]) for row in todo)
        left = duration(min(self._missing(batch, todo), self._left()))
        self.tell(
            f"{batch.series.what}: {done} of {goal} of each of {len(todo)} rows, about {left} until then"
        )


def first_telling(rule: Rule, rows: int) -> int:
    """The first look at which as many trials as possible, all on one side, reject among so many rows."""
    level = rule.look_alpha / max(1, rows)
    return next((look for look in rule.looks if sign_tail(look, look) <= level), rule.looks[-1])


def of_verdict(judgement: Judgement, verdicts: frozenset[Verdict]) -> list[str]:
    """The rows that have one of these verdicts."""
    return [key for key, row in judgement.rows.items() if row.verdict in verdicts]


def _prefix(rows: Sequence[str], costs: Mapping[str, float], seconds: float) -> list[str]:
    """As many rows as there is time for; one that is too dear does not keep cheaper ones from their turn."""
    chosen = []
    for row in rows:
        if costs[row] <= seconds:
            chosen.append(row)
            seconds -= costs[row]
    return chosen
