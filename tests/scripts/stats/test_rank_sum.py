"""Hodges-Lehmann shifts and the test of Mann and Whitney, against known tables."""

import math

import numpy as np
import pytest
from bookstore.stats import rank_sum
from scipy import stats


@pytest.mark.parametrize(
    # Largest U that is significant at 5 % two-sided, from the usual tables of the Mann-Whitney test.
    "m, n, critical",
    [(4, 4, 0), (5, 5, 2), (6, 6, 5), (7, 7, 8), (8, 8, 13), (10, 10, 23), (5, 10, 8), (20, 20, 127)],
)
def test_tail_has_the_tabulated_critical_values(m: int, n: int, critical: int) -> None:
    assert rank_sum.rank_sum_tail(m * n - critical, m, n) <= 0.025
    assert rank_sum.rank_sum_tail(m * n - critical - 1, m, n) > 0.025


def test_test_agrees_with_an_independent_one() -> None:
    rng = np.random.default_rng(0)
    for m, n in ((3, 5), (7, 7), (9, 4)):
        base, new = rng.normal(size=m), rng.normal(0.5, size=n)
        expected = stats.mannwhitneyu(new - 0.2, base, alternative="greater", method="exact").pvalue
        assert rank_sum.rank_sum_test(base, new, 0.2) == pytest.approx(expected)


def test_normal_tail_joins_the_exact_one() -> None:
    exact = sum(rank_sum.rank_sum_counts(41, 41)[1000:]) / math.comb(82, 41)
    assert rank_sum.rank_sum_tail(1000, 41, 41) == pytest.approx(exact, abs=1e-3)


def test_hodges_lehmann_by_hand() -> None:
    # Differences of (1, 2, 4) from (5, 7): 4 6, 3 5, 1 3.
    assert rank_sum.hodges_lehmann([1, 2, 4], [5, 7]) == 3.5
    with pytest.raises(ValueError):
        rank_sum.hodges_lehmann([], [1.0])
    with pytest.raises(ValueError):
        rank_sum.hodges_lehmann([math.nan], [1.0])


def test_interval_takes_the_tabulated_difference() -> None:
    # For 5 and 5 values U = 2 is critical, so the interval runs from the 3rd smallest difference to the 3rd largest.
    base, new = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    ordered = np.sort((new[:, None] - base).ravel())
    assert rank_sum.shift_interval(base, new, 0.025) == (ordered[2], ordered[-3])
    assert rank_sum.shift_interval(base[:3], new[:3], 0.025) == (-math.inf, math.inf)


def test_interval_covers() -> None:
    rng = np.random.default_rng(1)
    missed = 0
    for _ in range(1000):
        low, high = rank_sum.shift_interval(rng.exponential(size=7), rng.exponential(size=7) + 0.3, 0.025)
        missed += not low <= 0.3 <= high
    assert missed / 1000 <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 1000)
