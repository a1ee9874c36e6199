"""Which closed rows are measured on which machine, how worker counts are chosen, and that profiles keep their budgets."""

from collections import Counter
from dataclasses import replace

import pytest

from bookstore.plan import grid, worker_counts
from bookstore.plan.machine import Backend, Machine, Spec, Workload, cpu_speed_step, default_cores
from bookstore.plan.profiles import PROFILES

BACKENDS = [
    Backend("sequential", False, 1),
    Backend("threads", False, 30_000),
    Backend("tbb", False, 30_000),
    Backend("openmp", False, 30_000),
    Backend("event_loop", True, 1),
    Backend("event_loops", True, 30_000, pins=True),
]
WORKLOADS = [Workload("shelving", False), Workload("counter", True), Workload("day", True)]
SIZES = [1, 2, 8, 64, 192]


def machine(cores: int, profile: str = "quick", backends: list[Backend] = BACKENDS) -> Machine:
    return Machine(WORKLOADS, backends, default_cores(cores, PROFILES[profile].few_core_counts), cores)


def rows(profile: str, on: Machine, best: dict[worker_counts.Place, int] | None = None) -> dict[str, Spec]:
    chosen = best or worker_counts.chosen(PROFILES[profile], on, {})
    return {spec.name: spec for spec in grid.rows(PROFILES[profile], on, chosen)}


@pytest.mark.parametrize(
    ("available", "all_counts", "few"),
    [
        (1, [1], [1]),
        (2, [1, 2], [1, 2]),
        (6, [1, 2, 3, 4, 5, 6], [1, 2, 4, 6]),
        (8, list(range(1, 9)), [1, 2, 4, 8]),
        (12, [1, 2, 4, 8, 12], [1, 4, 12]),
        (64, [1, 2, 4, 8, 16, 32, 64], [1, 4, 16, 64]),
        (192, [1, 2, 4, 8, 16, 32, 64, 128, 192], [1, 4, 16, 64, 192]),
    ],
)
def test_default_core_counts(available: int, all_counts: list[int], few: list[int]) -> None:
    assert default_cores(available) == all_counts
    assert default_cores(available, few=True) == few


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
    assert cpu_speed_step(measured) == step
    assert step == 8 or 125 * step / measured > 108


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("cores", SIZES)
def test_no_row_is_asked_for_twice(profile: str, cores: int) -> None:
    on = machine(cores, profile)
    found = grid.rows(PROFILES[profile], on, worker_counts.chosen(PROFILES[profile], on, {}))
    assert set(Counter(spec.name for spec in found).values()) == {1}
    assert all(spec.cores in on.cores for spec in found)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("cores", SIZES)
def test_every_profile_keeps_its_budget_on_every_machine(profile: str, cores: int) -> None:
    fitted, on = grid.fitted(PROFILES[profile], machine(cores, profile))
    assert grid.estimate(fitted, on) <= fitted.budget_seconds
    assert min(on.cores) == 1 and {"shelving", "counter"} <= {each.name for each in on.workloads}
    assert fitted.gain_repetitions >= fitted.kept_repetitions
    # What the sentences rest on: all workloads, and as many cores as there are room for.
    if profile != "smoke":
        assert on.most >= min(cores, 16) and {each.name for each in on.workloads} == {
            "shelving",
            "counter",
            "day",
        }
    if cores <= 2:
        assert on == machine(cores, profile) and fitted == PROFILES[profile]


def test_at_0_7_of_the_usual_speed_all_that_carries_a_gain_is_still_measured_six_times() -> None:
    on, profile = machine(2), PROFILES["quick"]
    kept = replace(
        profile,
        gain_repetitions=profile.kept_repetitions,
        range_repetitions=1,
        choice_repetitions=1,
        in_flight=(),
    )
    assert grid.estimate(kept, on) / 0.7 <= 1.02 * profile.budget_seconds


def test_plans_are_made_for_the_cores_that_run_them() -> None:
    found = rows("quick", machine(8))
    assert "shelving/threads/cores:8/workers:8" in found
    assert "shelving/threads/cores:1/workers:8/tasks:x0.125" in found
    # The slower side at two sizes, since plans differ.
    twice = found["shelving/threads/cores:1/workers:8/tasks:x0.25"]
    assert twice.gain and twice.repetitions == 3
    # On two cores the same plan runs on both.
    assert "tasks:" not in " ".join(name for name in rows("quick", machine(2)) if "threads" in name)


def test_pools_that_do_not_wait_have_workers_equal_to_cores_and_the_gains_slow_side() -> None:
    names = [name.partition("/tasks")[0] for name in rows("quick", machine(4))]
    for row in ("cores:1/workers:1", "cores:2/workers:2", "cores:4/workers:4", "cores:1/workers:4"):
        assert f"shelving/threads/{row}" in names
    assert "shelving/threads/cores:2/workers:4" not in names


def test_a_gain_compares_equal_worker_counts_at_the_best_of_the_most_cores() -> None:
    on = machine(2)
    best = worker_counts.chosen(PROFILES["quick"], on, {}) | {
        ("day", "threads", 2): 128,
        ("day", "threads", 1): 64,
    }
    found = rows("quick", on, best)
    assert found["day/threads/cores:1/workers:128"].gain and found["day/threads/cores:2/workers:128"].gain
    assert not found["day/threads/cores:1/workers:64"].gain


def test_worker_counts_are_multiples_of_the_cores() -> None:
    threads, tbb = BACKENDS[1], BACKENDS[2]
    assert worker_counts.ladder(PROFILES["full"], threads, 1) == [1, 2, 4, 8, 16, 32, 64, 128]
    assert worker_counts.ladder(PROFILES["quick"], threads, 8) == [256, 512, 1024]
    assert worker_counts.ladder(PROFILES["quick"], tbb, 64) == [1024]  # what the runtime takes
    assert worker_counts.ladder(PROFILES["full"], Backend("few", False, 20), 2) == [2, 4, 8, 16, 20]


def choose(profile: str, on: Machine, time: dict[int, float]) -> tuple[list[list[int]], int]:
    """The worker counts of `threads` on the day, batch by batch, when so many workers take such times; and the choice."""
    times: dict[worker_counts.Place, dict[int, list[float]]] = {}
    asked = []
    steps = [(0, rung) for rung in range(9)]
    steps += [(repetition, 0) for repetition in range(1, PROFILES[profile].choice_repetitions)]
    for repetition, rung in steps:
        batch = worker_counts.choice_rows(PROFILES[profile], on, times, repetition, rung)
        own = [spec for spec in batch if (spec.workload, spec.backend, spec.cores) == ("day", "threads", 2)]
        asked.append(sorted(spec.workers for spec in own))
        for spec in own:
            place = times.setdefault(("day", "threads", 2), {})
            place.setdefault(spec.workers, []).append(time[spec.workers])
    return asked, worker_counts.chosen(PROFILES[profile], on, times)["day", "threads", 2]


def test_the_ladder_is_climbed_until_two_rungs_bring_nothing() -> None:
    times = {2: 9.0, 4: 5.0, 8: 3.0, 16: 2.0, 32: 1.5, 64: 1.49, 128: 1.5, 256: 0.1}
    asked, best = choose("full", machine(2, "full"), times)
    assert asked[0] == [2, 4, 8] and asked[1:5] == [[16], [32], [64], [128]] and asked[5] == []
    assert best == 32  # the fewest that are as fast as the fastest


def test_later_repetitions_of_a_quick_choice_are_of_what_is_near_the_best() -> None:
    asked, best = choose("quick", machine(2), {64: 3.0, 128: 1.05, 256: 1.0})
    assert asked[0] == [64, 128, 256] and asked[-1] == [128, 256] and best == 256


def test_a_worker_count_that_was_not_chosen_follows_its_neighbours() -> None:
    on, profile = machine(8), PROFILES["quick"]
    times = {("day", "threads", 8): {512: [1.0], 1024: [2.0]}}
    best = worker_counts.chosen(profile, on, times)
    assert [best["day", "threads", cores] for cores in (1, 2, 4, 8)] == [64, 128, 256, 512]
    assert best["day", "event_loops", 4] == 4 and best["day", "event_loop", 8] == 1
    assert best["shelving", "threads", 4] == 4


def test_choices_are_made_where_sentences_rest_on_them() -> None:
    places = worker_counts.choice_places(PROFILES["quick"], machine(8))
    assert ("counter", "threads", 1) in places and ("counter", "threads", 8) in places
    assert ("day", "threads", 8) in places and ("day", "threads", 1) not in places
    assert not any(backend in ("event_loop", "event_loops", "sequential") for _, backend, _ in places)
    assert not any(workload == "shelving" for workload, _, _ in places)
    assert worker_counts.choice_places(PROFILES["smoke"], machine(8)) == []


def test_the_baseline_is_measured_at_two_sizes_and_with_locks_where_nothing_waits() -> None:
    found = rows("quick", machine(2))
    # Every gain of the workload stands on the two sizes: they are compared in as many repetitions as those.
    twice = found["counter/sequential/cores:1/workers:1/tasks:x2"]
    assert twice.gain and twice.repetitions == PROFILES["quick"].gain_repetitions
    assert "shelving/sequential/cores:1/workers:1/locks:1" in found
    assert "counter/sequential/cores:1/workers:1/locks:1" not in found


def test_where_the_budget_is_tight_the_two_sizes_are_compared_less_often_before_gains_are_measured_less() -> (
    None
):
    profile = PROFILES["quick"]
    nearly = 0.995 * grid.estimate(profile, machine(2)) / grid.ROOM
    tight, on = grid.fitted(replace(profile, budget_seconds=nearly), machine(2))
    assert (tight.size_repetitions, tight.gain_repetitions) == (grid.CHECKED, profile.gain_repetitions)
    tighter, _ = grid.fitted(PROFILES["quick"], machine(64))
    assert (tighter.size_repetitions, tighter.gain_repetitions) == (grid.CHECKED, profile.kept_repetitions)
    found = grid.rows(tight, on, worker_counts.chosen(tight, on, {}))
    twice = [spec for spec in found if spec.backend == "sequential" and ("tasks", "x2") in spec.params]
    assert twice and {spec.repetitions for spec in twice} == {grid.CHECKED}


def test_loops_are_as_many_as_the_most_cores_everywhere() -> None:
    on = machine(4, backends=[Backend("event_loops", True, 30_000, pins=True)])
    waiting = [spec for spec in rows("quick", on).values() if spec.workload == "day" and spec.gain]
    assert {spec.workers for spec in waiting} == {4} and {spec.cores for spec in waiting} == {1, 4}
    free = Backend("asio", True, 30_000)
    pinned = [name for name in rows("full", machine(4, "full", [*BACKENDS, free])) if "pinned:0" in name]
    assert pinned and all("event_loops/cores:4" in name for name in pinned)


def test_in_flight_is_swept_by_overlapping_backends_alone() -> None:
    for profile, limits in (("full", (1, 4, 16, 64, 256, 1024)), ("quick", (1, 16, 256, 1024))):
        swept = [name for name in rows(profile, machine(2, profile)) if "in_flight" in name]
        assert swept == [f"counter/event_loop/cores:1/workers:1/in_flight:{limit}" for limit in limits]
    assert not [name for name in rows("smoke", machine(2, "smoke")) if "in_flight" in name]


@pytest.mark.parametrize("backend", [each.name for each in BACKENDS])
@pytest.mark.parametrize("workload", ["shelving", "counter", "day"])
def test_in_quick_every_backend_is_measured_seven_times_on_the_fewest_cores(
    backend: str, workload: str
) -> None:
    found = [spec for spec in rows("quick", machine(2)).values() if spec.gain]
    here = {
        (spec.cores, spec.repetitions)
        for spec in found
        if (spec.workload, spec.backend) == (workload, backend)
    }
    assert (1, 7) in here and (backend in ("sequential", "event_loop") or (2, 7) in here)


def test_memory_and_timeline_rows() -> None:
    on = machine(2)
    memory = grid.memory_rows(PROFILES["full"], on)
    assert len(memory) == len(WORKLOADS) * len(BACKENDS)
    assert {spec.workload for spec in grid.memory_rows(PROFILES["quick"], on)} == {"day"}
    counter = replace(on, workloads=[WORKLOADS[1]])
    assert {spec.workload for spec in grid.memory_rows(PROFILES["quick"], counter)} == {"counter"}
    timeline = [spec.name for spec in grid.timeline_rows(on)]
    assert "day/threads/cores:2/workers:4/tasks:40/cpu_scale:20" in timeline
    assert "cores:4/workers:4/" in grid.timeline_rows(machine(64))[1].name  # more would not be seen
    alone = grid.timeline_rows(replace(machine(1), workloads=WORKLOADS[:1]))
    assert alone[0].workload == "shelving"
