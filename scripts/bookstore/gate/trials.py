"""The gate: takes trials row by row until the rule decides or the budget ends, and confirms what is red."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bookstore.gate.driver import Limits, Trial
from bookstore.terminal.errors import InputError
from bookstore.gate.formats import Line, Report
from bookstore.terminal.progress import duration
from bookstore.gate.rule import Judgement, Rule, RowVerdict, Trials, Verdict, confirm, exit_code, judge
from bookstore.report.numbers import percent

# What starting three processes and waiting for their batches takes beside the time of a trial.
trial_overhead = 1.35
# The part of the budget that the first trials may use; the rest is for confirming what is red.
first_share = 0.7

Runner = Callable[[str], Trial]
Tell = Callable[[str], None]


def no_tell(_: str) -> None:
    pass


@dataclass
class Measurement:
    """The trials of some rows, taken round by round in random order. They stay when it is interrupted."""

    rows: Sequence[str]
    run: Runner
    rule: Rule = Rule()
    order: random.Random = field(default_factory=random.Random)
    tell: Tell = no_tell
    what: str = "trials"
    taken: dict[str, list[Trial]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            self.taken.setdefault(row, [])

    @property
    def judgement(self) -> Judgement:
        pairs = {
            row: Trials.of([one.new for one in trials], [one.null for one in trials])
            for row, trials in self.taken.items()
        }
        return judge(pairs, self.rule)

    def take(self, until: float) -> None:
        """Goes on until all is decided, the last look is done, the run is void, or the clock says `until`."""
        active = list(self.rows)
        for look in self.rule.looks:
            while todo := [row for row in active if len(self.taken[row]) < look]:
                for row in self.order.sample(todo, len(todo)):
                    if time.monotonic() >= until:
                        return
                    self._say(todo, look, until)
                    self.taken[row].append(self.run(row))
            now = self.judgement
            active = now.undecided
            if now.void or not active:
                return

    def _say(self, todo: Sequence[str], look: int, until: float) -> None:
        trials = [trial for each in self.taken.values() for trial in each]
        left = until - time.monotonic()
        if trials:
            missing = sum(look - len(self.taken[row]) for row in todo)
            left = min(left, missing * statistics.fmean(trial.seconds for trial in trials))
        done = min(len(self.taken[row]) for row in todo)
        self.tell(
            f"{self.what}: {done} of {look} of each of {len(todo)} rows, about {duration(left)} to the next look"
        )


@dataclass(frozen=True)
class Outcome:
    """What a whole comparison found."""

    judgement: Judgement
    first: Mapping[str, Sequence[Trial]]
    again: Mapping[str, Sequence[Trial]]
    interrupted: bool = False

    def seconds(self, row: str) -> float:
        """What the row has cost, confirmation included."""
        return sum(trial.seconds for trials in (self.first, self.again) for trial in trials.get(row, ()))


def red(judgement: Judgement) -> list[str]:
    return [key for key, row in judgement.rows.items() if row.verdict is Verdict.REGRESSED]


def check_budget(rows: Sequence[str], budget: float, limits: Limits, rule: Rule = Rule()) -> None:
    """Refuses more rows than the budget can bring to the first look."""
    needed = sum(map(limits.trial_of, rows)) * rule.looks[0] * trial_overhead
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
) -> Outcome:
    """Trials, judgement, and the confirmation of what is red by `run_again`. Ctrl-C ends it with what is known."""
    order = order or random.Random()
    begin = time.monotonic()
    first = Measurement(rows, run, rule, order, tell)
    try:
        # What no red will use need not be kept for it: the first look always has the whole budget.
        first.take(begin + budget * first_share)
        if any(len(trials) < rule.looks[0] for trials in first.taken.values()) and not first.judgement.void:
            first.take(begin + budget)
    except KeyboardInterrupt:
        return Outcome(first.judgement, first.taken, {}, interrupted=True)
    found = first.judgement
    if found.void or not red(found):
        return Outcome(found, first.taken, {})
    again = Measurement(red(found), run_again, rule, order, tell, "confirming")
    interrupted = False
    try:
        again.take(begin + budget)
    except KeyboardInterrupt:
        interrupted = True
    final = confirm(found, again.judgement)
    return Outcome(final, first.taken, again.taken, interrupted)


def _note(row: RowVerdict, again: Sequence[Trial], accepted: str | None) -> str:
    parts = [row.note]
    if row.verdict is Verdict.REGRESSED and again:
        seen = statistics.median(trial.new for trial in again)
        parts.append(f"confirmed under another layout ({percent(seen)})")
    if accepted is not None and row.verdict is Verdict.REGRESSED:
        parts.append(f"accepted: {accepted}")
    return "; ".join(part for part in parts if part)


def _p99(trials: Sequence[Trial]) -> tuple[float, float] | None:
    """Base and new, in seconds, of a row whose value is a latency."""
    pairs = [(each.base_p99_ns, each.new_p99_ns) for each in trials]
    found = [(base, new) for base, new in pairs if base is not None and new is not None]
    if not found:
        return None
    base, new = (statistics.median(side) * 1e-9 for side in zip(*found))
    return base, new


def lines(outcome: Outcome, accepted: Mapping[str, str]) -> list[Line]:
    """The rows as the writers take them; rows without a single trial are left out."""
    found = []
    for key, row in outcome.judgement.rows.items():
        trials = outcome.first[key]
        if not trials:
            continue
        new = [trial.new_ns * 1e-9 for trial in trials]
        p99 = _p99(trials)
        found.append(
            Line(
                key,
                row.verdict,
                statistics.median(trial.base_ns for trial in trials) * 1e-9,
                statistics.median(new),
                row.estimate,
                row.low,
                row.high,
                (min(new), max(new)),
                "time per task" if p99 is None else "latency p50",
                p99=p99,
                null=statistics.median(trial.null for trial in trials),
                trials=len(trials),
                note=_note(row, outcome.again.get(key, ()), accepted.get(key)),
            )
        )
    return found


def code(outcome: Outcome, accepted: Mapping[str, str], unknown: int = 0) -> int:
    """The exit code; accepted rows do not count, `unknown` rows that could not be compared are inconclusive."""
    verdicts = [
        Verdict.SAME if row.verdict is Verdict.REGRESSED and key in accepted else row.verdict
        for key, row in outcome.judgement.rows.items()
    ]
    return exit_code(verdicts + [Verdict.INCONCLUSIVE] * unknown, void=bool(outcome.judgement.void))


def count_text(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


def report(title: str, base: str, new: str, outcome: Outcome, accepted: Mapping[str, str]) -> Report:
    """Without notes and rows left out: `replace` adds them."""
    taken = [len(trials) for trials in outcome.first.values()]
    notes = []
    if taken:
        notes.append(f"{count_text(taken)} trials a row, each of three fresh processes driven in turn.")
    if outcome.interrupted:
        notes.append("Interrupted: this is what was known then.")
    made = Report(title, base, new, lines(outcome, accepted), notes, void=outcome.judgement.void)
    return replace(made, lines=sorted(made.lines, key=lambda line: line.verdict is not Verdict.REGRESSED))
