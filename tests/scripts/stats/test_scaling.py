"""Scaling laws: published answers."""

import pytest

from bookstore.stats.scaling import Usl, fit_usl, usl_range

# The raytracer set of R's package usl.
CORES = [1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64]
RATES = [20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310]


def test_the_published_fit_is_found() -> None:
    found = fit_usl(CORES, RATES)
    assert found.alpha == pytest.approx(0.057771, abs=1e-6)
    assert found.beta == pytest.approx(0, abs=1e-9)  # unbounded fits give a negative one
    assert found.gamma == pytest.approx(21.848843, abs=1e-4)
    low, high = usl_range(CORES, RATES)
    assert low.alpha < found.alpha < high.alpha and low.gamma < found.gamma < high.gamma


def test_a_law_is_found_again() -> None:
    law = Usl(0.03, 0.0005, 1000.0)
    found = fit_usl(CORES, [law.rate(count) for count in CORES])
    assert (found.alpha, found.beta, found.gamma) == pytest.approx((0.03, 0.0005, 1000.0), rel=1e-4)
    # Amdahl: one part in twenty is done by one.
    assert Usl(0.05, 0.0, 1.0).rate(16) == pytest.approx(9.142857, abs=1e-6)


def test_five_core_counts_are_too_few() -> None:
    with pytest.raises(ValueError, match="6 are needed"):
        fit_usl(CORES[:5], RATES[:5])
    with pytest.raises(ValueError, match="6 are needed"):
        usl_range(CORES[:5], RATES[:5])
    low, high = usl_range(CORES[:6], RATES[:6])
    assert low.alpha < fit_usl(CORES[:6], RATES[:6]).alpha < high.alpha
