"""Hodges-Lehmann shifts and the rule for unpaired results."""

import math

import numpy as np
import pytest
from scipy import stats

from bookstore.gate import unpaired
from bookstore.gate.rule import Verdict


@pytest.mark.parametrize(
    # Largest U that is significant at 5 % two-sided, from the usual tables of the Mann-Whitney test.
    "m, n, critical",
    [(4, 4, 0), (5, 5, 2), (6, 6, 5), (7, 7, 8), (8, 8, 13), (10, 10, 23), (5, 10, 8), (20, 20, 127)],
)
def test_tail_has_the_tabulated_critical_values(m: int, n: int, critical: int) -> None:
    assert unpaired.rank_sum_tail(m * n - critical, m, n) <= 0.025
    assert unpaired.rank_sum_tail(m * n - critical - 1, m, n) > 0.025


def test_test_agrees_with_an_independent_one() -> None:
    rng = np.random.default_rng(0)
    for m, n in ((3, 5), (7, 7), (9, 4)):
        base, new = rng.normal(size=m), rng.normal(0.5, size=n)
        expected = stats.mannwhitneyu(new - 0.2, base, alternative="greater", method="exact").pvalue
        assert unpaired.rank_sum_test(base, new, 0.2) == pytest.approx(expected)


def test_normal_tail_joins_the_exact_one() -> None:
    exact = sum(unpaired.rank_sum_counts(41, 41)[1000:]) / math.comb(82, 41)
    assert unpaired.rank_sum_tail(1000, 41, 41) == pytest.approx(exact, abs=1e-3)


def test_hodges_lehmann_by_hand() -> None:
    # Differences of (1, 2, 4) from (5, 7): 4 6, 3 5, 1 3.
    assert unpaired.hodges_lehmann([1, 2, 4], [5, 7]) == 3.5
    with pytest.raises(ValueError):
        unpaired.hodges_lehmann([], [1.0])
    with pytest.raises(ValueError):
        unpaired.hodges_lehmann([math.nan], [1.0])


def test_interval_takes_the_tabulated_difference() -> None:
    # For 5 and 5 values U = 2 is critical, so the interval runs from the 3rd smallest difference to the 3rd largest.
    base, new = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0, 50.0])
    ordered = np.sort((new[:, None] - base).ravel())
    assert unpaired.shift_interval(base, new, 0.025) == (ordered[2], ordered[-3])
    assert unpaired.shift_interval(base[:3], new[:3], 0.025) == (-math.inf, math.inf)


def test_interval_covers() -> None:
    rng = np.random.default_rng(1)
    missed = 0
    for _ in range(1000):
        low, high = unpaired.shift_interval(rng.exponential(size=7), rng.exponential(size=7) + 0.3, 0.025)
        missed += not low <= 0.3 <= high
    assert missed / 1000 <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 1000)


def pair(rng: np.random.Generator, shift: float, count: int = 7, sigma: float = 0.01) -> tuple:
    skewed = (rng.exponential(size=(2, count)) - math.log(2.0)) * sigma
    return skewed[0], skewed[1] + shift


def test_rates_with_seven_processes() -> None:
    rng = np.random.default_rng(2)
    red, found = 0, 0
    for _ in range(300):
        rows = {str(i): pair(rng, 0.0) for i in range(8)} | {"slow": pair(rng, math.log(1.05))}
        judged = unpaired.judge_shifts(rows, {})
        found += judged.pop("slow").verdict is Verdict.REGRESSED
        red += any(row.verdict in (Verdict.REGRESSED, Verdict.IMPROVED) for row in judged.values())
    assert red / 300 <= 0.01
    assert found / 300 >= 0.9


def test_same_is_proved_both_ways() -> None:
    rng = np.random.default_rng(3)
    judged = unpaired.judge_shifts(
        {"quiet": pair(rng, 0.0, sigma=0.003), "loud": pair(rng, 0.0, sigma=0.2)}, {}
    )
    assert judged["quiet"].verdict is Verdict.SAME
    assert judged["loud"].verdict is Verdict.INCONCLUSIVE


def test_few_processes_need_a_history() -> None:
    rows = {"a": (np.zeros(3), np.full(3, math.log(1.10)))}
    assert unpaired.judge_shifts(rows, {})["a"].verdict is Verdict.INCONCLUSIVE
    assert unpaired.judge_shifts(rows, {"a": math.log(1.05)})["a"].verdict is Verdict.REGRESSED
    assert unpaired.judge_shifts(rows, {"a": math.log(1.09)})["a"].verdict is Verdict.INCONCLUSIVE
    mirrored = {"a": (rows["a"][1], rows["a"][0])}
    assert unpaired.judge_shifts(mirrored, {"a": math.log(1.05)})["a"].verdict is Verdict.IMPROVED
    equal = {"a": (np.zeros(3), np.zeros(3))}
    assert unpaired.judge_shifts(equal, {"a": 0.01})["a"].verdict is Verdict.SAME
    assert unpaired.judge_shifts(equal, {"a": 0.05})["a"].verdict is Verdict.INCONCLUSIVE


def test_known_noise_of_the_machine_holds_back_tested_rows_too() -> None:
    rows = {"a": (np.linspace(0.0, 0.001, 7), np.linspace(0.05, 0.051, 7))}
    assert unpaired.judge_shifts(rows, {"a": 0.01})["a"].verdict is Verdict.REGRESSED
    assert unpaired.judge_shifts(rows, {"a": 0.06})["a"].verdict is Verdict.INCONCLUSIVE
    equal = {"a": (np.linspace(0.0, 0.001, 7),) * 2}
    assert unpaired.judge_shifts(equal, {"a": 0.01})["a"].verdict is Verdict.SAME
    assert unpaired.judge_shifts(equal, {"a": 0.06})["a"].verdict is Verdict.INCONCLUSIVE


def test_run_to_run_noise() -> None:
    values = [0.0, 0.01] * 5
    assert unpaired.run_to_run(values) == pytest.approx(0.01)
    assert unpaired.run_to_run(values[:9]) is None
    # With ten runs the 95th percentile of nine steps is the largest.
    assert unpaired.run_to_run(values[:9] + [0.2]) == pytest.approx(0.2)


def test_most_rows_is_where_holm_loses_its_power() -> None:
    most = unpaired.most_rows(6, 6)
    assert unpaired.rank_sum_tail(36, 6, 6) * most <= 0.025 < unpaired.rank_sum_tail(36, 6, 6) * (most + 1)


def test_intervals_hold_for_all_rows_together() -> None:
    rng = np.random.default_rng(4)
    rows = {str(i): pair(rng, 0.0, count=8) for i in range(20)}
    together, alone = unpaired.judge_shifts(rows, {})["0"], unpaired.judge_shifts({"0": rows["0"]}, {})["0"]
    assert together.low < alone.low and alone.high < together.high
