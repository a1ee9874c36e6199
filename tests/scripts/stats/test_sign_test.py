"""The sign test against known tables."""

import numpy as np
import pytest
from bookstore.stats.sign_test import sign_test


@pytest.mark.parametrize(
    # Critical values of the one-sided sign test, as in Dixon and Mood's table and every textbook after it.
    "n, alpha, critical",
    [
        (8, 0.05, 7),
        (10, 0.05, 9),
        (12, 0.05, 10),
        (15, 0.05, 12),
        (20, 0.05, 15),
        (25, 0.01, 19),
        (30, 0.01, 22),
    ],
)
def test_sign_test_has_the_tabulated_critical_values(n: int, alpha: float, critical: int) -> None:
    for above, rejected in ((critical, True), (critical - 1, False)):
        values = np.r_[np.ones(above), -np.ones(n - above)]
        assert (sign_test(values) <= alpha) is rejected


def test_sign_test_is_exact_and_counts_ties_against_rejection() -> None:
    assert sign_test([1, 2, 3, 4, -1]) == 6 / 32
    assert sign_test([0.5, 2, 3], bound=0.5) == 4 / 8
    assert sign_test([]) == 1.0
