"""Drives benchmark processes over pipes: one runs at a time, the others wait for their turn.

A driven process (--drive of bench_throughput, or of bench_latency for rows with arrivals of their own) prints one JSON
line when it is ready, and one for every line "run" that it reads. A trial starts three fresh ones, base, base again and
new, and lets them run in turn.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import select
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookstore.measure import process
from bookstore.terminal.errors import InputError, WrongResult

sides = ("base", "again", "new")
closed_binary = "bench_throughput"
open_binary = "bench_latency"


def is_open(row: str) -> bool:
    """Whether tasks of the row arrive at times of their own: bench_latency runs it, and its value is a latency."""
    return re.search(r"/(rate|fraction|trace):", row) is not None


class Refused(InputError):
    """A binary does not take the row: it knows no such workload, backend or option, or the machine has not enough."""


@dataclass(frozen=True)
class Limits:
    """Seconds: how long a process may take to be ready and to answer, how long a trial lasts."""

    ready: float = 30.0
    answer: float = 30.0
    trial: float = 0.3
    least_rounds: int = 5

    def trial_of(self, row: str) -> float:
        """How long the batches of a trial of the row take together: an open batch lasts as long as its arrivals."""
        found = re.search(r"/duration:([\d.e+-]+)", row)
        try:
            batch = float(found[1]) if found else 0.0
        except ValueError:
            batch = 0.0  # the binary will say what is wrong with it
        return max(self.trial, self.least_rounds * len(sides) * batch)


@dataclass(frozen=True)
class Build:
    """A binary, what to start it with, how errors name it, and the binary for open rows, where there is one."""

    path: Path
    name: str
    arguments: tuple[str, ...] = ()
    open_path: Path | None = None

    def binary(self, row: str) -> Path:
        if not is_open(row):
            return self.path
        if self.open_path is None:
            raise Refused(f"{self.name} has no {open_binary} to run {row}; choose another row")
        return self.open_path


@dataclass(frozen=True)
class Ready:
    """What a driven process says of itself."""

    row: str
    digest: str


@dataclass(frozen=True)
class Batch:
    """The gated value of one batch: ns per task of closed runs, or the median latency of an open one, and its p99."""

    ns: float
    p99_ns: float | None = None


@dataclass(frozen=True)
class Trial:
    """Log-ratios of one trial, the medians of the values of each side, and what it cost. A p99 is never gated."""

    new: float
    null: float
    base_ns: float
    new_ns: float
    rounds: int
    seconds: float
    base_p99_ns: float | None = None
    new_p99_ns: float | None = None


def environment(padding: int = 0) -> dict[str, str]:
    """Idle pools sleep; `padding` bytes more move the stack of the process."""
    extra = {"BOOKSTORE_PADDING": "x" * padding} if padding else {}
    return {"OMP_WAIT_POLICY": "passive", **os.environ, **extra}


class Driven:
    """One driven process."""

    def __init__(self, build: Build, row: str, limits: Limits, padding: int = 0) -> None:
        self.build = build
        self._row = row
        self._limits = limits
        self._pending = b""
        path = build.binary(row)
        self._errors = tempfile.TemporaryFile()
        try:
            # The same first argument for all: the length of a path must not move one side's stack.
            name = open_binary if is_open(row) else closed_binary
            self._process = process.start(
                [name, "--drive", "--row", row, *build.arguments],
                executable=path,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=environment(padding),
            )
        except OSError as error:
            self._errors.close()
            raise InputError(
                f"{build.name} cannot be run ({error.strerror}: {path}); give an executable"
            ) from None

    def ready(self) -> Ready:
        answer = self._answer(self._limits.ready)
        row, digest = answer.get("row"), answer.get("digest")
        if answer.get("ready") is not True or not isinstance(row, str) or not isinstance(digest, str):
            raise self._garbage(json.dumps(answer))
        return Ready(row, digest)

    def run(self) -> Batch:
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(b"run\n")
            self._process.stdin.flush()
        except OSError:
            raise self._failure() from None
        answer = self._answer(self._limits.answer)
        if is_open(self._row):
            return Batch(self._time(answer, "latency_p50_ns"), self._time(answer, "latency_p99_ns"))
        return Batch(self._time(answer, "ns_per_task"))

    def _time(self, answer: Mapping[str, Any], key: str) -> float:
        value = answer.get(key)
        if (
            isinstance(value, bool)
            or not isinstance(value, (int, float))
            or not (math.isfinite(value) and value > 0)
        ):
            raise self._garbage(json.dumps(answer))
        return float(value)

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    pass
        try:
            # The end of its input ends it; it has nothing to lose if it does not.
            self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            pass
        finally:
            process.end(self._process)
            self._errors.close()

    def _answer(self, seconds: float) -> Mapping[str, Any]:
        line = self._line(seconds)
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            raise self._garbage(line.decode("utf-8", "replace")) from None
        if not isinstance(answer, dict):
            raise self._garbage(line.decode("utf-8", "replace"))
        return answer

    def _line(self, seconds: float) -> bytes:
        assert self._process.stdout is not None
        source = self._process.stdout.fileno()
        deadline = time.monotonic() + seconds
        while b"\n" not in self._pending:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([source], [], [], left)[0]:
                raise InputError(
                    f"{self.build.name} did not answer within {seconds:.3g} s on {self._row}; run it by hand"
                )
            chunk = os.read(source, 65536)
            if not chunk:
                raise self._failure()
            self._pending += chunk
            if len(self._pending) > 1 << 20:
                raise self._garbage("too much without an end of line")
        line, self._pending = self._pending.split(b"\n", 1)
        return line

    def _garbage(self, said: str) -> InputError:
        short = " ".join(said.split())[:80]
        return InputError(
            f"{self.build.name} answered '{short}' on {self._row}; give a binary that knows --drive"
        )

    def _failure(self) -> Exception:
        """What the process died of, in one line."""
        try:
            status = self._process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            return InputError(f"{self.build.name} closed its output on {self._row}; run it by hand")
        self._errors.seek(0)
        said = process.last_line(self._errors.read(1 << 16).decode("utf-8", "replace"))
        if status == 1:
            return WrongResult(f"{self.build.name}: {said}")
        kind = Refused if status == 2 else InputError
        return kind(f"{self.build.name} {process.how_ended(status)} on {self._row}: {said}")


def probe(build: Build, row: str, limits: Limits) -> Ready:
    """Starts the row once, to learn its full name and its digest."""
    driven = Driven(build, row, limits)
    try:
        return driven.ready()
    finally:
        driven.close()


def run_trial(
    base: Build, new: Build, row: str, limits: Limits, order: random.Random, padding: int = 0
) -> Trial:
    """One trial: three fresh processes, in turn until its time is up. The row's name says all, its size too."""
    begin = time.monotonic()
    builds = {"base": base, "again": base, "new": new}
    live: dict[str, Driven] = {}
    try:
        # None is timed before all are ready, so they may set up at the same time.
        for side in order.sample(sides, len(sides)):
            live[side] = Driven(builds[side], row, limits, padding)
        for driven in live.values():
            driven.ready()
        rounds = _rounds(live, limits, order)
    finally:
        for driven in live.values():
            driven.close()
    middle = statistics.median
    return Trial(
        new=middle(math.log(one["new"].ns / one["base"].ns) for one in rounds),
        null=middle(math.log(one["again"].ns / one["base"].ns) for one in rounds),
        base_ns=middle(one["base"].ns for one in rounds),
        new_ns=middle(one["new"].ns for one in rounds),
        rounds=len(rounds),
        seconds=time.monotonic() - begin,
        base_p99_ns=_p99(rounds, "base"),
        new_p99_ns=_p99(rounds, "new"),
    )


def _p99(rounds: Sequence[Mapping[str, Batch]], side: str) -> float | None:
    found = [one[side].p99_ns for one in rounds]
    return statistics.median(value for value in found if value is not None) if None not in found else None


def _rounds(
    live: Mapping[str, Driven], limits: Limits, order: random.Random
) -> Sequence[Mapping[str, Batch]]:
    rounds: list[dict[str, Batch]] = []
    start = time.monotonic()
    while len(rounds) < limits.least_rounds or time.monotonic() - start < limits.trial:
        rounds.append({side: live[side].run() for side in order.sample(sides, len(sides))})
    return rounds
