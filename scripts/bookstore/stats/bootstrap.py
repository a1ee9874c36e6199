"""Intervals of rates of events that are made of many values: each event plays with a redrawn sample.

How often a comparison errs is estimated by playing comparisons with recorded trials. To count the comparisons played, or
the trials recorded, as if each were one coin would be wrong: comparisons played share the trials, and a comparison is
many of them. So the sample of trials is redrawn as a whole (with replacement), some comparisons are played with each, and
the spread of their rates over the samples is what the recording leaves unknown.

Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), 13 (percentile intervals).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def redrawn_rate_interval(
    hits: Sequence[int], tries: Sequence[int], level: float = 0.95
) -> tuple[float, float]:
    """Interval of a rate, of which each redrawn sample shows `hits` in `tries` plays.

    The chance of so few plays a sample is taken out of the spread: the rates are drawn together towards their mean by
    what it explains of their variance. Where all plays agree, the end is what so many plays could have overlooked.
    ValueError unless there are plays of at least two samples.
    """
    counts, plays = np.asarray(hits, dtype=float), np.asarray(tries, dtype=float)
    kept = plays > 0
    counts, plays = counts[kept], plays[kept]
    if counts.size < 2:
        raise ValueError("an interval takes plays of two samples at least")
    rates, mean, total = counts / plays, counts.sum() / plays.sum(), plays.sum()
    seen = float(np.var(rates, ddof=1))
    by_chance = float(np.mean(rates * (1 - rates) / np.maximum(plays - 1, 1)))
    drawn = math.sqrt(max(0.0, 1 - by_chance / seen)) if seen > 0 else 0.0
    spread = mean + drawn * (rates - mean)
    tail = (1 - level) / 2
    low, high = (float(np.quantile(spread, share)) for share in (tail, 1 - tail))
    # However alike the samples: the mean itself is known only from so many plays.
    overlooked = 1 - tail ** (1 / total)
    error = 1.96 * math.sqrt(mean * (1 - mean) / total)
    low, high = min(low, mean - error), max(high, mean + error)
    if mean == 0:
        high = max(high, overlooked)
    if mean == 1:
        low = min(low, 1 - overlooked)
    return max(0.0, low), min(1.0, high)
