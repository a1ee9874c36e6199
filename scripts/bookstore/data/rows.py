"""Rows of Google Benchmark's JSON, versions 1.5 to 1.9 and older: measurements, and aggregates over them.

A row that has no usable time is kept, with the reason: it costs the others nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bookstore.data.names import waits_of

# What Google Benchmark appends to the name that the benchmark was registered under. The first kind says how often to
# run and changes nothing in what is measured; the second says which time is measured.
SIZING = r"iterations:\d+|repeats:\d+|min_time:[0-9.]+s?|min_warmup_time:[0-9.]+"
SUFFIXES = re.compile(rf"/(?:{SIZING}|process_time|real_time|manual_time)(?=/|$)")
SIZING_SUFFIXES = re.compile(rf"/(?:{SIZING})(?=/|$)")
AGGREGATES = ("_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS")
ENOUGH_WORKERS = 0.95  # of those that were asked for
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}

# Fields that Google Benchmark writes itself; every other number in a row is a counter.
OWN_FIELDS = frozenset(
    "name family_index per_family_instance_index run_name run_type repetitions repetition_index threads iterations"
    " real_time cpu_time time_unit label error_occurred error_message skipped skip_message aggregate_name"
    " aggregate_unit process".split()
)


def row_key(name: str) -> str:
    """The name without the suffixes of Google Benchmark and of its aggregates."""
    for aggregate in AGGREGATES:
        name = name.removesuffix(aggregate)
    return SUFFIXES.sub("", name)


def asks_for_cpu_time(run_name: str) -> bool:
    """True of a benchmark that was registered to be judged by the CPU time of its process."""
    parts = run_name.split("/")
    return "process_time" in parts and not {"real_time", "manual_time"} & set(parts)


@dataclass(frozen=True)
class Row:
    """One run of one benchmark: one repetition in one process."""

    name: str
    real_time: float  # seconds per iteration; nan where the row has no time (limit reached, error)
    counters: Mapping[str, float]
    process: int = 0  # index of the process that ran it; 0 for a file of one process
    repetition: int = 0
    error: str = ""  # the message of a row that failed, else empty
    label: str = ""
    cpu_time: float = math.nan  # seconds per iteration
    odd: str = ""  # why a row that did not fail has no usable time: skipped, or no time above zero
    family: tuple[
        int, int
    ] | None = None  # family_index and per_family_instance_index, where the file has them
    counted: bool = False  # whether the file numbers its repetitions

    @cached_property
    def key(self) -> str:
        return row_key(self.name)

    @property
    def workload(self) -> str:
        return self.name.split("/")[0]

    @property
    def backend(self) -> str:
        parts = self.name.split("/")
        return parts[1] if len(parts) > 1 else ""

    @property
    def cores(self) -> int:
        return int(self.counters.get("cores", 0))

    @property
    def workers(self) -> int:
        return int(self.counters.get("workers", 0))

    @property
    def tasks(self) -> int:
        return int(self.counters.get("tasks", 0))

    @property
    def in_flight(self) -> int:
        """The cap on tasks in flight; 0 for none."""
        return int(self.counters.get("in_flight", 0))

    @property
    def pinned(self) -> bool | None:
        """Whether workers were asked to keep to CPUs of their own; None: as their backend usually does."""
        return bool(self.counters.get("pinned", 0)) if self.counters.get("pinned_given", 0) else None

    @property
    def locks(self) -> bool:
        """True if the shelves had locks: under all pools, and where a backend of one thread was asked to take them."""
        return bool(self.counters.get("locks", 0))

    @property
    def waits(self) -> str:
        """What its waits are: one of data.names.WAITS."""
        return waits_of(self.counters)

    @property
    def too_short(self) -> bool:
        return bool(self.counters.get("too_short", 0))

    @property
    def disturbed(self) -> bool:
        """Whether others took more of the row's CPUs than it can be relied on beside."""
        return bool(self.counters.get("disturbed", 0))

    @property
    def fewer_workers(self) -> bool:
        """Whether its tasks ran on fewer threads than were asked for, though there were tasks for all."""
        if "fewer_workers" in self.counters:
            return bool(self.counters["fewer_workers"])
        effective = self.counters.get("effective_workers", math.inf)
        return self.tasks >= self.workers and effective < ENOUGH_WORKERS * self.workers

    @property
    def limit_reached(self) -> bool:
        return bool(self.counters.get("limit_reached", 0))

    @property
    def has_time(self) -> bool:
        return math.isfinite(self.real_time)

    @property
    def time_per_task(self) -> float:
        """Seconds per task; nan without a time or a task count."""
        return self.real_time / self.tasks if self.tasks else math.nan

    @property
    def fate(self) -> str:
        """Why the row has no time, else empty."""
        return f"failed: {' '.join(self.error.split())}" if self.error else self.odd

    def counter(self, name: str) -> float:
        """The counter's value, nan if the row has none of that name."""
        return self.counters.get(name, math.nan)


@dataclass(frozen=True)
class Aggregate:
    """What Google Benchmark computed over the repetitions of one row; times in seconds, cv as a fraction.

    `figures` holds (real, cpu) by name: mean, median, stddev, cv. `repetitions` is None where the file does not say.
    """

    name: str
    family: tuple[int, int] | None
    repetitions: int | None
    figures: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Parsed:
    rows: list[Row]
    aggregates: list[Aggregate]


def parse_rows(items: Sequence[Any], with_counters: bool) -> Parsed:
    """The rows of one document. Counters are read of the suite's own files only: elsewhere a name means nothing."""
    names = Counter(item["name"] for item in items if _is_named(item))
    rows: list[Row] = []
    aggregates: dict[tuple[str, tuple[int, int] | None], Aggregate] = {}
    for number, item in enumerate(items):
        found = _aggregate_of(item, names) if _is_named(item) else None
        if found is None:
            rows.append(_row(number, item, with_counters))
            continue
        name, kind = found
        place = (name, _family(item))
        known = aggregates.setdefault(place, Aggregate(*place, _count(item.get("repetitions"))))
        if kind in ("mean", "median", "stddev", "cv"):
            known.figures[kind] = _figures(item, kind)
    return Parsed(rows, list(aggregates.values()))


def _is_named(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("name"), str) and bool(item["name"])


def _aggregate_of(item: Mapping[str, Any], names: Mapping[str, int]) -> tuple[str, str] | None:
    """Of an aggregate the name of its row and what it is (mean, cv, BigO); None for a measurement.

    Known by aggregate_name whatever run_type says; else by a name that is run_name and more. A row that has neither (of
    versions before 1.5, or rewritten) is known by its suffix where the plain row stands there repeated: a benchmark that
    is merely called so would be repeated as often itself.
    """
    name, run_name, kind = item["name"], item.get("run_name"), item.get("aggregate_name")
    if isinstance(kind, str) and kind:
        plain = run_name if isinstance(run_name, str) and run_name else name.removesuffix("_" + kind)
        return plain, kind
    if isinstance(run_name, str) and run_name and name.startswith(run_name + "_"):
        return run_name, name[len(run_name) + 1 :]
    suffix = next((suffix for suffix in AGGREGATES if name.endswith(suffix)), "")
    plain, kind = name.removesuffix(suffix), suffix[1:]
    if item.get("run_type") == "aggregate":
        return plain, kind
    if "real_time" not in item and ({"big_o", "rms"} & item.keys() or kind in ("BigO", "RMS")):
        return plain, kind
    if not suffix or names[name] != 1 or "repetition_index" in item:
        return None
    if item.keys() & {"BigO": {"big_o"}, "RMS": {"rms"}}.get(kind, set()):
        return plain, kind
    # Where aggregates stand alone, every version since the first wrote these two.
    alone = not names[plain] and names[plain + "_mean"] == names[plain + "_stddev"] == 1
    return (plain, kind) if alone or names[plain] > 1 else None


def _figures(item: Mapping[str, Any], kind: str) -> tuple[float, float]:
    scale = 1.0 if kind == "cv" else SECONDS.get(str(item.get("time_unit", "ns")), math.nan)
    real, cpu = (
        float(item[name]) * scale if _is_number(item.get(name)) else math.nan
        for name in ("real_time", "cpu_time")
    )
    return real, cpu


def _row(number: int, item: Any, with_counters: bool) -> Row:
    if not _is_named(item):
        return Row(f"row {number + 1}", math.nan, {}, odd="has no name")
    counters, odd = _counters(item) if with_counters else ({}, "")
    error = ""
    if _is_said(item, "error_occurred", "error_message"):
        error = str(item.get("error_message") or "") or "failed without a message"
    seconds = math.nan
    if not error and _is_said(item, "skipped", "skip_message"):
        odd = "skipped: " + (" ".join(str(item.get("skip_message") or "").split()) or "without a message")
    elif not error and not odd and not counters.get("limit_reached"):
        seconds, odd = _seconds(item)
    return Row(
        name=item["name"],
        real_time=seconds,
        counters=counters,
        process=_count(item.get("process")) or 0 if with_counters else 0,
        repetition=_count(item.get("repetition_index")) or 0,
        error=error,
        label=str(item.get("label", "")),
        cpu_time=_cpu_seconds(item) if math.isfinite(seconds) else math.nan,
        odd=odd,
        family=_family(item),
        counted=_count(item.get("repetition_index")) is not None,
    )


def _is_said(item: Mapping[str, Any], flag: str, message: str) -> bool:
    """Whether Google Benchmark marks the row so; a number of that name without the message is a counter."""
    value = item.get(flag)
    return bool(value) and (not _is_number(value) or isinstance(item.get(message), str))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _seconds(item: Mapping[str, Any]) -> tuple[float, str]:
    """The row's time, or nan and what is wrong with it."""
    value, unit = item.get("real_time"), item.get("time_unit", "ns")
    if not _is_number(value) or not isinstance(unit, str) or unit not in SECONDS:
        return math.nan, "has no real_time in ns, us, ms or s"
    seconds = float(value) * SECONDS[unit]
    if not (math.isfinite(seconds) and seconds > 0):
        return math.nan, f"has a time of {float(value):g} {unit}"
    return seconds, ""


def _cpu_seconds(item: Mapping[str, Any]) -> float:
    value = item.get("cpu_time")
    seconds = float(value) * SECONDS[item.get("time_unit", "ns")] if _is_number(value) else math.nan
    return seconds if math.isfinite(seconds) and seconds > 0 else math.nan


def _counters(item: Mapping[str, Any]) -> tuple[dict[str, float], str]:
    """The counters of a row of the suite's own, and what is wrong with them: it never writes what is no number."""
    found = {name: float(item[name]) for name in item if name not in OWN_FIELDS and _is_number(item[name])}
    wrong = next(
        (f"counter {name} is {value:g}" for name, value in found.items() if not math.isfinite(value)), ""
    )
    for name in ("process", "repetition_index"):
        if name in item and _count(item[name]) is None:
            wrong = f"{name} is {item[name]!r}, no count"
    return {name: value for name, value in found.items() if math.isfinite(value)}, wrong


def _family(item: Mapping[str, Any]) -> tuple[int, int] | None:
    family, instance = (_count(item.get(name)) for name in ("family_index", "per_family_instance_index"))
    return None if family is None or instance is None else (family, instance)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
