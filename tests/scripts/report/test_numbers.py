"""How numbers are written."""

import math

import pytest
from bookstore.report.numbers import number, percent, percent_interval, short, short_time
from bookstore.report.spreads import median_text, spread_note, spread_text
from bookstore.stats.intervals import Spread, spread


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1_753_727, "1,750,000"),
        (12, "12.0"),
        (0.01234, "0.0123"),
        (99.96, "100"),
        (9.996, "10.0"),
        (-2.5, "-2.50"),
        (0, "0.00"),
        (math.inf, "inf"),
    ],
)
def test_a_number_has_three_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_ticks_are_short() -> None:
    assert [short(value) for value in (0.5, 12, 1500, 2e6)] == ["0.5", "12", "1.5k", "2M"]


def interval(median: float, low: float, high: float) -> Spread:
    return Spread(median, low, high, 7, 0.98)


@pytest.mark.parametrize(
    ("median", "low", "high", "text"),
    [
        (2.3123, 2.2512, 2.4001, "2.31 [2.25, 2.40]"),
        (1_753_727, 1_731_111, 1_779_999, "1,750,000 [1,730,000, 1,780,000]"),
        (97_123, 85_321, 104_877, "97,000 [85,000, 105,000]"),  # wide: fewer digits
        (1.9913, 1.9902, 1.9921, "1.991 [1.990, 1.992]"),  # narrow: one more
        (2.14, 0.886, 5.11, "2.1 [0.9, 5.1]"),  # never fewer than two
        (0.02, -0.31, 0.44, "0.02 [-0.31, 0.44]"),
        (-0.0004, -0.02, 0.01, "0.000 [-0.020, 0.010]"),  # there is no -0
        (5, 5, 5, "5.00 [5.00, 5.00]"),
    ],
)
def test_a_spread_has_the_digits_that_it_allows(median: float, low: float, high: float, text: str) -> None:
    assert spread_text(interval(median, low, high)) == text


def test_a_median_alone_has_the_digits_of_its_spread_but_three_at_most() -> None:
    assert median_text(interval(97_123, 85_321, 104_877)) == "97,000"
    assert median_text(interval(1.9913, 1.9905, 1.9925)) == "1.99"
    assert median_text(None) == "-"


def test_one_process_has_no_interval() -> None:
    assert spread_text(spread([1.2345])) == median_text(spread([1.2345])) == "1.23"
    assert spread_note([spread([1.0]), None]) == "One process each: no interval."


def test_the_note_says_what_the_brackets_are() -> None:
    three, seven, nine = (spread([float(value) for value in range(count)]) for count in (3, 7, 9))
    assert spread_note([three]) == "[ ]: the range over the processes, too few for an interval."
    proper = "[ ]: the median's exact interval over the processes, at least 96.1 %"
    assert spread_note([seven, nine]) == f"{proper}."
    assert spread_note([seven, nine, three]) == f"{proper}, or the range where there are fewer than 6."
