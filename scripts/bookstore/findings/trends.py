"""The series of one row in a machine's history, and the change points in it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bookstore.data.history import Entry, Value
from bookstore.parallel.forked import forked_map
from bookstore.stats.changepoints import find_changes
from bookstore.stats.many_rows import level_over_rows
from bookstore.stats.series import Findings, Settings

least_forked = 5_000  # values; what fewer show is found sooner than processes are started


@dataclass(frozen=True)
class Point:
    commit: str
    time: str
    value: Value


@dataclass(frozen=True)
class Trend:
    """One row over the runs of a machine. `reference` is the row to which `logs` are ratios, None for plain times.

    `before` counts the runs with this row that are older than those looked at. `otherwise` counts runs among these that
    measured something else under its name, and take no part.
    """

    key: str
    points: list[Point]
    reference: str | None
    logs: list[float]
    findings: Findings = Findings()
    before: int = 0
    otherwise: int = 0

    @property
    def marked(self) -> dict[str, int]:
        """How many points rest on less than others, by what they rest on."""
        return dict(Counter(point.value.note for point in self.points if point.value.note))


def build_trends(
    entries: Sequence[Entry], keys: Sequence[str], last: int | None = None, settings: Settings = Settings()
) -> list[Trend]:
    """The rows over the last runs that have them, with the changes in them.

    Each is tested as one of so many rows, of which some show anything by chance: those found only at the level of a
    single row are looked at again at the level that holds for all.
    """
    series = [_series(entries, key, last) for key in keys]
    found = _find_all([trend.logs for trend in series], settings)
    level = level_over_rows([each.p_value for each in found if each.enough], settings.p_value)
    doubtful = [i for i, each in enumerate(found) if each.weakest > level]
    stricter = replace(settings, p_value=level)
    for i, each in zip(doubtful, _find_all([series[i].logs for i in doubtful], stricter)):
        found[i] = each
    return [replace(trend, findings=each) for trend, each in zip(series, found)]


def _find_all(series: Sequence[list[float]], settings: Settings) -> list[Findings]:
    if len(series) < 2 or sum(map(len, series)) < least_forked:
        return [find_changes(values, settings) for values in series]
    return list(forked_map(lambda values: find_changes(values, settings), series))


def _series(entries: Sequence[Entry], key: str, last: int | None) -> Trend:
    """Log-ratios to the reference are taken if all runs have the same one: a ratio does not move when the whole machine
    becomes slower, which plain times do."""
    having = [entry for entry in entries if key in entry.rows]
    window = having[-last:] if last else having
    alike = [entry for entry in window if entry.rows[key].metric == window[-1].rows[key].metric]
    points = [Point(entry.commit, entry.time, entry.rows[key]) for entry in alike]
    references = {entry.reference for entry in alike}
    ratios = [point.value.log_ratio for point in points]
    reference = references.pop() if len(references) == 1 else None
    logs = [ratio for ratio in ratios if ratio is not None]
    if reference in (None, key) or len(logs) < len(points):
        reference = None
        logs = [math.log(point.value.seconds) for point in points]
    return Trend(
        key, points, reference, logs, before=len(having) - len(window), otherwise=len(window) - len(alike)
    )
