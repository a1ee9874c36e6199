"""How numbers are written."""

import math

import pytest
from bookstore.report.numbers import percent, percent_interval, short_time


@pytest.mark.parametrize(
    "seconds, text", [(1.5, "1.5 s"), (0.15, "150 ms"), (2.5e-5, "25 us"), (3e-10, "0.3 ns")]
)
def test_a_time_has_the_unit_that_suits_it(seconds: float, text: str) -> None:
    assert short_time(seconds) == text


def test_log_ratios_are_shown_as_percentages() -> None:
    assert (percent(math.log(1.1)), percent(math.log(0.5))) == ("+10.0 %", "-50.0 %")
    assert percent(math.log(1.00123), places=2) == "+0.12 %"
    assert percent_interval(0.0, math.log(1.02)) == "+0.0 % to +2.0 %"
    assert percent_interval(-math.inf, math.inf) == "too few to say"
