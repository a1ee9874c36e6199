"""Output of a comparison: a Markdown table, JSON, github-action-benchmark's customSmallerIsBetter, Bencher's BMF.

Both comparisons use it, that of unpaired results and that of paired trials.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bookstore.gate.rule import Verdict
from bookstore.report import markdown
from bookstore.report.numbers import percent, percent_interval, short_time


@dataclass(frozen=True)
class Line:
    """One compared row. Times are medians in seconds; estimate, low, high and null are log-ratios new / base.

    `p99`, of base and of new, is shown beside a median latency and decides nothing. `trials` are the paired ones, if any.
    """

    key: str
    verdict: Verdict
    base: float
    new: float
    estimate: float
    low: float
    high: float
    new_range: tuple[float, float]
    metric: str = "time"
    null: float | None = None
    note: str = ""
    p99: tuple[float, float] | None = None
    trials: int | None = None


@dataclass(frozen=True)
class Report:
    """A whole comparison. `void` holds the rows in which base differs from base."""

    title: str
    base: str
    new: str
    lines: list[Line]
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    void: list[str] = field(default_factory=list)


def to_markdown(report: Report) -> str:
    """A table of all rows, the verdicts counted above it, and what cannot be compared below."""
    with_null = any(line.null is not None for line in report.lines)
    with_p99 = any(line.p99 is not None for line in report.lines)
    with_trials = any(line.trials is not None for line in report.lines)
    with_notes = any(line.note for line in report.lines)
    header = ["row", "value", "verdict"] if with_p99 else ["row", "verdict"]
    header += ["base", "new", "change", "interval"]
    header += ["trials"] if with_trials else []
    header += ["base against base"] if with_null else []
    header += ["p99, not gated: base, new"] if with_p99 else []
    header += ["note"] if with_notes else []
    rows = []
    for line in report.lines:
        cells = [line.key, line.metric, line.verdict.value] if with_p99 else [line.key, line.verdict.value]
        cells += [short_time(line.base), short_time(line.new)]
        cells += [percent(line.estimate), percent_interval(line.low, line.high)]
        if with_trials:
            cells.append("" if line.trials is None else str(line.trials))
        if with_null:
            cells.append("" if line.null is None else percent(line.null))
        if with_p99:
            cells.append(", ".join(map(short_time, line.p99)) if line.p99 is not None else "")
        rows.append(cells + ([line.note] if with_notes else []))
    table = markdown.table(header, rows)
    return markdown.page(
        [f"### {report.title}", _sides(report), f"**{_summary(report)}**", table, _remarks(report)]
    )


def without_table(report: Report) -> str:
    """The Markdown of a comparison in which no row was timed."""
    return markdown.page([_sides(report), _remarks(report)])


def _sides(report: Report) -> str:
    return f"base: {report.base}, new: {report.new}"


def _summary(report: Report) -> str:
    counts = [(kind.value, sum(line.verdict is kind for line in report.lines)) for kind in Verdict]
    summary = ", ".join(f"{count} {name}" for name, count in counts if count)
    if report.void:
        return "void: base differs from base in " + ", ".join(report.void) + f" ({summary})"
    return summary


def _remarks(report: Report) -> str:
    """Notes, and what cannot be compared."""
    return markdown.bullets(
        [
            *report.notes,
            *(f"only in base: `{key}`" for key in report.missing),
            *(f"only in new: `{key}`" for key in report.added),
            *(f"not compared: `{key}` ({reason})" for key, reason in report.left_out.items()),
        ]
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def to_json(report: Report) -> str:
    """Everything, for scripts: ratios as factors, times in seconds, null for what is unknown."""

    def ratio(value: float | None) -> float | None:
        return None if _finite(value) is None else math.exp(value or 0.0)

    rows = [
        {
            "row": line.key,
            "verdict": line.verdict.value,
            "metric": line.metric,
            "base_seconds": _finite(line.base),
            "new_seconds": _finite(line.new),
            "ratio": ratio(line.estimate),
            "ratio_low": ratio(line.low),
            "ratio_high": ratio(line.high),
            "trials": line.trials,
            "base_against_base": ratio(line.null),
            "base_p99_seconds": line.p99[0] if line.p99 is not None else None,
            "new_p99_seconds": line.p99[1] if line.p99 is not None else None,
            "note": line.note,
        }
        for line in report.lines
    ]
    document = {
        "title": report.title,
        "base": report.base,
        "new": report.new,
        "rows": rows,
        "void": report.void,
        "only_in_base": report.missing,
        "only_in_new": report.added,
        "not_compared": report.left_out,
        "notes": report.notes,
    }
    return _dump(document)


def _extra(line: Line) -> str:
    text = f"{line.verdict.value}: {percent(line.estimate)} ({percent_interval(line.low, line.high)})"
    if line.p99 is None:
        return text
    base, new = map(short_time, line.p99)
    return f"{line.metric} {text}; p99 {new}, of base {base}, not gated"


def to_smaller_is_better(report: Report) -> str:
    """Input of github-action-benchmark's tool customSmallerIsBetter: the new medians, always in microseconds."""
    return _dump(
        [
            {
                "name": line.key,
                "unit": "us",
                "value": line.new * 1e6,
                "range": f"{line.new_range[0] * 1e6:.6g} to {line.new_range[1] * 1e6:.6g}",
                "extra": _extra(line),
            }
            for line in report.lines
        ]
    )


def to_bencher(report: Report) -> str:
    """Bencher Metric Format: the new medians under Bencher's own measure `latency`, in nanoseconds."""
    return _dump(
        {
            line.key: {
                "latency": {
                    "value": line.new * 1e9,
                    "lower_value": line.new_range[0] * 1e9,
                    "upper_value": line.new_range[1] * 1e9,
                }
            }
            for line in report.lines
        }
    )


def _dump(document: Any) -> str:
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


writers: dict[str, Callable[[Report], str]] = {
    "markdown": to_markdown,
    "json": to_json,
    "customSmallerIsBetter": to_smaller_is_better,
    "bencher": to_bencher,
}
