"""The rows in virtual time that ask how far a way of working would reach, on cores that no machine here has."""

from collections.abc import Sequence

from bookstore.data.played import Played, Way

REACH = tuple(2**k for k in range(11))  # 1 to 1,024 cores
TASKS_PER_CORE = 500
FEWEST_TASKS = 20_000
WORKERS_PER_CORE = (
    64  # of a pool whose workers wait with their tasks: as its sweep would end with on any core count
)


def reach_rows(workload: str, ways: Sequence[Way], cores: Sequence[int] = REACH) -> list[tuple[Played, int]]:
    """With their tasks. Worker counts follow the cores."""
    return [
        (
            Played(workload, way.backend, count, workers_on(way, count)),
            max(TASKS_PER_CORE * count, FEWEST_TASKS),
        )
        for way in ways
        for count in cores
    ]


def workers_on(way: Way, cores: int) -> int:
    if way.single:
        return 1
    return cores if way.overlapped else cores * WORKERS_PER_CORE
