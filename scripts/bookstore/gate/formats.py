"""Output of a comparison: Markdown, JSON, GitHub's annotations, github-action-benchmark's customSmallerIsBetter, BMF.

Both comparisons use it, that of unpaired results and that of paired trials.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bookstore.gate.rule import Verdict
from bookstore.report import markdown
from bookstore.report.numbers import percent, percent_interval, short_time
from bookstore.terminal.text import visible

# Of a longer table the rows that are proved the same are folded away.
most_lines = 40
# GitHub shows ten annotations of a level for a step; the last of ours says how many more there are.
most_annotations = 10
# So many commands to see a row again; who has more to look at has another trouble.
most_again = 10


@dataclass(frozen=True)
class Line:
    """One compared row. Times are medians in seconds; estimate, low, high and null are log-ratios new / base.

    `p99`, of base and of new, is shown beside a median latency and decides nothing. `trials` are the paired ones, if
    any; `values` are those of base and of new where they are not paired.
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
    values: tuple[int, int] | None = None

    @property
    def counted(self) -> str:
        """On how much the line rests: 20 trials, or 10 + 10 values."""
        if self.trials is not None:
            return f"{self.trials} trials"
        return f"{self.values[0]} + {self.values[1]} values" if self.values is not None else ""

    @property
    def change(self) -> str:
        return f"{percent(self.estimate)} ({percent_interval(self.low, self.high)})"


@dataclass(frozen=True)
class Report:
    """A whole comparison. `void` holds the rows in which base differs from base.

    `failing` are the verdicts that end it in red; `again` holds, by row, the command that shows the row once more.
    """

    title: str
    base: str
    new: str
    lines: list[Line]
    notes: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    void: list[str] = field(default_factory=list)
    failing: frozenset[Verdict] = frozenset((Verdict.REGRESSED,))
    again: Mapping[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> str:
        """How many rows have which verdict."""
        counts = [(kind.value, sum(line.verdict is kind for line in self.lines)) for kind in Verdict]
        return ", ".join(f"{count} {name}" for name, count in counts if count)


def to_markdown(report: Report) -> str:
    """A table of all rows, the verdicts counted above it, and what cannot be compared below."""
    if not report.lines:
        return markdown.page(
            [f"### {report.title}", _sides(report), "**no row was compared**", _remarks(report)]
        )
    shown, folded = report.lines, []
    if len(report.lines) > most_lines:
        shown = [line for line in report.lines if line.verdict is not Verdict.SAME]
        folded = [line for line in report.lines if line.verdict is Verdict.SAME] if shown else []
    blocks = [f"### {report.title}", _sides(report), f"**{_summary(report)}**", _table(shown or report.lines)]
    if folded:
        blocks += [
            f"<details><summary>{len(folded)} rows are the same</summary>",
            _table(folded),
            "</details>",
        ]
    return markdown.page([*blocks, _remarks(report)])


def _table(lines: Sequence[Line]) -> str:
    with_null = any(line.null is not None for line in lines)
    with_p99 = any(line.p99 is not None for line in lines)
    with_trials = any(line.trials is not None for line in lines)
    with_values = any(line.values is not None for line in lines)
    with_metric = with_p99 or any(line.metric == "cpu time" for line in lines)
    with_notes = any(line.note for line in lines)
    header = ["row", "value", "verdict"] if with_metric else ["row", "verdict"]
    header += ["base", "new", "change", "interval"]
    header += ["trials"] if with_trials else []
    header += ["values"] if with_values else []
    header += ["base against base"] if with_null else []
    header += ["p99, not gated: base, new"] if with_p99 else []
    header += ["note"] if with_notes else []
    rows = []
    for line in lines:
        cells = [markdown.code(line.key), *([line.metric] if with_metric else []), line.verdict.value]
        cells += [short_time(line.base), short_time(line.new)]
        cells += [percent(line.estimate), percent_interval(line.low, line.high)]
        if with_trials:
            cells.append("" if line.trials is None else str(line.trials))
        if with_values:
            cells.append("" if line.values is None else f"{line.values[0]} + {line.values[1]}")
        if with_null:
            cells.append("" if line.null is None else percent(line.null))
        if with_p99:
            cells.append(", ".join(map(short_time, line.p99)) if line.p99 is not None else "")
        rows.append(cells + ([markdown.plain(line.note)] if with_notes else []))
    return markdown.table(header, rows)


def without_table(report: Report) -> str:
    """The Markdown of a comparison in which no row was timed."""
    return markdown.page([_sides(report), _remarks(report)])


def _sides(report: Report) -> str:
    return f"base: {markdown.plain(report.base)}, new: {markdown.plain(report.new)}"


def _summary(report: Report) -> str:
    if not report.void:
        return report.counts
    return f"void: base differs from base in {', '.join(map(markdown.code, report.void))} ({report.counts})"


def _remarks(report: Report) -> str:
    """Notes, what cannot be compared, and how to see a row again."""
    again = [f"to see {markdown.code(key)} again: {markdown.code(run)}" for key, run in report.again.items()]
    return markdown.bullets(
        [
            *report.notes,
            *(f"only in base: {markdown.code(key)}" for key in report.missing),
            *(f"only in new: {markdown.code(key)}" for key in report.added),
            *(
                f"not compared: {markdown.code(key)} ({markdown.plain(reason)})"
                for key, reason in report.left_out.items()
            ),
            *again[:most_again],
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
            "values": line.values,
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
        "again": dict(report.again),
    }
    return _dump(document)


def _extra(line: Line) -> str:
    text = f"{line.verdict.value}: {line.change}"
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


def to_annotations(report: Report) -> str:
    """Commands of GitHub's workflow runner: errors for what fails, warnings for what nobody can say, a summary."""
    kinds: dict[str, list[tuple[str, str]]] = {"error": [], "warning": [], "notice": []}
    for line in report.lines:
        if line.verdict is Verdict.SAME:
            continue
        failing = line.verdict in report.failing and not report.void
        level = "error" if failing else "warning" if line.verdict is not Verdict.IMPROVED else "notice"
        words = [line.change, f"{short_time(line.base)} to {short_time(line.new)}", line.counted, line.note]
        if line.key in report.again:
            words.append(f"to see it again: {report.again[line.key]}")
        kinds[level].append((f"{line.key}: {line.verdict.value}", "; ".join(filter(None, words))))
    for key, reason in report.left_out.items():
        level = "notice" if reason.startswith("skipped") else "warning"
        kinds[level].append((f"{key}: not compared", reason))
    kinds["warning"] += [(f"{key}: void", "base differs from base") for key in report.void]
    for level, found in kinds.items():
        if len(found) >= most_annotations:
            rest = len(found) - most_annotations + 2
            found[most_annotations - 2 :] = [(report.title, f"and {rest} more rows; the table has them all")]
    kinds["notice"].append(
        (report.title, f"base: {report.base}, new: {report.new}; {report.counts or 'no row'}")
    )
    return "".join(
        f"::{level} title={_property(title)}::{_data(text)}\n"
        for level, found in kinds.items()
        for title, text in found
    )


def _data(text: str) -> str:
    """The message of a command: on one line, per cent signs as GitHub reads them, and no older command within."""
    return visible(text).replace("##[", "## [").replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _dump(document: Any) -> str:
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


writers: dict[str, Callable[[Report], str]] = {
    "markdown": to_markdown,
    "json": to_json,
    "github": to_annotations,
    "customSmallerIsBetter": to_smaller_is_better,
    "bencher": to_bencher,
}
