"""Stands in for --drive of bench_throughput and of bench_latency: answers times from a formula, whatever the machine does.

SETTINGS is replaced when a test makes its own copy: `factor` on all times, `refuse` (rows that it does not know), `mode`
(hang, hang_at_start, crash, crash_at_start, garbage, no_ready, nan, zero, wrong, no_p99), `digest`, and `open` (it is
bench_latency alone).
"""

import json
import os
import signal
import sys
import time

SETTINGS: dict = {}


def option(name: str, default: str = "") -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


def fail(text: str, code: int) -> None:
    print(f"{os.path.basename(sys.argv[0])}: {text}", file=sys.stderr)
    sys.exit(code)


def misbehave(mode: str) -> None:
    if mode.startswith("hang"):
        time.sleep(60)
    if mode.startswith("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if mode == "wrong":
        fail("wrong result: the shop's digest differs from the sequential one", 1)
    if mode == "quits":
        sys.exit(0)
    answers = {"garbage": "Segmentation fault", "list": "[1]", "text": '{"ns_per_task": "fast"}'}
    answers |= {"nan": '{"ns_per_task": NaN}', "zero": '{"ns_per_task": 0}'}
    if mode in answers:
        print(answers[mode], flush=True)


def main() -> None:
    mode = SETTINGS.get("mode", "")
    if "--help" in sys.argv:
        print("  --drive   Run one row batch by batch\n  --plant-slowdown TEXT   With --drive: slower")
        if SETTINGS.get("open"):
            print("  --rates   Arrivals per second")
        return
    if "--list" in sys.argv:
        shop = f"counter/tbb/cores:{option('--cores')}/workers:2"
        print(
            f"null/{shop}/rate:1000/duration:1\n{shop}/rate:1000/duration:1"
            if SETTINGS.get("open")
            else f"{shop}/tasks:500"
        )
        return
    row = option("--row")
    if any(part in row for part in SETTINGS.get("refuse", [])):
        fail(f"unknown row '{row}'", 2)
    if mode in ("hang_at_start", "crash_at_start"):
        misbehave(mode)
    if mode == "no_ready":
        print("Running bench", flush=True)
    opened = "/rate:" in row
    full = row
    if opened:
        full += "" if "/duration:" in row else "/duration:0.025"
    elif "tasks:" not in row:
        full += f"/tasks:{SETTINGS.get('tasks', 100)}"
    print(json.dumps({"ready": True, "row": full, "digest": SETTINGS.get("digest", "d1")}), flush=True)
    factor = SETTINGS.get("factor", 1.0) * (1 + float(option("--plant-slowdown", "0")))
    for number, line in enumerate(sys.stdin):
        if line != "run\n":
            fail(f"--drive was told '{line.strip()}'", 2)
        if mode:
            misbehave(mode)
        ns = 1000.0 * factor * (1 + 0.0005 * (number % 3))
        value = {"latency_p50_ns": 500 * ns, "latency_p99_ns": 2e6} if opened else {"ns_per_task": ns}
        if mode == "no_p99":
            value.pop("latency_p99_ns", None)
        print(json.dumps(value | {"runs": 1, "tasks": 100}), flush=True)


main()
