"""What a comparison is made in, and what comes of it."""

from __future__ import annotations

import argparse
import random
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bookstore.gate.driver import Limits
from bookstore.gate.formats import Report
from bookstore.gate.instructions import Count
from bookstore.gate.rule import Verdict
from bookstore.gate.trailers import Accepted
from bookstore.report import markdown
from bookstore.terminal.progress import Progress

default_budget = 300.0
# Sizes in bytes that the environment grows by, at random, to move the stack.
most_padding = 4096


@dataclass(frozen=True)
class Surroundings:
    """Where a comparison runs, and with what."""

    root: Path
    limits: Limits
    order: random.Random
    progress: Progress


@dataclass
class Result:
    """`complaint` is what goes to stderr of rows that could not be run or were refused."""

    report: Report
    exit_code: int
    accepted: Accepted = field(default_factory=Accepted)
    counts: list[Count] = field(default_factory=list)
    interrupted: bool = False
    complaint: str = ""


def wanted(
    report: Report, options: argparse.Namespace, again: Sequence[str], notes: Sequence[str] = ()
) -> Report:
    """The report with what its reader asked for: what fails, limits of rows, and how to see a row `again`."""
    rows = [line.key for line in report.lines]
    lines = []
    for line in report.lines:
        limit = options.row_limits.of(line.key)
        note = "; ".join(filter(None, (line.note, f"limit {limit.percent}" if limit is not None else "")))
        lines.append(replace(line, note=note))
    unused = [
        f"The limit of {markdown.code(pattern)} matches no row."
        for pattern in options.row_limits.unused(rows)
    ]
    commands = {
        line.key: shlex.join(["scripts/regress", *again, f"--row={line.key}"])
        for line in lines
        if line.verdict is not Verdict.SAME
    }
    return replace(
        report, lines=lines, notes=[*report.notes, *notes, *unused], failing=options.failing, again=commands
    )


def to_run_binaries_again(options: argparse.Namespace) -> list[str]:
    found = ["--base-binary", str(options.base_binary), "--new-binary", str(options.new_binary)]
    found += ["--time", options.time] if options.time else []
    return [*found, *([f"--args={shlex.join(options.own)}"] if options.own else [])]
