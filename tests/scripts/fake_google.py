"""Stands in for any Google Benchmark binary. SETTINGS is replaced when a test makes its own copy:

`rows` (pairs of a name and its time in ns), `factor` on all times, or by name; `fates` by name, what becomes of a row: a
word of those below; `banner` lines before everything, {} in them is the time; `lists_json`, as later versions do;
`ignores` the filter when it runs; `returns` the number of rows as its status;
`prints` its results only, whatever --benchmark_out says; `needs` an argument; `seconds` that a row takes, by name; `cpu`
times, by name; `noise`, relative, on all times, other from run to run and the same from session to session.
"""

import json
import os
import random
import re
import signal
import sys
import time

SETTINGS: dict = {}
ROWS = [["BM_Sort/8", 100.0], ["BM_Sort/64", 900.0], ["BM_Map<int>/8", 50.0]]


def option(name: str) -> str:
    """The last one counts, as there."""
    given = [argument.split("=", 1)[1] for argument in sys.argv if argument.startswith(name + "=")]
    return given[-1] if given else ""


def noise_of(name: str) -> random.Random:
    """The same in the n-th run of a row by a binary of this name, in every session of the tests."""
    folder, binary = os.path.split(__file__)
    tally = os.path.join(folder, f".{binary}.{re.sub(r'[^A-Za-z0-9]', '_', name)}.runs")
    with open(tally, "ab") as file:
        file.write(b".")
    return random.Random(f"{binary} {name} {os.path.getsize(tally)}")


def misbehave(fate: str) -> None:
    if fate == "hang":
        time.sleep(60)
    if fate == "crash":
        print(
            "-- LOG(0): Value passed to --benchmark_min_time should have a suffix. Eg., `30s` for 30-seconds.",
            file=sys.stderr,
        )
        os.kill(os.getpid(), signal.SIGSEGV)
    if fate == "flood":
        for _ in range(400):
            print("x" * 65536)
            print("y" * 65536, file=sys.stderr)
    if fate == "fails":
        print("terminate called", file=sys.stderr)
        sys.exit(3)


def fields(name: str, ns: float, fate: str) -> dict:
    """What the file says of a row, but for its name."""
    found = {
        "run_type": "iteration",
        "repetition_index": 0,
        "time_unit": "ns",
        "iterations": 10,
        "real_time": ns,
    }
    found["cpu_time"] = SETTINGS.get("cpu", {}).get(name, 1.0)
    if fate == "error" or (fate == "sometimes" and os.getpid() % 10 == 0):
        found |= {"error_occurred": True, "error_message": "no device"}
    if fate == "skip":
        found |= {"skipped": True, "skip_message": "not here", "real_time": 0.0}
    if fate == "zero":
        found["real_time"] = 0.0
    if fate == "nan":
        found["real_time"] = float("nan")
    if fate == "counters":
        found |= {"process": 2, "load": float("nan"), "speedup": float("inf")}
    return found


def main() -> None:
    rows, fates, factor = SETTINGS.get("rows", ROWS), SETTINGS.get("fates", {}), SETTINGS.get("factor", 1.0)
    if any(name.startswith("BENCHMARK_") and name != "BENCHMARK_DATA" for name in os.environ):
        sys.exit(9)  # the real one would do what they say
    if SETTINGS.get("needs") and SETTINGS["needs"] not in sys.argv:
        print(f"usage: bench {SETTINGS['needs']}", file=sys.stderr)
        sys.exit(64)
    for line in SETTINGS.get("banner", []):
        print(line.format(time.monotonic_ns()))
    if "--help" in sys.argv:
        print("benchmark [--benchmark_list_tests={true|false}]\n  --driver TEXT  sqlite or postgres")
        return
    listing = option("--benchmark_list_tests") == "true"
    wanted = option("--benchmark_filter") if listing or not SETTINGS.get("ignores") else ""
    chosen = [(name, ns) for name, ns in rows if re.search(wanted, name)]
    status = len(chosen) if SETTINGS.get("returns") else 0
    if listing:
        if SETTINGS.get("lists_json"):
            print(json.dumps({"benchmarks": [{"name": name} for name, _ in chosen]}, indent=2))
        else:
            print("".join(f"{name}\n" for name, _ in chosen), end="")
        sys.exit(status)
    if not chosen:
        print(f"Failed to match any benchmarks against regex: {wanted}", file=sys.stderr)
        return
    fate = fates.get(chosen[0][0], "")
    misbehave(fate)
    time.sleep(SETTINGS.get("seconds", {}).get(chosen[0][0], 0.0))
    items = []
    for number, (name, ns) in enumerate(chosen):
        times = factor.get(name, 1.0) if isinstance(factor, dict) else factor
        if SETTINGS.get("noise"):
            times *= noise_of(name).gauss(1.0, SETTINGS["noise"])
        place = {"family_index": number, "per_family_instance_index": 0}
        items.append({"name": name, "run_name": name} | place | fields(name, ns * times, fate))
    context = {"date": "2026-01-01T10:00:00+00:00", "host_name": "h"}
    text = json.dumps({"context": context, "benchmarks": items})
    if fate == "torn":
        text = text[: len(text) // 2]
    if SETTINGS.get("prints"):
        print(text)
    elif fate != "no_json":
        with open(option("--benchmark_out"), "w") as file:
            file.write(text)
    sys.exit(status)


main()
