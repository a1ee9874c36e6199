"""The series of one row in a machine's history, and the change points in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bookstore.data.history import Entry, Value
from bookstore.stats.changepoints import Findings, Settings, find_changes


@dataclass(frozen=True)
class Point:
    commit: str
    time: str
    value: Value


@dataclass(frozen=True)
class Trend:
    """One row over the runs of a machine. `reference` is the row to which `logs` are ratios, None for plain times."""

    key: str
    points: list[Point]
    reference: str | None
    logs: list[float]
    findings: Findings


def build_trend(entries: Sequence[Entry], key: str, last: int, settings: Settings = Settings()) -> Trend:
    """The last runs that have the row. Log-ratios to the reference are taken if all of them have the same one.

    A ratio does not move when the whole machine becomes slower, which plain times do.
    """
    having = [entry for entry in entries if key in entry.rows][-last:]
    points = [Point(entry.commit, entry.time, entry.rows[key]) for entry in having]
    references = {entry.reference for entry in having}
    ratios = [point.value.log_ratio for point in points]
    reference = references.pop() if len(references) == 1 else None
    logs = [ratio for ratio in ratios if ratio is not None]
    if reference in (None, key) or len(logs) < len(points):
        reference = None
        logs = [math.log(point.value.seconds) for point in points]
    return Trend(key, points, reference, logs, find_changes(logs, settings))
