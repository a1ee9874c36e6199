"""Any Google Benchmark binaries: short processes, in turn. They cannot be driven, so no error rate is promised."""

from __future__ import annotations

import math
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bookstore.data.results import load_results
from bookstore.data.samples import row_filter
from bookstore.gate.driver import Build, Trial, environment, sides
from bookstore.measure import process
from bookstore.terminal.errors import InputError

seconds_limit = 120.0
help_seconds = 20.0
min_time = 0.05  # of each process, in seconds


def run(build: Build, arguments: Sequence[str], seconds: float = seconds_limit) -> str:
    """Runs one process to its end and returns what it printed."""
    command = [build.path, *arguments, *build.arguments]
    try:
        done = process.run(command, seconds=seconds, environment=environment())
    except OSError as error:
        raise InputError(
            f"{build.name} cannot be run ({error.strerror}: {build.path}); give an executable"
        ) from None
    except process.TooMuch:
        raise InputError(f"{build.name} prints without end; give a Google Benchmark binary") from None
    except process.TooLong:
        raise InputError(
            f"{build.name} did not end within {seconds:.3g} s; choose shorter rows (--rows)"
        ) from None
    if done.status != 0:
        raise InputError(f"{build.name} {done.how}: {done.last_words}")
    return done.output


def drivable(build: Build) -> Build | None:
    """The binary as one that can be driven, for closed rows or for open ones; None unless its help names --drive."""
    try:
        text = run(build, ["--help"], help_seconds)
    except InputError:
        return None
    if "--drive" not in text:
        return None
    return replace(build, open_path=build.path) if "--rates" in text else build


def list_rows(build: Build, pattern: str | None) -> list[str]:
    wanted = row_filter(pattern).search
    names = [line.strip() for line in run(build, ["--benchmark_list_tests=true"]).splitlines()]
    names = [name for name in names if name]
    if not names or any(" " in name and "/" not in name for name in names):
        raise InputError(f"{build.name} lists no benchmarks; give a Google Benchmark binary")
    found = [name for name in names if wanted(name)]
    if not found:
        raise InputError(
            f"--rows {pattern}: matches none of the {len(names)} rows of {build.name}; --benchmark_list_tests shows them"
        )
    return found


def escape(name: str) -> str:
    """A name as a regular expression that Google Benchmark takes, whichever library it was built with."""
    return "^" + re.sub(r"([.\[\]{}()\\*+?^$|])", r"\\\1", name) + "$"


def time_once(build: Build, row: str, seconds: float = seconds_limit) -> float:
    """The median time of the row in one process, in ns."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        arguments = [f"--benchmark_filter={escape(row)}", f"--benchmark_min_time={min_time}"]
        run(build, [*arguments, f"--benchmark_out={out}", "--benchmark_out_format=json"], seconds)
        if not out.exists() or os.path.getsize(out) == 0:
            raise InputError(f"{build.name} wrote no JSON for {row}; give a Google Benchmark binary")
        try:
            rows = load_results(out).rows
        except InputError as error:
            said = str(error).removeprefix(f"{out}: ")
            raise InputError(f"{build.name} wrote no usable JSON for {row} ({said})") from None
    failed = next((one.fate for one in rows if one.fate), None)
    times = [one.real_time for one in rows if one.has_time]
    if failed is not None or not times:
        raise InputError(f"{build.name} failed on {row}: {failed or 'it ran nothing'}")
    return statistics.median(times) * 1e9


def run_trial(
    base: Build, new: Build, row: str, order: random.Random, seconds: float = seconds_limit
) -> Trial:
    """Three short processes, one after the other in random order."""
    begin = time.monotonic()
    builds = {"base": base, "again": base, "new": new}
    ns = {side: time_once(builds[side], row, seconds) for side in order.sample(sides, len(sides))}
    return Trial(
        new=math.log(ns["new"] / ns["base"]),
        null=math.log(ns["again"] / ns["base"]),
        base_ns=ns["base"],
        new_ns=ns["new"],
        rounds=1,
        seconds=time.monotonic() - begin,
    )
