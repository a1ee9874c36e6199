#!/usr/bin/env -S python3 -SE
"""Stands in for bench_latency: the same command line and the same files, figures from a formula instead of a clock.

FAKE_WRONG_DIGEST=<part of a row's name> makes that row fail; FAKE_IGNORE_RATE=1 measures another rate than was asked
for; FAKE_LIMIT=<n> gives no row more workers than n; FAKE_THEORY=<code> is the exit code of --check-theory.
"""

import argparse
import json
import math
import os
import random
import sys
from pathlib import Path

from fake_bench_throughput import ASKING_US, service, waiting

STAY_US = 360.0
BACKEND_US = {
    "sequential": 0.0,
    "threads": 10.0,
    "tbb": 30.0,
    "openmp": 20.0,
    "event_loop": 5.0,
    "event_loops": 5.5,
}
P = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
KINDS = ("rent", "return")


def parameters(name: str) -> dict[str, str]:
    return dict(part.split(":", 1) for part in name.split("/")[2:])


def stay_and_cpu_us(name: str) -> tuple[float, float]:
    """What a task asks for in all, and of that its work."""
    if not name.startswith("service/"):
        return STAY_US, 12.0
    cpu, wait, _ = service(parameters(name)["steps"])
    return cpu + wait, cpu


def delay_us(
    workload: str,
    backend: str,
    cores: int,
    workers: int,
    rate: float,
    p: float,
    stay: float = STAY_US,
    cpu: float = 12.0,
    kind: str = "timer",
) -> float:
    """An exponential tail that grows with the load of the cores and of the workers."""
    least = 8.0 + cpu + BACKEND_US[backend] + 2 * ASKING_US[kind]
    load = rate * cpu * 1e-6 / (1 if backend in ("sequential", "event_loop") else cores)
    if not backend.startswith("event_loop"):
        load = max(load, rate * (stay + least) * 1e-6 / workers)
    return least + 30.0 / (1 - min(load, 0.999)) * -math.log(1 - p)


def percentiles(row: dict[str, object], name: str, noise: random.Random) -> None:
    workload, backend, *_ = name.split("/")
    tasks = float(str(row["tasks"]))
    at = (int(str(row["cores"])), int(str(row["workers"])), float(str(row["rate"])))
    stay, cpu = stay_and_cpu_us(name)
    asked = 0.0 if workload == "null" else stay
    kind = parameters(name).get("waits", "timer")
    for key, p in P.items():
        value = delay_us(workload, backend, *at, p, stay, cpu, kind) * noise.uniform(0.97, 1.03)
        row[f"delay_{key}_us"] = value
        row[f"delay_{key}_low_us"] = 0.95 * value
        row[f"delay_{key}_high_us"] = 1.1 * value
        row[f"delay_{key}_instrument"] = int(workload == "null")
        row[f"delay_{key}_few"] = int(0.3 * tasks < 10 / (1 - p))
        row["delay_effective_samples" if key == "p99" else f"delay_{key}_effective_samples"] = 0.3 * tasks
        row[f"latency_{key}_us"] = value + asked
    row["delay_samples"] = 0.9 * tasks
    row["delay_max_us"] = 3 * float(str(row["delay_p999_us"]))
    row["latency_max_us"] = float(str(row["delay_max_us"])) + asked
    if workload != "null":
        for kind in KINDS:
            row[f"latency_{kind}_p50_us"] = float(str(row["delay_p50_us"])) + (500 if kind == "rent" else 200)
            row[f"latency_{kind}_p99_us"] = float(str(row["delay_p99_us"])) + (500 if kind == "rent" else 200)


def named(key: str) -> dict[str, object]:
    full = f"{key}/iterations:1/manual_time"
    kept = {"name": full, "run_name": full, "run_type": "iteration", "repetitions": 1, "repetition_index": 0}
    return {**kept, "iterations": 1, "real_time": 1e-6, "cpu_time": 1.0, "time_unit": "ms"}


def measured(name: str, noise: random.Random) -> dict[str, object]:
    params = parameters(name)
    shown = name.replace("/burst_period:0.1/burst_share:0.2", "")  # the defaults
    row = named(shown)
    cores, workers = int(params["cores"]), int(params["workers"])
    if workers > int(os.environ.get("FAKE_LIMIT", "100000")):
        return row | {"limit_reached": 1.0}
    rate, duration = float(params["rate"]), float(params["duration"])
    if os.environ.get("FAKE_IGNORE_RATE"):
        rate += 1
    backend = name.split("/")[1]
    stay, cpu = stay_and_cpu_us(name)
    slow = not backend.startswith("event_loop") and "null" not in name and rate * stay * 1e-6 / workers > 1
    row |= {
        "real_time": 1000 * duration,
        "cores": cores,
        "workers": workers,
        "rate": rate,
        "duration": duration,
    }
    row |= {"tasks": round(rate * duration), "in_flight": 0, "limit_reached": 0, "digest_ok": 1}
    row |= {"arrivals_bursts": int("arrivals:bursts" in shown), "burst_period": 0.1, "burst_share": 0.2}
    row |= {"valid": int(not slow), "overload": int(slow), "cpu_us_per_task": 8 + cpu + BACKEND_US[backend]}
    row |= waiting(params.get("waits", "timer"), cores == 1, "task")
    row |= {"delay_mean_us": 65.0, "latency_mean_us": STAY_US + 55, "late_at_door_us": 30.0, "queued_us": 5.0}
    row |= {
        "in_steps_beyond_us": 5.0,
        "after_waits_us": 15.0,
        "work_us": 10.0,
        "asked_waits_us": STAY_US - 10,
    }
    row |= {
        "steal_fraction": 0.004,
        "overload_ended_early": int(slow),
        "others_fraction": 0.004,
        "disturbed": 0,
    }
    row |= {"desk": int(params.get("desk", 0))}
    row |= {"door": int("door:1" in shown.split("/") or backend in ("tbb", "openmp"))}
    row |= {"floor_clock_ns": 25.0, "floor_recording_ns": 12.0}
    row |= {"floor_wake_up_p50_us": 35.0, "floor_wake_up_p99_us": 60.0}
    row |= {"floor_wake_up_max_us": 900.0, "hiccup_before_us": 40.0, "hiccup_after_us": 55.0}
    percentiles(row, name, noise)
    return row | {"label": "OVERLOAD; the backlog grew from 1 to 900 tasks" if slow else "VALID"}


def searched(name: str, slo: str) -> dict[str, object]:
    workload, backend, *_ = name.split("/")
    params = parameters(name)
    row = named(
        f"capacity/{workload}/{backend}/cores:{params['cores']}/workers:{params['workers']}/slo:{slo}"
    )
    return row | {
        "cores": int(params["cores"]),
        "workers": int(params["workers"]),
        "in_flight": 0,
        "slo_percentile": 0.99,
        "slo_limit_us": 1000.0,
        "slo_of_delay": 1,
        "ended_by_budget": int(backend == "threads"),
        "passing_per_second": 30000.0,
        "failing_per_second": 40000.0,
        "passing_confirmed": 1,
        "failing_confirmed": 0,
        "unclear_rates": 1,
        "runs": 12,
    }


def write_curve(folder: Path, name: str) -> None:
    params = parameters(name)
    key = name.replace("/burst_period:0.1/burst_share:0.2", "").replace("/", "_").replace(":", "=")
    at = (int(params["cores"]), int(params["workers"]), float(params["rate"]))
    lines = ["       Value     Percentile TotalCount 1/(1-Percentile)", ""]
    for p in (0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995):
        value = delay_us(*name.split("/")[:2], *at, p)  # type: ignore[arg-type]
        lines.append(f"{value:12.3f} {p:.12f} {round(1000 * p):10d} {1 / (1 - p):14.2f}")
    lines += [f"{9000:12.3f} {1:.12f} {1000:10d}", "#[Mean    =      400.000, StdDeviation   =      100.000]"]
    lines.append("#[Figure  = delay, us]")
    (folder / f"{key}.hgrm").write_text("\n".join(lines) + "\n", encoding="utf-8")


def series(name: str) -> dict[str, object]:
    """A crowd in the first fifth of each period, gone a bin later."""
    shown = name.replace("/burst_period:0.1/burst_share:0.2", "")
    arrivals = [20 if index % 100 < 20 else 0 for index in range(400)]
    row: dict[str, object] = {"name": shown, "bin_us": 1000.0, "arrivals": arrivals}
    row["in_flight"] = [each // 2 for each in arrivals]
    row |= {"delay_bin_us": 1000.0, "delay_p50_us": [20.0 + each for each in arrivals]}
    return row | {"delay_max_us": [100.0 + 10 * each if each else None for each in arrivals]}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--row", action="append", default=[])
    parser.add_argument("--rotate", type=int, required=not {"--describe", "--check-theory"} & set(sys.argv))
    parser.add_argument("--slo")
    parser.add_argument("--resolution", type=float)
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--hgrm", type=Path)
    parser.add_argument("--series", type=Path)
    parser.add_argument("--check-theory", action="store_true")
    parser.add_argument("--benchmark_out", type=Path)
    parser.add_argument("--benchmark_out_format", choices=["json"])
    options = parser.parse_args()
    if options.check_theory:
        print("| workers | rho |")
        return int(os.environ.get("FAKE_THEORY", "0"))
    for name in options.row:
        if os.environ.get("FAKE_WRONG_DIGEST", "no such row") in name:
            print(f"bench_latency: wrong digest in {name}", file=sys.stderr)
            return 1
    noise = random.Random(options.benchmark_out.name)
    rows = [
        searched(name, options.slo) if options.slo is not None else measured(name, noise)
        for name in options.row
    ]
    if options.hgrm is not None:
        for name in options.row:
            write_curve(options.hgrm, name)
    if options.series is not None:
        options.series.write_text(
            json.dumps({"rows": [series(name) for name in options.row]}), encoding="utf-8"
        )
    document = {"context": {"executable": sys.argv[0]}, "benchmarks": rows}
    options.benchmark_out.write_text(json.dumps(document), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
