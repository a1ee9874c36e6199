"""The sign test and its tail: exact, and without any assumption on the noise but that values are independent.

Source: Dixon and Mood, The Statistical Sign Test (Journal of the American Statistical Association 41, 1946).
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike


@lru_cache(maxsize=None)
def sign_tail(at_least: int, n: int) -> float:
    """P(X >= at_least) for X binomial(n, 1/2), exact."""
    if at_least <= 0:
        return 1.0
    return sum(math.comb(n, k) for k in range(at_least, n + 1)) / 2**n


def sign_test(values: ArrayLike, bound: float = 0.0) -> float:
    """One-sided p-value of "the median is at most `bound`". Values equal to the bound speak for it."""
    array = np.asarray(values, dtype=float)
    return sign_tail(int(np.count_nonzero(array > bound)), array.size)
