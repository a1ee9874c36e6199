"""Likelihood ratios of steps, stretches and lines, against their definition; series of noise alone."""

import math

import numpy as np
import pytest
from bookstore.stats import noise
from bookstore.stats.steps import Explanations, best_of, coefficients, explanations


def ratio(values: np.ndarray, column: np.ndarray) -> float:
    """The likelihood ratio by dense least squares, for each coefficient on its own."""
    ones = np.ones(values.size)
    values = values - np.median(values)
    best = {}
    for name, columns in (("level", [ones]), ("more", [ones, column])):
        best[name] = -math.inf
        for alike in coefficients:
            # The covariance of an autoregression of order one, up to the innovations' variance.
            lags = np.abs(np.subtract.outer(np.arange(values.size), np.arange(values.size)))
            inverse = np.linalg.inv(alike**lags / (1.0 - alike**2)) if alike else np.eye(values.size)
            design = np.stack(columns, axis=1)
            weights = np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ values)
            rest = values - design @ weights
            likelihood = math.log1p(-(alike**2)) - values.size * math.log(rest @ inverse @ rest)
            best[name] = max(best[name], likelihood)
    return best["more"] - best["level"]


def test_ratios_against_their_definition() -> None:
    rng = np.random.default_rng(0)
    series = rng.normal(size=(17, 3))
    stretches = np.array([(1, 17), (5, 17), (16, 17), (3, 9), (12, 16)])
    found = Explanations(17, stretches).ratios(series)
    for number in range(3):
        expected = []
        for begin, end in stretches:
            inside = np.zeros(17)
            inside[begin:end] = 1.0
            expected.append(ratio(series[:, number], inside))
        assert found.step[number] == pytest.approx(max(expected), rel=1e-6)
        assert found.best[number] == int(np.argmax(expected))
        assert found.line[number] == pytest.approx(ratio(series[:, number], np.arange(17.0)), rel=1e-6)


def test_ratios_do_not_depend_on_place_and_scale() -> None:
    series = np.random.default_rng(1).normal(size=(30, 1))
    made = explanations(30, 1, 1)
    one, other = made.ratios(series), made.ratios(1e-6 * series + 1e3)
    assert one.step == pytest.approx(other.step, rel=1e-3) and one.best == other.best


def test_what_is_tried_grows_with_the_series_and_no_faster() -> None:
    sizes = [len(explanations(n, 1, 1).stretches) for n in (100, 1000, 10_000)]
    assert sizes[1] <= 12 * sizes[0] and sizes[2] <= 12 * sizes[1]
    assert len(explanations(3, 1, 1).stretches) == 2


def test_a_series_without_noise_has_no_infinite_ratio() -> None:
    constant, step = np.zeros((20, 1)), np.repeat([0.0, 1.0], 10)[:, np.newaxis]
    made = explanations(20, 1, 1)
    assert made.ratios(constant).step[0] == 0.0
    found = made.ratios(step)
    assert math.isfinite(found.step[0]) and tuple(made.stretches[found.best[0]]) == (10, 20)
    assert best_of(step[:, 0], made.stretches) == (10, 20)


def test_noise_is_as_alike_as_the_series_that_it_was_seen_in() -> None:
    rng = np.random.default_rng(0)
    values = np.zeros(2000)
    for i in range(1, values.size):
        values[i] = 0.8 * values[i - 1] + rng.normal()
    seen = noise.estimate(values, [np.ones(values.size)])
    drawn = seen.draw(500, 40, rng)
    neighbours = [np.corrcoef(column[:-1], column[1:])[0, 1] for column in drawn.T]
    assert np.mean(neighbours) == pytest.approx(0.8, abs=0.05)
    assert drawn.std() == pytest.approx(values.std(), rel=0.1)


def test_a_step_is_not_taken_for_noise() -> None:
    rng = np.random.default_rng(3)
    inside = np.repeat([0.0, 1.0], 50)
    values = rng.normal(size=100) + 10.0 * inside
    beside = noise.estimate(values, [np.ones(100), inside])
    assert beside.draw(100, 50, rng).std() == pytest.approx(1.0, rel=0.2)
    # Longer than what was seen, the innovations come again in another order.
    assert beside.draw(250, 3, rng).shape == (250, 3)


def test_a_fit_is_that_of_least_squares_though_columns_follow_from_others() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=40)
    places = np.arange(40.0)
    columns = [np.ones(40), places, noise.slope_from(0, 40), (places >= 20.0).astype(float), np.zeros(40)]
    found = noise.fit(values, columns)
    best = {}
    for alike in noise.coefficients:
        left, right = noise.whitened(np.stack(columns, axis=1), alike), noise.whitened(values, alike)
        rest = right - left @ np.linalg.lstsq(left, right, rcond=None)[0]
        best[float(alike)] = math.log1p(-alike * alike) - 40 * math.log(rest @ rest)
    assert found.likelihood == pytest.approx(max(best.values()), rel=1e-9)
    assert found.alike == max(best, key=lambda alike: best[alike])


@pytest.mark.parametrize("size, n, count", [(2000, 300, 20), (2000, 1500, 5), (50, 20, 7), (50, 120, 3)])
def test_noise_has_each_innovation_as_often_as_it_fits(size: int, n: int, count: int) -> None:
    innovations = np.arange(1.0, size + 1.0)
    drawn = noise.Noise(np.array([1.0, 0.0]), innovations).draw(n, count, np.random.default_rng(3))
    assert drawn.shape == (n, count)
    for column in drawn.T:
        times = np.unique(column, return_counts=True)[1]
        assert times.max() <= -(-n // size) and set(column) <= set(innovations)
    assert not np.array_equal(drawn[:, 0], drawn[:, 1])
