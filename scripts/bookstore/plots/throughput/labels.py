"""Names beside the points of a panel whose axes are logarithmic, clear of each other and of the points."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from bookstore.plots.marks import mark

# Where a label may stand beside its point, in points of the page, the nearest first.
OFFSETS = sorted(
    ((side * out, up) for up in range(-72, 73, 12) for out in (9, 45, 85) for side in (1, -1)),
    key=lambda offset: (abs(offset[1]) + abs(offset[0]) / 2, offset),
)
LETTER_POINTS, LINE_POINTS = 4.4, 11.0
Box = tuple[float, float, float, float]  # left, right, bottom, top
Size = tuple[float, float]  # of a panel, about, in points of the page


@dataclass(frozen=True)
class Label:
    x: float
    y: float
    text: str
    backend: str
    radius: float = 5.0  # of its point, in points of the page


def draw_labels(
    axes: Axes, labels: Sequence[Label], size: Size, others: Sequence[tuple[float, float]], kept_clear: float
) -> None:
    """Each label beside its point, clear of the other points too, and of the panel's top from that part of it on."""
    at = [_place_of(axes, label.x, label.y, size) for label in labels]
    taken = [
        (x - label.radius, x + label.radius, y - label.radius, y + label.radius)
        for label, (x, y) in zip(labels, at, strict=True)
    ]
    taken += [(x - 5, x + 5, y - 5, y + 5) for x, y in (_place_of(axes, *other, size) for other in others)]
    taken.append((0.0, size[0], kept_clear * size[1], size[1]))
    for label, (x, y) in sorted(zip(labels, at, strict=True), key=lambda each: each[1], reverse=True):
        width = LETTER_POINTS * len(label.text)
        beyond = label.radius - 5
        offsets = [(out + (beyond if out > 0 else -beyond), up) for out, up in OFFSETS]
        offset = next(
            (each for each in offsets if not _hits(_box(x, y, each, width), taken, size)),
            offsets[0],
        )
        taken.append(_box(x, y, offset, width))
        drawn = axes.annotate(
            label.text,
            (label.x, label.y),
            offset,
            textcoords="offset points",
            ha="left" if offset[0] > 0 else "right",
            va="center",
            fontsize=7,
            color="0.2",
            arrowprops={"arrowstyle": "-", "linewidth": 0.4, "color": "0.5", "shrinkB": 3}
            if offset[1] or abs(offset[0]) > 9 + beyond
            else None,
            zorder=6,
        )
        mark(drawn, label.backend)


def _place_of(axes: Axes, x: float, y: float, size: Size) -> tuple[float, float]:
    """Where a point lies in its panel, about, in points of the page."""
    parts = []
    for value, (low, high), length in zip((x, y), (axes.get_xlim(), axes.get_ylim()), size, strict=True):
        parts.append(length * float(np.log(value / low) / np.log(high / low)))
    return parts[0], parts[1]


def _box(x: float, y: float, offset: tuple[float, float], width: float) -> Box:
    left = x + offset[0] - (width if offset[0] < 0 else 0)
    middle = y + offset[1]
    return left, left + width, middle - LINE_POINTS / 2, middle + LINE_POINTS / 2


def _hits(box: Box, taken: Sequence[Box], size: Size) -> bool:
    """Whether it covers one of the others, or leaves the panel."""
    left, right, bottom, top = box
    if left < 0 or right > size[0] or bottom < 0:
        return True
    return any(left < r and l < right and bottom < t and b < top for l, r, b, t in taken)
