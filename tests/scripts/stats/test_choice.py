"""The best worker count, and when a search for it ends."""

import pytest
from bookstore.stats.choice import best_count, contenders, ended


@pytest.mark.parametrize(
    ("times", "best"),
    [
        ({16: [3.0], 64: [2.0], 128: [1.0]}, 128),
        ({16: [3.0], 64: [1.01], 128: [1.0]}, 64),  # alike: the fewer
        ({16: [3.0], 64: [1.03], 128: [1.0]}, 128),
        ({16: [1.0, 9.0, 1.0], 64: [2.0, 2.0, 2.0]}, 16),  # medians
        ({16: [], 64: [2.0]}, 64),
    ],
)
def test_the_fewest_workers_of_the_fastest(times: dict[int, list[float]], best: int) -> None:
    assert best_count(times) == best


def test_nothing_measured_has_no_best() -> None:
    with pytest.raises(ValueError):
        best_count({4: []})


@pytest.mark.parametrize(
    ("medians", "over"),
    [
        ([4.0], False),
        ([4.0, 4.0], False),
        ([4.0, 4.0, 4.0], True),
        ([4.0, 4.0, 3.0], False),  # the second doubling brings something
        ([4.0, 3.0, 3.0], False),  # only one so far that brings nothing
        ([4.0, 3.0, 3.0, 2.96], True),  # hardly anything
    ],
)
def test_two_doublings_that_bring_nothing_end_the_search(medians: list[float], over: bool) -> None:
    assert ended({2**index: [value] for index, value in enumerate(medians)}) is over


def test_what_is_near_the_best_stands_for_choice() -> None:
    assert contenders({16: [1.5], 32: [1.05], 64: [1.0], 128: [1.2]}, 0.1) == [32, 64]
    assert contenders({}, 0.1) == []
