"""How likely noise alone gives a value, counted or by the fall of the tail."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# The largest tenth of what was drawn shows how the tail falls; a likelihood ratio's falls at least so fast.
tail_share = 0.1
slowest_fall = 2.0
enough_as_large = 10


def tail_probability(value: float, drawn: Array) -> float:
    """How likely noise alone gives so much: counted, or where too few were drawn for that, by the fall of the tail."""
    as_large = int(np.count_nonzero(drawn >= value * (1.0 - 1e-9)))
    counted = (as_large + 1) / (drawn.size + 1)
    ordered = np.sort(drawn)
    cut = min(drawn.size - 1, max(enough_as_large, int(tail_share * drawn.size)))
    threshold = float(ordered[-cut - 1])
    if as_large >= enough_as_large or value <= threshold:
        return counted
    fall = max(slowest_fall, float(np.mean(ordered[-cut:]) - threshold))
    return min(counted, cut / drawn.size * math.exp(-(value - threshold) / fall))


def normal_tail(ratio: float) -> float:
    """How often one given step in noise has so large a likelihood ratio: the best of many has it more often."""
    return math.erfc(math.sqrt(max(ratio, 0.0) / 2.0))
