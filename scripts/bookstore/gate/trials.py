"""The gate: trials as the budget allows, the verdicts on them, and what is said of both."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bookstore.gate.driver import Limits, Trial
from bookstore.gate.formats import Line, Report
from bookstore.gate.rule import Judgement, Rule, RowVerdict, Verdict, confirm, exit_code
from bookstore.gate.spending import Clock, Runner, Series, Spending, Tell, no_tell, of_verdict
from bookstore.report.numbers import percent
from bookstore.stats.intervals import median_interval
from bookstore.terminal.errors import InputError
from bookstore.terminal.progress import duration

# What starting three processes and waiting for their batches takes beside the time of a trial.
trial_overhead = 1.35
reds = frozenset((Verdict.REGRESSED,))
# What a reader looks for first stands first.
reading_order = (Verdict.REGRESSED, Verdict.INCONCLUSIVE, Verdict.IMPROVED, Verdict.SAME)


@dataclass(frozen=True)
class Outcome:
    """What a whole comparison found.

    `lost` says of rows that could not be tried to the end, why; `missing` are the seconds to the next look of rows that
    more trials may still decide. `relinked`: what was red was measured again in another layout.
    """

    judgement: Judgement
    first: Mapping[str, Sequence[Trial]]
    again: Mapping[str, Sequence[Trial]]
    interrupted: bool = False
    lost: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, float] = field(default_factory=dict)
    relinked: bool = False
    budget: float = 0.0

    @property
    def wanted(self) -> float:
        """A budget that would bring every row to its next look."""
        return self.budget + sum(self.missing.values())

    def seconds(self, row: str) -> float:
        """What the row has cost, confirmation included."""
        return sum(trial.seconds for trials in (self.first, self.again) for trial in trials.get(row, ()))


def budget_text(seconds: float) -> str:
    """A budget as the option takes it, rounded up: 45s, 95m."""
    return f"{math.ceil(seconds)}s" if seconds <= 60 else f"{math.ceil(seconds / 60)}m"


def estimates(rows: Sequence[str], limits: Limits) -> dict[str, float]:
    """Seconds of a trial of each driven row."""
    return {row: limits.trial_of(row) * trial_overhead for row in rows}


def check_budget(rows: Sequence[str], budget: float, limits: Limits, rule: Rule = Rule()) -> None:
    """Refuses more rows than the budget can bring to the first look."""
    needed = sum(estimates(rows, limits).values()) * rule.looks[0]
    if needed > budget:
        raise InputError(
            f"--budget {budget:.0f} s: {len(rows)} rows need at least {needed:.0f} s; give more, or fewer rows (--rows)"
        )


def decide(
    rows: Sequence[str],
    run: Runner,
    run_again: Runner,
    budget: float,
    *,
    rule: Rule = Rule(),
    order: random.Random | None = None,
    tell: Tell = no_tell,
    clock: Clock = time.monotonic,
    seconds: Mapping[str, float] = MappingProxyType({}),
    hints: Mapping[str, float] = MappingProxyType({}),
    factors: Mapping[str, float] = MappingProxyType({}),
    failing: frozenset[Verdict] = reds,
    relinked: bool = False,
) -> Outcome:
    """Trials, judgement, and the confirmation of what is red by `run_again`. Ctrl-C ends it with what is known.

    `seconds` and `hints` say of each row what a trial takes and what its log-ratio may be, before there are trials;
    `factors`, by how much its margins are wider than the rule's. What is `failing` is confirmed, and what is slower.
    """
    first = Series(run, "trials", rule, factors, {row: [] for row in rows})
    again = Series(run_again, "confirming", rule, factors)
    until = clock() + budget
    spending = Spending(
        first, again, until, order or random.Random(), tell, clock, seconds, hints, failing | reds
    )
    interrupted = False
    try:
        spending.spend()
    except KeyboardInterrupt:
        interrupted = True
    found = first.judgement()
    if of_verdict(found, failing | reds) and not found.void:
        found = confirm(found, again.judgement(), failing | reds)
    missing = {} if found.void else spending.missing()
    return Outcome(found, first.taken, again.taken, interrupted, spending.lost, missing, relinked, budget)


def _note(key: str, row: RowVerdict, outcome: Outcome, accepted: str | None, alone: bool) -> str:
    parts = [row.note]
    again = outcome.again.get(key, ())
    if row.verdict in (Verdict.REGRESSED, Verdict.IMPROVED) and again:
        seen = percent(statistics.median(trial.new for trial in again))
        how = "under another layout" if outcome.relinked else "by a rerun"
        parts.append(f"confirmed {how} ({seen})")
    if accepted is not None and row.verdict is Verdict.REGRESSED:
        parts.append(f"accepted: {accepted}")
    if key in outcome.missing:
        parts.append(f"about {duration(max(1.0, outcome.missing[key]))} short of its next look")
    if alone:
        parts.append("interval of this row alone")
    return "; ".join(part for part in parts if part)


def _p99(trials: Sequence[Trial]) -> tuple[float, float] | None:
    """Base and new, in seconds, of a row whose value is a latency."""
    pairs = [(each.base_p99_ns, each.new_p99_ns) for each in trials]
    found = [(base, new) for base, new in pairs if base is not None and new is not None]
    if not found:
        return None
    base, new = (statistics.median(side) * 1e-9 for side in zip(*found))
    return base, new


def _interval(row: RowVerdict, trials: Sequence[Trial]) -> tuple[float, float, bool]:
    """The interval that holds for all rows at once; where so few trials allow none, that of the row alone (95 %)."""
    if math.isfinite(row.low) and math.isfinite(row.high):
        return row.low, row.high, False
    low, high = median_interval([one.new for one in trials], 0.025)
    return low, high, math.isfinite(low)


def lines(outcome: Outcome, accepted: Mapping[str, str]) -> list[Line]:
    """The rows as the writers take them; rows without a single trial, and lost ones, are left out."""
    found = []
    for key, row in outcome.judgement.rows.items():
        trials = outcome.first[key]
        if not trials or key in outcome.lost:
            continue
        new = [trial.new_ns * 1e-9 for trial in trials]
        p99 = _p99(trials)
        low, high, alone = _interval(row, trials)
        found.append(
            Line(
                key,
                row.verdict,
                statistics.median(trial.base_ns for trial in trials) * 1e-9,
                statistics.median(new),
                row.estimate,
                low,
                high,
                (min(new), max(new)),
                "time per task" if p99 is None else "latency p50",
                p99=p99,
                null=statistics.median(trial.null for trial in trials),
                trials=len(trials),
                note=_note(key, row, outcome, accepted.get(key), alone),
            )
        )
    return found


def code(
    outcome: Outcome, accepted: Mapping[str, str], unknown: int = 0, failing: frozenset[Verdict] = reds
) -> int:
    """The exit code; accepted rows do not count, `unknown` rows that could not be compared are inconclusive.

    Nor do lost rows: what their loss means is the caller's to say.
    """
    verdicts = [
        Verdict.SAME if row.verdict is Verdict.REGRESSED and key in accepted else row.verdict
        for key, row in outcome.judgement.rows.items()
        if key not in outcome.lost
    ]
    verdicts += [Verdict.INCONCLUSIVE] * unknown
    return exit_code(verdicts, bool(outcome.judgement.void), failing)


def count_text(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


def report(
    title: str,
    base: str,
    new: str,
    outcome: Outcome,
    accepted: Mapping[str, str],
    how: str = "three fresh processes driven in turn",
) -> Report:
    """`how` a trial is made. Without rows that are left out: `replace` adds them."""
    taken = [len(trials) for trials in outcome.first.values()]
    notes = []
    if taken:
        notes.append(f"{count_text(taken)} trials a row, each of {how}.")
    if outcome.interrupted:
        notes.append("Interrupted: this is what was known then.")
    if outcome.missing:
        notes.append(
            f"{len(outcome.missing)} {'row is' if len(outcome.missing) == 1 else 'rows are'} undecided for want of time:"
            f" to their next looks it takes --budget {budget_text(outcome.wanted)}."
        )
    ordered = sorted(lines(outcome, accepted), key=lambda line: reading_order.index(line.verdict))
    return Report(title, base, new, ordered, notes, void=outcome.judgement.void)
