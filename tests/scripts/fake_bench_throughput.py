#!/usr/bin/env -S python3 -SE
"""Stands in for bench_throughput: the same command line and the same JSON, figures from a formula instead of a clock.

FAKE_WRONG_DIGEST=<part of a row's name> makes that row fail; FAKE_CRASH likewise ends by a signal
(FAKE_CRASH_BY, default SIGABRT); FAKE_LIMIT=<part of a row's name> meets a limit of the machine; FAKE_SLEEP=<s>
makes each process last; FAKE_IGNORE_WORKERS=1 measures another worker count than was asked for; FAKE_LOG=<file>
takes a line with the output's name from each process; FAKE_BUSY=<part of a row>,<share>,once|always: others take that
share of such rows' CPUs, the first time or always.
"""

import argparse
import json
import os
import random
import signal
import sys
import time
import zlib
from pathlib import Path

# CPU and wait per task in us, tasks of the default plan
WORKLOADS = {
    "shelving": (10.0, 0.0, 15000),
    "counter": (6.0, 350.0, 24000),
    "errands": (25.0, 3800.0, 6000),
    "day": (7.0, 350.0, 20000),
}
BACKENDS = {
    "sequential": 1,
    "threads": 10000,
    "tbb": 10000,
    "openmp": 10000,
    "event_loop": 1,
    "event_loops": 10000,
}
OVERHEAD_US = {
    "sequential": 0.0,
    "threads": 4.0,
    "tbb": 5.0,
    "openmp": 4.5,
    "event_loop": 1.0,
    "event_loops": 1.1,
}
OVERLAPPED = ("event_loop", "event_loops")
ASKING_US = {"timer": 0.0, "unix": 5.0, "tcp": 6.0}  # of CPU, for a wait


def waiting(kind: str, outside: bool, per: str) -> dict[str, object]:
    """What a row tells of its waits, and over sockets of the service; `per`: what its CPU is counted for."""
    found: dict[str, object] = {f"waits_{each}": int(kind == each) for each in ("unix", "tcp")}
    if kind == "timer":
        return found
    found |= {"service_outside": int(outside), f"service_cpu_us_per_{per}": ASKING_US[kind] - 0.5}
    return found | {"service_late_p50_us": 6.0, "service_late_p99_us": 40.0}


def service(steps: str) -> tuple[float, float, int]:
    """CPU and wait of the steps of a row, and tasks of its plan."""

    def us(text: str) -> float:
        number, unit = text.rstrip("nums"), text.lstrip("0123456789")
        return float(number) * {"ns": 1e-3, "us": 1.0, "ms": 1e3, "s": 1e6}[unit] if text else 0.0

    parts = [step.partition("+") for step in steps.split(",")]
    return sum(us(cpu) for cpu, _, _ in parts), sum(us(wait) for _, _, wait in parts), 1000


def unequal(workers: int, slow: float, static: bool) -> float:
    """How much longer it takes where one worker is slower: all wait for his share, or he does less."""
    return slow if static else workers / (workers - 1 + 1 / slow)


def per_task_us(
    costs: tuple[float, float, int], backend: str, cores: int, workers: int, in_flight: int, kind: str
) -> float:
    """A server of so many cores whose tasks wait: bound by the tasks in flight, or by the CPU."""
    cpu, wait, _ = costs
    cost = cpu + ASKING_US[kind] + (OVERHEAD_US[backend] if wait else 0.1)
    waiting = workers
    if backend in OVERLAPPED:
        waiting = in_flight or 10**9
    busy = 1 if backend in ("sequential", "event_loop") else min(cores, workers)
    return max((cost + wait) / waiting, cost / (busy if busy == 1 else 0.93 * busy))


def measured(name: str, noise: random.Random, memory: bool, speed: float, output: str) -> dict[str, object]:
    workload, backend, *rest = name.split("/")
    params = dict(part.split(":") for part in rest)
    cores, workers, in_flight = int(params["cores"]), int(params["workers"]), int(params.get("in_flight", 0))
    slow, static, desk = (
        int(params.get(name, usual)) for name, usual in (("slow", 1), ("static", 0), ("desk", 0))
    )
    costs = service(params["steps"]) if workload == "service" else WORKLOADS[workload]
    tasks = costs[2]
    if backend == "sequential" and costs[1]:
        tasks //= 50
    asked = params.get("tasks", "x1")
    tasks = int(speed * tasks * float(asked[1:])) if asked.startswith("x") else int(asked)
    kind = params.get("waits", "timer")
    each = per_task_us(costs, backend, cores, workers, in_flight, kind) * noise.uniform(0.99, 1.01)
    each *= unequal(workers, slow, bool(static)) * (1 if not desk else 1.02 if workers > 2 else 1.6)
    cpu = costs[0]
    params["tasks"] = str(tasks)
    key = "/".join([workload, backend, *(f"{part}:{value}" for part, value in params.items())])
    full = f"{key}/iterations:1/manual_time"
    row: dict[str, object] = {
        "name": full,
        "run_name": full,
        "run_type": "iteration",
        "repetitions": 1,
        "repetition_index": 0,
        "threads": 1,
        "iterations": 1,
        "real_time": each * tasks / 1000,
        "cpu_time": cpu * tasks / 1000,
        "time_unit": "ms",
        "cores": cores,
        "workers": workers + int(os.environ.get("FAKE_IGNORE_WORKERS", "0")),
        "tasks": tasks,
        "seed": 1,
        "skew": 0.0,
        "cpu_scale": 1.0,
        "wait_scale": 1.0,
        "in_flight": in_flight,
        "pinned": int(params.get("pinned", backend == "event_loops" and workers <= cores)),
        "pinned_given": int("pinned" in params),
        "locks": int(params.get("locks", BACKENDS[backend] > 1)),
        "tasks_per_second": 1e6 / each,
        "time_per_task_us": each,
        "cpu_us_per_task": (cpu + OVERHEAD_US[backend] + ASKING_US[kind]) * noise.uniform(0.97, 1.05),
        "work_us_per_task": cpu,
        "voluntary_switches": 10.0 * workers,
        "involuntary_switches": 3.0,
        "effective_cores": cores,
        "effective_workers": workers,
        "steal_fraction": 0.004,
        "others_fraction": 0.004,
        "disturbed": 0,
        "digest_ok": 1,
        "slow": slow,
        "static": static,
        "desk": desk,
        "longest_wait_ms": 0.5,
        "too_short": 0,
        "limit_reached": 0,
    }
    row |= waiting(kind, cores == 1, "task")
    if kind != "timer":
        row["service_connections"] = workers
    if busy := os.environ.get("FAKE_BUSY"):
        part, share, how = busy.split(",")
        again = "again" in output
        if part in key and not (how == "once" and again):
            # Others take as much as they like; a second attempt meets fewer of them.
            row |= {"others_fraction": float(share) * (0.5 if again else 1.0), "disturbed": 1}
            row["real_time"] = float(str(row["real_time"])) * 3
    if workload == "service":
        row |= {"shape_cpu_us": costs[0], "shape_wait_us": costs[1], "shape_steps": 1}
    if memory:
        row["peak_memory_bytes"] = 9000 * workers + 80 * tasks
    return row


def limited(row: dict[str, object]) -> dict[str, object]:
    """A row that met a limit of the machine has its parameters, and no figure."""
    kept = (
        "name",
        "run_name",
        "run_type",
        "time_unit",
        "cores",
        "workers",
        "tasks",
        "locks",
        "pinned",
        "in_flight",
    )
    return {name: row[name] for name in kept} | {"real_time": 1e-6, "limit_reached": 1}


def plan_of(name: str) -> str:
    """The parts of a row's name that its digest depends on."""
    beside = (
        "cores",
        "workers",
        "in_flight",
        "locks",
        "pinned",
        "slow",
        "static",
        "desk",
        "waits",
        "iterations",
        "manual_time",
    )
    workload, _, *parts = name.split("/")
    return "/".join([workload, *(part for part in parts if not part.startswith(beside))])


def ideal(cores: int, noise: random.Random) -> dict[str, object]:
    name = f"ideal/processes/cores:{cores}/workers:{cores}/iterations:1/manual_time"
    speedup = cores * noise.uniform(0.9, 0.95)
    return {
        "name": name,
        "run_name": name,
        "run_type": "iteration",
        "real_time": 100.0,
        "time_unit": "ms",
        "cores": cores,
        "workers": cores,
        "ideal_speedup": speedup,
    }


def timeline(name: str) -> dict[str, object]:
    """One short day: tasks dealt to workers in turn, waits on the worker's own time or beside it."""
    workload, backend, *rest = name.split("/")
    params = dict(part.split(":") for part in rest)
    workers, tasks = int(params["workers"]), int(params["tasks"])
    kinds = ["make_coffee", "check_mail", *["rent_book", "return_book"] * 4, "shelve_books"]
    steps = {
        "make_coffee": [(200, 5000), (40, -1)],
        "check_mail": [(0, 2000), (400, -1)],
        "rent_book": [(100, 500), (40, -1)],
        "return_book": [(60, 200), (20, -1)],
        "shelve_books": [(200, -1)],
        "open_shop": [(600, -1)],
        "close_shop": [(600, -1)],
    }
    plan = ["open_shop", *[kinds[index % len(kinds)] for index in range(tasks - 2)], "close_shop"]
    spans: list[dict[str, object]] = []
    free = [0.0] * workers
    ready: list[tuple[float, int, int]] = []

    def span(worker: int, task: int, step: int, begin: float) -> tuple[float, float]:
        work, wait = steps[plan[task]][step]
        end = begin + work
        spans.append(
            {
                "worker": worker,
                "task": task,
                "kind": plan[task],
                "step": step,
                "begin_us": begin,
                "end_us": end,
            }
            | {"wait_us": wait}
        )
        return end, wait

    now, _ = span(0, 0, 0, 0.0)
    free = [now] * workers
    if backend in OVERLAPPED:
        ready = [(now, task, 0) for task in range(1, tasks - 1)]
        while ready:
            due, task, step = min(ready)
            ready.remove((due, task, step))
            end, wait = span(0, task, step, max(due, free[0]))
            free[0] = end
            if wait >= 0:
                ready.append((end + wait, task, step + 1))
    else:
        for task in range(1, tasks - 1):
            worker = free.index(min(free))
            for step in range(len(steps[plan[task]])):
                end, wait = span(worker, task, step, free[worker])
                free[worker] = end + max(wait, 0)
    end, _ = span(0, tasks - 1, 0, max(free))
    return {
        "workload": workload,
        "backend": backend,
        "cores": int(params["cores"]),
        "workers": workers,
        "tasks": tasks,
        "cpu_scale": float(params.get("cpu_scale", 1)),
        "wait_scale": 1.0,
        "run_time_us": end,
        "spans": spans,
    }


def description() -> dict[str, object]:
    return {
        "cores": len(os.sched_getaffinity(0)),
        "backends": [
            {"name": name, "waits": "overlapped" if name in OVERLAPPED else "blocking", "max_workers": most}
            | {"roles": name in ("threads", "event_loops"), "static": most > 1}
            | {"pins": name == "event_loops"}
            for name, most in BACKENDS.items()
        ],
        "left_out": [],
        "workloads": [{"name": name, "waits": wait > 0} for name, (_, wait, _) in WORKLOADS.items()],
        "machine": "fake-machine",
        "cpu_speed": float(os.environ.get("FAKE_CPU_SPEED", "1.02")),
        "context": {"cpu": "fake", "build_type": "Release"},
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--row", action="append", default=[])
    parser.add_argument("--rotate", type=int, required=not {"--describe", "--check-theory"} & set(sys.argv))
    parser.add_argument("--describe", action="store_true")
    parser.add_argument("--ideal", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--known", type=Path)
    parser.add_argument("--cpu-speed", type=float, default=1.0)
    parser.add_argument("--timeline")
    parser.add_argument("--benchmark_out")
    parser.add_argument("--benchmark_out_format", choices=["json"])
    options = parser.parse_args()
    if options.describe:
        print(json.dumps(description()))
        return 0
    output = Path(options.timeline or options.benchmark_out)
    if log := os.environ.get("FAKE_LOG"):
        with open(log, "a", encoding="utf-8") as sink:
            sink.write(f"{output.stem}\n")
    time.sleep(float(os.environ.get("FAKE_SLEEP", "0")))
    for name in options.row:
        if os.environ.get("FAKE_WRONG_DIGEST", "no such row") in name:
            print(f"bench_throughput: wrong digest in {name}", file=sys.stderr)
            return 1
        if os.environ.get("FAKE_CRASH", "no such row") in name:
            number = int(os.environ.get("FAKE_CRASH_BY", signal.SIGABRT))
            if number == signal.SIGXFSZ:  # which Python ignores
                signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
    if options.timeline:
        document: dict[str, object] = {"rows": [timeline(name) for name in options.row]}
    else:
        noise = random.Random(output.name)
        rows = [measured(name, noise, options.memory, options.cpu_speed, output.name) for name in options.row]
        refused = os.environ.get("FAKE_LIMIT", "no such row")
        if any(refused in name for name in options.row) and not options.sweep:
            print(f"bench_throughput: {refused}: the system gave only 3 threads", file=sys.stderr)
            return 2
        rows = [limited(row) if refused in str(row["name"]) else row for row in rows]
        known = json.loads(options.known.read_text(encoding="utf-8")) if options.known else {}
        plans = {plan_of(name): digest for name, digest in known.items()}
        for row in rows:
            if row["limit_reached"]:
                continue
            plan = plan_of(str(row["name"]))
            row["label"] = f"digest {zlib.crc32(plan.encode()):016x}"
            if plan in plans:
                assert row["label"] == f"digest {plans[plan]}"
                del row["work_us_per_task"]
        if options.ideal:
            rows = [ideal(options.cores, noise)]
        cores = rows[0]["cores"]
        document = {"context": {"executable": sys.argv[0], "affinity": f"{cores} cpus"}, "benchmarks": rows}
    try:
        output.write_text(json.dumps(document), encoding="utf-8")
    except OSError as error:
        print(f"bench_throughput: cannot write '{output}' whole ({error.strerror})", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
