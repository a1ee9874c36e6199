"""How numbers are written, wherever a person reads them."""

import math

TIME_UNITS = (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))


def time_unit(seconds: float) -> tuple[str, float]:
    """The unit that suits a time, and its length in seconds."""
    return next((pair for pair in TIME_UNITS if seconds >= pair[1]), TIME_UNITS[-1])


def short_time(seconds: float) -> str:
    """A time with three significant digits and the unit that suits it: 25 us."""
    unit, length = time_unit(seconds)
    return f"{seconds / length:.3g} {unit}" if seconds / length < 1000 else f"{seconds / length:.0f} {unit}"


def percent(log_ratio: float, places: int = 1) -> str:
    """A log-ratio as a signed percentage: +1.5 %."""
    return f"{100.0 * math.expm1(log_ratio):+.{places}f} %"


def percent_interval(low: float, high: float) -> str:
    """An interval of log-ratios; without bounds it is said to be none."""
    if math.isinf(low) or math.isinf(high):
        return "too few to say"
    return f"{percent(low)} to {percent(high)}"
