"""scripts/regress --self-check: the gate's error rates, from real trials with slowdowns planted on purpose."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bookstore.gate import trials as gate
from bookstore.gate import instructions
from bookstore.gate import out_folder
from bookstore.gate import rows as rowset
from bookstore.gate import selfcheck_report
from bookstore.gate import result
from bookstore.gate.result import Surroundings, most_padding
from bookstore.gate.driver import Build, Trial, run_trial
from bookstore.terminal.errors import EXIT_FINE, EXIT_INCONCLUSIVE, EXIT_WRONG
from bookstore.gate.recording import Recording
from bookstore.gate.replay import Levels, Rates, play_level
from bookstore.gate.rule import Rule
from bookstore.stats.intervals import rate_interval
from bookstore.gate.builds import Binaries, Builder

# Planted slowdown: trials per row. The first is base against base.
targets = {0.0: 200, 0.03: 60, 0.05: 60, 0.10: 40}
default_budget = 1500.0
# What playing comparisons with the recorded trials takes; kept free of the budget for recording.
replay_share = 0.1


def run(options: argparse.Namespace, around: Surroundings) -> int:
    around.progress.say("building the present tree")
    cores = len(os.sched_getaffinity(0))
    defaults = rowset.default_rows(cores)
    wants_open = rowset.wants_open(options.rows, options.row, defaults)
    binaries = Builder(around.root, options.build_command, with_open=wants_open).tree()
    build = replace(binaries.plain, name=f"the present tree ({binaries.commit})")
    chosen = rowset.choose(options.rows, options.row, defaults, lambda: rowset.all_rows(build, cores))
    rows = rowset.admit(chosen, build, build, around.limits).rows
    folder = around.root / "build" / "regress" / "self-check"
    folder.mkdir(parents=True, exist_ok=True)
    digest = _digest(build)
    if options.live is not None:
        return _live(options, around, binaries, rows, folder / f"live-{digest}.jsonl")

    def trial(row: str, planted: float) -> Trial:
        return run_trial(build, slowed(build, planted), row, around.limits, around.order)

    begin = time.monotonic()
    budget = options.budget or default_budget
    log = Recording(folder / f"trials-{digest}.jsonl", targets)
    interrupted = False
    try:
        log.record(rows, trial, begin + budget * (1 - replay_share), around.order, around.progress.show)
    except KeyboardInterrupt:
        interrupted = True
    around.progress.clear()
    rates = _replay(log.pools(rows), options.seed, around)
    counted = _planted_instructions(build, rows, around)
    text = selfcheck_report.to_markdown(rates, log.pools(rows), counted, binaries.commit, log.recorded(rows))
    sys.stdout.write(text)
    if options.out is not None:
        out_folder.write(options.out, {"self-check": text})
    if interrupted or not log.complete(rows):
        around.progress.say(f"not all trials are recorded yet; the same command goes on ({log.path})")
        return EXIT_INCONCLUSIVE
    return EXIT_FINE if selfcheck_report.reached(rates, counted) else EXIT_WRONG


def _digest(build: Build) -> str:
    """Of the binaries that are measured: trials of others are of no use."""
    paths = [build.path, *([build.open_path] if build.open_path else [])]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]


def slowed(build: Build, planted: float) -> Build:
    if planted == 0:
        return build
    return replace(build, arguments=("--plant-slowdown", f"{planted:g}"))


def _replay(levels: Levels, seed: int | None, around: Surroundings) -> list[Rates]:
    """Plays the comparisons of every level that has trials, one slowed row at a time."""
    found = []
    for planted in levels:
        around.progress.say(f"playing comparisons with {100 * planted:g} % planted")
        found.append(play_level(levels, planted, result.default_budget, Rule(), seed or 0))
    return found


def _planted_instructions(
    build: Build, rows: Sequence[str], around: Surroundings
) -> list[instructions.Count]:
    """Every single-threaded row against itself, and against itself with 1 % planted."""
    wanted = instructions.single_threaded(rows)
    if not wanted or not instructions.available():
        return []
    around.progress.say("counting instructions")
    counted = []
    for row in wanted:
        plain = instructions.count(build, row)
        for planted in (0.0, 0.01):
            again = instructions.count(slowed(build, planted), row)
            counted.append(instructions.Count(row, plain, again, f"{100 * planted:g} %"))
    return counted


def _live(
    options: argparse.Namespace, around: Surroundings, binaries: Binaries, rows: Sequence[str], path: Path
) -> int:
    """Whole comparisons of the tree with itself, with the first row slowed if asked, added to the tally."""
    base = replace(binaries.plain, name="base")
    relinked = replace(binaries.relinked or binaries.plain, name="base")
    budget = options.budget or 300.0
    gate.check_budget(rows, budget, around.limits)
    for number in range(options.live):
        around.progress.say(f"comparison {number + 1} of {options.live}")

        def run(row: str, build: Build = base, padding: int = 0) -> Trial:
            new = slowed(build, options.plant if row == rows[0] else 0.0)
            return run_trial(build, new, row, around.limits, around.order, padding)

        def run_again(row: str) -> Trial:
            return run(row, relinked, around.order.randrange(1, most_padding))

        outcome = gate.decide(rows, run, run_again, budget, order=around.order, tell=around.progress.show)
        around.progress.clear()
        if outcome.interrupted:
            break
        line = {
            "planted": options.plant,
            "exit_code": gate.code(outcome, {}),
            "rows": {row: found.verdict.value for row, found in outcome.judgement.rows.items()},
            "seconds": {row: round(outcome.seconds(row), 2) for row in rows},
        }
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return _tally(path, options.plant)


def _tally(path: Path, planted: float) -> int:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    codes = [item["exit_code"] for item in map(json.loads, lines) if item["planted"] == planted]
    print(f"{len(codes)} live comparisons with {100 * planted:g} % planted ({path.name}):")
    for code, name in ((0, "nothing slower"), (1, "regressed"), (3, "inconclusive"), (4, "void")):
        if codes:
            low, high = rate_interval(codes.count(code), len(codes))
            print(f"  {name}: {codes.count(code)} ({100 * low:.1f} to {100 * high:.1f} %)")
    return EXIT_FINE if codes else EXIT_INCONCLUSIVE
