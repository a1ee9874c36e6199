from collections import Counter

import pytest
from bookstore.plan import grid
from bookstore.plan.grid import Backend, Workload

BACKENDS = [
    Backend("sequential", False, 1),
    Backend("threads", False, 10000),
    Backend("event_loop", True, 1),
]
WORKLOADS = [Workload("shelving", False), Workload("counter", True), Workload("day", True)]


def names(profile: str, cores: list[int], backends: list[Backend] = BACKENDS) -> dict[str, grid.Spec]:
    return {spec.name: spec for spec in grid.rows(grid.PROFILES[profile], WORKLOADS, backends, cores)}


@pytest.mark.parametrize(
    ("available", "counts"),
    [
        (1, [1]),
        (2, [1, 2]),
        (8, list(range(1, 9))),
        (12, [1, 2, 4, 8, 12]),
        (16, [1, 2, 4, 8, 16]),
        (17, [1, 2, 4, 8, 16, 17]),
    ],
)
def test_default_core_counts(available: int, counts: list[int]) -> None:
    assert grid.default_cores(available) == counts


@pytest.mark.parametrize(
    ("measured", "step"),
    [
        (0.1, 0.25),
        (0.5, 0.5),
        (0.6, 1),
        (0.86, 1),
        (1.0, 1),
        (1.15, 1),
        (1.16, 1.5),
        (2, 2),
        (3.4, 3),
        (99, 8),
    ],
)
def test_a_faster_cpu_gets_larger_plans_in_wide_steps(measured: float, step: float) -> None:
    assert grid.cpu_speed_step(measured) == step
    assert step == 8 or 125 * step / measured > 108


@pytest.mark.parametrize("cores", [[1], [1, 2], [1, 2, 4, 8, 16, 32, 64]])
def test_loops_are_as_many_as_the_most_cores_everywhere(cores: list[int]) -> None:
    """A gain compares equal worker counts; pinned or not is told apart."""
    loops = Backend("event_loops", True, 10000)
    found = names("quick", cores, [loops])
    waiting = [spec for spec in found.values() if spec.workload == "day"]
    assert {spec.workers for spec in waiting} == {max(cores)}
    assert sorted({spec.cores for spec in waiting}) == cores
    pinned = [spec.params for spec in waiting if spec.cores == max(cores)]
    assert pinned == [()] if max(cores) == 1 else pinned == [(), (("pinned", "0"),)]
    assert all(spec.gain for spec in waiting if not spec.params and spec.cores in (1, max(cores)))


@pytest.mark.parametrize("profile", grid.PROFILES)
@pytest.mark.parametrize("cores", [[1], [1, 2], [1, 2, 4], [2]])
def test_no_row_is_asked_for_twice(profile: str, cores: list[int]) -> None:
    rows = grid.rows(grid.PROFILES[profile], WORKLOADS, BACKENDS, cores)
    assert set(Counter(spec.name for spec in rows).values()) == {1}
    assert all(spec.cores in cores for spec in rows)


def test_busy_pools_have_workers_equal_to_cores_and_the_gains_slow_side() -> None:
    rows = names("quick", [1, 2, 4])
    for row in ("cores:1/workers:1", "cores:2/workers:2", "cores:4/workers:4", "cores:1/workers:4"):
        assert f"shelving/threads/{row}" in rows
    assert rows["shelving/threads/cores:4/workers:4"].gain
    assert rows["shelving/threads/cores:1/workers:4"].gain
    assert "shelving/threads/cores:2/workers:4" not in rows


@pytest.mark.parametrize("profile", grid.PROFILES)
def test_waiting_pools_have_equal_workers_on_all_core_counts(profile: str) -> None:
    workers: dict[int, set[int]] = {1: set(), 2: set()}
    for spec in names(profile, [1, 2]).values():
        if (spec.workload, spec.backend) == ("counter", "threads"):
            workers[spec.cores].add(spec.workers)
    assert workers[1] == workers[2] >= {64}


def test_worker_sweeps_of_the_profiles() -> None:
    def counts(profile: str) -> list[int]:
        rows = names(profile, [1, 2]).values()
        return sorted(
            s.workers for s in rows if (s.workload, s.backend, s.cores) == ("counter", "threads", 1)
        )

    assert counts("smoke") == [64]
    assert counts("quick") == [1, 2, 4, 16, 64, 256]
    assert counts("full") == [1, 2, 4, 8, 16, 32, 64, 128, 256]


def test_the_baseline_is_measured_at_two_sizes_and_with_locks_where_nothing_waits() -> None:
    rows = names("quick", [1, 2])
    assert "counter/sequential/cores:1/workers:1/tasks:x2" in rows
    assert "shelving/sequential/cores:1/workers:1/locks:1" in rows
    assert "shelving/sequential/cores:1/workers:1/tasks:x2" in rows
    assert "counter/sequential/cores:1/workers:1/locks:1" not in rows


def test_in_flight_is_swept_by_overlapping_backends_alone() -> None:
    for profile, limits in (("full", (1, 4, 16, 64, 256, 1024)), ("quick", (1, 16, 256, 1024))):
        swept = [name for name in names(profile, [1, 2]) if "in_flight" in name]
        assert swept == [f"counter/event_loop/cores:1/workers:1/in_flight:{limit}" for limit in limits]
    assert not [name for name in names("smoke", [1, 2]) if "in_flight" in name]


def test_repetitions() -> None:
    rows = names("quick", [1, 2])
    assert {spec.repetitions for spec in rows.values() if spec.gain} == {7}
    assert {spec.repetitions for spec in rows.values() if not spec.gain} == {3}
    assert max(spec.repetitions for spec in names("smoke", [1, 2]).values()) == 3


def test_both_sides_of_a_gain_have_its_repetitions() -> None:
    rows = names("quick", [1, 2])
    for workload, workers in (("shelving", 2), ("counter", 64), ("day", 64)):
        for cores in (1, 2):
            assert rows[f"{workload}/threads/cores:{cores}/workers:{workers}"].gain
        assert rows[f"{workload}/sequential/cores:1/workers:1"].gain
        assert rows[f"{workload}/event_loop/cores:1/workers:1"].gain


def test_a_backends_limit_of_workers_is_kept() -> None:
    few = [Backend("few", False, 16)]
    assert max(spec.workers for spec in names("full", [1, 2], few).values()) == 16


def test_memory_and_timeline_rows() -> None:
    memory = grid.memory_rows(grid.PROFILES["full"], WORKLOADS, BACKENDS, [1, 2])
    assert len(memory) == len(WORKLOADS) * len(BACKENDS)
    quick = grid.memory_rows(grid.PROFILES["quick"], WORKLOADS, BACKENDS, [1, 2])
    assert {spec.workload for spec in quick} == {"day"}
    counter = [each for each in WORKLOADS if each.name == "counter"]
    alone = grid.memory_rows(grid.PROFILES["quick"], counter, BACKENDS, [1, 2])
    assert {spec.workload for spec in alone} == {"counter"}
    assert all(spec.cores == 2 and spec.repetitions == 3 for spec in memory)
    timeline = [spec.name for spec in grid.timeline_rows(WORKLOADS, BACKENDS, [1, 2])]
    assert timeline == [
        "day/sequential/cores:2/workers:1/tasks:40/cpu_scale:20",
        "day/threads/cores:2/workers:4/tasks:40/cpu_scale:20",
        "day/event_loop/cores:2/workers:1/tasks:40/cpu_scale:20",
    ]
    alone = grid.timeline_rows([Workload("shelving", False)], BACKENDS, [1])
    assert alone[0].workload == "shelving"
