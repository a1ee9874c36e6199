"""Levels and drifts that a series is cut into: how well they explain it, where they meet, which of them are one. Pure.

Source: Schwarz, Estimating the Dimension of a Model (Annals of Statistics 6, 1978), for lines against steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bookstore.stats import noise
from bookstore.stats.steps import best_of, shortest_inside

Array = NDArray[np.float64]

parameters_of_a_step = 3  # its place, which was searched for, and two levels for one
shortest_drift = 10


@dataclass(frozen=True)
class Piece:
    """A stretch begin..end (end outside) that is one level or one line; `p_value` is that of its left boundary."""

    begin: int
    end: int
    p_value: float
    drift: bool = False
    drift_p: float = 1.0


def _squares_of_first(values: Array, line: bool) -> Array:
    """What a level, or a line, leaves over of the first 0, 1, ... values."""
    places, counts = np.arange(values.size, dtype=float), np.arange(1, values.size + 1, dtype=float)
    values = values - values.mean()
    mean, middle = np.cumsum(values) / counts, np.cumsum(places) / counts
    left = np.cumsum(values * values) - counts * mean * mean
    if line:
        spread = np.maximum(np.cumsum(places * places) - counts * middle * middle, 0.5)
        left = left - (np.cumsum(places * values) - counts * middle * mean) ** 2 / spread
    return np.concatenate([[0.0], np.maximum(left, 0.0)])


class Shape:
    """One series, and what pieces say of it. `magnitude` is the least step between two levels."""

    def __init__(self, values: Array, magnitude: float) -> None:
        self._values, self._magnitude = values, magnitude

    def settled(self, pieces: list[Piece]) -> list[Piece]:
        """The pieces that a search found, tidied: it cuts at the largest step first, and never looks back."""
        return self._joined(self._placed(self._lengthened(self._straightened(pieces))))

    def columns(self, pieces: Sequence[Piece], begin: int, end: int) -> list[Array]:
        """What the pieces of a segment say of it: a level each, and a slope for a drift."""
        columns = []
        for piece in pieces:
            inside = np.zeros(end - begin)
            inside[piece.begin - begin : piece.end - begin] = 1.0
            columns.append(inside)
            if piece.drift:
                columns.append(
                    inside * (np.arange(end - begin) - (piece.begin + piece.end - 1) / 2.0 + begin)
                )
        return columns

    def score(self, pieces: Sequence[Piece], begin: int, end: int) -> float:
        """Schwarz's criterion: a slope counts as much as a step, so that neither is preferred where both fit alike."""
        count = len(pieces) - 1 + sum(piece.drift for piece in pieces)
        found = noise.fit(self._values[begin:end], self.columns(pieces, begin, end))
        return found.likelihood - parameters_of_a_step * count * math.log(end - begin)

    def ends(self, piece: Piece) -> tuple[float, float]:
        """Level at the begin and at the end of a piece."""
        part = self._values[piece.begin : piece.end]
        if not piece.drift:
            return float(np.median(part)), float(np.median(part))
        slope, intercept = np.polyfit(np.arange(part.size, dtype=float), part, 1)
        return float(intercept), float(intercept + slope * (part.size - 1))

    def step(self, left: Piece, right: Piece) -> float:
        return self.ends(right)[0] - self.ends(left)[1]

    def _straightened(self, pieces: list[Piece]) -> list[Piece]:
        """Levels that rise (or fall) one after the other are one drift where a line explains them better."""
        i = 0
        while i < len(pieces):
            last = i
            while last + 1 < len(pieces) and not pieces[last + 1].drift and not pieces[i].drift:
                if last > i and self.step(*pieces[last : last + 2]) * self.step(*pieces[i : i + 2]) <= 0.0:
                    break
                last += 1
            found = (self._as_line(pieces[i : end + 1]) for end in range(last, i + 1, -1))
            line = next((each for each in found if each is not None), None)
            if line is not None:
                pieces = [each for each in pieces if each.end <= line.begin or each.begin >= line.end]
                pieces.insert(i, line)
            i += 1
        return pieces

    def _as_line(self, levels: list[Piece]) -> Piece | None:
        begin, end = levels[0].begin, levels[-1].end
        drift_p = max(each.p_value for each in levels[1:])
        line = Piece(begin, end, levels[0].p_value, drift=True, drift_p=drift_p)
        better = end - begin >= shortest_drift and self.score([line], begin, end) > self.score(
            levels, begin, end
        )
        return line if better else None

    def _lengthened(self, pieces: list[Piece]) -> list[Piece]:
        """A drift takes in the levels beside it that its line explains as well: cut anywhere, its rest looks like steps."""
        i = 0
        while i + 1 < len(pieces):
            left, right = pieces[i], pieces[i + 1]
            drift_p = max((each.drift_p for each in (left, right) if each.drift), default=1.0)
            both = Piece(left.begin, right.end, left.p_value, drift=True, drift_p=drift_p)
            if (left.drift or right.drift) and (
                self.score([both], left.begin, right.end) >= self.score([left, right], left.begin, right.end)
            ):
                pieces[i : i + 2] = [both]
                i = max(i - 1, 0)
            else:
                i += 1
        return pieces

    def _placed(self, pieces: list[Piece]) -> list[Piece]:
        """Each boundary where it explains both its sides best, now that all the others are known."""
        for i in range(len(pieces) - 1):
            left, right = pieces[i], pieces[i + 1]
            size = right.end - left.begin
            head = 1 if left.begin == 0 else shortest_inside
            tail = 1 if right.end == self._values.size else shortest_inside
            if left.drift or right.drift:
                at = self._corner(left, right)
            elif size < head + tail:
                continue
            else:
                splits = np.array([(begin, size) for begin in range(head, size - tail + 1)], dtype=np.int64)
                at = left.begin + best_of(self._values[left.begin : right.end], splits)[0]
            pieces[i : i + 2] = [replace(left, end=at), replace(right, begin=at)]
        return pieces

    def _corner(self, left: Piece, right: Piece) -> int:
        """Where a drift begins or ends, by least squares."""
        values = self._values[left.begin : right.end]
        before = _squares_of_first(values, left.drift)
        after = _squares_of_first(values[::-1], right.drift)[::-1]
        least = min(shortest_drift, left.end - left.begin), min(shortest_drift, right.end - right.begin)
        cuts = np.arange(least[0], values.size - least[1] + 1)
        return left.begin + int(cuts[np.argmin(before[cuts] + after[cuts])])

    def _joined(self, pieces: list[Piece]) -> list[Piece]:
        """Joins neighbouring levels that differ by less than the magnitude, the closest first."""
        while True:
            steps = [
                (abs(self.step(left, right)), i)
                for i, (left, right) in enumerate(zip(pieces, pieces[1:]))
                if not left.drift and not right.drift
            ]
            if not steps or min(steps)[0] >= self._magnitude:
                return pieces
            i = min(steps)[1]
            pieces[i : i + 2] = [Piece(pieces[i].begin, pieces[i + 1].end, pieces[i].p_value)]
