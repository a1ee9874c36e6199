"""Slowdowns that were taken on purpose: commit trailers `Slowdown-Accepted: <row> <reason>`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bookstore.measure.commits import git

key = "Slowdown-Accepted"


@dataclass
class Accepted:
    """By full name of the row: the reason. `unused` are trailers that let nothing through, and why."""

    reasons: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


def read(root: Path, base: str) -> list[str]:
    """The values of the trailers of all commits since the base."""
    text = git(root, "log", f"--format=%(trailers:key={key},valueonly,unfold)", f"{base}..HEAD") or ""
    return [line.strip() for line in text.splitlines() if line.strip()]


def covers(named: str, row: str) -> bool:
    """A row is named whole, or by its first parts, workload and backend at least."""
    return row == named or (row.startswith(named + "/") and named.count("/") >= 1)


def accept(values: Sequence[str], rows: Sequence[str]) -> Accepted:
    found = Accepted()
    for value in values:
        named, _, reason = value.partition(" ")
        covered = [row for row in rows if covers(named.rstrip("/"), row)]
        if not reason.strip():
            found.unused.append(f"{key}: {value} (gives no reason)")
        elif not covered:
            found.unused.append(f"{key}: {value} (names no row that was compared)")
        for row in covered if reason.strip() else ():
            found.reasons[row] = reason.strip()
    return found
