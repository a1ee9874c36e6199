"""Stands in for any Google Benchmark binary. SETTINGS: `factor` on all times, `mode`."""

import json
import os
import re
import signal
import sys
import time

SETTINGS: dict = {}
ROWS = {"BM_Sort/8": 100.0, "BM_Sort/64": 900.0, "BM_Map<int>/8": 50.0}


def option(name: str) -> str:
    return next((argument.split("=", 1)[1] for argument in sys.argv if argument.startswith(name + "=")), "")


def main() -> None:
    mode = SETTINGS.get("mode", "")
    if "--help" in sys.argv:
        print("benchmark [--benchmark_list_tests={true|false}]")
        return
    if option("--benchmark_list_tests"):
        if mode != "no_list":
            print("\n".join(ROWS))
        return
    if mode == "hang":
        time.sleep(60)
    if mode == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    while mode == "flood":
        print("x" * 65536)
    if mode == "fails":
        print("terminate called", file=sys.stderr)
        sys.exit(3)
    chosen = [name for name in ROWS if re.search(option("--benchmark_filter"), name)]
    times = {name: ROWS[name] * SETTINGS.get("factor", 1.0) for name in chosen}
    if mode == "nan":
        times = dict.fromkeys(times, float("nan"))
    common = {"run_type": "iteration", "time_unit": "ns", "cpu_time": 1.0, "iterations": 10}
    rows = [common | {"name": name, "run_name": name, "real_time": ns} for name, ns in times.items()]
    if mode == "error":
        rows = [row | {"error_occurred": True, "error_message": "no device"} for row in rows]
    text = json.dumps(
        {"context": {"date": "2026-01-01T10:00:00+00:00", "host_name": "h"}, "benchmarks": rows}
    )
    if mode == "torn":
        text = text[: len(text) // 2]
    if mode != "no_json":
        with open(option("--benchmark_out"), "w") as file:
            file.write(text)


main()
