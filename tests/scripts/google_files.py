"""Google Benchmark's JSON made in code: rows of any version, and files of them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CONTEXT: dict[str, Any] = {
    "date": "2026-01-01T10:00:00+00:00",
    "host_name": "h",
    "executable": "./b",
    "num_cpus": 2,
    "library_build_type": "release",
}


def values(scale: float = 1.0, count: int = 10) -> list[float]:
    """Times in ns that differ by a few tenths of a per cent."""
    return [100.0 * scale * (1.0 + 0.0007 * ((7 * i) % count)) for i in range(count)]


def rows(name: str, times: Sequence[Any], family: int = 0, **fields: Any) -> list[dict[str, Any]]:
    """The repetitions of one benchmark, as versions from 1.6 on write them."""
    return [
        {
            "name": name,
            "family_index": family,
            "per_family_instance_index": 0,
            "run_name": name,
            "run_type": "iteration",
            "repetitions": len(times),
            "repetition_index": index,
            "threads": 1,
            "iterations": 1000,
            "real_time": time,
            "cpu_time": time,
            "time_unit": "ns",
        }
        | fields
        for index, time in enumerate(times)
    ]


def aggregates(name: str, median: float, cv: float = 0.003, count: int = 10) -> list[dict[str, Any]]:
    """What --benchmark_report_aggregates_only leaves of them."""
    figures = {"mean": median, "median": median, "stddev": median * cv, "cv": cv}
    return [
        {
            "name": f"{name}_{kind}",
            "family_index": 0,
            "per_family_instance_index": 0,
            "run_name": name,
            "run_type": "aggregate",
            "repetitions": count,
            "threads": 1,
            "aggregate_name": kind,
            "aggregate_unit": "percentage" if kind == "cv" else "time",
            "iterations": count,
            "real_time": figure,
            "cpu_time": figure,
            "time_unit": "ns",
        }
        for kind, figure in figures.items()
    ]


def old(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows as versions before 1.5 wrote them."""
    kept = ("name", "iterations", "real_time", "cpu_time", "time_unit")
    return [{name: value for name, value in item.items() if name in kept} for item in items]


def text(items: Sequence[Any], **context: Any) -> str:
    return json.dumps({"context": CONTEXT | context, "benchmarks": list(items)}, indent=1)


def write(path: Path, items: Sequence[Any], **context: Any) -> Path:
    path.write_text(text(items, **context), encoding="utf-8")
    return path
