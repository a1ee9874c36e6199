"""What the caller of a gate wants to know: how much change each row may show, and which direction fails.

Limits stand on the command line (--limit 'PATTERN=5%') and in a file that the repository holds (--limits FILE), one a
line in the same form. The last that matches a row counts; the command line comes after the file.
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bookstore.data.documents import read_text
from bookstore.gate.rule import Rule, Verdict
from bookstore.terminal.errors import InputError

_comment = re.compile(r"(=\s*[\d.]+\s*%)\s+#.*")  # behind a limit
most = 10.0  # a limit of 1,000 % and more is a slip


class FailOn(str, Enum):
    """The verdicts that end a comparison with exit code 1."""

    REGRESSED = "regressed"
    IMPROVED = "improved"
    ANY = "any"

    @property
    def verdicts(self) -> frozenset[Verdict]:
        both = frozenset((Verdict.REGRESSED, Verdict.IMPROVED))
        return both if self is FailOn.ANY else frozenset((Verdict(self.value),))


@dataclass(frozen=True)
class Limit:
    """`ratio` is the log-ratio that a row may change by; `pattern` is a row's name, or a regular expression in it."""

    pattern: str
    ratio: float

    def matches(self, key: str) -> bool:
        if self.pattern == key:
            return True
        try:
            return re.search(self.pattern, key) is not None
        except re.error:
            return False  # a name with brackets of its own, which is no expression

    @property
    def percent(self) -> str:
        return f"{100.0 * math.expm1(self.ratio):.4g} %"


@dataclass(frozen=True)
class RowLimits:
    """Limits in the order given."""

    limits: tuple[Limit, ...] = ()

    def of(self, key: str) -> Limit | None:
        """The limit of a row, None where the rule's own holds."""
        return next((limit for limit in reversed(self.limits) if limit.matches(key)), None)

    def factor(self, key: str, rule: Rule = Rule()) -> float:
        """By how much all margins of the rule are wider for this row: its limit over the least effect that counts.

        The rule's tests do not change if margins and log-ratios are both divided by it.
        """
        limit = self.of(key)
        return 1.0 if limit is None else limit.ratio / rule.least_effect

    def unused(self, keys: Iterable[str]) -> list[str]:
        """Patterns that match none of the rows: a slip, or a row that is gone."""
        known = list(keys)
        return [limit.pattern for limit in self.limits if not any(map(limit.matches, known))]


def parse_limit(text: str) -> Limit:
    """A limit from `PATTERN=5%`. ValueError with what is wrong."""
    pattern, equals, share = (part.strip() for part in text.rpartition("="))
    if not equals or not pattern:
        raise ValueError("give it as PATTERN=5%")
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*%", share)
    fraction = float(found[1]) / 100.0 if found else 0.0
    if not 0.0 < fraction < most:
        raise ValueError(f"{share!r} is no limit above 0 % and below 1000 %; give one such as 5%")
    return Limit(pattern, math.log1p(fraction))


def read_limits(path: Path) -> list[Limit]:
    """The limits in a file: one a line, empty lines and those that begin with # left out. InputError names the line."""
    try:
        text = read_text(path)
    except InputError as error:
        reason = str(error).removeprefix(f"{path}: ").split(";")[0]
        raise InputError(f"--limits {path}: {reason}; give a file of lines such as PATTERN = 5%") from None
    limits = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            limits.append(parse_limit(_comment.sub(r"\1", line)))
        except ValueError as error:
            raise InputError(f"--limits {path}: line {number}: {error}") from None
    return limits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every command that gives verdicts."""
    parser.add_argument(
        "--fail-on",
        choices=[kind.value for kind in FailOn],
        default=FailOn.REGRESSED.value,
        help="which verdicts end with exit code 1 (default: regressed)",
    )
    parser.add_argument(
        "--limit",
        metavar="'PATTERN=5%'",
        action="append",
        default=[],
        help="rows that match (by name or regular expression) may change by so much (default 2%%); repeatable, the"
        " last that matches counts",
    )
    parser.add_argument(
        "--limits", metavar="FILE", help="a file of such limits, one a line; # begins a comment"
    )


def row_limits(texts: Sequence[str], file: str | None) -> RowLimits:
    """The limits of the command line after those of the file."""
    limits = read_limits(Path(file)) if file is not None else []
    for text in texts:
        try:
            limits.append(parse_limit(text))
        except ValueError as error:
            raise InputError(f"--limit {text}: {error}") from None
    return RowLimits(tuple(limits))
