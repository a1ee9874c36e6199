"""One comparison of two binaries that cannot be driven, from their lists of rows to the result."""

from __future__ import annotations

import argparse
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bookstore.data.rows import SUFFIXES, asks_for_cpu_time
from bookstore.data.samples import row_filter, sized_otherwise
from bookstore.gate import looks
from bookstore.gate import trials as gate
from bookstore.gate.driver import Build
from bookstore.gate.foreign import Foreign, Target, taken_out
from bookstore.gate.result import Result, Surroundings, default_budget, to_run_binaries_again, wanted
from bookstore.gate.rule import Verdict, short_processes
from bookstore.gate.short_trials import ShortTrials
from bookstore.report import markdown
from bookstore.terminal.errors import EXIT_BAD_INPUT, EXIT_WRONG, InputError

# Rows that are named one by one in a line of a list that may hold thousands.
most_named = 5


@dataclass(frozen=True)
class Rows:
    """What a comparison is about: rows that both sides have, by name; and names that one of them has alone."""

    both: dict[str, tuple[Target, Target]]  # base's, new's; by new's name
    missing: list[str]
    added: list[str]


def compare(
    options: argparse.Namespace, around: Surroundings, builds: tuple[Build, Build], begin: float
) -> Result:
    """Of base and new, within a budget that began then (`time.monotonic`).

    InputError where there is nothing to compare: no row in common, or none that runs and fits the budget.
    """
    if options.instructions_only:
        raise InputError("--instructions-only counts this suite's own binaries only; leave it out")
    until = begin + (options.budget or default_budget)
    binaries = Foreign(builds[0], options.time), Foreign(builds[1], options.time)
    rows = choose(options, binaries)
    around.progress.say(f"short processes in turn, rows: {len(rows.both)}")
    trials = ShortTrials(*binaries, rows.both, until, around.order)
    looked = look(trials, list(rows.both), around)
    outcome = decide(options, trials, looked, around)
    return _result(options, rows, looked, outcome, trials)


def choose(options: argparse.Namespace, binaries: tuple[Foreign, Foreign]) -> Rows:
    """The rows that the options name, of what the binaries list."""
    base, new = ({target.key: target for target in binary.rows()} for binary in binaries)
    for name, other in sized_otherwise(list(base), list(new)).items():
        base[name] = base.pop(other)
    every = list(dict.fromkeys([*new, *base]))
    if options.row:
        named = [_by_name(row, every) for row in options.row]
    else:
        matches = row_filter(options.rows).search
        named = [row for row in every if matches(row)]
        if not named:
            raise InputError(
                f"--rows {options.rows}: matches none of the {len(every)} rows; --benchmark_list_tests shows them"
            )
    both = {row: (base[row], new[row]) for row in named if row in base and row in new}
    if not both:
        raise InputError(
            "the two binaries have none of these rows in common; give two builds of one benchmark"
        )
    return Rows(both, [row for row in named if row not in new], [row for row in named if row not in base])


def _by_name(row: str, every: Sequence[str]) -> str:
    """A row by its whole name, or by that without what Google Benchmark appends, if that is one row's alone."""
    found = [row] if row in every else [each for each in every if SUFFIXES.sub("", each) == row]
    if len(found) != 1:
        raise InputError(
            f"--row {row}: is {'the name of several rows' if found else 'no row in common'} of the two binaries;"
            " --benchmark_list_tests shows their names"
        )
    return found[0]


def look(trials: ShortTrials, rows: Sequence[str], around: Surroundings) -> looks.Looked:
    """One look at every row. InputError if none is left to be tried."""
    budget = trials.until - time.monotonic()
    taken = looks.Looks(
        trials.once,
        {"base": "base", "new": "new"},
        budget,
        short_processes,
        around.order,
        around.progress.show,
    ).take(rows)
    if not taken.seconds:
        raise InputError(f"no row is left to compare: {_named(taken.left_out)}")
    return taken


def _named(left_out: Mapping[str, str]) -> str:
    shown = [f"{row}: {reason}" for row, reason in list(left_out.items())[:most_named]]
    more = len(left_out) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def decide(
    options: argparse.Namespace, trials: ShortTrials, looked: looks.Looked, around: Surroundings
) -> gate.Outcome:
    left = trials.until - time.monotonic()
    trials.min_time = looks.min_time(looked.seconds, left, short_processes)
    trials.seconds = looks.trial_seconds(looked.seconds, trials.min_time)
    rows = [row for row in trials.targets if row in looked.seconds]
    return gate.decide(
        rows,
        trials.trial,
        trials.trial,
        left,
        rule=short_processes,
        order=around.order,
        tell=around.progress.show,
        seconds=trials.seconds,
        hints=looked.hints,
        factors={row: options.row_limits.factor(row, short_processes) for row in rows},
        failing=options.failing,
    )


def _result(
    options: argparse.Namespace,
    rows: Rows,
    looked: looks.Looked,
    outcome: gate.Outcome,
    trials: ShortTrials,
) -> Result:
    outcome = replace(outcome, budget=options.budget or default_budget)
    how = "three short processes in turn: base, base again, new"
    if not trials.base.sets_min_time:
        how += f" (--benchmark_min_time={trials.min_time:.3g} where a row sets no other)"
    sides = str(options.base_binary), str(options.new_binary)
    made = gate.report("Regression gate", *sides, outcome, {}, how)
    left_out = looked.left_out | dict(outcome.lost)
    left_out |= dict.fromkeys(looked.unseen, "the budget ended before it was looked at")
    lines = [replace(line, metric=metric(line.key, options.time)) for line in made.lines]
    made = replace(
        made,
        lines=lines,
        missing=rows.missing,
        added=rows.added,
        left_out=left_out,
    )
    made = wanted(made, options, to_run_binaries_again(options), _notes(options, rows, trials))
    refused = {row: left_out[row] for row in [*looked.refused, *trials.broken]}
    unknown = len(looked.unknown) + len(looked.unseen) + len(rows.missing)
    unknown += sum(row not in trials.broken for row in outcome.lost)
    code = gate.code(outcome, {}, unknown, options.failing)
    if looked.worse and code != 4 and Verdict.REGRESSED in options.failing:
        code = EXIT_WRONG
    if refused and not outcome.interrupted:
        code = EXIT_BAD_INPUT
    complaint = f"{_named(refused)}; the table has the rest" if refused else ""
    return Result(made, code, interrupted=outcome.interrupted, complaint=complaint)


def metric(row: str, time: str | None) -> str:
    """What is compared of a row: the time asked for, else the one that it asks for itself."""
    return "cpu time" if time == "cpu" or (time is None and asks_for_cpu_time(row)) else "time"


def _notes(options: argparse.Namespace, rows: Rows, trials: ShortTrials) -> list[str]:
    found = [
        f"{markdown.code(row)} is {markdown.code(base.key)} in base."
        for row, (base, new) in rows.both.items()
        if base.name != new.name
    ]
    found += [f"Judged from what did not fail: {markdown.plain(text)}." for text in trials.remarks()]
    if variables := taken_out():
        found.append(f"Taken out of the environment: {', '.join(map(markdown.code, variables))}.")
    command = shlex.join(["scripts/regress", "--self-check", "--base-binary", str(options.base_binary)])
    return [*found, f"How often this errs here, and what it finds: {markdown.code(command)}"]
