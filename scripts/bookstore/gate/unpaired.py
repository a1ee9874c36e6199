"""Verdicts on unpaired samples, of two runs: the gate's rule with tests of Mann and Whitney. Pure.

The samples are logs of times, one value per process, so that a shift is the log of a ratio.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bookstore.gate.rule import Rule, Verdict
from bookstore.stats.holm import holm
from bookstore.stats.rank_sum import hodges_lehmann, rank_sum_test, shift_interval

Array = NDArray[np.float64]

least_processes = 6
least_history = 10


@dataclass(frozen=True)
class Shift:
    """ln(new / base) of one row; the interval's ends are infinite where the samples are too small for its level."""

    verdict: Verdict
    estimate: float
    low: float
    high: float
    note: str = ""


def run_to_run(values: Sequence[float]) -> float | None:
    """95th percentile of |log-ratio| between one run and the next, rounded up to one that was seen.

    None with fewer than `least_history` runs.
    """
    if len(values) < least_history:
        return None
    steps = np.abs(np.diff(np.asarray(values, dtype=float)))
    return float(np.quantile(steps, 0.95, method="higher"))


def _by_test(
    samples: Mapping[str, tuple[Array, Array]], noise: Mapping[str, float | None], rule: Rule
) -> dict[str, Verdict]:
    """The gate's rule with Mann-Whitney tests, for rows that have processes enough.

    Processes of one run share its session, so known run-to-run noise comes on top of the margins.
    """
    extra = {key: noise.get(key) or 0.0 for key in samples}
    slower = holm([rank_sum_test(*pair, rule.null_margin + extra[key]) for key, pair in samples.items()])
    faster = holm(
        [rank_sum_test(*pair[::-1], rule.null_margin + extra[key]) for key, pair in samples.items()]
    )
    verdicts = {}
    for (key, (base, new)), up, down in zip(samples.items(), slower, faster):
        shift, least = hodges_lehmann(base, new), rule.least_effect + extra[key]
        margin = rule.same_margin - extra[key]
        unlike = max(rank_sum_test(base, new, -margin), rank_sum_test(new, base, -margin))
        if up <= rule.alpha and shift >= least:
            verdicts[key] = Verdict.REGRESSED
        elif down <= rule.alpha and -shift >= least:
            verdicts[key] = Verdict.IMPROVED
        elif unlike <= rule.alpha_same:
            verdicts[key] = Verdict.SAME
        else:
            verdicts[key] = Verdict.INCONCLUSIVE
    return verdicts


def by_history(shift: float, noise: float, rule: Rule) -> Verdict:
    """Verdict on an estimate whose uncertainty is the run-to-run noise of this machine.

    The noise is added to what a difference must exceed, and taken off what counts as the same: it may make a row
    inconclusive, but never proves anything.
    """
    if abs(shift) >= rule.least_effect + noise:
        return Verdict.REGRESSED if shift > 0 else Verdict.IMPROVED
    return Verdict.SAME if abs(shift) + noise < rule.same_margin else Verdict.INCONCLUSIVE


def judge_shifts(
    samples: Mapping[str, tuple[Array, Array]], noise: Mapping[str, float | None], rule: Rule = Rule()
) -> dict[str, Shift]:
    """Verdict per row from unpaired logs of times (base, new).

    `noise` is the run-to-run noise of a row on this machine, None where it is not known; it is added to what a
    difference must exceed and taken off what counts as the same. Rows with `least_processes` a side are tested, Holm
    over those rows; the others rest on the noise alone, and without it stay inconclusive. Intervals hold for all rows
    together and for these processes: the noise is not in them.
    """
    large = {key: pair for key, pair in samples.items() if min(map(len, pair)) >= least_processes}
    verdicts = _by_test(large, noise, rule)
    shifts = {}
    for key, (base, new) in samples.items():
        estimate = hodges_lehmann(base, new)
        low, high = shift_interval(base, new, rule.alpha / len(samples))
        note, spread = "", noise.get(key)
        if key not in large:
            verdicts[key] = Verdict.INCONCLUSIVE if spread is None else by_history(estimate, spread, rule)
            note = f"{min(len(base), len(new))} a side" + ("; no history" if spread is None else "")
        if spread is not None:
            note = "; ".join(filter(None, (note, f"run-to-run noise {100.0 * math.expm1(spread):.1f} %")))
        shifts[key] = Shift(verdicts[key], estimate, low, high, note)
    return shifts


def most_rows(m: int, n: int, alpha: float = Rule.alpha) -> int:
    """Largest family in which Holm's first step can still reject a row of m and n processes."""
    return int(alpha * math.comb(m + n, n))
