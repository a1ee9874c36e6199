"""The measuring binary: how it is built, what it says of itself, and how one process of it is run."""

import json
import os
import shutil
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookstore.measure import process
from bookstore.plan.machine import Backend, Workload
from bookstore.terminal.errors import InputError, WrongResult

THROUGHPUT = Path("build/release/bench_throughput")
LATENCY = Path("build/release/bench_latency")
OVERHEAD = Path("build/release/bench_overhead")
BINARIES = (THROUGHPUT, LATENCY, OVERHEAD)
TIME_LIMIT_SECONDS = 300.0  # far beyond any process of ours; only a hang gets there

# Ends that say nothing of the result, but of what there was too little of.
FOR_WANT = {
    -signal.SIGKILL: "as the system does when memory is short; make room, and go on with --resume",
    -signal.SIGXFSZ: "for its file would be larger than is allowed (ulimit -f); allow more, and go on with --resume",
}


class NotEnded(InputError):
    """A process that was ended because it took too long."""


@dataclass(frozen=True)
class Description:
    """What `--describe` prints."""

    cores: int
    backends: list[Backend]
    left_out: list[str]
    workloads: list[Workload]
    machine: str
    cpu_speed: float  # as a multiple of the CPU that default sizes are made for
    context: dict[str, str]


def build(root: Path, log: Path) -> Path:
    """Configures and builds Release, and returns its folder; everything that the tools print goes to the log."""
    for tool, package in (("cmake", "cmake"), ("ninja", "ninja-build"), ("c++", "g++")):
        if shutil.which(tool) is None and not (tool == "c++" and "CXX" in os.environ):
            raise InputError(f"{tool} is missing; install it with: apt-get install {package}")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    for command in (
        ["cmake", "--preset", "release"],
        ["cmake", "--build", "--preset", "release", "--target", *(each.name for each in BINARIES)],
    ):
        if process.run(command, folder=root, log=log).status != 0:
            raise InputError(f"`{' '.join(command)}` failed: {_last_error(log)}; the whole log is in {log}")
    return (root / THROUGHPUT).parent


def describe(binary: Path) -> Description:
    """Asks the binary what it can run here."""
    output = run(binary, ["--describe"], time_limit=60.0)
    try:
        facts: dict[str, Any] = json.loads(output)
        return Description(
            cores=int(facts["cores"]),
            backends=[
                Backend(
                    item["name"],
                    item["waits"] == "overlapped",
                    int(item["max_workers"]),
                    bool(item.get("roles")),
                    bool(item.get("static")),
                    bool(item.get("pins")),
                )
                for item in facts["backends"]
            ],
            left_out=[str(name) for name in facts.get("left_out", []) if name],
            workloads=[Workload(item["name"], bool(item["waits"])) for item in facts["workloads"]],
            machine=str(facts["machine"]),
            cpu_speed=float(facts["cpu_speed"]),
            context={str(name): str(value) for name, value in facts.get("context", {}).items()},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{binary} --describe printed no description ({error}); build it again") from None


def describe_experiments(binary: Path) -> dict[str, dict[str, int]]:
    """Asks bench_overhead which experiments it has; for each, what can be measured by it and with how many workers."""
    output = run(binary, ["--describe"], time_limit=60.0)
    try:
        return {
            str(experiment["name"]): {
                str(item["name"]): int(item["max_workers"]) for item in experiment["backends"]
            }
            for experiment in json.loads(output)["experiments"]
        }
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{binary} --describe printed no description ({error}); build it again") from None


def run(binary: Path, arguments: Sequence[str], time_limit: float = TIME_LIMIT_SECONDS) -> str:
    """Runs one process to its end and returns what it printed; its failure becomes one line."""
    try:
        done = process.run([binary, *arguments], seconds=time_limit)
    except OSError as error:
        raise InputError(f"{binary} cannot be run ({error.strerror}); build it with scripts/run") from None
    except process.TooLong:
        raise NotEnded(
            f"{binary.name} did not end within {time_limit:.0f} s: {' '.join(arguments)}"
        ) from None
    except process.TooMuch:
        raise InputError(f"{binary.name} prints without end: {' '.join(arguments)}; build it again") from None
    if done.status == 0:
        return done.output
    if done.status == 2:
        raise InputError(done.last_words)
    if done.status in FOR_WANT:
        raise InputError(f"{binary.name} {done.how}, {FOR_WANT[done.status]}: {' '.join(arguments)}")
    raise WrongResult(f"{binary.name} {done.how}: {done.last_words}" if done.status < 0 else done.last_words)


def pass_through(binary: Path, arguments: Sequence[str]) -> int:
    """Runs one process that writes to our own streams; its exit code is ours."""
    try:
        status = process.run([binary, *arguments], passed_through=True).status
    except OSError as error:
        raise InputError(f"{binary} cannot be run ({error.strerror}); build it with scripts/run") from None
    if status < 0:
        raise WrongResult(f"{binary.name} {process.how_ended(status)}; its table is not whole")
    return status


def _last_error(log: Path) -> str:
    """The first line of the log that names an error (with the next, if it only announces it), else its last line."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    lines = [line for line in lines if line] or ["no output"]
    for index, line in enumerate(lines):
        if "error" in line.lower():
            return " ".join(lines[index : index + 2]) if line.endswith(":") else line
    return lines[-1]
