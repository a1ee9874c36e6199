"""How numbers are written, wherever a person reads them."""

import math

NOTHING = "-"  # stands where there is no number
TIME_UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))
DIGITS = 3  # significant ones; more than that is more than a machine's noise allows


def magnitude(value: float, digits: int = DIGITS) -> int:
    """The power of ten of the first digit, once rounded to so many; of 0 that of 1."""
    return int(f"{value:.{digits - 1}e}".split("e")[1])


def at_place(value: float, place: int) -> str:
    """Rounded to a multiple of 10^place, thousands apart: 1,750,000."""
    if not math.isfinite(value):
        return f"{value:g}"
    rounded = round(value, -place) + 0.0  # + 0.0: there is no -0
    return f"{rounded:,.{max(0, -place)}f}"


def number(value: float, digits: int = DIGITS) -> str:
    """So many significant digits, trailing zeros included: 1,750,000, 12.0, 0.0123."""
    return at_place(value, magnitude(value, digits) - digits + 1) if math.isfinite(value) else f"{value:g}"


def time_unit(seconds: float) -> tuple[str, float]:
    """The unit that suits a time, and its length in seconds."""
    return next((pair for pair in TIME_UNITS if seconds >= pair[1]), TIME_UNITS[-1])


def short_time(seconds: float, digits: int = DIGITS) -> str:
    """A time in the unit that suits it, without trailing zeros: 25 us."""
    unit, length = time_unit(seconds)
    value = seconds / length
    if not math.isfinite(value):
        return f"{value:g} {unit}"
    rounded = float(f"{value:.{digits}g}") if value < 1000 else round(value)
    return f"{rounded:.12g} {unit}"


def short(value: float) -> str:
    """As at the tick of an axis: 1500 as 1.5k, 2000000 as 2M."""
    for factor, suffix in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= factor:
            return f"{value / factor:g}{suffix}"
    return f"{value:g}"


def percent(log_ratio: float, places: int = 1) -> str:
    """A log-ratio as a signed percentage: +1.5 %."""
    return f"{100.0 * math.expm1(log_ratio):+.{places}f} %"


def percent_interval(low: float, high: float) -> str:
    """An interval of log-ratios; without bounds it is said to be none."""
    if math.isinf(low) or math.isinf(high):
        return "too few to say"
    return f"{percent(low)} to {percent(high)}"
