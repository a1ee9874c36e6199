"""scripts/regress: whether the present tree is slower than a commit, or one binary than another."""

from __future__ import annotations

import argparse
import json
import random
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bookstore.cli.values import count, fraction, seconds
from bookstore.data.places import ROOT
from bookstore.gate import comparison
from bookstore.gate import foreign_selfcheck
from bookstore.gate import formats
from bookstore.gate import instructions
from bookstore.gate import limits
from bookstore.gate import out_folder
from bookstore.gate import selfcheck
from bookstore.gate.driver import Limits
from bookstore.terminal import interrupts
from bookstore.terminal.errors import (
    EXIT_BAD_INPUT,
    EXIT_FINE,
    EXIT_INTERRUPTED,
    InputError,
    OneLineParser,
    guarded,
    write_output,
)
from bookstore.terminal.progress import Progress
from bookstore.terminal.text import visible

program = "scripts/regress"


def parser() -> OneLineParser:
    made = OneLineParser(
        prog=program,
        description="Builds a commit and the present tree, runs both in turn on this machine and gives a verdict for"
        " every row: regressed, same (proved), improved or inconclusive.",
        epilog="Exit codes: 0 fine, 1 a row regressed or ended in a wrong result, 2 bad input, 3 inconclusive,"
        " 4 void (base differs from base), 130 interrupted.",
    )
    made.add_argument(
        "--base",
        metavar="REF",
        help="the commit to compare with (default: where this branch left the main one; on it, the last commit)",
    )
    made.add_argument("--base-binary", type=Path, metavar="FILE", help="any Google Benchmark binary instead")
    made.add_argument("--new-binary", type=Path, metavar="FILE", help="and what to compare with it")
    made.add_argument(
        "--rows",
        metavar="PATTERN",
        help="of the default rows those that match this regular expression; if none does, of all rows",
    )
    made.add_argument(
        "--row", action="append", default=[], metavar="NAME", help="a row by its name; repeatable"
    )
    made.add_argument(
        "--budget", type=seconds, metavar="TIME", help="for measuring, after the build (default 5m)"
    )
    made.add_argument(
        "--args", metavar="'ARGUMENTS'", help="for both binaries, as in a shell; or put them after --"
    )
    made.add_argument(
        "--time",
        choices=["real", "cpu"],
        help="of foreign binaries (default: real, or the one that the row asks for with its name)",
    )
    limits.add_arguments(made)
    made.add_argument("--instructions-only", action="store_true", help="only count instructions (callgrind)")
    made.add_argument("--time-only", action="store_true", help="count no instructions")
    made.add_argument(
        "--report-only", action="store_true", help="exit 0 whatever is found (bad input still ends in 2)"
    )
    made.add_argument(
        "--format", choices=list(formats.writers), default="markdown", help="of standard output"
    )
    made.add_argument("--out", type=Path, metavar="DIR", help="write all formats there, too")
    check = made.add_argument_group("the gate measures itself")
    check.add_argument(
        "--self-check",
        action="store_true",
        help="error rates on this machine, of the present tree or of --base-binary; goes on where it stopped",
    )
    check.add_argument(
        "--live", type=count, metavar="N", help="run N whole comparisons and add them to a tally"
    )
    check.add_argument(
        "--plant", type=fraction, default=0.0, metavar="F", help="with --live: slow the first row"
    )
    for name, kind in (
        ("--build-command", str),
        ("--root", Path),
        ("--trial-seconds", float),
        ("--seed", int),
    ):
        made.add_argument(name, type=kind, help=argparse.SUPPRESS)
    made.add_argument("--answer-seconds", type=float, help=argparse.SUPPRESS)
    return made


def check(options: argparse.Namespace) -> None:
    """Refuses what does not go together, before anything is built."""
    if options.self_check and options.new_binary is not None:
        raise InputError("--self-check compares a binary with itself; give --base-binary alone")
    if not options.self_check and (options.base_binary is None) != (options.new_binary is None):
        raise InputError("--base-binary and --new-binary go together; give both")
    if options.base_binary is not None and options.base is not None:
        raise InputError("--base names a commit, --base-binary a file; give one of them")
    if options.instructions_only and options.time_only:
        raise InputError("--instructions-only and --time-only exclude each other; give one")
    if options.rows and options.row:
        raise InputError("--rows matches names, --row is one; give one of them")
    if options.base_binary is None:
        for row in options.row:
            if not re.match(r"[^/]+/[^/]+", row):
                raise InputError(
                    f"--row {row}: is no row; give one such as shelving/threads/cores:2/workers:2"
                )
    if options.plant and options.live is None:
        raise InputError("--plant goes with --live; to measure detection rates give --self-check")
    if options.base_binary is not None and options.live is not None:
        raise InputError("--live measures the gate on the present tree; leave the binaries out")
    if options.base_binary is None and (options.args is not None or options.own or options.time):
        raise InputError("--args, -- and --time are for binaries; give --base-binary and --new-binary")
    if any(given.startswith("--benchmark_filter") for given in options.own):
        raise InputError("--benchmark_filter is the gate's own; choose rows with --rows or --row")
    if options.out is not None:
        out_folder.prepare(options.out)


def patience(options: argparse.Namespace) -> Limits:
    found = Limits()
    if options.trial_seconds is not None:
        found = replace(found, trial=options.trial_seconds, least_rounds=1)
    if options.answer_seconds is not None:
        found = replace(found, ready=options.answer_seconds, answer=options.answer_seconds)
    return found


def write(result: comparison.Result, format_name: str, folder: Path | None) -> None:
    """The files before what is printed, each whole or not there: a reader that goes away costs no verdict."""
    texts = {name: render(result, name) for name in formats.writers}
    if folder is not None:
        out_folder.write(folder, texts)
    write_output(texts[format_name])


def render(result: comparison.Result, format_name: str) -> str:
    """One format. Instruction counts have a place in Markdown and JSON only: the others hold times."""
    if format_name == "markdown":
        # Where no row was timed, an empty table would say nothing.
        timed = bool(result.report.lines)
        text = formats.to_markdown(result.report) if timed else formats.without_table(result.report)
        counts = instructions.to_markdown(result.counts, result.accepted.reasons) if result.counts else ""
        return "\n".join(section for section in (text, counts) if section)
    text = formats.writers[format_name](result.report)
    if format_name == "json":
        document = json.loads(text)
        document["instructions"] = instructions.to_objects(result.counts)
        document["accepted"] = result.accepted.reasons
        document["exit_code"] = result.exit_code
        return json.dumps(document, indent=2, allow_nan=False) + "\n"
    return text


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options; `own` are the binaries' own arguments, those after -- behind those of --args.

    `row_limits` are the limits of file and command line, `failing` the verdicts that end in exit code 1.
    """
    given = list(arguments)
    at = given.index("--") if "--" in given else len(given)
    options = parser().parse_args(given[:at])
    try:
        options.own = [*shlex.split(options.args or ""), *given[at + 1 :]]
    except ValueError as error:
        raise InputError(f"--args {options.args}: cannot be read ({error}); quote it as in a shell") from None
    options.row_limits = limits.row_limits(options.limit, options.limits)
    options.failing = limits.FailOn(options.fail_on).verdicts
    return options


def run(arguments: Sequence[str] | None = None) -> int:
    options = parse(sys.argv[1:] if arguments is None else arguments)
    check(options)
    progress = Progress()
    order = random.Random(options.seed)
    around = comparison.Surroundings(options.root or ROOT, patience(options), order, progress)
    if options.self_check and options.base_binary is not None:
        return foreign_selfcheck.run(options, around)
    if options.self_check or options.live is not None:
        return selfcheck.run(options, around)
    try:
        result = comparison.compare(options, around)
    finally:
        progress.clear()
    if isinstance(result, str):
        progress.say(f"{program}: {result}")
        return EXIT_FINE
    write(result, options.format, options.out)
    if result.complaint:
        progress.say(f"{program}: {visible(result.complaint)}")
    if result.interrupted:
        progress.say(f"{program}: interrupted; the table says what was known")
        return EXIT_INTERRUPTED
    return EXIT_FINE if options.report_only and result.exit_code != EXIT_BAD_INPUT else result.exit_code


def main() -> int:
    interrupts.listen()
    return guarded(program, run)


if __name__ == "__main__":
    sys.exit(main())
