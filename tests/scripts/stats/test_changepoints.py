"""Change points where neighbours are alike: rates on simulated series, and published series whose change is known."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from bookstore.stats.changepoints import find_changes
from bookstore.stats.many_rows import level_over_rows
from bookstore.stats.outliers import find_outliers
from bookstore.stats.series import Findings, Settings
from bookstore.stats.tails import tail_probability

SERIES = 100
SIGMA = 0.04

# Annual flow of the Nile at Aswan 1871-1970, 10^8 m^3 (Cobb, Biometrika 65, 1978): it fell in 1899. The low of 1913
# is the outlier that the literature knows (Balke, 1993).
NILE = """1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958 1140 1100 1210 1150
1250 1260 1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050 969 831 726 456 824 702 1120 1100 832 764 821
768 845 864 862 698 845 744 796 1040 759 781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 874 848
890 744 749 838 1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740"""

# British coal-mining disasters a year, 1851-1962 (Jarrett, Biometrika 66, 1979). Carlin, Gelfand and Smith (1992) put
# the change most probably at 1890 to 1892.
COAL = """4 5 4 1 0 4 3 4 0 6 3 3 4 0 2 6 3 3 5 4 5 3 1 4 4 1 5 5 3 4 2 5 2 2 3 4 2 1 3 2 2 1 1 1 1 3 0 0 1 0 1 1 0 0 3 1
0 3 2 2 0 1 1 1 0 1 0 1 0 0 0 2 1 0 0 0 1 1 0 2 3 3 1 1 2 1 1 1 1 2 4 2 0 0 0 1 4 0 0 0 1 0 0 0 0 0 1 0 0 1 0 1"""


def share(
    make: Callable[[np.random.Generator], np.ndarray], wanted: Callable[[Findings], bool], n: int = SERIES
) -> float:
    rng = np.random.default_rng(5)
    return sum(wanted(find_changes(make(rng))) for _ in range(n)) / n


def step(before: int, after: int, sigmas: float) -> Callable[[np.random.Generator], np.ndarray]:
    return lambda rng: np.r_[rng.normal(0.0, SIGMA, before), rng.normal(sigmas * SIGMA, SIGMA, after)]


def one_near(index: int, tolerance: int) -> Callable[[Findings], bool]:
    return lambda found: (
        len(found.changes) == 1 and not found.drifts and abs(found.changes[0].index - index) <= tolerance
    )


def any_change(found: Findings) -> bool:
    return bool(found.changes or found.drifts or found.unsettled)


def alike(rng: np.random.Generator, n: int, coefficient: float, sigma: float) -> np.ndarray:
    """An autoregression of order one with innovations of this size, from its stationary state on."""
    values = rng.normal(0.0, sigma, n)
    values[0] /= math.sqrt(1.0 - coefficient**2)
    for i in range(1, n):
        values[i] += coefficient * values[i - 1]
    return values


def test_change_of_four_sigma_is_found() -> None:
    assert share(step(15, 15, 4.0), one_near(15, 2)) >= 0.90


def test_change_of_three_sigma_is_found() -> None:
    assert share(step(15, 15, 3.0), one_near(15, 2)) >= 0.75


def test_change_of_two_sigma_is_found() -> None:
    assert share(step(30, 30, 2.0), one_near(30, 6)) >= 0.85


@pytest.mark.parametrize("n, coefficient", [(80, 0.8), (80, 0.5), (30, 0.8)])
def test_neighbours_that_are_alike_are_no_change(n: int, coefficient: float) -> None:
    found = share(lambda rng: alike(rng, n, coefficient, 0.008), any_change, 150)
    assert found * 150 <= 8


def test_change_of_one_sigma_is_reported_only(record_property: Callable[[str, object], None]) -> None:
    # No rate is promised; it cannot be below that of stationary series, nor above that of larger changes.
    found = share(step(30, 30, 1.0), lambda found: bool(found.changes), 60)
    record_property("found", found)
    assert 0.03 < found < 0.85


@pytest.mark.parametrize(
    "make, most",
    [
        (lambda rng: rng.normal(0.0, SIGMA, 60), 0.03),
        (lambda rng: rng.normal(0.0, SIGMA, 20), 0.03),
        # Of large values one way only there is no sign in their order, but a few side by side look like a level.
        (lambda rng: rng.exponential(SIGMA, 60), 0.06),
    ],
    ids=["gaussian", "short", "skewed"],
)
def test_stationary_series_have_no_change(
    make: Callable[[np.random.Generator], np.ndarray], most: float
) -> None:
    assert share(make, any_change) <= most


def test_single_outlier_is_marked_and_no_change() -> None:
    places = np.random.default_rng(6).integers(60, size=SERIES)
    rng = np.random.default_rng(7)
    wrong, marked = 0, 0
    for place in places:
        series = rng.normal(0.0, SIGMA, 60)
        series[place] += 10.0 * SIGMA
        found = find_changes(series)
        wrong += any_change(found)
        marked += int(place) in found.outliers
    assert wrong / SERIES <= 0.03
    assert marked / SERIES >= 0.97


@pytest.mark.parametrize("slope", [1.0, -1.0])
def test_drift_is_named_as_drift(slope: float) -> None:
    def drifting(rng: np.random.Generator) -> np.ndarray:
        return slope * np.linspace(0.0, 6.0 * SIGMA, 60) + rng.normal(0.0, SIGMA, 60)

    def named(found: Findings) -> bool:
        return not found.changes and len(found.drifts) == 1 and found.drifts[0].size * slope > 0.0

    assert share(drifting, named, 60) >= 0.90


def test_change_that_is_undone_gives_two() -> None:
    def there_and_back(rng: np.random.Generator) -> np.ndarray:
        level = np.r_[np.zeros(26), np.full(8, 3.0 * SIGMA), np.zeros(26)]
        return level + rng.normal(0.0, SIGMA, 60)

    def two(found: Findings) -> bool:
        return [change.size > 0.0 for change in found.changes] == [True, False]

    assert share(there_and_back, two, 60) >= 0.75


def test_nile() -> None:
    found = find_changes(np.log([float(value) for value in NILE.split()]))
    assert [1871 + change.index for change in found.changes] == [1899]
    assert [1871 + index for index in found.outliers] == [1913]
    assert found.drifts == []
    # The means of the two periods, 1097.75 and 849.97, are published with the data: a fall of 22.6 %.
    assert math.expm1(found.changes[0].size) == pytest.approx(-0.226, abs=0.04)


def test_coal() -> None:
    counts = [float(value) for value in COAL.split()]
    # 191 disasters in 112 years, as published: the table above is whole.
    assert (len(counts), sum(counts)) == (112, 191)
    found = find_changes(counts)
    assert len(found.changes) == 1
    # Raftery and Akman (Biometrika 73, 1986) give 1887 to 1895 for the change.
    assert 1887 <= 1851 + found.changes[0].index <= 1895


def test_levels_that_come_and_go_are_found_though_they_look_like_noise_from_afar() -> None:
    def to_and_fro(rng: np.random.Generator) -> np.ndarray:
        return np.repeat([0.0, 4.0 * SIGMA, 0.0, 4.0 * SIGMA], 15) + rng.normal(0.0, SIGMA, 60)

    def three(found: Findings) -> bool:
        return [change.size > 0.0 for change in found.changes] == [True, False, True]

    assert share(to_and_fro, three, 40) >= 0.70


# Levels of runs one after the other, and the indices at which they change; the last is unsettled if it is short.
@pytest.mark.parametrize(
    "levels, changes, unsettled",
    [
        ([(4, 200.0), (60, 180.0)], [4], None),
        ([(4, 200.0), (300, 180.0)], [4], None),
        ([(2, 200.0), (60, 180.0)], [2], None),
        ([(4, 300.0), (20, 200.0), (20, 190.0)], [4, 24], None),
        ([(2, 300.0), (20, 200.0), (20, 190.0)], [2, 22], None),
        ([(15, 100.0), (15, 120.0), (2, 240.0)], [15], 30),
        ([(15, 100.0), (15, 120.0), (3, 60.0)], [15], 30),
        ([(30, 100.0), (1, 120.0)], [], 30),
        ([(30, 100.0), (2, 120.0)], [], 30),
        ([(30, 100.0), (3, 120.0)], [], 30),
        ([(30, 100.0), (4, 80.0)], [], 30),
        ([(30, 100.0), (5, 120.0)], [30], None),
        ([(30, 100.0), (40, 120.0)], [30], None),
        ([(20, 100.0), (20, 110.0), (20, 121.0), (2, 200.0)], [20, 40], 60),
    ],
)
def test_early_and_late_changes_hide_no_others(
    levels: list[tuple[int, float]], changes: list[int], unsettled: int | None
) -> None:
    for seed in range(5):
        series = np.concatenate([np.full(count, math.log(level)) for count, level in levels])
        found = find_changes(series + np.random.default_rng(seed).normal(0.0, 0.005, series.size))
        assert [change.index for change in found.changes] == changes
        assert (found.unsettled.index if found.unsettled else None) == unsettled
        assert not found.drifts and not found.outliers
        if found.unsettled:
            expected = math.log(levels[-1][1] / levels[-2][1])
            assert found.unsettled.size == pytest.approx(expected, abs=0.02)
            assert found.unsettled.runs == levels[-1][0]


def test_what_now_and_then_takes_another_value_is_noise() -> None:
    # Where a fifth of the runs are 10 % slower these are no outliers, and a few of them side by side no level.
    def two_kinds(rng: np.random.Generator) -> np.ndarray:
        return rng.normal(0.0, 0.01, 80) + np.where(rng.random(80) < 0.2, 0.1, 0.0)

    assert share(two_kinds, any_change, 60) <= 0.06
    assert find_outliers(two_kinds(np.random.default_rng(1))) == []


@pytest.mark.parametrize("sigma", [0.003, 0.02])
@pytest.mark.parametrize(
    "level, begin, end",
    [
        (np.minimum(np.arange(80), 40), 0, 40),
        (np.maximum(np.arange(80) - 40, 0), 40, 79),
        (np.clip(np.arange(120) - 33, 0, 40), 33, 73),
        (np.maximum(np.arange(80) - 65, 0) * 2.0, 65, 79),
    ],
    ids=["ends", "begins", "begins and ends", "began of late"],
)
def test_a_drift_that_begins_or_ends_is_one_drift(
    level: np.ndarray, begin: int, end: int, sigma: float
) -> None:
    def drifting(rng: np.random.Generator) -> np.ndarray:
        return 0.01 * level + rng.normal(0.0, sigma, level.size)

    def near(found: Findings) -> bool:
        return (
            bool(found.drifts)
            and max(abs(found.drifts[0].begin - begin), abs(found.drifts[0].end - end)) <= 8
        )

    def moved(found: Findings) -> bool:
        return bool(found.changes or found.drifts)

    def one(found: Findings) -> bool:
        return not found.changes and not found.unsettled and len(found.drifts) == 1 and near(found)

    assert share(drifting, moved, 12) >= 0.8
    assert share(drifting, one, 12) >= (0.9 if sigma < 0.01 else 0.5)


@pytest.mark.parametrize("first", [120.0, 125.0, 117.0])
def test_the_first_run_after_a_change_is_named_though_it_overshoots(first: float) -> None:
    quiet = np.random.default_rng(3).normal(0.0, 0.003, 32)
    series = np.log(np.r_[np.full(30, 100.0), [first, 119.0]]) + quiet
    found = find_changes(series)
    assert found.unsettled is not None and found.unsettled.index == 30 and not found.outliers


def test_a_drift_has_no_outliers_at_its_ends_and_hides_no_fresh_step() -> None:
    rng = np.random.default_rng(2)
    whole = find_changes(0.02 * np.arange(40) + rng.normal(0.0, 0.003, 40))
    assert (len(whole.drifts), whole.changes, whole.outliers, whole.unsettled) == (1, [], [], None)
    assert (whole.drifts[0].begin, whole.drifts[0].end) == (0, 39)
    fresh = np.concatenate([0.02 * np.arange(40), np.full(2, 1.1)]) + rng.normal(0.0, 0.003, 42)
    found = find_changes(fresh)
    assert len(found.drifts) == 1 and found.unsettled is not None and found.unsettled.index == 40


def test_noise_that_is_rounded_away_is_no_evidence() -> None:
    assert find_changes(np.log(np.r_[np.full(20, 100.0), [101.0], np.full(20, 100.0)])).p_value > 0.01
    exact = find_changes(np.r_[np.zeros(15), np.full(15, 0.2)])
    assert [change.index for change in exact.changes] == [15]


def test_p_values_below_what_can_be_counted_follow_the_tail() -> None:
    rng = np.random.default_rng(4)
    drawn = 2.0 * rng.exponential(size=999)
    assert tail_probability(2.0, drawn) == pytest.approx(math.exp(-1.0), rel=0.1)
    assert tail_probability(30.0, drawn) == pytest.approx(math.exp(-15.0), rel=0.9)
    assert tail_probability(0.0, drawn) == 1.0


def test_the_level_of_many_rows() -> None:
    assert level_over_rows([0.009], 0.01) == 0.01
    # One row of a hundred must be a hundred times as sure; where half of them move, half as much does.
    assert level_over_rows([0.009] + [0.5] * 99, 0.01) == pytest.approx(1e-4)
    assert level_over_rows([1e-6] * 50 + [0.5] * 50, 0.01) == pytest.approx(0.005)
    assert level_over_rows([], 0.01) == 0.01


def test_small_changes_are_let_be() -> None:
    quiet = np.random.default_rng(10).normal(0.0, 0.001, 40)
    assert find_changes(quiet + np.r_[np.zeros(20), np.full(20, 0.02)]).changes == []
    found = find_changes(quiet + np.r_[np.zeros(20), np.full(20, 0.04)]).changes
    assert [change.index for change in found] == [20]
    assert found[0].size == pytest.approx(0.04, abs=0.002)


def test_small_steps_add_up_to_a_change() -> None:
    quiet = np.random.default_rng(14).normal(0.0, 0.001, 60)
    found = find_changes(quiet + np.repeat([0.0, 0.02, 0.04], 20))
    assert len(found.changes) == 1 and found.changes[0].index in (20, 40)


def test_short_and_constant_series() -> None:
    assert not find_changes([]).enough
    assert not find_changes([0.1] * 9).enough
    assert find_changes([0.1] * 30) == Findings(points=30)
    with pytest.raises(ValueError):
        find_changes([0.0, math.nan])


def test_five_points_make_a_change_and_four_do_not() -> None:
    noise = np.random.default_rng(11).normal(0.0, 0.01, 30)
    five = find_changes(noise + np.r_[np.zeros(25), np.full(5, 0.2)])
    assert [change.index for change in five.changes] == [25]
    four = find_changes(noise[:29] + np.r_[np.zeros(25), np.full(4, 0.2)])
    assert four.changes == [] and four.unsettled is not None and four.unsettled.index == 25


def test_the_newest_point_alone_is_no_outlier_yet() -> None:
    noise = np.random.default_rng(12).normal(0.0, 0.01, 30)
    noise[-1] += 0.5
    assert find_outliers(noise) == []
    assert find_outliers(np.r_[noise, noise[:4]]) == [29]
    found = find_changes(noise)
    assert found.unsettled is not None and found.unsettled.runs == 1


def test_findings_do_not_depend_on_chance() -> None:
    series = step(20, 20, 1.2)(np.random.default_rng(13))
    assert find_changes(series) == find_changes(series)


def test_settings_that_cannot_decide_are_refused() -> None:
    with pytest.raises(ValueError):
        Settings(permutations=50)
