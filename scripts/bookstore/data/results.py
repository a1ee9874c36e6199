"""Loading of result files: Google Benchmark's JSON, ours or anybody's, and the folder of a run.

Parameters come from the counters of a row; of its name only the first two parts (workload and backend) are used.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bookstore.terminal.errors import InputError as InputError

# What Google Benchmark 1.7 appends to the name that the benchmark was registered under.
SUFFIXES = re.compile(
    r"/(?:iterations:\d+|repeats:\d+|process_time|real_time|manual_time|min_time:[0-9.]+|min_warmup_time:[0-9.]+)(?=/|$)"
)
AGGREGATES = ("_mean", "_median", "_stddev", "_cv", "_BigO", "_RMS")
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}

# Fields that Google Benchmark writes itself; every other number in a row is a counter.
OWN_FIELDS = frozenset(
    "name family_index per_family_instance_index run_name run_type repetitions repetition_index threads iterations"
    " real_time cpu_time time_unit label error_occurred error_message aggregate_name aggregate_unit process".split()
)


def row_key(name: str) -> str:
    """The name without the suffixes of Google Benchmark and of its aggregates."""
    for aggregate in AGGREGATES:
        name = name.removesuffix(aggregate)
    return SUFFIXES.sub("", name)


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
    def locks(self) -> bool:
        """True if the shelves had locks: under all pools, and where a backend of one thread was asked to take them."""
        return bool(self.counters.get("locks", 0))

    @property
    def too_short(self) -> bool:
        return bool(self.counters.get("too_short", 0))

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

    def counter(self, name: str) -> float:
        """The counter's value, nan if the row has none of that name."""
        return self.counters.get(name, math.nan)


@dataclass(frozen=True)
class Results:
    """The rows of one Google Benchmark JSON file."""

    path: Path
    context: Mapping[str, Any]
    rows: list[Row]
    processes: list[Mapping[str, Any]] = field(default_factory=list)  # what differs in each process's context

    @property
    def ours(self) -> bool:
        """True for a file that scripts/run wrote: one process per row and repetition, machine and commit known."""
        return bool(self.processes) and "machine" in self.context

    def select(self, wanted: Callable[[Row], bool] = lambda row: True) -> list[Row]:
        """The rows that ran to their end and that the predicate wants."""
        return [row for row in self.rows if row.has_time and wanted(row)]


@dataclass(frozen=True)
class Run:
    """A run's folder."""

    folder: Path
    environment: Mapping[str, Any]
    throughput: Results
    timeline: Mapping[str, Any] | None
    latency: Results | None = None
    series: Mapping[str, Any] | None = None  # arrivals and tasks in flight over time
    overhead: Results | None = None

    def caption(self) -> str:
        """Machine, commit and profile, as every figure carries them."""
        facts = (self.environment.get(name, "") for name in ("machine", "commit", "profile", "started"))
        return ", ".join(str(fact) for fact in facts if fact)


def group_by_key(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows under their key, in the order of first appearance."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    return groups


def read_json(path: Path) -> Any:
    """The JSON in a file, or an InputError that says what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; give a run's folder or a Google Benchmark JSON file"
        ) from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check the path") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not text; give a Google Benchmark JSON file") from None
    if not text.strip():
        raise InputError(f"{path}: is empty; measure again")
    try:
        document = json.loads(text, parse_int=_whole)
        if re.search(r"\\u[dD][89a-fA-F]", text):
            json.dumps(document, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except json.JSONDecodeError as error:
        raise InputError(f"{path}: is no JSON or is cut off (line {error.lineno}); measure again") from None
    except RecursionError:
        raise InputError(f"{path}: is no JSON that a benchmark writes (nesting); measure again") from None
    except UnicodeEncodeError:
        raise InputError(f"{path}: holds a name that is not text (a lone surrogate); measure again") from None
    except (ValueError, OverflowError):
        raise InputError(f"{path}: holds a number beyond all measure; measure again") from None
    return document


def _whole(text: str) -> int:
    """A whole number that is also a float: what is read here is computed with."""
    value = int(text)
    float(value)
    return value


def load_results(path: Path | str) -> Results:
    """Reads one Google Benchmark JSON file, ours or not. Aggregate rows are left out: statistics start from raw rows."""
    path = Path(path)
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get("benchmarks"), list):
        raise InputError(
            f"{path}: is no Google Benchmark JSON (no list 'benchmarks'); use --benchmark_out_format=json"
        )
    context = document.get("context", {})
    processes = document.get("processes", [])
    if not isinstance(context, dict) or not isinstance(processes, list):
        raise InputError(f"{path}: is no Google Benchmark JSON ('context' is no object); measure again")
    rows = [_row(path, item) for item in document["benchmarks"] if not _is_aggregate(path, item)]
    if not rows:
        raise InputError(f"{path}: holds no measured row; check the filter that it was measured with")
    return Results(path, context, rows, processes)


def load_run(folder: Path | str, unfinished: bool = False) -> Run:
    """Reads the folder of a run; one that is not finished only for its own report."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: is no run's folder; give one from results/<machine>/")
    if folder.name.endswith(".partial") and not unfinished:
        raise InputError(f"{folder}: is an unfinished run; finish it with scripts/run --resume")
    environment = read_json(folder / "environment.json")
    if not isinstance(environment, dict):
        raise InputError(f"{folder / 'environment.json'}: is not written by scripts/run; measure again")
    throughput = load_results(folder / "throughput.json")
    if not throughput.ours:
        raise InputError(f"{throughput.path}: is not written by scripts/run; give the folder of a run")
    latency = load_results(folder / "latency.json") if (folder / "latency.json").exists() else None
    timeline = _listed(folder / "timeline.json", "timeline")
    series = _listed(folder / "series.json", "series of open runs")
    overhead = load_results(folder / "overhead.json") if (folder / "overhead.json").exists() else None
    return Run(folder, environment, throughput, timeline, latency, series, overhead)


def _listed(path: Path, what: str) -> Mapping[str, Any] | None:
    """The document in a file that holds a list of rows; None if there is no such file."""
    if not path.exists():
        return None
    document = read_json(path)
    if not (isinstance(document, dict) and isinstance(document.get("rows"), list)):
        raise InputError(f"{path}: is no {what} (no list 'rows'); measure again")
    return document


def _is_aggregate(path: Path, item: object) -> bool:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not item["name"]:
        raise InputError(f"{path}: a row has no name; is it Google Benchmark JSON?")
    return item.get("run_type", "iteration") == "aggregate"


def _row(path: Path, item: Mapping[str, Any]) -> Row:
    name = item["name"]
    error = ""
    if item.get("error_occurred"):
        error = str(item.get("error_message", "")) or "failed without a message"
    return Row(
        name=name,
        real_time=math.nan if error or item.get("limit_reached") else _seconds(path, item),
        counters=_counters(path, item),
        process=_index(path, item, "process"),
        repetition=_index(path, item, "repetition_index"),
        error=error,
        label=str(item.get("label", "")),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _seconds(path: Path, item: Mapping[str, Any]) -> float:
    value, unit = item.get("real_time"), item.get("time_unit", "ns")
    if not _is_number(value) or unit not in SECONDS:
        raise InputError(f"{path}: row {item['name']} has no real_time in ns, us, ms or s; measure again")
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{path}: row {item['name']} has a time of {value} {unit}; measure again")
    return float(value) * SECONDS[unit]


def _counters(path: Path, item: Mapping[str, Any]) -> dict[str, float]:
    counters = {
        name: float(value) for name, value in item.items() if name not in OWN_FIELDS and _is_number(value)
    }
    for name, value in counters.items():
        if not math.isfinite(value):
            raise InputError(f"{path}: counter {name} of row {item['name']} is {value}; measure again")
    return counters


def _index(path: Path, item: Mapping[str, Any], name: str) -> int:
    value = item.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InputError(f"{path}: {name} of row {item['name']} is {value!r}, no count; measure again")
    return value
