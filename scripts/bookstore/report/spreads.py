"""How the tables of overhead write a figure, and what they say of its interval."""

from collections.abc import Sequence

from bookstore.stats.intervals import Spread
from bookstore.report.tables import NOTHING


def digits(value: float) -> str:
    """Three significant digits, with thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def median_text(value: Spread | None) -> str:
    return NOTHING if value is None else digits(value.median)


def spread_text(value: Spread | None) -> str:
    """12.0 [11.8, 12.3]; the range or the interval in brackets where there is more than one process."""
    if value is None or value.count == 1:
        return median_text(value)
    return f"{digits(value.median)} [{digits(value.low)}, {digits(value.high)}]"


def interval_notes(values: Sequence[Spread | None]) -> list[str]:
    levels = [value.level for value in values if value is not None and value.count > 1]
    proper = [level for level in levels if level is not None]
    if not levels:
        return ["one process each: no interval."]
    if not proper:
        return ["[ ]: the range over the processes; too few for an interval."]
    return [f"[ ]: the median's exact interval over the processes, at least {100 * min(proper):.1f} %."]
