"""Change points of a series of logs of times, where neighbouring runs are alike. Pure, and seeded.

A segment is split where a step, or a stretch on another level, explains it best beside an autoregression (`steps`); the
parts are split in turn. A split counts if series of noise alone (`noise`: the innovations that the series itself shows,
permuted and made alike again) seldom show one as good. Four things are kept apart from changes: single points far from
both their neighbourhoods (outliers, as by Hampel's filter); stretches that a line explains better than steps do (drift);
a level that is too fresh to be sure of (unsettled); and steps too small to matter, which are joined.

Sources: Vostrikova (1981) for binary segmentation; Andrews, Tests for Parameter Instability and Structural Change with
Unknown Change Point (Econometrica 61, 1993), for the test; Knijnenburg et al., Fewer Permutations, More Accurate
P-values (Bioinformatics 25, 2009), for p-values below what permutations can count; Benjamini and Hochberg (1995) for
many rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bookstore.stats import noise
from bookstore.stats.outliers import find_outliers
from bookstore.stats.pieces import Piece, Shape, shortest_drift
from bookstore.stats.series import Change, Drift, Findings, Settings, Unsettled
from bookstore.stats.steps import explanations, shortest_inside
from bookstore.stats.tails import enough_as_large, normal_tail, tail_probability

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
values_at_once = 64 * 200  # of series drawn together: enough for long vectors, few enough for the caches
batch = 64
shortest_window = 12
clearly = 8.0  # what a likelihood ratio must have beyond its penalty to be taken out of the noise
hopeless = 0.1  # of what noise shows at the least: no series that were drawn could make up for it
share_of_steps = 0.7  # of a test's level; the rest is for lines
at_a_corner = 3.0  # standard deviations of the noise: the least step beside a drift


@dataclass(frozen=True)
class _Segment:
    """A segment's best stretch with its likelihood ratio, and a line's."""

    begin: int
    end: int
    step: float
    stretch: tuple[int, int] | None
    line: float
    head: int
    tail: int

    @property
    def size(self) -> int:
        return self.end - self.begin


# Whether anything moves in a segment that is one of so many looked at: whether a step says so, or a line; and how surely.
_Judge = Callable[[_Segment, int], tuple[bool, bool, float]]


class _Analysis:
    """One series without its outliers, and how likely noise alone shows what it shows."""

    def __init__(self, values: Array, settings: Settings) -> None:
        self._values, self._settings = values, settings
        self.shape = Shape(values, settings.magnitude)
        self._rng = np.random.default_rng(settings.seed)
        # Noise is what is left beside all that clearly moves, or a large step would pass for noise and hide others.
        rough = self._split(0, values.size, 1.0, self._is_clear)
        columns = self.shape.columns(rough, 0, values.size)
        self._corners = noise.corners(values, columns, clearly)
        columns += [noise.slope_from(corner.place, values.size) for corner in self._corners]
        self._noise = noise.estimate(values, columns)
        self.p_value = 1.0
        self._first = True  # until something is found, what is tested is whether anything moved at all

    def pieces(self) -> list[Piece]:
        found = self._split(0, self._values.size, 1.0, self._is_rare)
        return self.shape.settled(found if len(found) > 1 else self._at_corners(found))

    def _at_corners(self, found: list[Piece]) -> list[Piece]:
        """Cuts what no step moves where a slope began: one that began of late is too little of the whole for a line."""
        n = self._values.size
        cuts = [0]
        for place in sorted(corner.place for corner in self._corners):
            if shortest_inside <= place - cuts[-1] and place <= n - shortest_inside:
                cuts.append(place)
        if len(cuts) < 2:
            return found
        # Twice a log-likelihood falls as a chi-square with two degrees of freedom; as many places were tried.
        p = min(1.0, noise.corners_tried * math.exp(-min(corner.ratio for corner in self._corners) / 2.0))
        pieces = []
        for begin, end in zip(cuts, [*cuts[1:], n]):
            level = Piece(begin, end, p if begin else 1.0)
            line = Piece(begin, end, level.p_value, drift=True, drift_p=p)
            steep = end - begin >= shortest_drift and self._better(line, level)
            pieces.append(line if steep else level)
        better = self.shape.score(pieces, 0, n) > self.shape.score(found, 0, n)
        if better:
            self.p_value = min(self.p_value, p)
        return pieces if better and p <= self._settings.p_value else found

    def _better(self, one: Piece, other: Piece) -> bool:
        return self.shape.score([one], one.begin, one.end) > self.shape.score([other], one.begin, one.end)

    def _is_clear(self, segment: _Segment, among: int) -> tuple[bool, bool, float]:
        penalty = math.log(max(segment.size, shortest_drift))
        least = clearly + 2.0 * math.log(among)
        return segment.step > 3.0 * penalty + least, segment.line > 2.0 * penalty + least, 0.0

    def _is_rare(self, segment: _Segment, among: int) -> tuple[bool, bool, float]:
        """The test: as soon as it is decided nothing more is drawn, and nothing at all where it cannot say yes."""
        least = self._settings.p_value / (hopeless * among)
        if (among > 1 or not self._first) and normal_tail(segment.step) > least * share_of_steps:
            if normal_tail(segment.line) > least * (1.0 - share_of_steps):
                return False, False, 1.0
        made = explanations(segment.size, segment.head, segment.tail)
        settings, steps, lines = self._settings, np.empty(0), np.empty(0)
        together = max(8, min(batch, values_at_once // segment.size))
        while True:
            count = min(together, settings.permutations - steps.size)
            ratios = made.ratios(self._noise.draw(segment.size, count, self._rng))
            steps, lines = np.append(steps, ratios.step), np.append(lines, ratios.line)
            p_step = tail_probability(segment.step, steps) * among / share_of_steps
            p_line = tail_probability(segment.line, lines) * among / (1.0 - share_of_steps)
            common = all(
                np.count_nonzero(drawn >= value) >= enough_as_large
                for drawn, value in ((steps, segment.step), (lines, segment.line))
            )
            surely = steps.size >= batch and min(p_step, p_line) < 1e-3 * settings.p_value
            if common or surely or steps.size >= settings.permutations:
                break
        p_value = min(1.0, p_step, p_line)
        if self._first:
            self.p_value = min(self.p_value, p_value)
            self._first = p_value > settings.p_value
        return p_step <= settings.p_value, p_line <= settings.p_value, p_value

    def _segment(self, begin: int, end: int) -> _Segment | None:
        head = 1 if begin == 0 else shortest_inside
        tail = 1 if end == self._values.size else shortest_inside
        if end - begin < max(3, head + tail):
            return None
        made = explanations(end - begin, head, tail)
        found = made.ratios(self._values[begin:end, np.newaxis])
        stretch = made.stretches[found.best[0]]
        place = (int(stretch[0]), int(stretch[1])) if found.step[0] > 0.0 else None
        return _Segment(begin, end, float(found.step[0]), place, float(found.line[0]), head, tail)

    def _split(self, begin: int, end: int, p_value: float, judge: _Judge) -> list[Piece]:
        """Splits a segment, and its parts in turn, as far as the judge says; then weighs one line against the steps."""
        whole = [Piece(begin, end, p_value)]
        segment = self._segment(begin, end)
        if segment is None:
            return whole
        by_step, by_line, p = judge(segment, 1)
        # A test for a line also tells a step from noise; then the better of the two explains it.
        if not by_step and not (by_line and segment.size >= shortest_drift):
            return self._split_within(segment, p_value, judge) or whole
        line = [Piece(begin, end, p_value, drift=True, drift_p=p)]
        parts = whole
        if segment.stretch is not None and (by_step or segment.step > segment.line):
            edges = [begin, *(begin + cut for cut in segment.stretch if cut < segment.size), end]
            parts = []
            for left, right in zip(edges, edges[1:]):
                parts += self._split(left, right, p_value if left == begin else p, judge)
        if segment.size < shortest_drift:
            return parts
        if parts == whole and by_line:
            parts = self._split_within(segment, p_value, judge) or whole
        return line if self.shape.score(line, begin, end) > self.shape.score(parts, begin, end) else parts

    def _split_within(self, segment: _Segment, p_value: float, judge: _Judge) -> list[Piece]:
        """Splits a segment at what only a part of it shows: levels that come and go look like noise from afar, and so does
        a drift that ends."""
        windows = self._windows(segment)
        if not windows:
            return []
        best_step = max(windows, key=lambda window: window.step - 3.0 * math.log(window.size))
        by_step, _, p = judge(best_step, len(windows))
        inner: list[int] = []
        if by_step and best_step.stretch is not None:
            inner = [best_step.begin + cut for cut in best_step.stretch if cut < best_step.size]
        else:
            best_line = max(windows, key=lambda window: window.line - 2.0 * math.log(window.size))
            _, by_line, p = judge(best_line, len(windows))
            if by_line:
                inner = [cut for cut in (best_line.begin, best_line.end) if segment.begin < cut < segment.end]
        if not inner:
            return []
        edges = [segment.begin, *inner, segment.end]
        parts = []
        for left, right in zip(edges, edges[1:]):
            parts += self._split(left, right, p_value if left == segment.begin else p, judge)
        return parts

    def _windows(self, segment: _Segment) -> list[_Segment]:
        """Windows of half, a quarter ... of a segment, each half of the one before it, with what they show."""
        found = []
        size = segment.size // 2
        while size >= shortest_window:
            begins = list(range(segment.begin, segment.end - size + 1, max(1, size // 2)))
            made = explanations(size, shortest_inside, shortest_inside)
            ratios = made.ratios(np.stack([self._values[begin : begin + size] for begin in begins], axis=1))
            for begin, step, best, line in zip(begins, ratios.step, ratios.best, ratios.line):
                stretch = (int(made.stretches[best][0]), int(made.stretches[best][1]))
                found.append(
                    _Segment(
                        begin,
                        begin + size,
                        float(step),
                        stretch,
                        float(line),
                        shortest_inside,
                        shortest_inside,
                    )
                )
            size //= 2
        return found

    def blur(self, left: Piece, right: Piece) -> float:
        """Where a drift begins or ends is known to a run or two only, and so is the step beside it."""
        return at_a_corner * float(self._noise.innovations.std()) if left.drift or right.drift else 0.0


def find_changes(series: ArrayLike, settings: Settings = Settings()) -> Findings:
    """Changes, drifts and outliers of a series of logs. Raises ValueError for values that are not finite.

    The same series gives the same findings: what is drawn is seeded.
    """
    values = np.asarray(series, dtype=float)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError("a series is a flat list of finite numbers")
    outliers = find_outliers(values, settings)
    kept: Indices = np.setdiff1d(np.arange(values.size), outliers)
    if kept.size < settings.least:
        return Findings([], [], outliers, values.size, enough=False)
    analysis = _Analysis(values[kept], settings)
    pieces = analysis.pieces()
    changes, unsettled = [], None
    for left, right in zip(pieces, pieces[1:]):
        size, index = analysis.shape.step(left, right), int(kept[right.begin])
        if abs(size) < max(settings.magnitude, analysis.blur(left, right)):
            continue
        runs = right.end - right.begin
        if left.begin == 0 and left.end == 1:
            outliers = [int(kept[0]), *outliers]  # a single run before all others is no level
        elif right.end == kept.size and runs < settings.settled:
            unsettled = Unsettled(index, size, runs, right.p_value)
        else:
            changes.append(Change(index, size, right.p_value))
    drifts = []
    for piece in pieces:
        first, last = analysis.shape.ends(piece)
        if piece.drift and abs(last - first) >= settings.magnitude:
            begin, end = int(kept[piece.begin]), int(kept[piece.end - 1])
            drifts.append(Drift(begin, end, last - first, piece.drift_p))
    return Findings(changes, drifts, outliers, values.size, unsettled=unsettled, p_value=analysis.p_value)
