"""What names and numbers in rows stand for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

BASELINE = "sequential"  # the backend that gains are measured against
RAW = "raw_"  # a backend whose name begins so is a raw twin: the runtime by hand, without our headers
# The twins that stand beside none of the usual backends are shown, and chosen by --backends, with one of these.
FAMILIES = {"asio": "event_loop", "function_queue": "threads", "thread_per_task": "threads"}
# What a run measures unless it is the fullest, or told otherwise: one of each kind. Of two that begin alike, the longer
# first, here and below.
USUAL = ("sequential", "threads", "tbb", "openmp", "event_loops", "event_loop")
KNOWN = (
    "coroutines",
    "tbb_overlapped",
    "openmp_overlapped",
    "asio",
    "fibers",
    "thread_per_task",
    "go",
    "tokio",
    *USUAL,
)
# These have as many tasks in flight as there are.
OVERLAPPED = (
    "event_loop",
    "event_loops",
    "coroutines",
    "tbb_overlapped",
    "openmp_overlapped",
    "asio",
    "fibers",
    "go",
    "tokio",
)
ALL = "all"  # where backends are named: every one that there is
# Workload and cpu_scale by name. Short tasks are in and out of their shelves all the time, the usual ones seldom.
CONTENDED: Mapping[str, tuple[int, float]] = {
    "shelving": (0, 1),
    "short shelving": (0, 0.05),
    "counter": (1, 1),
}
OPENMP = "openmp"  # whose idle policy can be chosen
MICROSECOND = 1000  # as a task's work in ns
LOOP = "event_loop"
ROUND_TRIP = "round_trip"  # the experiment of bench_overhead that asks what one wait takes
URING = "event_loop_uring"  # the same loop on io_uring, which is measured beside it where a kernel allows it
# What a task's waits are: timers, or requests over a socket that a process of its own answers.
TIMER = "timer"
SOCKETS = ("unix", "tcp")
WAITS = (TIMER, *SOCKETS)


def waits_of(counters: Mapping[str, Any]) -> str:
    """The kind of a row's waits, from its counters; rows of older runs have none of these, and timers."""
    return next((kind for kind in SOCKETS if counters.get(f"waits_{kind}") == 1), TIMER)


def family(name: str) -> str:
    """The backend that a raw twin or another form of it stands beside; a backend's own name."""
    if name == URING:
        return LOOP
    if not name.startswith(RAW):
        return name
    runtime = name.removeprefix(RAW)
    return FAMILIES.get(runtime, next((each for each in KNOWN if runtime.startswith(each)), runtime))


def backends_by_default(known: Iterable[str], every: bool = False) -> list[str]:
    """Of those that a build has: the usual ones, or every one."""
    return [name for name in known if every or name in USUAL]


def in_order(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """Each once: those of `order` first, the others as they come."""
    unique = dict.fromkeys(names)
    return [name for name in order if name in unique] + [name for name in unique if name not in order]
