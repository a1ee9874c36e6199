"""Intervals of rates of events that are made of many values."""

import numpy as np
import pytest

from bookstore.stats.bootstrap import redrawn_rate_interval


def test_all_plays_alike() -> None:
    low, high = redrawn_rate_interval([0] * 20, [10] * 20)
    assert (low, high) == (0.0, pytest.approx(1 - 0.025 ** (1 / 200)))
    low, high = redrawn_rate_interval([10] * 20, [10] * 20)
    assert (low, high) == (pytest.approx(0.025 ** (1 / 200)), 1.0)


def test_the_chance_of_few_plays_is_no_difference_between_samples() -> None:
    order = np.random.default_rng(1)
    hits = order.binomial(10, 0.5, 400)  # samples that do not differ at all
    low, high = redrawn_rate_interval(hits.tolist(), [10] * 400)
    assert 0.5 - 0.04 < low < 0.5 < high < 0.5 + 0.04
    rates = order.choice([0.2, 0.8], 400)  # and samples that do
    low, high = redrawn_rate_interval(order.binomial(10, rates).tolist(), [10] * 400)
    assert low < 0.3 and high > 0.7


def test_samples_without_plays_do_not_count() -> None:
    assert redrawn_rate_interval([1, 2, 0], [4, 4, 0]) == redrawn_rate_interval([1, 2], [4, 4])
    with pytest.raises(ValueError):
        redrawn_rate_interval([1, 0], [4, 0])


def test_it_covers_the_rate_of_an_event_that_is_made_of_many_values() -> None:
    """The event: 13 of 20 drawn values are large. Counting the events played as independent would cover a third."""
    order = np.random.default_rng(7)
    share, size, samples, plays = 0.6, 60, 60, 10
    truth = float(np.mean(order.binomial(20, share, 200_000) >= 13))
    covered = narrow = 0
    for _ in range(300):
        pool = order.random(size) < share
        redrawn = pool[order.integers(0, size, (samples, size))].mean(axis=1)
        hits = (order.binomial(20, redrawn[:, None], (samples, plays)) >= 13).sum(axis=1)
        low, high = redrawn_rate_interval(hits.tolist(), [plays] * samples)
        covered += low <= truth <= high
        mean = hits.sum() / (samples * plays)
        narrow += abs(mean - truth) <= 1.96 * np.sqrt(mean * (1 - mean) / (samples * plays))
    assert covered / 300 >= 0.88 and narrow / 300 < 0.5
