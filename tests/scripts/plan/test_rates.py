"""Rates of open load as multiples of what was closed."""

import pytest
from bookstore.plan.rates import Basis, is_hopeless, rate_of, rates, rounded


@pytest.mark.parametrize(
    ("value", "step"),
    [
        (49_100, 50_000),
        (42_000, 50_000),
        (36_000, 30_000),
        (12_300, 15_000),
        (12_000, 10_000),
        (8_500, 10_000),
        (3.2, 3),
    ],
)
def test_what_was_measured_is_rounded_so_that_rows_keep_their_names(value: float, step: float) -> None:
    assert rounded(value) == pytest.approx(step)


def test_a_twentieth_more_or_less_changes_no_name() -> None:
    for base in (1, 1.5, 2, 3, 5, 7):
        assert rounded(1000 * base * 1.05) == rounded(1000 * base * 0.95) == pytest.approx(1000 * base)


@pytest.mark.parametrize(
    ("base", "cores", "expected"),
    [
        (50_000, 1, [5000, 35_000, 70_000]),
        (50_000, 2, [5000, 35_000, 70_000]),
        (30_000, 4, [3000, 21_000, 42_000, 84_000]),
        (50_000, 8, [5000, 35_000, 70_000, 280_000]),
        (50_000, 192, [5000, 35_000, 70_000, 560_000]),  # no plan of a run is longer than can be proved
    ],
)
def test_rates_are_multiples_and_a_larger_machine_meets_one_more(
    base: float, cores: int, expected: list[int]
) -> None:
    assert rates(base, cores) == expected
    assert rate_of(7, 0.1) == 1


def test_what_comes_far_faster_than_it_was_served_closed_is_hopeless() -> None:
    basis = Basis(50_000, 49_000, "x", {}, {("tbb", 1): 40_000})
    assert is_hopeless(basis, "tbb", 1, 70_000) and not is_hopeless(basis, "tbb", 1, 45_000)
    assert not is_hopeless(basis, "go", 1, 1e9)
