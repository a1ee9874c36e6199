"""The level of each test where many rows are tested at once."""

from __future__ import annotations

from collections.abc import Sequence


def level_over_rows(p_values: Sequence[float], level: float) -> float:
    """The level at which each of many rows is to be tested, so that of those found at most this share is chance.

    Benjamini and Hochberg: the largest k with k p-values at most k level / n; k level / n, and level / n for none.
    """
    ordered = sorted(p_values)
    most = max((k for k, p in enumerate(ordered, 1) if p <= k * level / len(ordered)), default=1)
    return most * level / max(1, len(ordered))
