"""Stands in for bench_throughput --drive: answers times from a formula, whatever the machine does.

SETTINGS is replaced when a test makes its own copy: `factor` on all times, `refuse` (rows that it does not know), `mode`
(hang, hang_at_start, crash, crash_at_start, garbage, no_ready, nan, zero, wrong) and `digest`.
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
    print(f"bench_throughput: {text}", file=sys.stderr)
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
        print("  --drive   Run one row batch by batch")
        return
    if "--list" in sys.argv:
        print(f"counter/tbb/cores:{option('--cores')}/workers:2/tasks:500")
        return
    row = option("--row")
    if any(part in row for part in SETTINGS.get("refuse", [])):
        fail(f"unknown row '{row}'", 2)
    if mode in ("hang_at_start", "crash_at_start"):
        misbehave(mode)
    if mode == "no_ready":
        print("Running bench", flush=True)
    full = row if "tasks:" in row else row + f"/tasks:{SETTINGS.get('tasks', 100)}"
    print(json.dumps({"ready": True, "row": full, "digest": SETTINGS.get("digest", "d1")}), flush=True)
    factor = SETTINGS.get("factor", 1.0) * (1 + float(option("--plant-slowdown", "0")))
    for number, line in enumerate(sys.stdin):
        if line != "run\n":
            fail(f"--drive was told '{line.strip()}'", 2)
        if mode:
            misbehave(mode)
        ns = 1000.0 * factor * (1 + 0.0005 * (number % 3))
        print(json.dumps({"ns_per_task": ns, "runs": 1, "tasks": 100}), flush=True)


main()
