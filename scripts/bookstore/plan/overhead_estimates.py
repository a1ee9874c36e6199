"""About how long rows of bench_overhead take: to size them, and to spread a budget by. None of it needs to be right."""

from collections.abc import Mapping, Sequence
from math import ceil

from bookstore.plan.machine import Spec
from bookstore.plan.overhead_profiles import SHOP_DEADLINES

# From a task's begin until the next one's, where all are to wait at once: most begin as fast as they can be claimed.
USUAL_BEGIN_NS = 200
BEGIN_NS: Mapping[str, float] = {
    "asio": 600,
    "openmp_overlapped": 3000,
    "fibers": 7000,
    "go": 5000,
    "tokio": 5000,
}
# What a backend takes per task of no work, about.
TASK_NS: Mapping[str, float] = {
    "sequential": 2,
    "event_loop": 3,
    "event_loops": 8,
    "coroutines": 50,
    "tbb_overlapped": 200,
    "openmp_overlapped": 300,
    "asio": 200,
    "fibers": 500,
    "thread_per_task": 100_000,
    "go": 1000,
    "tokio": 500,
    "raw_sequential": 2,
    "raw_event_loop": 3,
    "raw_event_loops": 8,
    "raw_asio": 150,
    "raw_function_queue": 200,
    "raw_thread_per_task": 100_000,
}
USUAL_TASK_NS = 60.0
# Of a fork and its join, per leaf of a ten-fold tree, by runtimes that make a task of it; for others it is a call.
FORK_SECONDS: Mapping[str, float] = {
    "tbb": 2e-8,
    "tbb_overlapped": 2e-8,
    "openmp": 2.3e-7,
    "openmp_overlapped": 2.3e-7,
}
USUAL_FORK_SECONDS = 3e-9
ROW_SECONDS = 0.005  # beside what is timed: building a pool, making the tasks
PROCESS_SECONDS = 0.02  # start, calibration of the work
START_SECONDS = {"tbb": 1.7e-3}  # of a worker among a thousand, else 1e-4
LONGEST_SHOP_WAIT = 25  # over the shortest
SEAM_RUN_SECONDS = 0.0019
ROUND_TRIP_SECONDS = 0.3
PILOT_SECONDS = 0.018  # which tells how many tasks such a run has
ROUNDS_IN_PLACE = 5  # of the seam: then both sides are built and warmed anew


def _fork_seconds(spec: Spec) -> float:
    return FORK_SECONDS.get(spec.backend, USUAL_FORK_SECONDS)


def _seam_runs(rounds: float) -> float:
    return 2 * (rounds + 2 * ceil(rounds / ROUNDS_IN_PLACE))


def seconds(spec: Spec) -> float:
    """About how long a row takes, to spread a budget by; the runner learns how far this is off."""
    params = dict(spec.params)
    match spec.workload:
        case "grain":
            size, tasks = float(params["work_ns"]), float(params["tasks"])
            once = tasks * (size + task_ns(spec.backend))
            return ROW_SECONDS + 3e-9 * once  # the direct loop before and after
        case "seam_grain":
            return ROW_SECONDS + PILOT_SECONDS + _seam_runs(float(params["rounds"])) * SEAM_RUN_SECONDS
        case "seam_stocktake":
            return ROW_SECONDS + _seam_runs(float(params["rounds"])) * float(
                params["leaves"]
            ) * _fork_seconds(spec)
        case "stocktake":
            return ROW_SECONDS + 0.05 + 2 * float(params["leaves"]) * _fork_seconds(spec)
        case "handover":
            return ROW_SECONDS + float(params["tasks"]) * 1.2e-3
        case "cold_start":
            return ROW_SECONDS + float(params["tasks"]) * 1.2e-3
        case "idle":
            return 4.1
        case "gaps":
            return ROW_SECONDS + 0.05 + float(params["bursts"]) * (float(params["gap_us"]) + 150) * 1e-6
        case "burst":
            return ROW_SECONDS + float(params["bursts"]) * (float(params["idle_ms"]) + 5) / 1000
        case "waiting":
            return ROW_SECONDS + _waiting_seconds(spec) + spec.workers * START_SECONDS.get(spec.backend, 1e-4)
        case "timer":
            return ROW_SECONDS + float(params["tasks"]) * 5e-8
        case "contention":
            # Under the backend, and directly; short tasks once more, their first run being too short.
            return 0.3 if spec.workers == 1 else 0.5 if float(params["cpu_scale"]) < 1 else 0.4
        case "round_trip":
            return ROW_SECONDS + ROUND_TRIP_SECONDS
        case "day_memory":
            return ROW_SECONDS + float(params["tasks"]) * 2e-6
    return ROW_SECONDS


def begin_seconds(backend: str, tasks: float) -> float:
    """What so many tasks take, about, until all of them wait without a worker each."""
    return tasks * BEGIN_NS.get(backend, USUAL_BEGIN_NS) * 1e-9


def _waiting_seconds(spec: Spec) -> float:
    """The row is tried again, with twice the lead, until that suffices for all its tasks to begin."""
    params = dict(spec.params)
    tasks, span = float(params["tasks"]), float(params["span_ms"]) / 1000
    overlaps = tasks > spec.workers  # tasks that wait without a worker
    begin = begin_seconds(spec.backend, tasks) if overlaps else 0.0
    lead = 0.02 + tasks * (USUAL_BEGIN_NS * 1e-9 if overlaps else 2e-5)
    total = 0.0
    while True:
        stretched = LONGEST_SHOP_WAIT * lead if params["deadlines"] == f"{SHOP_DEADLINES}" else 0.0
        total += lead + max(span, stretched)
        if lead >= begin:
            return total + begin
        lead *= 2


def total_seconds(specs: Sequence[Spec], processes: int) -> float:
    """About how long rows take in so many processes."""
    return sum(spec.repetitions * seconds(spec) for spec in specs) + PROCESS_SECONDS * processes


def task_ns(backend: str) -> float:
    """What the backend takes per task of no work, about."""
    return TASK_NS.get(backend, USUAL_TASK_NS)
