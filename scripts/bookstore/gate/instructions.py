"""The second gate: instructions under callgrind, in virtual time, on the rows that run on one thread.

Counts are equal from run to run, so one run a side decides.
"""

from __future__ import annotations

import math
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bookstore.gate.driver import Build, is_open
from bookstore.gate.rule import Verdict
from bookstore.measure import process
from bookstore.report import markdown
from bookstore.report.numbers import percent
from bookstore.terminal.errors import InputError, WrongResult

margin = math.log(1.005)
runs = 2
seconds_limit = 120.0


class Uncountable(InputError):
    """A binary that is older than the counting, or was built without valgrind's headers."""


@dataclass(frozen=True)
class Count:
    """One row: instructions per task."""

    row: str
    base: float
    new: float
    note: str = ""

    @property
    def log_ratio(self) -> float:
        return math.log(self.new / self.base)

    @property
    def verdict(self) -> Verdict:
        if abs(self.log_ratio) < margin:
            return Verdict.SAME
        return Verdict.REGRESSED if self.log_ratio > 0 else Verdict.IMPROVED


def available() -> bool:
    return shutil.which("valgrind") is not None


def count(build: Build, row: str) -> float:
    """Instructions per task of the timed spans.

    Both sides run from a path of one length with one small environment: these move the stack, and with it how many
    instructions a copy or a comparison takes.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        binary, out = folder / "binary", folder / "out"
        shutil.copy2(build.path, binary)
        done = _valgrind(
            [
                "--tool=callgrind",
                "--instr-atstart=no",
                f"--callgrind-out-file={out}",
                str(binary),
                "--drive",
                "--row",
                row,
                "--instructions",
                str(runs),
                *build.arguments,
            ],
            f"{build.name} on {row}",
        )
        if done.status != 0:
            own = "\n".join(line for line in done.errors.splitlines() if not line.startswith("=="))
            said = process.last_line(own)
            kinds = {1: WrongResult, 2: Uncountable}
            raise kinds.get(done.status, InputError)(f"{build.name} cannot be counted on {row}: {said}")
        return _total(out, build, row) / runs / _tasks(done.output, build, row)


def _valgrind(arguments: Sequence[str], what: str) -> process.Ended:
    try:
        return process.run(
            ["valgrind", *arguments],
            seconds=seconds_limit,
            environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        )
    except OSError:
        raise InputError("valgrind is missing; install it with: apt-get install valgrind") from None
    except process.TooLong:
        raise InputError(f"{what} did not end within {seconds_limit:.0f} s under callgrind") from None
    except process.TooMuch:
        raise InputError(f"{what} prints without end under callgrind") from None


def _total(out: Path, build: Build, row: str) -> int:
    text = out.read_text(encoding="utf-8", errors="replace") if out.exists() else ""
    found = re.search(r"^totals: (\d+)", text, re.MULTILINE)
    if found is None or int(found[1]) == 0:
        raise Uncountable(
            f"{build.name} counted no instruction on {row}; build it where valgrind's headers are installed"
        )
    return int(found[1])


def _tasks(output: str, build: Build, row: str) -> float:
    """Tasks of one run, from the one line that the process prints."""
    found = re.search(r'"tasks":\s*(\d+)', output)
    total = int(found[1]) if found else 0
    if total == 0:
        raise InputError(
            f"{build.name} printed no count of tasks on {row}; give a binary that knows --instructions"
        )
    return total / runs


def single_threaded(rows: Sequence[str]) -> list[str]:
    """Those that are counted: on one thread, and closed, since arrivals are times and a count has none."""
    one_thread = re.compile(r"[^/]*/(sequential|event_loop)(/|$)")
    return [row for row in rows if one_thread.match(row) and not is_open(row)]


def compare(base: Build, new: Build, rows: Sequence[str]) -> list[Count]:
    return [Count(row, count(base, row), count(new, row)) for row in rows]


def to_markdown(counts: Sequence[Count], accepted: Mapping[str, str]) -> str:
    rows = []
    for one in counts:
        note = f"accepted: {accepted[one.row]}" if one.row in accepted else one.note
        rows.append(
            [
                one.row,
                one.verdict.value,
                f"{one.base:.0f}",
                f"{one.new:.0f}",
                percent(one.log_ratio, places=2),
                note,
            ]
        )
    headers = ["row", "verdict", "base", "new", "change", "note"]
    title = "### Instructions per task (callgrind, gate at 0.5 %)"
    return markdown.page([title, markdown.table(headers, rows)])


def to_objects(counts: Sequence[Count]) -> list[dict[str, object]]:
    return [
        {
            "row": one.row,
            "verdict": one.verdict.value,
            "base": one.base,
            "new": one.new,
            "ratio": math.exp(one.log_ratio),
        }
        for one in counts
    ]
