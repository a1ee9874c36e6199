"""Holm's step-down by hand."""

import pytest
from bookstore.stats.holm import holm


def test_holm_steps_down() -> None:
    # 0.01 x 4, 0.02 x 3, then the running maximum: 0.03 x 2 = 0.06 and 0.04 x 1 raised to it.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.005, 0.011, 0.02, 0.04, 0.13]) == pytest.approx([0.025, 0.044, 0.06, 0.08, 0.13])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
