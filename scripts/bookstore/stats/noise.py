"""Noise of a series whose neighbours are alike: an autoregression, fitted beside what moves the series. Pure.

Sources: Brockwell and Davis, Time Series: Theory and Methods (1991), 8.7, for the likelihood; Marriott and Pope, Bias in
the Estimation of Autocorrelations (Biometrika 41, 1954), for its correction; Burg (1967) for the higher orders; Bühlmann,
Sieve Bootstrap for Time Series (Bernoulli 3, 1997), for series made from permuted innovations; Akaike (1974) for the order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Array = NDArray[np.float64]

coefficients = np.arange(0.0, 0.985, 0.02)
most_alike = 0.97  # nearer to one a series wanders without end, and no step can be told from its noise
highest_order = 4
suspiciously_alike = 0.4
shortest_slope, corners_tried, most_corners = 6, 20, 4
many = 1000  # innovations, of which an order takes longer than what is made of it
run_in = 100  # values made before those that count, for orders above one
# Residuals below this share of the series are rounding, not noise.
least_share = 1e-12
nothing_new = 1e-10  # what a column says beyond the others, if it follows from them


@dataclass(frozen=True)
class Noise:
    """An autoregression y_t = -c_1 y_(t-1) - ... + innovation, `filter` = (1, c_1, ...), and the innovations seen."""

    filter: Array
    innovations: Array

    def draw(self, n: int, count: int, rng: np.random.Generator) -> Array:
        """Series of noise alone, shape (n, count): the innovations in random order, made alike again."""
        if self.filter.size == 2:
            mixed = self._mixed(n, count, rng)
            mixed[0] /= math.sqrt(1.0 - self.filter[1] ** 2)
            return np.asarray(lfilter([1.0], self.filter, mixed, axis=0))
        mixed = self._mixed(n + run_in, count, rng)
        return np.asarray(lfilter([1.0], self.filter, mixed, axis=0)[run_in:])

    def _mixed(self, n: int, count: int, rng: np.random.Generator) -> Array:
        """Series of n values: of one random order, or of one after the other; of many innovations, parts of one order."""
        size = self.innovations.size
        parts = max(1, size // n) if size >= many else 1
        orders = np.empty((-(-n // size), -(-count // parts), size))
        orders[:] = self.innovations
        rng.permuted(orders, axis=2, out=orders)
        joined = orders.transpose(1, 0, 2).reshape(orders.shape[1], -1)
        whole = joined[:, : parts * n].reshape(-1, n)
        return np.ascontiguousarray(whole[:count].T)


@dataclass(frozen=True)
class Fit:
    """Least squares under noise of order one: twice the log-likelihood, the coefficient, and what is left over."""

    likelihood: float
    alike: float
    innovations: Array
    residuals: Array


def whitened(values: Array, alike: float) -> Array:
    """The innovations of an autoregression of order one, along the first axis."""
    made = np.empty_like(values, dtype=float)
    made[0] = math.sqrt(1.0 - alike * alike) * values[0]
    made[1:] = values[1:] - alike * values[:-1]
    return made


def fit(values: Array, columns: Sequence[Array]) -> Fit:
    """The coefficient under which these columns (levels, lines) explain the series best."""
    design = np.stack(columns, axis=1)
    likelihood, best = max(zip(_likelihoods(values, design), coefficients), key=lambda each: each[0])
    left, right = whitened(design, best), whitened(values, best)
    weights = np.linalg.lstsq(left, right, rcond=None)[0]
    return Fit(float(likelihood), float(best), right - left @ weights, values - design @ weights)


def _likelihoods(values: Array, design: Array) -> Array:
    """Twice the log-likelihood under each coefficient.

    What columns explain does not change if they are made orthogonal, nor what is left over if it is taken from a series
    that they explain in part. Whitened products are polynomials in the coefficient, of products with the series as it is
    and one later.
    """
    u, singular, _ = np.linalg.svd(
        design / np.maximum(np.linalg.norm(design, axis=0), 1e-300), full_matrices=False
    )
    q = u[:, singular > nothing_new * singular[0]]
    both = np.concatenate([q, (values - q @ (q.T @ values))[:, np.newaxis]], axis=1)
    lagged = both[1:].T @ both[:-1]
    inner = both[1:-1].T @ both[1:-1]
    alike = coefficients[:, np.newaxis, np.newaxis]
    products = both.T @ both - alike * (lagged + lagged.T) + alike**2 * inner
    along = products[:, :-1, -1:]
    explained = (along * np.linalg.solve(products[:, :-1, :-1], along)).sum(axis=(1, 2))
    floor = least_share * max(float(values @ values), 1e-300)
    squares = np.maximum(products[:, -1, -1] - explained, floor)
    return np.asarray(np.log1p(-(coefficients**2)) - values.size * np.log(squares))


@dataclass(frozen=True)
class Corner:
    """A place from which on a series climbs (or falls) otherwise, and the likelihood ratio that says so."""

    place: int
    ratio: float


def corners(values: Array, columns: Sequence[Array], least: float) -> list[Corner]:
    """Where a slope begins, as long as each such explains clearly more beside the columns: what climbs for a while only
    would pass for neighbours that are alike."""
    found: list[Corner] = []
    made, n, best = list(columns), values.size, fit(values, columns)
    places = np.unique(np.linspace(0, n - shortest_slope, corners_tried).astype(int))
    while best.alike >= suspiciously_alike and len(found) < most_corners and n >= 2 * shortest_slope:
        fits = [fit(values, [*made, slope_from(place, n)]) for place in places]
        at = max(range(len(fits)), key=lambda i: fits[i].likelihood)
        ratio = fits[at].likelihood - best.likelihood
        if ratio <= 3.0 * math.log(n) + least:
            break
        found.append(Corner(int(places[at]), ratio))
        made.append(slope_from(places[at], n))
        best = fits[at]
    return found


def slope_from(place: int, n: int) -> Array:
    return np.maximum(np.arange(n) - float(place), 0.0)


def estimate(values: Array, columns: Sequence[Array]) -> Noise:
    """The noise of a series beside these columns. Its order is 1 unless a higher one says more (Akaike)."""
    found = fit(values, columns)
    order, coefficients_of_order = _burg(found.residuals, highest_order if values.size >= 24 else 1)
    if order >= 2:
        innovations = lfilter(coefficients_of_order, [1.0], found.residuals)[order:]
        return Noise(coefficients_of_order, innovations)
    alike = min(most_alike, found.alike + (1.0 + 3.0 * found.alike) / values.size)
    return Noise(np.array([1.0, -alike]), found.innovations)


def _burg(values: Array, highest: int) -> tuple[int, Array]:
    """The order that Akaike's criterion prefers, and the filter that leaves innovations."""
    centred = values - values.mean()
    forward, backward = centred.copy(), centred.copy()
    filter_, power = np.array([1.0]), float(centred @ centred) / centred.size
    best = (centred.size * math.log(max(power, 1e-300)), 0, filter_)
    for order in range(1, highest + 1):
        ahead, behind = forward[1:], backward[:-1]
        reflection = -2.0 * float(ahead @ behind) / max(float(ahead @ ahead + behind @ behind), 1e-300)
        longer = np.append(filter_, 0.0)
        filter_ = longer + reflection * longer[::-1]
        power *= 1.0 - reflection * reflection
        forward, backward = ahead + reflection * behind, behind + reflection * ahead
        score = centred.size * math.log(max(power, 1e-300)) + 2.0 * order
        if score < best[0]:
            best = (score, order, filter_)
    return best[1], best[2]
