"""The rule for unpaired results."""

import math

import numpy as np
import pytest

from bookstore.gate import unpaired
from bookstore.gate.rule import Verdict
from bookstore.stats.rank_sum import rank_sum_tail


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
    assert rank_sum_tail(36, 6, 6) * most <= 0.025 < rank_sum_tail(36, 6, 6) * (most + 1)


def test_intervals_hold_for_all_rows_together() -> None:
    rng = np.random.default_rng(4)
    rows = {str(i): pair(rng, 0.0, count=8) for i in range(20)}
    together, alone = unpaired.judge_shifts(rows, {})["0"], unpaired.judge_shifts({"0": rows["0"]}, {})["0"]
    assert together.low < alone.low and alone.high < together.high
