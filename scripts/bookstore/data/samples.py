"""Times of each row, as compare and track need them: of our runs one value per process, else one per repetition."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookstore.data.results import Results, load_documents, load_results, load_run
from bookstore.data.rows import Aggregate, Row, asks_for_cpu_time
from bookstore.terminal.errors import InputError

Array = NDArray[np.float64]

# What must agree before two files are compared: the keys of our own context, and those of Google Benchmark's.
own_identity = ("machine", "build_type", "compiler", "flags")
foreign_identity = ("host_name", "num_cpus", "library_build_type")

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


@dataclass(frozen=True)
class Measured:
    """What the files or the run of one side hold for comparison; `left_out` names the rows that have no sample."""

    paths: tuple[Path, ...]
    ours: bool
    context: Mapping[str, Any]
    samples: dict[str, Sample]
    ideal: dict[str, Sample] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    others: tuple[Mapping[str, Any], ...] = ()  # contexts of the further files

    @property
    def path(self) -> Path:
        return self.paths[0]

    @property
    def identity(self) -> dict[str, str]:
        return identity_of(self.context)

    @property
    def machine(self) -> str:
        """The machine's name; for a foreign file its host's. InputError if there is neither."""
        name = self.context.get("machine") or self.context.get("host_name")
        if not name:
            raise InputError(
                f"{self.path}: its context names no machine; name it with --machine, or measure again with its context"
            )
        return str(name)

    @property
    def commit(self) -> str:
        return str(self.context.get("commit", ""))

    @property
    def named(self) -> str:
        """How the side is called where it has no commit."""
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        return f"{self.path}{more}"


# The rows of a file under their names: those that have a sample, and those that have none.
Found = tuple[dict[str, Sample], dict[str, LeftOut]]


def identity_of(context: Mapping[str, Any]) -> dict[str, str]:
    names = own_identity if "machine" in context else foreign_identity
    return {name: str(context.get(name, "")) for name in names}


def load_measured(path: Path | str, time: str | None = None) -> Measured:
    """Reads a run's folder or a Google Benchmark JSON file, as `load_side` does."""
    return load_side([Path(path)], time)


def load_side(paths: Sequence[Path], time: str | None = None) -> Measured:
    """Reads one side of a comparison: the folders of runs, or Google Benchmark JSON files, their rows pooled by name.

    `time` is "real", "cpu" or None for the one that each row asks for. InputError if no row has a usable time.
    """
    if len(set(map(Path.resolve, paths))) < len(paths):
        raise InputError(f"{_repeated(paths)}: is given twice for one side; give each file once")
    files = [_read(path, time) for path in paths]
    first = files[0]
    if any(one.ours != first.ours for one in files):
        raise InputError("one side mixes runs of this suite with other files; give files of one kind")
    samples, left_out = _pooled([(one.samples, one.left_out) for one in files])
    if not samples and not any(why.duplicate for why in left_out.values()):
        # Of a file of fits alone (BigO) there is not even a row that failed.
        key, why = next(iter(left_out.items()), ("no row", LeftOut("nothing was measured")))
        raise InputError(
            f"{first.named}: holds no row with a usable time ({key}: {why.reason}); measure again"
        )
    ideal = {key: samples.pop(key) for key in list(samples) if key.startswith("ideal/") and first.ours}
    others = tuple(context for one in files for context in (one.context, *one.others))[1:]
    return Measured(tuple(paths), first.ours, first.context, samples, ideal, left_out, others)


def _repeated(paths: Sequence[Path]) -> Path:
    return next(path for path, count in Counter(map(Path.resolve, paths)).items() if count > 1)


def _read(path: Path, time: str | None) -> Measured:
    if path.is_dir():
        documents = [load_run(path).throughput]
        if (path / "latency.json").exists():
            documents.append(load_results(path / "latency.json"))
    else:
        documents = load_documents(path)
    ours = documents[0].ours
    if ours:
        # The files of one run hold different rows.
        samples: dict[str, Sample] = {}
        left_out: dict[str, LeftOut] = {}
        for document in documents:
            found, lost = _of_run(document, time)
            samples, left_out = samples | found, left_out | lost
        return Measured((path,), True, documents[0].context, samples, {}, left_out)
    samples, left_out = _pooled([of_process(document, time) for document in documents])
    others = tuple(document.context for document in documents[1:])
    return Measured((path,), False, documents[0].context, samples, {}, left_out, others)


def _pooled(files: Sequence[Found]) -> Found:
    """The rows of several files under their names; a row that one file lacks or has in vain is that of the others."""
    gathered: dict[str, list[Sample]] = {}
    lost: dict[str, list[LeftOut]] = {}
    for found, in_vain in files:
        for key, sample in found.items():
            gathered.setdefault(key, []).append(sample)
        for key, why in in_vain.items():
            lost.setdefault(key, []).append(why)
    samples, left_out = {}, {key: whys[0] for key, whys in lost.items() if key not in gathered}
    for key, parts in gathered.items():
        if len({part.metric for part in parts}) > 1:
            left_out[key] = LeftOut("measured otherwise from file to file", failed=True)
            continue
        remarks = [part.remark for part in parts] + [f"in one file {why.reason}" for why in lost.get(key, [])]
        whole = [part for part in parts if not part.precision]
        kept = whole or parts  # aggregates are taken only where nothing else is there
        samples[key] = replace(
            parts[0],
            files=tuple(values for part in kept for values in part.files),
            precision=tuple(known for part in kept for known in part.precision),
            tasks=max(part.tasks for part in parts),
            remark="; ".join(dict.fromkeys(filter(None, remarks))),
        )
    return samples, left_out


def _of_run(results: Results, time: str | None) -> Found:
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


def row_filter(pattern: str | None) -> re.Pattern[str]:
    """The rows that a user asked for, as a regular expression searched for in the key."""
    try:
        return re.compile(pattern or "")
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError(f"--rows {pattern}: is no regular expression ({error}); mend it") from None
