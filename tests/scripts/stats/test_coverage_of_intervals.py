"""How often the intervals that are printed hold the truth, on simulated processes: seeds are fixed, nothing is timed."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from bookstore.stats.intervals import spread
from bookstore.stats.metg import metg
from numpy.typing import NDArray

PROCESSES = 7
NOMINAL = 63 / 64  # of [smallest, largest] of seven
TRIALS = 2000
Array = NDArray[np.float64]


def coverage(samples: Sequence[Sequence[float]], truth: float) -> float:
    """The share of samples whose interval holds the truth."""
    found = [spread(sample) for sample in samples]
    assert all(each.is_interval for each in found)
    return float(np.mean([each.low <= truth <= each.high for each in found]))


def bimodal(noise: np.random.Generator) -> Array:
    """Now and then a process of another kind altogether: one in twenty is twice as slow."""
    plain = noise.lognormal(0, 0.1, (TRIALS, PROCESSES))
    return plain * np.where(noise.random(plain.shape) < 0.05, 2.0, 1.0)


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda noise: noise.normal(0, 1, (TRIALS, PROCESSES)), 0.0),
        (lambda noise: noise.lognormal(0, 0.5, (TRIALS, PROCESSES)), 1.0),
        (lambda noise: noise.pareto(1, (TRIALS, PROCESSES)), 1.0),  # no mean, no variance
        (bimodal, None),
    ],
)
def test_the_median_over_processes(draw: Callable[[np.random.Generator], Array], truth: float | None) -> None:
    samples = draw(np.random.default_rng(1))
    if truth is None:
        truth = float(np.median(draw(np.random.default_rng(2))))
    assert 0.97 <= coverage(samples.tolist(), truth) <= 1.0
    assert NOMINAL == pytest.approx(0.984, abs=0.001)


def test_fewer_than_the_nominal_processes_would_not_cover() -> None:
    # The test could fail: without its smallest and its largest process the interval of five holds 94 % at most.
    samples = np.sort(np.random.default_rng(1).normal(0, 1, (TRIALS, PROCESSES)), axis=1)
    inner = float(np.mean((samples[:, 1] <= 0) & (0 <= samples[:, -2])))
    assert inner < 0.95


SIZES = [10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0]


def processes_of_a_runtime(noise: np.random.Generator) -> list[list[float]]:
    """Efficiencies by size: a price a task that each process has of its own, and noise a row."""
    made = []
    for price in noise.lognormal(np.log(120), 0.15, PROCESSES):
        rows = [size / (size + price) * noise.lognormal(0, 0.03) for size in SIZES]
        made.append([float(row) for row in rows])
    return made


def test_metg_over_processes() -> None:
    noise = np.random.default_rng(3)
    # The truth: the median METG of very many processes.
    many = [
        metg(SIZES, [process], 0.5).ns.median
        for _ in range(1000)
        for process in processes_of_a_runtime(noise)
    ]
    truth = float(np.median(many))
    found = [metg(SIZES, processes_of_a_runtime(noise), 0.5).ns for _ in range(TRIALS)]
    assert 0.97 <= float(np.mean([each.low <= truth <= each.high for each in found])) <= 1.0


def delays(noise: np.random.Generator, shape: tuple[int, ...], tasks: int, warm_up: int) -> Array:
    """Delays in a queue of one server at a load of 0.9, by Lindley's recursion: neighbours wait alike.

    Exponential arrivals and service; how fast the server is differs from process to process by 3 %.
    """
    speed = noise.lognormal(0, 0.03, shape)
    waiting = np.zeros(shape)
    kept = np.empty((tasks, *shape))
    for task in range(warm_up + tasks):
        service = 0.9 * noise.exponential(size=shape) * speed
        if task >= warm_up:
            kept[task - warm_up] = waiting + service
        waiting = np.maximum(0.0, waiting + service - noise.exponential(size=shape))
    return kept


def test_delay_p99_over_processes_whose_queues_remember() -> None:
    """The p99 of a run of 4,000 tasks rests on some dozens that are independent; over processes that does no harm."""
    noise = np.random.default_rng(4)
    runs = delays(noise, (600, PROCESSES), 4000, 500)
    p99 = np.percentile(runs, 99, axis=0)
    truth = float(np.median(np.percentile(delays(noise, (4000,), 4000, 500), 99, axis=0)))
    assert 0.97 <= coverage(p99.tolist(), truth) <= 1.0
    # An interval from one run's ranks as if its tasks were independent would miss most of the time.
    ranks = np.sort(runs[:, :, 0], axis=0)
    half = 1.96 * (4000 * 0.99 * 0.01) ** 0.5
    low, high = ranks[int(3960 - half)], ranks[int(3960 + half)]
    assert float(np.mean((low <= truth) & (truth <= high))) < 0.6
