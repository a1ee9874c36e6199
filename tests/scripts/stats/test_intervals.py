"""Exact intervals against known tables."""

import math

import numpy as np
import pytest
from bookstore.stats.intervals import (
    median_interval,
    median_rank,
    rate_interval,
    relative_difference,
    spread,
)


# Rank and level of the 95 % interval, from the binomial distribution with p = 1/2.
@pytest.mark.parametrize(
    ("count", "rank", "level"),
    [(6, 1, 31 / 32), (7, 1, 63 / 64), (8, 1, 127 / 128), (9, 2, 246 / 256), (20, 6, 0.958610535)],
)
def test_spread_of_known_sample_sizes(count: int, rank: int, level: float) -> None:
    found = spread([float(value) for value in range(1, count + 1)])
    assert (found.low, found.high) == (rank, count + 1 - rank)
    assert found.level == pytest.approx(level)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_no_interval_is_claimed_from_few_repetitions(count: int) -> None:
    assert not spread([float(value) for value in range(count)]).is_interval


def test_spread_of_seven_is_the_range_and_says_its_level() -> None:
    found = spread([7.0, 1.0, 2.0, 6.0, 3.0, 5.0, 4.0])
    assert (found.median, found.low, found.high, found.count) == (4.0, 1.0, 7.0, 7)
    assert found.level == pytest.approx(0.984375)


def test_spread_of_nine_drops_the_outermost() -> None:
    found = spread([float(value) for value in (100, 2, 3, 4, 5, 6, 7, 8, -100)])
    assert (found.low, found.median, found.high) == (2.0, 5.0, 8.0)


def test_spread_of_three_is_only_a_range() -> None:
    found = spread([3.0, 1.0, 2.0])
    assert (found.low, found.median, found.high, found.level) == (1.0, 2.0, 3.0, None)


def test_median_of_an_even_number_is_the_middle() -> None:
    assert spread([1.0, 2.0, 4.0, 8.0]).median == 3.0


def test_spread_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        spread([])


def test_relative_difference_is_symmetric() -> None:
    assert relative_difference(100.0, 103.0) == pytest.approx(0.03)
    assert relative_difference(103.0, 100.0) == pytest.approx(0.03)


@pytest.mark.parametrize(
    # Ranks of the 95 % interval of a median: Conover, Practical Nonparametric Statistics, and binomial tables.
    "n, rank",
    [(5, 0), (6, 1), (8, 1), (9, 2), (10, 2), (15, 4), (20, 6), (25, 8)],
)
def test_interval_of_the_median_has_the_tabulated_ranks(n: int, rank: int) -> None:
    assert median_rank(n, 0.025) == rank
    low, high = median_interval(np.arange(1, n + 1), 0.025)
    assert (low, high) == ((rank, n + 1 - rank) if rank else (-math.inf, math.inf))


def test_interval_of_a_rate_has_known_answers() -> None:
    # No event among n: the upper end is 1 - (alpha / 2)^(1 / n).
    assert rate_interval(0, 200) == pytest.approx((0.0, 1.0 - 0.025 ** (1 / 200)))
    assert rate_interval(10, 10) == pytest.approx((0.025 ** (1 / 10), 1.0))
    # 10 of 100: 4.90 % to 17.62 %, in the tables of Clopper and Pearson's interval.
    assert rate_interval(10, 100) == pytest.approx((0.0490, 0.1762), abs=5e-5)
    with pytest.raises(ValueError):
        rate_interval(3, 2)
