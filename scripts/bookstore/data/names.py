"""What names and numbers in rows stand for."""

from collections.abc import Iterable, Mapping, Sequence

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


def family(name: str) -> str:
    """The backend that a raw twin stands beside; a backend's own name."""
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
