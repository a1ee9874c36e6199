"""Single points of a series that lie far from both their neighbourhoods, as by Hampel's filter."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bookstore.stats.series import Settings
from bookstore.stats.steps import shortest_inside

Array = NDArray[np.float64]

# Where chance alone would set so many outliers side by side as make a stretch, they are how the series is, not outliers.
seldom_side_by_side = 0.005


def find_outliers(series: ArrayLike, settings: Settings = Settings()) -> list[int]:
    """Points far from the median of those before and from that of those after, which are near each other.

    The first and the last point have one side only: nobody can say whether they are outliers or the end of a level.
    None where there are many: a series that now and then takes another value, and comes back, is noisy.
    """
    values = np.asarray(series, dtype=float)
    if values.size < 3:
        return []
    reach = settings.neighbours
    padded = np.concatenate([np.full(reach, np.nan), values, np.full(reach, np.nan)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    around, before, after = (
        _medians(part)
        for part in (np.delete(windows, reach, axis=1), windows[:, :reach], windows[:, reach + 1 :])
    )
    # 1.4826 makes the median absolute deviation that of a Gaussian.
    scale = 1.4826 * float(np.median(np.abs(values - around)))
    far = max(settings.outlier_sigmas * scale, settings.magnitude)
    left, right = values - before, values - after
    nearer = np.minimum(np.abs(left), np.abs(right))
    alone = (left * right > 0.0) & (nearer > far) & (np.abs(left - right) <= nearer / 2.0)
    found = [int(i) for i in np.flatnonzero(alone)]
    return found if values.size * (len(found) / values.size) ** shortest_inside <= seldom_side_by_side else []


def _medians(rows: Array) -> Array:
    """The median of each row without its gaps; of a row of gaps alone a gap."""
    ordered = np.sort(rows, axis=1)  # gaps go to the end
    counts = np.count_nonzero(~np.isnan(rows), axis=1)
    at = np.arange(len(rows))
    middle = (
        ordered[at, np.maximum(counts - 1, 0) // 2] + ordered[at, np.minimum(counts // 2, rows.shape[1] - 1)]
    )
    return np.where(counts > 0, middle / 2.0, np.nan)
