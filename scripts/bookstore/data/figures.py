"""What is compared of a row: one value per process of our runs, else one per repetition, or what aggregates say."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bookstore.data.results import Results
from bookstore.data.rows import Aggregate, Row, asks_for_cpu_time

Array = NDArray[np.float64]

# Figures of an open run that answer for the backend, the better first; a percentile of latency may lie on an edge of
# the mix, and is judged only in files that have no delay.
open_metrics = (("delay p50", "delay_p50_us", "delay_p99_us"), ("p50", "latency_p50_us", "latency_p99_us"))
# What tells apart rows that a program registered under one name.
numbered = re.compile(r" \(\d+ of \d+\)$")
# Begins the reason of rows that nothing tells apart.
duplicate = "duplicate"
flag_to_drop = "--benchmark_report_aggregates_only"


@dataclass(frozen=True)
class Precision:
    """What aggregates say of their repetitions: their coefficient of variation, and their number (None: not said)."""

    variation: float
    repetitions: int | None


@dataclass(frozen=True)
class Sample:
    """The values of one row in seconds, by the file or run that they come from, in order.

    `metric` is "time" (of one run), "cpu time", "delay p50" or "p50". Where a file has aggregates only, its one value is
    the median (or mean) and `precision` holds, file by file, what is known of it.
    """

    files: tuple[Array, ...]
    metric: str
    tasks: int = 0
    p99: float | None = None
    remark: str = ""
    precision: tuple[Precision, ...] = ()

    @property
    def values(self) -> Array:
        return np.concatenate(self.files)

    @property
    def median(self) -> float:
        return float(np.median(self.values))

    @property
    def single(self) -> bool:
        """One value that shows no spread."""
        return self.values.size == 1 and not self.precision

    @property
    def note(self) -> str:
        """What a value rests on that rests on less than others."""
        return "one repetition" if self.single else "aggregates" if self.precision else ""

    def per_task(self) -> Sample:
        return replace(self, files=tuple(values / self.tasks for values in self.files))


@dataclass(frozen=True)
class LeftOut:
    """A row that has no sample, and why. `failed` where that may hide a change; a skipped row was not meant to run."""

    reason: str
    failed: bool = False

    @property
    def duplicate(self) -> bool:
        return self.reason.startswith(duplicate)


# The rows of a file under their names: those that have a sample, and those that have none.
Found = tuple[dict[str, Sample], dict[str, LeftOut]]


def of_run(results: Results, time: str | None) -> Found:
    """The rows of a run of ours, one value per process."""
    groups: dict[str, list[Row]] = {}
    for row in results.rows:
        groups.setdefault(row.key, []).append(row)
    samples, left_out = {}, {}
    for key, rows in groups.items():
        reason = _failure(rows) or _unfit(rows)
        timed = [row for row in rows if "peak_memory_bytes" not in row.counters]
        if reason is not None:
            left_out[key] = reason
        elif timed:
            samples[key] = _by_process(timed, time)
    return samples, left_out


def _failure(rows: Sequence[Row]) -> LeftOut | None:
    """Of a run of ours: one failure spoils the row, for nothing fails there by chance."""
    fate = next((row.fate for row in rows if row.fate), "")
    return LeftOut(fate, failed=True) if fate else None


def _unfit(rows: Sequence[Row]) -> LeftOut | None:
    """Why rows of the suite's own, by their counters, have no time to compare."""
    if any(row.limit_reached for row in rows):
        return LeftOut("limit reached")
    if any("slo_limit_us" in row.counters for row in rows):
        return LeftOut("a capacity search, which has no time")
    if any("rate" in row.counters for row in rows) and _open_metric(rows) is None:
        return LeftOut("p50 withheld")
    return LeftOut("too short") if any(row.too_short for row in rows) else None


def _open_metric(rows: Sequence[Row]) -> tuple[str, str, str] | None:
    return next((found for found in open_metrics if all(row.counter(found[1]) > 0 for row in rows)), None)


def _by_process(rows: Sequence[Row], time: str | None) -> Sample:
    metric, of_row = _figure(rows, time)
    processes: dict[int, list[float]] = {}
    for row in rows:
        processes.setdefault(row.process, []).append(of_row(row))
    values = np.array([np.median(processes[number]) for number in sorted(processes)], dtype=float)
    return Sample((values,), metric, max(row.tasks for row in rows), _tail(rows, metric))


def _figure(rows: Sequence[Row], time: str | None) -> tuple[str, Callable[[Row], float]]:
    """What is compared of a row: of an open run the delay, else its time: the one asked for, else as its name asks."""
    found = _open_metric(rows)
    if found is not None and time is None:
        metric, counter, _ = found
        return metric, lambda row: row.counter(counter) * 1e-6
    if (asks_for_cpu_time(rows[0].name) and time is None) or time == "cpu":
        return "cpu time", _cpu_time
    return "time", lambda row: row.real_time


def _cpu_time(row: Row) -> float:
    """CPU time of a run; of our own binaries as they count it, over the timed span and all threads."""
    if "cpu_us_per_task" in row.counters and row.tasks:
        return row.counter("cpu_us_per_task") * 1e-6 * row.tasks
    return row.cpu_time


def _tail(rows: Sequence[Row], metric: str) -> float | None:
    """The p99 beside a median of an open run."""
    counter = next((tail for name, _, tail in open_metrics if name == metric), "")
    high = [row.counter(counter) * 1e-6 for row in rows]
    return float(np.median(high)) if all(map(math.isfinite, high)) else None


def of_process(results: Results, time: str | None) -> Found:
    """The rows of one document of a Google Benchmark binary, one value per repetition.

    Rows are one row if run_name, family index and instance index agree. A name that stands for several is given a
    number; rows that agree in all of it and are two nevertheless cannot be told apart.
    """
    groups: dict[tuple[str, object], list[Row]] = {}
    for row in results.rows:
        groups.setdefault((row.key if results.own else row.name, row.family), []).append(row)
    measured = {name for name, _ in groups}
    aggregates = {(one.name, one.family): one for one in results.aggregates if one.figures}
    # Aggregates count where nothing else is there.
    places = [*groups, *(place for place in aggregates if place[0] not in measured)]
    samples: dict[str, Sample] = {}
    left_out: dict[str, LeftOut] = {}
    for place, key in zip(places, _keys([name for name, _ in places])):
        rows, aggregate = groups.get(place, []), aggregates.get(place)
        found = _by_repetition(rows, time) if rows else _from_aggregate(aggregates[place], time)
        if rows and aggregate is not None and isinstance(found, LeftOut) and not found.failed:
            found = _from_aggregate(aggregate, time)
        if isinstance(found, Sample):
            samples[key] = found
        elif found is not None:
            left_out[key] = found
    return samples, left_out


def _keys(names: Sequence[str]) -> list[str]:
    """A name for each row: its run_name, with a number where the program registered several of that name."""
    counts, seen = Counter(names), Counter[str]()
    keys = []
    for name in names:
        seen[name] += 1
        keys.append(name if counts[name] == 1 else f"{name} ({seen[name]} of {counts[name]})")
    return keys


def _by_repetition(rows: Sequence[Row], time: str | None) -> Sample | LeftOut | None:
    numbers = Counter(row.repetition for row in rows if row.counted)
    repeated = next((number for number, count in numbers.items() if count > 1), None)
    if repeated is not None:
        return LeftOut(
            f"{duplicate}: {numbers[repeated]} rows of this name are repetition {repeated} and cannot be told apart;"
            " give each benchmark a name of its own, and several runs as several files (--base A.json B.json)",
            failed=True,
        )
    unfit = _unfit(rows)
    timed = [row for row in rows if row.has_time and "peak_memory_bytes" not in row.counters]
    if unfit is not None or (not timed and not any(row.fate for row in rows)):
        return unfit
    metric, of_row = _figure(timed or rows, time)
    values = [of_row(row) for row in timed]
    usable = [value for value in values if math.isfinite(value) and value > 0]
    lost = [row.fate for row in rows if row.fate] + ["has no cpu_time"] * (len(values) - len(usable))
    if not usable:
        # A failure says more than what else a repetition lacks.
        lost.sort(key=lambda fate: not fate.startswith("failed"))
        return LeftOut(lost[0], failed=not lost[0].startswith("skipped"))
    remark = f"{len(lost)} of {len(rows)} repetitions: {lost[0]}" if lost else ""
    tasks = max(row.tasks for row in timed)
    return Sample((np.array(usable, dtype=float),), metric, tasks, _tail(timed, metric), remark)


def _from_aggregate(aggregate: Aggregate, time: str | None) -> Sample | LeftOut:
    """A row of which only aggregates are there: its median (or mean), and how sure that is."""
    figures = aggregate.figures
    wants_cpu = asks_for_cpu_time(aggregate.name) if time is None else time == "cpu"
    values = {kind: pair[int(wants_cpu)] for kind, pair in figures.items()}
    centre, mean = (values.get(kind, math.nan) for kind in ("median", "mean"))
    centre = centre if math.isfinite(centre) else mean
    variation = values.get("cv", math.nan)
    if not math.isfinite(variation):
        level = mean if math.isfinite(mean) else centre
        variation = values.get("stddev", math.nan) / level if level > 0.0 else math.nan
    if not (math.isfinite(centre) and centre > 0 and math.isfinite(variation) and variation >= 0):
        return LeftOut(
            f"only aggregates without a usable spread; measure without {flag_to_drop}", failed=True
        )
    metric = "cpu time" if wants_cpu else "time"
    repetitions = aggregate.repetitions if aggregate.repetitions and aggregate.repetitions > 1 else None
    return Sample((np.array([centre]),), metric, precision=(Precision(variation, repetitions),))
