"""How a median with its spread is written, as precisely as the spread allows, and what is said of the spread."""

import math
from collections.abc import Iterable

from bookstore.report.numbers import DIGITS, NOTHING, at_place, magnitude, number
from bookstore.stats.intervals import Spread

# A spread shall be ten units of the last digit wide where the digits are enough for that, and two in any case.
WIDE, NARROW = 10, 2


def last_place(median: float, low: float, high: float, digits: int = DIGITS) -> int:
    """The power of ten of the last digit that the spread allows: of so many significant ones, or fewer if it is wide.

    Two are shown at least, and one more than so many where they would hide the spread.
    """
    width = high - low
    largest = abs(median) if low * high > 0 else max(abs(low), abs(high))
    first = magnitude(largest, digits)
    finest = first - digits + 1
    if not (width > 0 and math.isfinite(width)):
        return finest
    place = max(math.floor(math.log10(width / WIDE)), finest)
    if width < NARROW * 10.0**place:
        place = finest - 1
    return min(place, first - 1)


def median_text(value: Spread | None) -> str:
    """12.0"""
    if value is None:
        return NOTHING
    if value.count == 1 or not value.median:
        return number(value.median)
    place = last_place(value.median, value.low, value.high)
    return at_place(value.median, max(place, magnitude(value.median) - DIGITS + 1))


def spread_text(value: Spread | None, digits: int = DIGITS) -> str:
    """12.0 [11.8, 12.3]; the range or the interval in brackets where there is more than one process."""
    if value is None or value.count == 1:
        return median_text(value)
    return between(value.median, value.low, value.high, digits)


def between(median: float, low: float, high: float, digits: int = DIGITS) -> str:
    """12.0 [11.8, 12.3]"""
    place = last_place(median, low, high, digits)
    return f"{at_place(median, place)} [{at_place(low, place)}, {at_place(high, place)}]"


def what_it_is(values: Iterable[Spread | None]) -> str:
    """What the ends of these spreads are: intervals, ranges, or both; empty if all are of one process."""
    levels = [value.level for value in values if value is not None and value.count > 1]
    proper = [level for level in levels if level is not None]
    if not levels:
        return ""
    if not proper:
        return "the range over the processes, too few for an interval"
    text = f"the median's exact interval over the processes, at least {100 * min(proper):.1f} %"
    return f"{text}, or the range where there are fewer than 6" if None in levels else text


def spread_note(values: Iterable[Spread | None], mark: str = "[ ]") -> str:
    """What a mark in a table or a picture shows of these spreads."""
    what = what_it_is(values)
    return f"{mark}: {what}." if what else "One process each: no interval."
