#!/usr/bin/env -S python3 -SE
"""Stands in for bench_overhead: the same command line and the same JSON, figures from a formula instead of a clock.

FAKE_WRONG_RESULT=<part of a row's name> makes that row fail; FAKE_IGNORE_WORK=1 measures another task size than was
asked for; FAKE_LIMIT=<n> gives no row more workers than n; FAKE_LEFT_OUT=<name> knows no backend of that name; FAKE_NO_URING=1 is a kernel that forbids io_uring.
"""

import argparse
import json
import math
import os
import random
import sys
from pathlib import Path

from fake_bench_throughput import waiting as real_waits

TASK_NS = {  # by backend, with one worker and with more
    "sequential": (1.0, 1.0),
    "threads": (9.0, 40.0),
    "tbb": (50.0, 54.0),
    "openmp": (17.0, 20.0),
    "event_loop": (1.6, 1.6),
    "event_loops": (9.2, 41.0),
    "raw_sequential": (1.0, 1.0),
    "raw_threads": (8.8, 39.0),
    "raw_tbb_flat": (80.0, 240.0),
    "raw_tbb_nested": (49.0, 53.0),
    "raw_tbb_halves": (60.0, 62.0),
    "raw_openmp_flat": (9.0, 110.0),
    "raw_openmp_nested": (18.0, 24.0),
    "raw_openmp_halves": (16.8, 19.5),
    "raw_event_loop": (1.5, 1.5),
    "raw_event_loops": (9.0, 40.0),
    "raw_asio": (137.0, 137.0),
    "raw_function_queue": (180.0, 370.0),
    "raw_thread_per_task": (92_000.0, 92_000.0),
}
FORK_NS = {
    "sequential": 2.8,
    "threads": 45.0,
    "tbb": 60.0,
    "openmp": 75.0,
    "event_loop": 2.8,
    "event_loops": 45.0,
}
START_US = {"threads": 30.0, "tbb": 8.0, "openmp": 25.0, "event_loop": 2.0, "event_loops": 30.0}
SINGLE = {"sequential", "event_loop", "event_loop_uring", "raw_sequential", "raw_event_loop", "raw_asio"}
EFFECTIVE = {1: 1.0, 2: 1.86}
DIRECT_NS = 0.8


def parameters(name: str) -> dict[str, float]:
    """All that are numbers: what a row waits for is none."""
    pairs = [part.split(":", 1) for part in name.split("/")[2:]]
    return {key: float(value) for key, value in pairs if key != "waits"}


def around(noise: random.Random, value: float, share: float = 0.03) -> float:
    return value * noise.uniform(1 - share, 1 + share)


def grain(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    cores, workers = int(params["cores"]), int(params["workers"])
    overhead = TASK_NS[backend][workers > 1]
    direct = around(noise, DIRECT_NS + params["work_ns"], 0.01)
    worth = 1.0 if backend in SINGLE else EFFECTIVE.get(min(cores, workers), 0.93 * cores)
    each = around(noise, (params["work_ns"] + cores * overhead) / worth)
    return {
        "chunk": 1,
        "align": 64,
        "tasks": params.get("tasks", 1000),
        "ns_per_task": each,
        "cpu_ns_per_task": each * workers,
        "direct_ns_per_task": direct,
        "overhead_ns_per_task": cores * each - direct,
    }


def seam(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    if "fanout" in params:
        raw = around(noise, FORK_NS[backend] / params["workers"])
    else:
        raw = around(noise, TASK_NS[backend][params["workers"] > 1] + params["work_ns"])
    extra = raw * noise.uniform(-0.01, 0.02)
    if backend == "openmp":  # keeps no limit, so that this can be seen
        extra = 0.1 * raw
    found = {"seam_ns": raw + extra, "raw_ns": raw, "difference_ns": extra, "ratio": 1 + extra / raw}
    return found | {"limit_ns": max(0.05 * raw, 1.0)}


def stocktake(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    each = around(noise, (3.0 if params["cutoff"] else FORK_NS[backend]) / params["workers"])
    return {"forks": params["leaves"] * 1.1, "ns_per_fork": each, "cpu_ns_per_fork": each, "books": 1e6}


def handover(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    start = START_US[backend] * (0.3 if params["from"] else 1)
    crowded = {"same_cpu_fraction": 0.2 if backend == "openmp" else 0.0} if params["from"] else {}
    return crowded | {
        "gap_us": 1000,
        "apart_fraction": float(backend not in SINGLE),
        "switches_per_task": 1.0 if backend in SINGLE else 2.0,
        "start_p50_us": around(noise, start),
        "start_p99_us": around(noise, 9 * start, 0.4),
    }


def cold_start(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    start = START_US[backend]
    threads = 0 if backend in SINGLE else params["workers"]
    lazy = backend == "tbb"
    return {
        "construct_us": around(noise, 40 * start),
        "first_task_us": 5 * start,
        "steady_task_us": start,
        "threads_at_start": 1,
        "threads_made": 0 if lazy else threads,
        "threads_made_by_first_task": threads if lazy else 0,
    }


def idle(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    active = params.get("active", 0)
    later = 900.0 if active else 0.01
    return {
        "active": active,
        "idle_cpu_after_ms": 6.0 if backend == "tbb" else later,
        "idle_cpu_later_ms": later,
    }


def gaps(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    active = params.get("active", 0)
    burnt = params["gap_us"] * params["workers"] if active else 5.0
    return {"active": active, "burst_us": around(noise, 40 if active else 90), "burnt_us_per_gap": burnt}


def burst(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    start = around(noise, 2 * START_US[backend])
    return {
        "idle_ms": params["idle_ms"],
        "tasks": 64,
        "work_ns": 1000,
        "first_start_us": start,
        "last_finish_us": start + 50,
        "workers_used": params["workers"],
    }


def waiting(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    exact = params.get("exact", 0)
    loop = backend.startswith("event_loop")
    found = {
        "exact": exact,
        "bytes_per_waiting_task": around(noise, 16 + 40_000 / params["tasks"] if loop else 9000),
        "bytes_per_waiting_task_with_kernel": around(
            noise, 17 + 42_000 / params["tasks"] if loop else 35_000
        ),
        "cpu_ns_per_wait": around(noise, (1200 if exact else 150) if loop else 20_000),
        "late_p50_us": 30.0,
        "late_p99_us": 1000.0,
        "most_waiting": params["tasks"],
    }
    return found | ({"sleep_cpu_ns_per_wait": 1040.0} if exact else {})


def timer(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    return {"ns_per_wait": around(noise, 58 if params["deadlines"] == 0 else 20), "bytes_per_wait": 16.5}


def contention(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    crowd = 0.3 * params["skew"] if params["workers"] > 1 else 0.0
    each = around(noise, (6 if params["workload"] else 10) * (1 + crowd))
    return {
        "tasks_per_second": 1e6 * min(params["workers"], 2) / each,
        "cpu_us_per_task": each,
        "voluntary_switches": 100 * crowd,
        "found_held_fraction": 0.1 * crowd,
        "locks_per_task": 2.0 if params["workers"] > 1 else 0.0,
        "too_short": 0.0,
    }


def day_memory(backend: str, params: dict[str, float], noise: random.Random) -> dict[str, float]:
    return {"bytes_per_task": around(noise, 52), "cpu_us_per_task": 6.2, "open_us": 4000.0, "close_us": 900.0}


def round_trip(backend: str, kind: str, noise: random.Random) -> dict[str, object]:
    start = (
        START_US.get(backend.removesuffix("_uring"), 1.0) + {"timer": 0.0, "unix": 12.0, "tcp": 16.0}[kind]
    )
    return real_waits(kind, True, "round_trip") | {
        "round_trip_p50_us": around(noise, start),
        "round_trip_p99_us": around(noise, 4 * start, 0.3),
        "cpu_us_per_round_trip": around(noise, 0.6 * start),
    }


EXPERIMENTS = {
    "grain": grain,
    "seam_grain": seam,
    "seam_stocktake": seam,
    "stocktake": stocktake,
    "handover": handover,
    "cold_start": cold_start,
    "idle": idle,
    "gaps": gaps,
    "burst": burst,
    "waiting": waiting,
    "timer": timer,
    "contention": contention,
    "day_memory": day_memory,
}


def measured(name: str, noise: random.Random) -> dict[str, object]:
    experiment, backend, *_ = name.split("/")
    params = parameters(name)
    full = f"{name}/iterations:1/manual_time"
    row: dict[str, object] = {"name": full, "run_name": full, "run_type": "iteration", "iterations": 1}
    row |= {"real_time": 50.0, "cpu_time": 1.0, "time_unit": "ms", "repetition_index": 0}
    row |= params | {"limit_reached": 0.0, "steal_fraction": 0.002}
    forbidden = backend == "event_loop_uring" and os.environ.get("FAKE_NO_URING")
    if params["workers"] > int(os.environ.get("FAKE_LIMIT", "100000")) or forbidden:
        return row | {"limit_reached": 1.0, "real_time": 0.0}
    if experiment == "round_trip":
        row |= round_trip(backend, name.partition("/waits:")[2] or "timer", noise)
    else:
        row |= EXPERIMENTS[experiment](backend, params, noise)
    if "work_ns" in row and os.environ.get("FAKE_IGNORE_WORK"):
        row["work_ns"] = 7.0
    return row


def description() -> dict[str, object]:
    left_out = os.environ.get("FAKE_LEFT_OUT", "")
    known = {
        "grain": list(TASK_NS),
        **dict.fromkeys(("seam_grain", "seam_stocktake", "stocktake"), list(FORK_NS)),
        **dict.fromkeys(("handover", "cold_start", "idle", "gaps", "burst", "contention"), list(START_US)),
        "waiting": list(START_US),
        "round_trip": ["sequential", *START_US, "event_loop_uring"],
        **dict.fromkeys(("timer", "day_memory"), ["event_loop"]),
    }
    return {
        "cores": len(os.sched_getaffinity(0)),
        "experiments": [
            {
                "name": experiment,
                "backends": [
                    {"name": name, "max_workers": 1 if name in SINGLE else 10000}
                    for name in names
                    if name != left_out
                ],
                "left_out": [left_out],
            }
            for experiment, names in known.items()
        ],
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--row", action="append", default=[])
    parser.add_argument("--rotate", type=int, required=not {"--describe", "--check-theory"} & set(sys.argv))
    parser.add_argument("--describe", action="store_true")
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--benchmark_out", type=Path)
    parser.add_argument("--benchmark_out_format", choices=["json"])
    options = parser.parse_args()
    if options.describe:
        print(json.dumps(description()))
        return 0
    for name in options.row:
        if os.environ.get("FAKE_WRONG_RESULT", "no such row") in name:
            print(f"bench_overhead: wrong count of books in {name}", file=sys.stderr)
            return 1
    noise = random.Random(options.benchmark_out.name)
    rows = [measured(name, noise) for name in options.row]
    assert all(math.isfinite(value) for row in rows for value in row.values() if isinstance(value, float))
    document = {"context": {"executable": sys.argv[0]}, "benchmarks": rows}
    options.benchmark_out.write_text(json.dumps(document), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
