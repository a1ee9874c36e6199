"""The rule of the regression gate, and its rates on simulated noise."""

import math

import numpy as np
import pytest

from bookstore.gate.rule import (
    Judgement,
    Rule,
    RowVerdict,
    Trials,
    Verdict,
    confirm,
    exit_code,
    judge,
    judge_arm,
)

ROWS = 8


def skewed(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> np.ndarray:
    """Right-skewed noise with median 0 and about this standard deviation."""
    return (rng.exponential(size=shape) - math.log(2.0)) * sigma


def correlated(
    rng: np.random.Generator, shape: tuple[int, ...], sigma: float, rho: float = 0.5
) -> np.ndarray:
    """Gaussian noise in which a trial resembles the one before it (autoregressive along the last axis)."""
    fresh = rng.normal(size=shape)
    out = fresh.copy()
    for i in range(1, shape[-1]):
        out[..., i] = rho * out[..., i - 1] + math.sqrt(1.0 - rho**2) * fresh[..., i]
    return out * sigma


NOISES = {"skewed": skewed, "correlated": correlated}


def level_rate(noise: str, shift: float, count: int, seed: int, rows: int = ROWS) -> dict[Verdict, float]:
    """Share of comparisons in which at least one of the rows gets each verdict."""
    rng = np.random.default_rng(seed)
    data = NOISES[noise](rng, (count, rows, 40), 0.01) + shift
    seen = dict.fromkeys(Verdict, 0)
    for comparison in data:
        found = judge_arm({str(i): row for i, row in enumerate(comparison)})
        for verdict in {row.verdict for row in found.values()}:
            seen[verdict] += 1
    return {verdict: hits / count for verdict, hits in seen.items()}


@pytest.mark.parametrize("noise", NOISES)
def test_no_difference_is_neither_red_nor_undecided(noise: str) -> None:
    rate = level_rate(noise, 0.0, 600, seed=1)
    assert rate[Verdict.REGRESSED] <= 0.01
    assert rate[Verdict.IMPROVED] <= 0.01
    assert rate[Verdict.INCONCLUSIVE] <= 0.10
    assert rate[Verdict.SAME] == 1.0


def test_level_holds_at_the_edge_of_the_null_hypothesis() -> None:
    # All medians exactly at ln 1.01, and the least effect taken away: only Holm and the looks hold the level.
    rng = np.random.default_rng(2)
    rule = Rule(least_effect=0.0)
    data = skewed(rng, (1500, ROWS, 40), 0.01) + rule.null_margin
    red = 0
    for comparison in data:
        found = judge_arm({str(i): row for i, row in enumerate(comparison)}, rule)
        red += any(row.verdict is Verdict.REGRESSED for row in found.values())
    # The level is 2.5 %; this bound lies four standard errors above it.
    assert red / len(data) <= 0.025 + 4 * math.sqrt(0.025 * 0.975 / len(data))


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("percent, least", [(3, 0.95), (5, 0.99), (10, 1.0)])
def test_power_against_planted_slowdowns(noise: str, percent: int, least: float) -> None:
    rng = np.random.default_rng(percent)
    count, found = 300, 0
    for _ in range(count):
        rows = {str(i): NOISES[noise](rng, (40,), 0.01) for i in range(ROWS)}
        rows["3"] = rows["3"] + math.log1p(percent / 100)
        found += judge_arm(rows)["3"].verdict is Verdict.REGRESSED
    assert found / count >= least


def test_simultaneous_interval_covers() -> None:
    rng = np.random.default_rng(4)
    missed = 0
    for _ in range(500):
        rows = judge_arm({str(i): row for i, row in enumerate(skewed(rng, (ROWS, 20), 0.02))})
        missed += any(row.low > 0.0 or row.high < 0.0 for row in rows.values())
    assert missed / 500 <= 0.025 + 4 * math.sqrt(0.025 * 0.975 / 500)


def test_improved_mirrors_regressed() -> None:
    rows = {"a": np.linspace(0.03, 0.05, 20), "b": np.linspace(-0.01, 0.01, 20)}
    up, down = judge_arm(rows), judge_arm({key: -row for key, row in rows.items()})
    assert (up["a"].verdict, down["a"].verdict) == (Verdict.REGRESSED, Verdict.IMPROVED)
    assert up["b"].verdict is down["b"].verdict is Verdict.SAME
    assert (up["a"].low, up["a"].high) == pytest.approx((-down["a"].high, -down["a"].low))


def test_sure_but_small_difference_is_not_red() -> None:
    assert judge_arm({"a": np.full(40, math.log(1.015))})["a"].verdict is Verdict.SAME
    assert judge_arm({"a": np.full(40, math.log(1.025))})["a"].verdict is Verdict.REGRESSED


def test_nothing_is_decided_before_the_first_look() -> None:
    row = judge_arm({"a": np.full(19, 0.5)})["a"]
    assert (row.verdict, row.decided_at, row.note) == (Verdict.INCONCLUSIVE, None, "19 of 20 trials")
    assert judge_arm({"a": np.full(20, 0.5)})["a"].decided_at == 20


def test_early_decision_stands_whatever_follows() -> None:
    row = judge_arm({"a": np.r_[np.full(20, 0.1), np.full(20, -0.1)]})["a"]
    assert (row.verdict, row.decided_at) == (Verdict.REGRESSED, 20)


def test_second_look_decides_what_the_first_left_open() -> None:
    # 16 of 20 above the margin is not enough for eight rows; 32 of 40 is.
    half = np.r_[np.full(16, 0.05), np.full(4, -0.05)]
    rows = {str(i): np.zeros(40) for i in range(7)} | {"x": np.r_[half, half]}
    assert judge_arm({key: row[:20] for key, row in rows.items()})["x"].verdict is Verdict.INCONCLUSIVE
    assert judge_arm(rows)["x"].decided_at == 40
    # A row that was decided need not go on, and one that fell behind does not hold up the others.
    mixed = {key: row[:20] for key, row in rows.items() if key != "x"} | {"x": rows["x"], "late": half}
    found = judge_arm(mixed)
    assert found["x"].verdict is Verdict.REGRESSED
    assert found["late"].verdict is Verdict.INCONCLUSIVE


def lopsided(above: int, n: int, value: float = 0.05) -> np.ndarray:
    """So many values at +value and the rest at -value, mixed evenly."""
    order = np.random.default_rng(above).permutation(n)
    return np.where(order < above, value, -value)


def test_each_look_spends_half_of_the_level() -> None:
    # P(X >= 15) = 0.0207 and P(X >= 16) = 0.0059 of 20: only the second is below 0.0125.
    assert judge_arm({"a": lopsided(15, 20)})["a"].verdict is Verdict.INCONCLUSIVE
    assert judge_arm({"a": lopsided(16, 20)})["a"].verdict is Verdict.REGRESSED
    # P(X >= 26) = 0.0403 and P(X >= 27) = 0.0192 of 40: only the second is below 0.025.
    for inside, verdict in ((26, Verdict.INCONCLUSIVE), (27, Verdict.SAME)):
        values = np.r_[np.zeros(7), np.full(13, 0.1), np.zeros(inside - 7), np.full(27 - inside, 0.1)]
        assert judge_arm({"a": values})["a"].verdict is verdict


def test_decided_rows_keep_their_place_in_the_family() -> None:
    # 28 of 40 has p = 0.0083: enough if the other seven rows were rejected before, too little if they were not.
    late = np.r_[lopsided(14, 20), lopsided(14, 20)]
    for others, verdict in ((0.1, Verdict.REGRESSED), (0.0, Verdict.INCONCLUSIVE)):
        rows = {str(i): np.full(20, others) for i in range(7)} | {"late": late}
        assert judge_arm(rows)["late"].verdict is verdict


def test_difference_between_base_and_base_voids_the_run() -> None:
    quiet, loud = np.linspace(-0.01, 0.01, 20), np.full(20, 0.05)
    for null in (loud, -loud):
        judged = judge({"a": Trials.of(loud, null), "b": Trials.of(quiet, quiet)})
        assert (judged.void, judged.exit_code) == (["a"], 4)
    judged = judge({"a": Trials.of(loud, quiet), "b": Trials.of(quiet, quiet)})
    assert (judged.void, judged.exit_code) == ([], 1)


@pytest.mark.parametrize(
    "new, null", [([1.0], [1.0, 2.0]), ([math.nan], [0.0]), ([[1.0]], [[1.0]]), ([1.0], [math.inf])]
)
def test_trials_refuse_what_is_no_log_ratio(new: list, null: list) -> None:
    with pytest.raises(ValueError):
        Trials.of(new, null)


def one(verdict: Verdict, void: list[str] | None = None) -> Judgement:
    return Judgement({"a": RowVerdict(verdict, 0.05, 0.04, 0.06, 20)}, {}, void or [])


def test_red_needs_a_red_rerun() -> None:
    red = one(Verdict.REGRESSED)
    assert confirm(red, red).exit_code == 1
    for other in (Verdict.SAME, Verdict.INCONCLUSIVE, Verdict.IMPROVED):
        assert confirm(red, one(other)).exit_code == 3
    assert confirm(red, Judgement({}, {})).exit_code == 3
    assert confirm(red, one(Verdict.REGRESSED, ["a"])).exit_code == 4
    assert confirm(one(Verdict.SAME), Judgement({}, {})).exit_code == 0


def test_exit_code_is_the_first_that_applies() -> None:
    red, open_, same, better = Verdict.REGRESSED, Verdict.INCONCLUSIVE, Verdict.SAME, Verdict.IMPROVED
    assert exit_code([red, open_], void=True) == 4
    assert exit_code([open_, red]) == 1
    assert exit_code([same, open_]) == 3
    assert exit_code([same, better]) == 0
    assert exit_code([]) == 3
