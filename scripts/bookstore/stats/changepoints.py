"""Change points of a series of logs of times: E-divisive with a permutation test. Pure, and seeded.

Source: Matteson and James, A Nonparametric Approach for Multiple Change Point Analysis of Multivariate Data (JASA 109,
2014), with exponent 1. Each split of a segment is tested by permuting that segment alone. Two things are kept apart
from changes: single points far from both their neighbourhoods (outliers, as by Hampel's filter), and segments that a
straight line explains better than steps do (drift).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Indices = NDArray[np.int64]

batch = 64  # permutations at once: enough for long vectors, few enough for the caches


@dataclass(frozen=True)
class Settings:
    """Constants of the detection; `magnitude` is a log-ratio."""

    permutations: int = 999
    p_value: float = 0.01
    shortest: int = 5
    magnitude: float = math.log(1.03)
    neighbours: int = 5
    outlier_sigmas: float = 4.0
    seed: int = 20140109

    def __post_init__(self) -> None:
        # With fewer permutations no p-value could be as small as asked; a mean distance needs two points.
        if self.permutations < 1.0 / self.p_value - 1.0 or self.shortest < 2:
            raise ValueError("too few permutations for the p-value, or segments under two points")


@dataclass(frozen=True)
class Change:
    """The level of the series is another from `index` on. `size` is the difference of the medians beside it."""

    index: int
    size: float
    p_value: float


@dataclass(frozen=True)
class Drift:
    """From `begin` to `end` (both inside) the series moves steadily, by `size` in all."""

    begin: int
    end: int
    size: float
    p_value: float


@dataclass(frozen=True)
class Findings:
    """All indices count points of the series as given."""

    changes: list[Change] = field(default_factory=list)
    drifts: list[Drift] = field(default_factory=list)
    outliers: list[int] = field(default_factory=list)
    points: int = 0
    enough: bool = True


@dataclass(frozen=True)
class _Piece:
    """A stretch begin..end (end outside) that is one level or one line; `p_value` is that of its left boundary."""

    begin: int
    end: int
    p_value: float
    drift: bool = False
    drift_p: float = 1.0


def noise_sigma(series: ArrayLike) -> float:
    """Robust standard deviation of the noise, from successive differences, so that levels do not count."""
    steps = np.diff(np.asarray(series, dtype=float))
    if not steps.size:
        return 0.0
    # 1.4826 makes the median absolute deviation that of a Gaussian; a difference has twice the variance.
    return float(1.4826 * np.median(np.abs(steps - np.median(steps))) / math.sqrt(2.0))


def find_outliers(series: ArrayLike, settings: Settings = Settings()) -> list[int]:
    """Points far from the median of the points before them and from that of the points after them."""
    values = np.asarray(series, dtype=float)
    far = max(settings.outlier_sigmas * noise_sigma(values), settings.magnitude)
    reach = settings.neighbours
    found = []
    for i in range(values.size):
        sides = [side for side in (values[max(0, i - reach) : i], values[i + 1 : i + 1 + reach]) if side.size]
        offsets = [values[i] - float(np.median(side)) for side in sides]
        if offsets and (min(offsets) > far or max(offsets) < -far):
            found.append(i)
    return found


@lru_cache(maxsize=64)
def _split_weights(n: int, shortest: int) -> tuple[Single, Single, Single]:
    """Factors of the sums in the energy statistic, per split t and end k; 0 where the right part is too short."""
    left = np.arange(shortest, n - shortest + 1, dtype=float)[:, np.newaxis]
    right = np.arange(2 * shortest, n + 1, dtype=float)[np.newaxis, :] - left
    right = np.where(right >= shortest, right, np.inf)
    # left right / (left + right) times (2 mean between - mean within left - mean within right).
    weight = left / (1.0 + left / right)
    weight[np.isinf(right)] = 0.0
    between = 2.0 * weight / (left * right)
    within_left = weight / (left * (left - 1.0))
    within_right = weight / (right * (right - 1.0))
    factors = (between + 2.0 * within_right, between + within_left + within_right, within_right)
    both, of_left, of_whole = (factor[:, :, np.newaxis].astype(np.float32) for factor in factors)
    return both, of_left, of_whole


def make_room(n: int, count: int) -> Single:
    """Room for the sums of `split_statistics`; made once, as fresh pages cost more than the sums themselves."""
    return np.empty((3, n, n, count), dtype=np.float32)


def split_statistics(series: Single, shortest: int, room: Single | None = None) -> Single:
    """Energy statistic of each split into the points before t and those from t up to k, over all k >= t + shortest.

    The end k moves too, so that a change that was soon undone is not drowned by what follows. Takes many series at
    once, shape (n, count), n >= 2 shortest. Returns the best over k, 0 if all are negative: shape
    (n - 2 shortest + 1, count), entry i for t = shortest + i. `room` comes from `make_room` and is overwritten.
    """
    n, count = series.shape
    room = make_room(n, count) if room is None else room[..., :count]
    # sums[t - 1, k - 1] is the sum of the distances over the first t rows and the first k columns.
    sums = np.subtract(series[:, np.newaxis, :], series[np.newaxis, :, :], out=room[0])
    np.abs(sums, out=sums)
    for i in range(1, n):
        sums[i] += sums[i - 1]
    for i in range(1, n):
        sums[:, i] += sums[:, i - 1]
    corner = sums[np.arange(n), np.arange(n)]
    for_both, for_left, for_whole = _split_weights(n, shortest)
    at, to = slice(shortest - 1, n - shortest), slice(2 * shortest - 1, n)
    energy = np.multiply(sums[at, to], for_both, out=room[1][at, to])
    term = room[2][at, to]
    energy -= np.multiply(corner[at, np.newaxis], for_left, out=term)
    energy -= np.multiply(corner[np.newaxis, to], for_whole, out=term)
    return np.asarray(np.maximum(energy.max(axis=1), 0.0), dtype=np.float32)


def best_split(values: Array, settings: Settings, rng: np.random.Generator) -> tuple[int, float]:
    """Best split of a segment and its permutation p-value.

    Permuting stops as soon as the p-value can no longer reach the level: the decision is that of all permutations, and
    the value returned is then a lower bound that lies above the level.
    """
    centred = values - np.median(values)
    # Single precision is ample for a comparison, once the values are of the order of one.
    series = (centred / (np.abs(centred).max() or 1.0)).astype(np.float32)
    statistics = split_statistics(series[:, np.newaxis], settings.shortest)[:, 0]
    best = int(np.argmax(statistics))
    # An arrangement as good as the one seen must count, whatever the rounding.
    threshold = statistics[best] * (1.0 - 1e-4)
    as_large, done, room = 0, 0, make_room(values.size, batch)
    while done < settings.permutations:
        count = min(batch, settings.permutations - done)
        shuffled = rng.permuted(np.tile(series[:, np.newaxis], count), axis=0)
        best_of_each = split_statistics(shuffled, settings.shortest, room).max(axis=0)
        as_large += int(np.count_nonzero(best_of_each >= threshold))
        done += count
        if (as_large + 1) / (settings.permutations + 1) > settings.p_value:
            break
    return settings.shortest + best, (as_large + 1) / (settings.permutations + 1)


def _misfit(values: Array, parameters: int, n: int) -> float:
    """Schwarz's criterion for a residual sum of squares, the noise known no better than one part in 10^9."""
    scale = max(float(np.square(values).sum()) / n, 1e-18)
    return n * math.log(scale) + parameters * math.log(n)


def _line_residuals(values: Array) -> Array:
    positions = np.arange(values.size, dtype=float)
    slope, intercept = np.polyfit(positions, values, 1)
    return np.asarray(values - (slope * positions + intercept), dtype=float)


def _residuals(values: Array, piece: _Piece) -> Array:
    part = values[piece.begin : piece.end]
    return _line_residuals(part) if piece.drift else part - part.mean()


def _is_premature(values: Array, at: int, shortest: int) -> bool:
    """True if a part of the least length borrows its edge point from the other level, to be long enough.

    The split would then name the wrong run; one more run puts it right.
    """
    left, right = float(np.median(values[:at])), float(np.median(values[at:]))
    last, first = values[at - 1], values[at]
    borrowed_by_right = values.size - at == shortest and abs(first - left) < abs(first - right)
    borrowed_by_left = at == shortest and abs(last - right) < abs(last - left)
    return bool(borrowed_by_right or borrowed_by_left)


def _pieces(
    values: Array, begin: int, p_value: float, settings: Settings, rng: np.random.Generator
) -> list[_Piece]:
    """Splits a segment, and its parts in turn, as far as the test carries; then weighs one line against the steps.

    A step counts as three parameters (its height, and its place, which was searched for), and so does a line: neither
    is preferred where both fit alike.
    """
    n = values.size
    whole = [_Piece(begin, begin + n, p_value)]
    if n < 2 * settings.shortest:
        return whole
    at, p = best_split(values, settings, rng)
    if p > settings.p_value or _is_premature(values, at, settings.shortest):
        return whole
    parts = _pieces(values[:at], begin, p_value, settings, rng)
    parts += _pieces(values[at:], begin + at, p, settings, rng)
    local = [_Piece(x.begin - begin, x.end - begin, x.p_value, x.drift, x.drift_p) for x in parts]
    steps = np.concatenate([_residuals(values, piece) for piece in local])
    cost = 3 * (len(parts) - 1 + sum(piece.drift for piece in parts))
    if _misfit(_line_residuals(values), 3, n) < _misfit(steps, cost, n):
        return [_Piece(begin, begin + n, p_value, drift=True, drift_p=p)]
    return parts


def _ends(values: Array, piece: _Piece) -> tuple[float, float]:
    """Level at the begin and at the end of a piece."""
    part = values[piece.begin : piece.end]
    if not piece.drift:
        return float(np.median(part)), float(np.median(part))
    slope, intercept = np.polyfit(np.arange(part.size, dtype=float), part, 1)
    return float(intercept), float(intercept + slope * (part.size - 1))


def _merge_small(values: Array, pieces: list[_Piece], settings: Settings) -> list[_Piece]:
    """Joins neighbouring levels that differ by less than the magnitude, the closest first."""
    pieces = list(pieces)
    while True:
        steps = [
            (abs(_ends(values, right)[0] - _ends(values, left)[1]), i)
            for i, (left, right) in enumerate(zip(pieces, pieces[1:]))
            if not left.drift and not right.drift
        ]
        if not steps or min(steps)[0] >= settings.magnitude:
            return pieces
        i = min(steps)[1]
        pieces[i : i + 2] = [_Piece(pieces[i].begin, pieces[i + 1].end, pieces[i].p_value)]


def find_changes(series: ArrayLike, settings: Settings = Settings()) -> Findings:
    """Changes, drifts and outliers of a series of logs. Raises ValueError for values that are not finite.

    The same series gives the same findings: the permutations are seeded.
    """
    values = np.asarray(series, dtype=float)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError("a series is a flat list of finite numbers")
    outliers = find_outliers(values, settings)
    kept: Indices = np.setdiff1d(np.arange(values.size), outliers)
    clean = values[kept]
    if clean.size < 2 * settings.shortest:
        return Findings([], [], outliers, values.size, enough=False)
    pieces = _pieces(clean, 0, 1.0, settings, np.random.default_rng(settings.seed))
    pieces = _merge_small(clean, pieces, settings)
    changes = []
    for left, right in zip(pieces, pieces[1:]):
        size = _ends(clean, right)[0] - _ends(clean, left)[1]
        if abs(size) >= settings.magnitude:
            changes.append(Change(int(kept[right.begin]), size, right.p_value))
    drifts = []
    for piece in pieces:
        first, last = _ends(clean, piece)
        if piece.drift and abs(last - first) >= settings.magnitude:
            drifts.append(
                Drift(int(kept[piece.begin]), int(kept[piece.end - 1]), last - first, piece.drift_p)
            )
    return Findings(changes, drifts, outliers, values.size)
