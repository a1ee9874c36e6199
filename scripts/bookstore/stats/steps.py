"""How much better a step, a stretch on another level, or a line explains a series than one level does. Pure.

The noise is an autoregression of order one whose coefficient is fitted anew under each explanation, so that neighbours
that are alike count as fewer, and so that a step does not pass for noise. Likelihood ratios then hardly depend on how
much alike the neighbours are. Computed from running sums, for many series at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bookstore.stats.noise import least_share

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

coefficients = (0.0, 0.25, 0.5, 0.7, 0.85, 0.95)
shortest_inside = 4  # of a stretch between two levels; shorter ones are outliers
stretch_growth = 1.5  # from one length that is tried to the next


@dataclass(frozen=True)
class Ratios:
    """Per series twice the log of the likelihood ratio: of the best of the stretches, its number, and of a line."""

    step: Array
    best: Indices
    line: Array


@dataclass(frozen=True)
class _Sums:
    """What the sums of one coefficient need: a whitened constant and line, and the stretches' parts beside it."""

    alike: float
    first: float
    constant: Array
    constant_square: float
    share: Array
    square: Array
    line: Array
    line_square: float


class Explanations:
    """The stretches begin..end (end outside) on a level of their own that are tried in a series of n values."""

    def __init__(self, n: int, stretches: Indices) -> None:
        self.n, self.stretches = n, stretches
        self._sums = [self._prepare(alike) for alike in coefficients]

    def _prepare(self, alike: float) -> _Sums:
        n, begin, end = self.n, self.stretches[:, 0], self.stretches[:, 1]
        first = math.sqrt(1.0 - alike * alike)
        constant = np.full(n, 1.0 - alike)
        constant[0] = first
        running = np.concatenate([[0.0], np.cumsum(constant)])
        constant_square = float(constant @ constant)
        inside, last = end < n, np.minimum(end, n - 1)
        # The whitened indicator of a stretch: 1 at its begin, 1 - alike within, -alike just after it.
        square = 1.0 + (end - begin - 1) * (1.0 - alike) ** 2 + inside * alike**2
        product = constant[begin] + (1.0 - alike) * (running[end] - running[begin + 1])
        product = product - inside * alike * constant[last]
        places = np.arange(n) - (n - 1) / 2.0
        line = np.concatenate([[first * places[0]], places[1:] - alike * places[:-1]])
        line -= constant * (constant @ line) / constant_square
        return _Sums(
            alike,
            first,
            constant,
            constant_square,
            product / constant_square,
            square - product**2 / constant_square,
            line,
            float(line @ line),
        )

    def ratios(self, series: Array) -> Ratios:
        """Of series of shape (n, count)."""
        centred = series - np.median(series, axis=0)
        scale = np.abs(centred).max(axis=0)
        centred = centred / np.where(scale > 0.0, scale, 1.0)
        each = [self._likelihoods(sums, centred) for sums in self._sums]
        level, line, step = (np.stack([one[i] for one in each]) for i in range(3))
        highest = level.max(axis=0)
        if not len(self.stretches):
            nothing = np.zeros(series.shape[1])
            return Ratios(nothing, nothing.astype(int), line.max(axis=0) - highest)
        at = step.argmax(axis=0), np.arange(series.shape[1])
        best = np.stack([one[3] for one in each])[at]
        return Ratios(step[at] - highest, best, line.max(axis=0) - highest)

    def _likelihoods(self, sums: _Sums, series: Array) -> tuple[Array, Array, Array, Indices]:
        """Under one coefficient, twice the log of: one level, a line, the best of the stretches; and the number of that."""
        n, begin, end = self.n, self.stretches[:, 0], self.stretches[:, 1]
        floor, count = n * least_share, series.shape[1]
        white = np.zeros((n + 1, count))
        white[0] = sums.first * series[0]
        white[1:n] = series[1:] - sums.alike * series[:-1]
        product = sums.constant @ white[:n]
        squares = np.maximum((white * white).sum(axis=0) - product * product / sums.constant_square, floor)
        along = sums.line @ white[:n]
        left = np.maximum(squares - along * along / sums.line_square, floor)
        jacobian = math.log1p(-sums.alike**2)
        level, line = jacobian - n * np.log(squares), jacobian - n * np.log(left)
        if not len(begin):
            return level, line, level, np.zeros(count, dtype=int)
        # What a stretch has along the series is made of what its begin and its end bring.
        running = np.zeros((n + 1, count))
        np.cumsum(white[:n], axis=0, out=running[1:])
        running *= 1.0 - sums.alike
        opened = white[:n] - running[1:]
        running -= sums.alike * white
        within = opened[begin]
        within += running[end]
        within -= sums.share[:, np.newaxis] * product
        within *= within
        within /= sums.square[:, np.newaxis]
        np.minimum(within, squares - floor, out=within)  # what is left over is rounding then
        best = within.argmax(axis=0)
        most = np.maximum(squares - within[best, np.arange(count)], floor)
        return level, line, jacobian - n * np.log(most), best


@lru_cache(maxsize=64)
def explanations(n: int, head: int, tail: int) -> Explanations:
    """All splits that leave `head` values before and `tail` after, and stretches within on a grid of lengths and places."""
    found = [(begin, n) for begin in range(head, n - tail + 1)]
    length, edge = float(shortest_inside), max(head, 2)
    while n >= 2 * shortest_inside and length <= n / 2:
        whole = round(length)
        places = range(edge, n - max(tail, 2) - whole + 1, max(1, whole // 3))
        found += [(begin, begin + whole) for begin in places]
        length *= stretch_growth
    return Explanations(n, np.array(found, dtype=np.int64).reshape(-1, 2))


def best_of(series: Array, stretches: Indices) -> tuple[int, int]:
    """The stretch among these that explains one series best."""
    found = Explanations(series.size, stretches).ratios(series[:, np.newaxis])
    begin, end = stretches[found.best[0]]
    return int(begin), int(end)
