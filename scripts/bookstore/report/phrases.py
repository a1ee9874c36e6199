"""What is said in several places, in the same words."""

from collections.abc import Iterable

from bookstore.data.results import Row
from bookstore.findings.open_figures import OVERLOAD, OpenFigure
from bookstore.report.numbers import short_time


def p99_text(figure: OpenFigure) -> str:
    """3.1 ms, or OVERLOAD."""
    found = figure.percentile("p99")
    if figure.validity == OVERLOAD or found is None:
        return OVERLOAD
    return short_time(found.us.median * 1e-6, digits=2)


def dropped_notes(part: object) -> list[str]:
    """What a part of a run (its environment, or the entry of latency or overhead there) had no time for."""
    dropped = part.get("dropped") if isinstance(part, dict) else None
    return [f"left out for want of time: {count} {name}." for name, count in (dropped or {}).items()]


def limit_notes(rows: Iterable[Row]) -> list[str]:
    """Which rows the machine's limits kept from being measured."""
    return [f"the machine's limit was reached: {key}." for key in sorted({row.key for row in rows})]
