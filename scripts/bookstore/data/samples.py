"""Times of each row, as compare and track need them: one value per process; of a foreign file, per repetition."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bookstore.terminal.errors import InputError
from bookstore.data.results import Results, Row, group_by_key, load_results, load_run

Array = NDArray[np.float64]

# What must agree before two files are compared: the keys of our own context, and those of Google Benchmark's.
own_identity = ("machine", "build_type", "compiler", "flags")
foreign_identity = ("host_name", "num_cpus", "library_build_type")


@dataclass(frozen=True)
class Sample:
    """The values of one row in seconds, in order of process. `metric` is "time" (of one run) or "p50"."""

    values: Array
    metric: str
    tasks: int
    p99: float | None = None

    @property
    def median(self) -> float:
        return float(np.median(self.values))


@dataclass(frozen=True)
class Measured:
    """What one run or file holds for comparison; `left_out` says for each row that is not comparable, why."""

    path: Path
    ours: bool
    context: Mapping[str, Any]
    samples: dict[str, Sample]
    ideal: dict[str, Sample]
    left_out: dict[str, str]

    @property
    def identity(self) -> dict[str, str]:
        names = own_identity if "machine" in self.context else foreign_identity
        return {name: str(self.context.get(name, "")) for name in names}

    @property
    def machine(self) -> str:
        """The machine's name; for a foreign file its host's. InputError if there is neither."""
        name = self.context.get("machine") or self.context.get("host_name")
        if not name:
            raise InputError(
                f"{self.path}: its context names no machine; measure again with its context written"
            )
        return str(name)

    @property
    def commit(self) -> str:
        return str(self.context.get("commit", ""))


def load_measured(path: Path | str) -> Measured:
    """Reads a run's folder or a Google Benchmark JSON file. InputError if no row was measured twice."""
    path = Path(path)
    if path.is_dir():
        files = [load_run(path).throughput]
        if (path / "latency.json").exists():
            files.append(load_results(path / "latency.json"))
    else:
        files = [load_results(path)]
    samples: dict[str, Sample] = {}
    left_out: dict[str, str] = {}
    for results in files:
        for key, rows in group_by_key(results.rows).items():
            reason = _unfit(rows)
            timed = [row for row in rows if "peak_memory_bytes" not in row.counters]
            if reason:
                left_out[key] = reason
            elif timed:
                samples[key] = _sample(timed, results)
    several = {key: sample for key, sample in samples.items() if sample.values.size > 1}
    if samples and not several:
        remedy = "--profile quick" if files[0].ours else "--benchmark_repetitions=10"
        raise InputError(
            f"{path}: has one repetition of each row, which shows no spread; measure with {remedy}"
        )
    left_out |= {key: "one repetition" for key in samples if key not in several}
    ideal = {key: several.pop(key) for key in list(several) if key.startswith("ideal/")}
    return Measured(path, files[0].ours, files[0].context, several, ideal, left_out)


def _unfit(rows: list[Row]) -> str:
    failed = next((row.error for row in rows if row.error), "")
    if failed:
        return "failed: " + " ".join(failed.split())
    if any(row.limit_reached for row in rows):
        return "limit reached"
    if any("slo_limit_us" in row.counters for row in rows):
        return "a capacity search, which has no time"
    if any("rate" in row.counters and "latency_p50_us" not in row.counters for row in rows):
        return "p50 withheld"
    return "too short" if any(row.too_short for row in rows) else ""


def _sample(rows: list[Row], results: Results) -> Sample:
    latency = all(row.counter("latency_p50_us") > 0 for row in rows)
    units: dict[int, list[Row]] = {}
    for number, row in enumerate(rows):
        units.setdefault(row.process if results.ours else number, []).append(row)
    values = [
        np.median([row.counter("latency_p50_us") * 1e-6 if latency else row.real_time for row in unit])
        for _, unit in sorted(units.items())
    ]
    p99 = [row.counter("latency_p99_us") * 1e-6 for row in rows]
    return Sample(
        np.array(values, dtype=float),
        "p50" if latency else "time",
        max(row.tasks for row in rows),
        float(np.median(p99)) if latency and all(math.isfinite(value) for value in p99) else None,
    )


def row_filter(pattern: str | None) -> re.Pattern[str]:
    """The rows that a user asked for, as a regular expression searched for in the key."""
    try:
        return re.compile(pattern or "")
    except re.error as error:
        raise InputError(f"--rows {pattern}: is no regular expression ({error}); mend it") from None
