"""The series of one row in a machine's history, and what the change points in it say, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bookstore.stats.changepoints import Findings, Settings, find_changes
from bookstore.gate.formats import percent
from bookstore.data.history import Entry, Value


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


def _direction(size: float) -> str:
    return "slower" if size > 0 else "faster"


def _sure(p_value: float, settings: Settings) -> str:
    least = 1.0 / (settings.permutations + 1)
    return f"p <= {least:.3f}" if p_value <= least else f"p = {p_value:.3f}"


def _where(trend: Trend, index: int) -> str:
    """Between which two runs a change came."""
    before, after = trend.points[index - 1], trend.points[index]
    return f"{before.commit or '?'} -> {after.commit or '?'} ({after.time})"


def describe(trend: Trend, settings: Settings = Settings()) -> list[str]:
    """One line per finding: what changed when, by how much and how sure. Empty if there is nothing to tell."""
    found = trend.findings
    lines = []
    for change in found.changes:
        words = f"{_direction(change.size)} {percent(change.size)} {_where(trend, change.index)}"
        lines.append(f"{trend.key}: {words}, {_sure(change.p_value, settings)}")
    for drift in found.drifts:
        span = f"over {drift.end - drift.begin + 1} runs until {trend.points[drift.end].time}"
        lines.append(
            f"{trend.key}: drift, {_direction(drift.size)} {percent(drift.size)} {span},"
            f" {_sure(drift.p_value, settings)}; no single commit"
        )
    for index in found.outliers:
        point = trend.points[index]
        newest = " (or the first run after a change)" if index == len(trend.points) - 1 else ""
        lines.append(f"{trend.key}: outlier {point.commit or '?'} ({point.time}){newest}")
    return lines
