"""METG and efficiency against answers known by hand."""

import math

import pytest
from bookstore.stats.metg import BELOW_SMALLEST, NOT_REACHED, crossing, efficiency, isotonic, metg

SIZES = [10.0, 100.0, 1000.0, 10_000.0]


def with_overhead(sizes: list[float], overhead: float) -> list[float]:
    return [size / (size + overhead) for size in sizes]


def test_efficiency_is_the_sequential_time_over_what_the_cores_could_do_at_best() -> None:
    assert efficiency(100, 1, 100) == 1
    assert efficiency(100, 2, 50) == 1
    assert efficiency(100, 1.6, 125) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("values", "fit"),
    [
        ([1, 2, 3], [1, 2, 3]),
        ([3, 2, 1], [2, 2, 2]),
        ([1, 3, 2, 4], [1, 2.5, 2.5, 4]),
        ([1, 5, 3, 1, 6], [1, 3, 3, 3, 6]),
        ([4, 1, 2, 3], [7 / 3, 7 / 3, 7 / 3, 3]),  # a pool that passes the next value takes it in
        ([2], [2]),
    ],
)
def test_the_monotone_fit(values: list[float], fit: list[float]) -> None:
    assert isotonic(values) == pytest.approx(fit)


def test_halfway_in_the_logarithm() -> None:
    assert crossing(SIZES, [0.1, 0.4, 0.6, 0.9], 0.5) == pytest.approx(math.sqrt(100 * 1000))
    assert crossing(SIZES, [0.1, 0.4, 0.6, 0.9], 0.6) == pytest.approx(1000)
    assert crossing(SIZES, [0.0, 0.2, 0.8, 1.0], 0.35) == pytest.approx(10 ** (2 + 0.25))


def test_a_fixed_overhead_is_half_the_time_of_a_task_as_long_as_itself() -> None:
    sizes = [2.0**exponent for exponent in range(20)]
    efficiencies = with_overhead(sizes, 64.0)
    assert crossing(sizes, efficiencies, 0.5) == pytest.approx(64)
    assert crossing(sizes, efficiencies, 0.9) == pytest.approx(9 * 64, rel=0.04)


def test_answers_that_are_no_size() -> None:
    assert crossing(SIZES, [0.5, 0.7, 0.8, 0.9], 0.5) == BELOW_SMALLEST
    assert crossing(SIZES, [0.1, 0.2, 0.3, 0.49], 0.5) == NOT_REACHED


def test_efficiency_that_does_not_stay_does_not_count() -> None:
    # 0.6 at 100 ns alone would be an answer; what follows pulls it down.
    assert crossing(SIZES, [0.1, 0.6, 0.2, 0.9], 0.5) == pytest.approx(1000 * 10 ** (0.1 / 0.5))
    assert crossing(SIZES, [0.9, 0.1, 0.1, 0.1], 0.5) == NOT_REACHED


def test_each_process_has_a_crossing_of_its_own_and_the_interval_is_exact() -> None:
    overheads = (70, 80, 90, 100, 110, 120, 130)
    processes = [with_overhead(SIZES, overhead) for overhead in overheads]
    own = [crossing(SIZES, efficiencies, 0.5) for efficiencies in processes]
    found = metg(SIZES, processes, 0.5).ns
    assert (found.low, found.median, found.high) == (own[0], own[3], own[6])
    assert found.level == pytest.approx(63 / 64)
    assert not metg(SIZES, processes[:5], 0.5).ns.is_interval
    # The crossing of the medians by size would be that of a process that never ran.
    early, late = [0.4, 0.9, 0.9, 0.9], [0.1, 0.1, 0.6, 0.9]
    assert metg(SIZES, [early, late, late], 0.5).ns.median == crossing(SIZES, late, 0.5)


def test_an_interval_may_end_in_an_answer_that_is_no_size() -> None:
    fast, slow = [0.6, 0.8, 0.9, 1.0], [0.1, 0.2, 0.3, 0.4]
    found = metg(SIZES, [fast] * 4 + [slow] * 3, 0.5).ns
    assert (found.low, found.median, found.high) == (BELOW_SMALLEST, BELOW_SMALLEST, NOT_REACHED)


def test_half_way_to_an_answer_that_is_no_size_there_is_nothing() -> None:
    fast, middle, slow = [0.6, 0.8, 0.9, 1.0], [0.1, 0.5, 0.8, 1.0], [0.1, 0.2, 0.3, 0.4]
    assert metg(SIZES, [fast, middle], 0.5).ns.median == pytest.approx(100)
    assert metg(SIZES, [middle, slow], 0.5).ns.median == NOT_REACHED
    assert metg(SIZES, [middle, middle], 0.5).ns.median == pytest.approx(100)


def test_no_process_has_no_metg() -> None:
    with pytest.raises(ValueError):
        metg(SIZES, [], 0.5)
