"""The Universal Scalability Law, fitted over core counts.

Source: N. J. Gunther, Guerrilla Capacity Planning (2007), chapter 4: X(N) = gamma N / (1 + alpha (N - 1) + beta N (N - 1)), with
coefficients that are not negative. With beta = 0 it is Amdahl's law.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TINY = 1e-30
FITTED_FROM = 6  # core counts that a scaling law needs


@dataclass(frozen=True)
class Usl:
    """Contention, coherency, and what one core does."""

    alpha: float
    beta: float
    gamma: float

    def rate(self, cores: float) -> float:
        return self.gamma * cores / (1 + self.alpha * (cores - 1) + self.beta * cores * (cores - 1))


def fit_usl(cores: Sequence[float], rates: Sequence[float]) -> Usl:
    """By least squares. ValueError for fewer core counts than a law needs."""
    _require_enough(cores)
    return _fit(cores, rates)


def _require_enough(cores: Sequence[float]) -> None:
    if len(set(cores)) < FITTED_FROM:
        raise ValueError(f"{len(set(cores))} core counts, {FITTED_FROM} are needed")


def _fit(cores: Sequence[float], rates: Sequence[float]) -> Usl:
    from scipy.optimize import least_squares  # takes longer to load than most that is done here

    counts, measured = np.asarray(cores, dtype=float), np.asarray(rates, dtype=float)
    unit = float(measured.max())

    def misses(coefficients: np.ndarray) -> np.ndarray:
        alpha, beta, gamma = coefficients
        law = gamma * counts / (1 + alpha * (counts - 1) + beta * counts * (counts - 1))
        return np.asarray(law - measured / unit)

    one = float(measured[counts.argmin()] / counts.min() / unit)
    # Within its bounds a coefficient only comes near to zero: whether it is zero is tried.
    fits = [
        least_squares(
            misses,
            [most / 100 for most in (alpha, beta)] + [one],
            bounds=([0, 0, 0], [alpha, beta, np.inf]),
            xtol=1e-14,
            ftol=1e-14,
            gtol=1e-14,
        )
        for alpha, beta in ((1.0, 1.0), (1.0, TINY), (TINY, 1.0))
    ]
    best = min(fits, key=lambda fit: fit.cost)
    alpha, beta, gamma = (float(each) for each in best.x)
    return Usl(alpha, beta, gamma * unit)


def usl_range(cores: Sequence[float], rates: Sequence[float]) -> tuple[Usl, Usl]:
    """The least and the largest of each coefficient as any one core count is left out. ValueError as for a fit."""
    _require_enough(cores)
    fits = [_fit([*cores[:i], *cores[i + 1 :]], [*rates[:i], *rates[i + 1 :]]) for i in range(len(cores))]
    ends = [[getattr(fit, name) for fit in fits] for name in ("alpha", "beta", "gamma")]
    return Usl(*map(min, ends)), Usl(*map(max, ends))
