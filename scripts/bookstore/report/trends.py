"""What the change points in a machine's history say, in words."""

from bookstore.findings.trends import Trend
from bookstore.report.numbers import percent
from bookstore.stats.changepoints import Settings


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
