"""The rows in virtual time that ask how far a way of working would reach, on cores that no machine here has."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bookstore.data.played import Played, Way

CORES = tuple(2**k for k in range(11))  # 1 to 1,024
FEWER_CORES = CORES[::2]
FEWEST_TASKS = 20_000
WORKERS_PER_CORE = (
    64  # of a pool whose workers wait with their tasks: as its sweep would end with on any core count
)
MOST_WORKERS = 1_000_000  # as the binaries take them
SEARCH_TASKS = 10_000  # of one trial: a hundred lie beyond its p99
SHORTEST_SEARCH = 0.01  # seconds of arrivals of one trial: twenty times what a task waits


# The first of whose tasks is done before the others, and the last after them: a part of the plan is another mix.
WITH_OPENING = ("day",)
ENOUGH_OF_A_DAY = 0.5


@dataclass(frozen=True)
class Asked:
    """How much is played: of the rows that were measured, and of the reach."""

    measured_tasks: int  # of all rows together; a few microseconds each
    workloads: tuple[str, ...]
    cores: tuple[int, ...]
    tasks_per_core: int
    capacity: bool


# What a profile has time for, on any number of cores: quick a quarter of a minute.
ASKED = {
    "smoke": Asked(1_000_000, ("counter",), FEWER_CORES[:4], 250, False),
    "quick": Asked(1_500_000, ("counter",), FEWER_CORES, 250, False),
    "full": Asked(20_000_000, ("counter", "shelving"), CORES, 500, True),
}


def shares(tasks: Mapping[Played, float], most: int) -> dict[Played, float]:
    """The part of each row's tasks that is played, so that all together are no more than `most`.

    Large rows give way first. A day of which too little would be left is not among them.
    """
    found: dict[Played, float] = {}
    left = float(most)
    ascending = sorted(tasks, key=lambda played: tasks[played])
    for place, played in enumerate(ascending):
        own = min(tasks[played], left / (len(ascending) - place))
        if played.workload in WITH_OPENING and not played.rate and own < ENOUGH_OF_A_DAY * tasks[played]:
            continue
        left -= own
        found[played] = own / tasks[played]
    return {played: found[played] for played in tasks if played in found}


def reach_rows(workload: str, ways: Sequence[Way], asked: Asked, waits: bool) -> list[tuple[Played, int]]:
    """With their tasks. Worker counts follow the cores."""
    return [
        (
            Played(workload, way.backend, count, workers_on(way, count, waits)),
            max(asked.tasks_per_core * count, FEWEST_TASKS),
        )
        for way in ways
        for count in asked.cores
    ]


def workers_on(way: Way, cores: int, waits: bool) -> int:
    if way.single:
        return 1
    return min(cores * WORKERS_PER_CORE, MOST_WORKERS) if waits and not way.overlapped else cores


def search_row(played: Played, closed_rate: float, handover_ns: float) -> str:
    """A search for capacity, from half of what closed load came to, or of what a door can let in."""
    rate = 0.5 * min(closed_rate, 1e9 / handover_ns if handover_ns else math.inf)
    duration = max(SEARCH_TASKS / rate, SHORTEST_SEARCH)
    return Played(played.workload, played.backend, played.cores, played.workers, rate).open_row(duration)
