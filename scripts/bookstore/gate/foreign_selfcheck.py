"""scripts/regress --self-check --base-binary X: what the gate is worth on a binary of others, on this machine.

Trials of X against itself are recorded; comparisons are played with them in virtual time, within the usual budget. A slower
binary cannot be had from somebody else's, so changes are planted by moving the recorded trials.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bookstore.gate import foreign_gate
from bookstore.gate import looks
from bookstore.gate import out_folder
from bookstore.gate.driver import Build, Trial
from bookstore.gate.foreign import Foreign, drivable
from bookstore.gate.recording import Recording
from bookstore.gate.replay import Pools, Rates, play_level, smallest_found
from bookstore.gate.result import Surroundings, default_budget
from bookstore.gate.rule import short_processes
from bookstore.gate.selfcheck_report import how_played, most_false, null_summary, rate
from bookstore.gate.short_trials import ShortTrials
from bookstore.gate.spending import OutOfTime, RowLost
from bookstore.report import markdown
from bookstore.terminal.errors import EXIT_FINE, EXIT_INCONCLUSIVE, EXIT_WRONG, InputError

record_budget = 1500.0
trials_a_row = 120
normal_per_mad = 1.4826


def run(options: argparse.Namespace, around: Surroundings) -> int:
    """0 if false alarms are rare enough, 1 if not, 3 if there are too few trials yet."""
    until = time.monotonic() + (options.budget or record_budget)
    build = Build(options.base_binary.absolute(), "--base-binary", tuple(options.own))
    if drivable(build) is not None:
        raise InputError(
            "--base-binary is one of this suite; leave it out, and --self-check measures the tree"
        )
    binary = Foreign(build, options.time)
    rows = foreign_gate.choose(options, (binary, binary))
    trials = ShortTrials(binary, binary, rows.both, until, around.order)
    looked = foreign_gate.look(trials, list(rows.both), around)
    wanted = [row for row in rows.both if row in looked.seconds]
    lost = dict(looked.left_out)
    trials.min_time = looks.min_time(looked.seconds, default_budget, short_processes)
    trials.seconds = looks.trial_seconds(looked.seconds, trials.min_time)
    log = Recording(_file(options, around.root, trials.min_time), {0.0: trials_a_row})
    interrupted = _record(log, wanted, lost, trials, around)
    kept = [row for row in wanted if row not in lost]
    around.progress.clear()
    pools = log.pools(kept).get(0.0)
    if pools is None:
        around.progress.say(f"too few trials are recorded yet; the same command goes on ({log.path})")
        return EXIT_INCONCLUSIVE
    around.progress.say("playing comparisons")
    looking = 2 * sum(looked.seconds[row] for row in kept)
    rates = play_level({0.0: pools}, 0.0, default_budget - looking, short_processes, options.seed or 0)
    smallest = smallest_found(pools, default_budget - looking, short_processes, options.seed or 0)
    text = to_markdown(str(options.base_binary), pools, rates, smallest, lost, log.recorded(kept)[0.0])
    sys.stdout.write(text)
    sys.stdout.flush()
    if options.out is not None:
        out_folder.write(options.out, {"self-check": text})
    if interrupted or not log.complete(kept):
        around.progress.say(f"not all trials are recorded yet; the same command goes on ({log.path})")
        return EXIT_INCONCLUSIVE
    return EXIT_FINE if rates.share(lambda one: one.false_alarm).value <= most_false else EXIT_WRONG


def _file(options: argparse.Namespace, root: Path, min_time: float) -> Path:
    """Where trials of just this are kept: those of another binary, or made otherwise, are of no use."""
    folder = root / "build" / "regress" / "self-check"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        how = repr((options.own, options.time, min_time))
        digest = hashlib.sha256(options.base_binary.read_bytes() + how.encode()).hexdigest()
    except OSError as error:
        raise InputError(f"{error.filename}: {error.strerror}; make it accessible") from None
    return folder / f"foreign-{digest[:12]}.jsonl"


def _record(
    log: Recording, rows: Sequence[str], lost: dict[str, str], trials: ShortTrials, around: Surroundings
) -> bool:
    """Whether it was interrupted. A row that is lost costs the others nothing."""

    def run(row: str, _: float) -> Trial:
        try:
            return trials.trial(row)
        except RowLost as loss:
            lost[row] = str(loss)
            raise

    while True:
        left = [row for row in rows if row not in lost]
        try:
            if left:
                log.record(left, run, trials.until, around.order, around.progress.show)
            return False
        except RowLost:
            continue
        except OutOfTime:
            return False
        except KeyboardInterrupt:
            return True


def to_markdown(
    name: str,
    pools: Pools,
    rates: Rates,
    smallest: Mapping[str, float | None],
    lost: Mapping[str, str],
    recorded: tuple[int, int],
) -> str:
    """`smallest`: by row the smallest change that is found; `recorded`: trials of the row with the fewest, and the goal."""
    rows = []
    for row, pool in pools.items():
        spread = float(np.median(np.abs(pool.new - np.median(pool.new)))) * normal_per_mad
        rows.append(
            [
                markdown.code(row),
                f"{100 * spread:.2f} %",
                f"{pool.seconds:.2f} s",
                rate(rates.share(lambda one: row in one.reds)),
                rate(rates.share(lambda one: row in one.undecided)),
                f"{100 * change:.2g} %" if (change := smallest[row]) is not None else "none up to 300 %",
            ]
        )
    header = ["row", "spread of a trial", "a trial takes", "false alarms", "undecided", "finds with 95 %"]
    return markdown.page(
        [
            f"### What the gate is worth on {markdown.code(name)}",
            f"{recorded[0]} of {recorded[1]} trials of the binary against itself for each row;"
            f" comparisons of {default_budget:.0f} s.",
            markdown.table(["what", "rate (95 % interval)", "must be"], null_summary(rates)),
            markdown.table(header, rows),
            markdown.bullets(
                f"left out: {markdown.code(row)} ({markdown.plain(why)})" for row, why in lost.items()
            ),
            how_played([rates])
            + " What is found is the smallest slowdown that 95 % of the comparisons call `regressed`, planted by moving"
            " the row's own trials. The spread is that of a normal distribution with the same median absolute deviation.",
        ]
    )
