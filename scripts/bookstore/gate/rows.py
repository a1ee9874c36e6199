"""Which rows the gate compares, and which of them both sides can run alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bookstore.data.samples import row_filter
from bookstore.gate.driver import Build, Limits, Ready, Refused, environment, is_open, probe
from bookstore.measure import process
from bookstore.terminal.errors import InputError

list_seconds = 60.0


def default_rows(cores: int) -> list[str]:
    """Every backend on CPU work, the whole day, and waits under the two ways of waiting, closed and open: at most 8.

    Both kinds of customer wait alike in the open rows. At the usual 500 us and 200 us, half of them each, a median would
    lie on the edge between the two.
    """
    pools = [f"shelving/{name}/cores:{cores}/workers:{cores}" for name in ("threads", "tbb", "openmp")]
    return [
        "shelving/sequential/cores:1/workers:1",
        *pools,
        "counter/event_loop/cores:1/workers:1",
        "day/event_loop/cores:1/workers:1",
        "counter/event_loop/cores:1/workers:1/rate:4000/printer_us:500",
        f"counter/threads/cores:{cores}/workers:16/rate:4000/printer_us:500",
    ]


def kind_rows(rows: Sequence[str], build: Build) -> list[str]:
    """Of the default rows those that one given binary is for: it runs closed rows or open ones."""
    return [row for row in rows if is_open(row) == (build.open_path is not None)]


def wants_open(pattern: str | None, exact: Sequence[str], defaults: Sequence[str]) -> bool:
    """Whether a choice may hold open rows, before it is known what the binaries list."""
    found = list(exact) or [row for row in defaults if row_filter(pattern).search(row)]
    return not found or any(map(is_open, found))


def all_rows(build: Build, cores: int) -> list[str]:
    """Every row that the binaries list, on one core and on all, at the size that a driven process chooses."""
    found: dict[str, None] = {}
    for path in dict.fromkeys([build.path, *([build.open_path] if build.open_path else [])]):
        for count in sorted({1, cores}):
            found |= dict.fromkeys(_listed(build, path, count))
    return list(found)


def _listed(build: Build, path: Path, cores: int) -> list[str]:
    try:
        done = process.run(
            [path, "--list", "--cores", str(cores)], seconds=list_seconds, environment=environment()
        )
    except (OSError, process.TooLong, process.TooMuch):
        raise InputError(f"{build.name} does not list its rows ({path}); build it again") from None
    if done.status != 0:
        return []
    names = [line.strip() for line in done.output.splitlines() if line.strip()]
    # The null workload ends in no digest that two builds could be compared by.
    return [re.sub(r"/(tasks|duration):[^/]+", "", name) for name in names if not name.startswith("null/")]


def choose(
    pattern: str | None, exact: Sequence[str], defaults: Sequence[str], listed: Callable[[], Sequence[str]]
) -> list[str]:
    """The rows named, else the default rows, or those of them that match; if none does, all rows that match."""
    if exact:
        return list(dict.fromkeys(exact))
    wanted = row_filter(pattern).search
    found = [row for row in defaults if wanted(row)] or [row for row in listed() if wanted(row)]
    if not found:
        raise InputError(
            f"--rows {pattern}: matches no row; bench_throughput --list and bench_latency --list show them all"
        )
    return found


@dataclass
class Admitted:
    """Rows that both sides run alike, by full name; the others, and how many of these leave a doubt."""

    rows: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    unknown: int = 0


def _try(build: Build, row: str, limits: Limits) -> Ready | Refused:
    try:
        return probe(build, row, limits)
    except Refused as refusal:
        return refusal


def admit(rows: Sequence[str], base: Build, new: Build, limits: Limits) -> Admitted:
    """Starts every row once on each side. The size that `new` chooses is that of both."""
    found = Admitted()
    refusals: list[Refused] = []
    for row in rows:
        ours = _try(new, row, limits)
        theirs = _try(base, ours.row if isinstance(ours, Ready) else row, limits)
        refusals += [each for each in (ours, theirs) if isinstance(each, Refused)]
        if isinstance(ours, Ready) and isinstance(theirs, Ready):
            if ours.digest == theirs.digest:
                found.rows.append(ours.row)
            else:
                found.left_out[ours.row] = "the workload itself changed: its runs end in another digest"
                found.unknown += 1
        elif isinstance(ours, Ready):
            found.added.append(ours.row)
        elif isinstance(theirs, Ready):
            found.missing.append(row)
            found.unknown += 1
        else:
            found.left_out[row] = str(ours)
    found.rows = list(dict.fromkeys(found.rows))
    if not found.rows and refusals and not found.unknown and not found.added:
        raise InputError(str(refusals[0]))
    return found
