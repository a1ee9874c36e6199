"""About how many tasks a closed run has and how long it takes: to size plans for the cores that run them, and to see
whether a profile keeps its budget. Nothing that is reported rests on these figures.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Cost:
    """Of a task, in us: its work, and the waits that it asks for."""

    cpu: float
    wait: float
    waits: float


# As bench_throughput takes them to choose the number of tasks.
COSTS: Mapping[str, Cost] = {
    "shelving": Cost(11.5, 0, 0),
    "counter": Cost(5.3, 350, 1),
    "errands": Cost(16, 3800, 1),
    "day": Cost(5.9, 353, 0.91),
}
USUAL = Cost(8, 350, 1)
RUN_US = 125e3
DISPATCH_US = 0.5
WAKE_UP_US = 70.0
SLEEP_CPU_US = 10.0

# Beside what is timed.
ROW_SECONDS = 0.01
TASK_SECONDS = 0.7e-6  # to make a task, and to prove it afterwards
PROCESS_SECONDS = 0.03
START_SECONDS: Mapping[str, float] = {"tbb": 2e-4}  # of a worker
USUAL_START_SECONDS = 4e-5
IDEAL_SECONDS = 0.7
DAY_SECONDS = 0.2  # of the baseline on a day, whose plan is at least so long
SLOWER = 1.15  # what dispatching takes above the estimate


class Row(Protocol):
    """What an estimate needs of a row."""

    workload: str
    backend: str
    cores: int
    workers: int
    params: tuple[tuple[str, str], ...]
    repetitions: int


def time_per_task_us(workload: str, overlapped: bool, workers: int, cores: int) -> float:
    """A task's share of a run with so many workers on so many cores."""
    cost = COSTS.get(workload, USUAL)
    cpu = cost.cpu + DISPATCH_US
    running = min(workers, cores)
    if overlapped:
        return cpu / running
    blocked = cpu + cost.wait + cost.waits * WAKE_UP_US
    return max((cpu + cost.waits * SLEEP_CPU_US) / running, blocked / workers)


def size_factor(workload: str, overlapped: bool, workers: int, cores: int, machine: int) -> float:
    """What the plan of a row on `cores` must be multiplied by: by default it is made for all cores of the machine."""
    there = time_per_task_us(workload, overlapped, workers, machine)
    return min(1.0, there / time_per_task_us(workload, overlapped, workers, cores))


def tasks_of(row: Row, overlapped: bool, machine: int) -> float:
    """About how many tasks the row has."""
    params = dict(row.params)
    default = RUN_US / time_per_task_us(row.workload, overlapped, row.workers, machine)
    if "in_flight" in params:  # fewer tasks where it caps them
        default = min(default, RUN_US * int(params["in_flight"]) / COSTS.get(row.workload, USUAL).wait)
    asked = params.get("tasks", "x1")
    return default * float(asked[1:]) if asked.startswith("x") else float(asked)


def seconds(row: Row, overlapped: bool, machine: int) -> float:
    """Seconds of one repetition, but for finding the plan's digest."""
    params = dict(row.params)
    tasks = tasks_of(row, overlapped, machine)
    each = time_per_task_us(row.workload, overlapped, row.workers, row.cores)
    if "in_flight" in params:
        each = max(each, COSTS.get(row.workload, USUAL).wait / int(params["in_flight"]))
    run = SLOWER * 1e-6 * tasks * each
    if row.workload == "day" and each > 100:
        run = max(run, DAY_SECONDS * float(params.get("tasks", "x1").removeprefix("x")))
    start = row.workers * START_SECONDS.get(row.backend, USUAL_START_SECONDS)
    return ROW_SECONDS + run + TASK_SECONDS * tasks + (start if row.workers > 1 else 0)


def total_seconds(
    rows: Sequence[Row], overlapped: Mapping[str, bool], machine: int, processes: int, ideals: int
) -> float:
    """About how long so many processes take with their rows; `ideals` of them measure what the cores are worth."""
    timed = sum(row.repetitions * seconds(row, overlapped[row.backend], machine) for row in rows)
    return (
        timed
        + digest_seconds(rows, overlapped, machine)
        + PROCESS_SECONDS * processes
        + IDEAL_SECONDS * ideals
    )


def digest_seconds(rows: Iterable[Row], overlapped: Mapping[str, bool], machine: int) -> float:
    """Every plan is done directly once, by one thread: its digest is what later runs are compared with."""
    plans: dict[tuple[str, int], float] = {}
    for row in rows:
        tasks = tasks_of(row, overlapped[row.backend], machine)
        plans[row.workload, round(tasks / 50)] = 1e-6 * tasks * COSTS.get(row.workload, USUAL).cpu
    return sum(plans.values())
