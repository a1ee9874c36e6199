"""What the change points in a machine's history say, in words."""

from bookstore.findings.trends import Trend
from bookstore.report.numbers import percent
from bookstore.terminal.text import visible

least_shown = 0.001  # of p-values; smaller ones are computed, not counted
longest_commit = 12


def _direction(size: float) -> str:
    return "slower" if size > 0 else "faster"


def _sure(p_value: float) -> str:
    return f"p <= {least_shown:.3f}" if p_value <= least_shown else f"p = {p_value:.3f}"


def commit_of(trend: Trend, index: int) -> str:
    return trend.points[index].commit[:longest_commit] or "?"


def _where(trend: Trend, index: int) -> tuple[str, str]:
    """Since which run, and between which two commits; runs are counted from 0, as many as came before."""
    place = f"{commit_of(trend, index - 1)} -> {commit_of(trend, index)} ({trend.points[index].time})"
    return f"since run {trend.before + index}", place


def describe(trend: Trend) -> list[str]:
    """One line per finding: what changed when, by how much and how sure. Empty if there is nothing to tell."""
    found, name = trend.findings, trend.key
    lines = []
    for change in found.changes:
        since, place = _where(trend, change.index)
        size = f"{_direction(change.size)} {percent(change.size)}"
        lines.append(f"{name}: {size} {since}: {place}, {_sure(change.p_value)}")
    if found.unsettled is not None:
        fresh = found.unsettled
        since, place = _where(trend, fresh.index)
        runs = f"{fresh.runs} run{'s' if fresh.runs > 1 else ''} so far"
        lines.append(f"{name}: unsettled: {percent(fresh.size)} {since}, {runs}: {place}")
    for drift in found.drifts:
        span = f"over {drift.end - drift.begin + 1} runs until {trend.points[drift.end].time}"
        lines.append(
            f"{name}: drift, {_direction(drift.size)} {percent(drift.size)} {span}, {_sure(drift.p_value)};"
            " no single commit"
        )
    for index in found.outliers:
        run = trend.before + index
        lines.append(f"{name}: outlier run {run}: {commit_of(trend, index)} ({trend.points[index].time})")
    return [visible(line) for line in lines]
