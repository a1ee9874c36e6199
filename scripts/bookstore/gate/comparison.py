"""One comparison from its options to its result: builds, rows, trials, instructions, what was accepted."""

from __future__ import annotations

import argparse
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bookstore.gate import foreign
from bookstore.gate import foreign_gate
from bookstore.gate import trials as gate
from bookstore.gate import instructions
from bookstore.gate import rows as rowset
from bookstore.gate import trailers
from bookstore.gate.driver import Build, Trial, run_trial
from bookstore.report import markdown
from bookstore.terminal.errors import EXIT_WRONG, InputError
from bookstore.gate.instructions import Count, Uncountable
from bookstore.gate.trailers import Accepted
from bookstore.gate.result import (
    Result,
    Surroundings,
    default_budget,
    most_padding,
    to_run_binaries_again,
    wanted,
)
from bookstore.gate.rule import Judgement, Verdict, exit_code
from bookstore.gate.builds import Binaries, Builder, default_base, knows_drive, resolve

parent = re.compile(r"(HEAD|@)(\^|~1?)")


@dataclass(frozen=True)
class Pair:
    """Both sides, in the usual layout and in another; None where there is no other."""

    base: Build
    new: Build
    base_again: Build | None = None
    new_again: Build | None = None
    commit: str | None = None  # of the base


def compare(options: argparse.Namespace, around: Surroundings) -> Result | str:
    """A result, or one line that says why there is nothing to compare, which is no fault."""
    if options.base_binary is not None:
        # Absolute: a bare name would be looked up in PATH, not in the present folder.
        files = (options.base_binary.absolute(), options.new_binary.absolute())
        begin = time.monotonic()
        own = tuple(options.own)
        pair = Pair(Build(files[0], "--base-binary", own), Build(files[1], "--new-binary", own))
        base, new = foreign.drivable(pair.base), foreign.drivable(pair.new)
        if base is None or new is None:
            return foreign_gate.compare(options, around, (pair.base, pair.new), begin)
        if (base.open_path is None) != (new.open_path is None):
            raise InputError(
                "one of the two is bench_throughput, the other bench_latency; give two builds of one of them"
            )
        pair = Pair(base, new)
    else:
        found = _build(options, around)
        if isinstance(found, str):
            return found
        pair = found
    return _compare_ours(options, around, pair)


def _build(options: argparse.Namespace, around: Surroundings) -> Pair | str:
    root = around.root
    if options.base is None:
        commit = default_base(root)
    elif options.instructions_only and parent.fullmatch(options.base):
        commit = default_base(root) if _no_parent(root) else resolve(root, options.base)
    else:
        commit = resolve(root, options.base)
    lacking = "the first commit has no parent to compare with; name one with --base"
    if commit is not None:
        lacking = (
            f"{commit[:8]} has no bench_throughput --drive to compare with; name a later commit with --base"
        )
    if commit is None or not knows_drive(root, commit):
        # A gate in CI must let the commit through that brings the gate.
        if options.instructions_only:
            return lacking
        raise InputError(lacking)
    builder = Builder(root, options.build_command, with_open=_wants_open(options))
    around.progress.say(f"building {commit[:8]} and the present tree")
    new = builder.tree()
    _choose(options, new.plain)  # before the other build: a pattern that matches nothing need not wait for it
    return _pair(builder.commit(commit), new, commit)


def _choose(options: argparse.Namespace, new: Build, *, one_kind: bool = False) -> list[str]:
    cores = len(os.sched_getaffinity(0))
    defaults = rowset.default_rows(cores)
    if one_kind:
        defaults = rowset.kind_rows(defaults, new)
    return rowset.choose(options.rows, options.row, defaults, lambda: rowset.all_rows(new, cores))


def _wants_open(options: argparse.Namespace) -> bool:
    defaults = rowset.default_rows(len(os.sched_getaffinity(0)))
    # Open rows are not counted: an arrival is a time, and virtual time has none.
    return not options.instructions_only and rowset.wants_open(options.rows, options.row, defaults)


def _no_parent(root: Path) -> bool:
    try:
        resolve(root, "HEAD~1")
    except InputError:
        return True
    return False


def _pair(base: Binaries, new: Binaries, commit: str) -> Pair:
    names = (f"base ({base.commit})", f"new ({new.commit})")
    plain = (replace(base.plain, name=names[0]), replace(new.plain, name=names[1]))
    if base.relinked is None or new.relinked is None:
        return Pair(*plain, commit=commit)
    again = (replace(base.relinked, name=names[0]), replace(new.relinked, name=names[1]))
    return Pair(*plain, *again, commit=commit)


def _compare_ours(options: argparse.Namespace, around: Surroundings, pair: Pair) -> Result | str:
    chosen = _choose(options, pair.new, one_kind=pair.commit is None)
    if options.instructions_only:
        chosen = instructions.single_threaded(chosen)
        if not chosen:
            raise InputError(
                "--instructions-only: none of the rows runs on one thread; choose others (--rows)"
            )
    admitted = rowset.admit(chosen, pair.base, pair.new, around.limits)
    accepted = Accepted()
    if pair.commit is not None:
        accepted = trailers.accept(trailers.read(around.root, pair.commit), admitted.rows)
    outcome = gate.Outcome(Judgement({}, {}), {}, {})
    if not options.instructions_only and admitted.rows:
        outcome = _trials(options, around, pair, admitted.rows)
    result = _result(options, pair, outcome, admitted, accepted)
    if not outcome.interrupted and not options.time_only:
        why_not = _count(options, around, pair, admitted.rows, result)
        if why_not is not None:
            return why_not
    if options.instructions_only:
        slower = any(_blocks(one, accepted, options) for one in result.counts)
        result.exit_code = EXIT_WRONG if slower else exit_code([Verdict.SAME] * len(result.counts))
    elif result.exit_code in (0, 3) and any(_blocks(one, accepted, options) for one in result.counts):
        result.exit_code = EXIT_WRONG
    return result


def _blocks(one: Count, accepted: Accepted, options: argparse.Namespace) -> bool:
    taken_on_purpose = one.verdict is Verdict.REGRESSED and one.row in accepted.reasons
    return one.verdict in options.failing and not taken_on_purpose


def _trials(
    options: argparse.Namespace, around: Surroundings, pair: Pair, rows: Sequence[str]
) -> gate.Outcome:
    budget = options.budget or default_budget
    gate.check_budget(rows, budget, around.limits)

    def run(row: str) -> Trial:
        return run_trial(pair.base, pair.new, row, around.limits, around.order)

    def run_again(row: str) -> Trial:
        base, new = pair.base_again or pair.base, pair.new_again or pair.new
        padding = around.order.randrange(1, most_padding)
        return run_trial(base, new, row, around.limits, around.order, padding)

    return gate.decide(
        rows,
        run,
        run_again,
        budget,
        order=around.order,
        tell=around.progress.show,
        seconds=gate.estimates(rows, around.limits),
        factors={row: options.row_limits.factor(row) for row in rows},
        failing=options.failing,
        relinked=pair.base_again is not None,
    )


def _result(
    options: argparse.Namespace,
    pair: Pair,
    outcome: gate.Outcome,
    admitted: rowset.Admitted,
    accepted: Accepted,
) -> Result:
    made = gate.report("Regression gate", pair.base.name, pair.new.name, outcome, accepted.reasons)
    notes = []
    if outcome.again:
        relinked = pair.base_again is not None
        notes.append(
            "What was red was measured again with environments of random size"
            + (" and the functions of both binaries linked in another order." if relinked else ".")
        )
    notes += [f"Let through nothing: {markdown.code(text)}." for text in accepted.unused]
    made = replace(
        made, missing=admitted.missing, added=admitted.added, left_out=admitted.left_out, void=made.void
    )
    made = wanted(made, options, _to_run_again(options, pair), notes)
    code = gate.code(outcome, accepted.reasons, admitted.unknown, options.failing)
    return Result(made, code, accepted, interrupted=outcome.interrupted)


def _to_run_again(options: argparse.Namespace, pair: Pair) -> list[str]:
    if pair.commit is not None:
        return ["--base", pair.commit[:8]]
    return to_run_binaries_again(options)


def _count(
    options: argparse.Namespace, around: Surroundings, pair: Pair, rows: Sequence[str], result: Result
) -> str | None:
    """Adds the instruction counts. Without them the second gate says so: in a line of its own if it is alone."""
    wanted = instructions.single_threaded(rows)
    if not wanted:
        return None
    if not instructions.available():
        if options.instructions_only:
            raise InputError("valgrind is missing; install it with: apt-get install valgrind")
        result.report.notes.append("Instructions were not counted: valgrind is missing.")
        return None
    around.progress.say(f"counting instructions of {len(wanted)} rows")
    try:
        instructions.count(pair.base, wanted[0])
    except Uncountable as error:
        if options.instructions_only:
            return f"no instructions to compare with: {error}"
        result.report.notes.append(f"Instructions were not counted: {error}.")
        return None
    try:
        result.counts = instructions.compare(pair.base, pair.new, wanted)
    except KeyboardInterrupt:
        result.interrupted = True
    return None
