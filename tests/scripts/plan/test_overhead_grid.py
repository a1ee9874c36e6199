"""Which rows of bench_overhead are measured, in which processes, and that the profiles keep to their budgets."""

from dataclasses import replace

import fake_bench_overhead
import pytest

from bookstore.plan import overhead_estimates, overhead_grid, overhead_schedule, schedule
from bookstore.plan.machine import Backend, default_cores
from bookstore.plan.overhead_grid import OverheadSpec, family
from bookstore.plan.overhead_profiles import PROFILES

BACKENDS = [
    Backend("sequential", False, 1),
    Backend("threads", False, 10000),
    Backend("tbb", False, 10000),
    Backend("openmp", False, 10000),
    Backend("event_loop", True, 1),
]
ALL = ["shelving", "counter", "errands", "day"]
EXPERIMENTS = {
    item["name"]: {each["name"]: each["max_workers"] for each in item["backends"]}
    for item in fake_bench_overhead.description()["experiments"]
}


def rows(
    profile: str = "quick",
    workloads: list[str] = ALL,
    cores: tuple[int, ...] = (1, 2),
    backends: list[Backend] = BACKENDS,
    waits: tuple[str, ...] = ("timer",),
) -> list[OverheadSpec]:
    return overhead_grid.rows(PROFILES[profile], workloads, backends, EXPERIMENTS, cores, waits)


def of(experiment: str, found: list[OverheadSpec]) -> list[OverheadSpec]:
    return [spec for spec in found if spec.workload == experiment]


def param(spec: OverheadSpec, name: str) -> float:
    return float(dict(spec.params)[name])


@pytest.mark.parametrize("profile", PROFILES)
def test_every_experiment_is_measured_in_every_profile(profile: str) -> None:
    missing = set(EXPERIMENTS) - {spec.workload for spec in rows(profile, waits=("timer", "unix"))}
    assert missing == ({"idle", "gaps", "contention"} if profile == "smoke" else set())


@pytest.mark.parametrize("profile", PROFILES)
def test_names_are_unique_and_have_a_core_count_and_workers(profile: str) -> None:
    names = [spec.name for spec in rows(profile)]
    assert len(set(names)) == len(names)
    assert "grain/threads/cores:2/workers:2/work_ns:1000/" in " ".join(names)


def test_task_sizes_on_every_core_count_with_as_many_workers() -> None:
    found = of("grain", rows("full", cores=(1, 2, 4)))
    pools = [spec for spec in found if spec.backend == "tbb" and spec.workers == spec.cores]
    assert {(spec.cores, spec.workers) for spec in pools} == {(1, 1), (2, 2), (4, 4)}
    sizes = {param(spec, "work_ns") for spec in pools}
    assert sizes == {0, 10, 100, 300, 1000, 3000, 10_000, 30_000, 100_000}
    single = [spec for spec in found if spec.backend == "event_loop"]
    assert {(spec.cores, spec.workers) for spec in single} == {(1, 1)}
    # More workers, or one alone, on all cores: for tasks of 1 us.
    others = [spec for spec in found if spec.backend == "tbb" and spec.workers != spec.cores]
    assert {(spec.cores, spec.workers) for spec in others} == {(4, 1), (4, 16), (4, 64)}
    assert {param(spec, "work_ns") for spec in others} == {1000}


def test_raw_twins_follow_their_backends() -> None:
    assert family("raw_tbb_nested") == "tbb" and family("raw_asio") == "event_loop"
    assert family("raw_function_queue") == family("raw_thread_per_task") == "threads"
    assert family("openmp") == "openmp"
    only = [backend for backend in BACKENDS if backend.name == "tbb"]
    names = {spec.backend for spec in rows(backends=only)}
    assert names == {"tbb", "raw_tbb_flat", "raw_tbb_nested", "raw_tbb_halves"}
    sizes = {param(spec, "work_ns") for spec in rows() if spec.backend.startswith("raw_")}
    assert sizes == {0, 1000}


def test_what_the_binary_does_not_have_is_not_asked_for() -> None:
    some = {"grain": {"threads": 10000, "sequential": 1}}
    found = overhead_grid.rows(PROFILES["quick"], ALL, BACKENDS, some, [1, 2])
    assert {(spec.workload, spec.backend) for spec in found} == {
        ("grain", "threads"),
        ("grain", "sequential"),
    }


def test_the_seam_claims_an_interval_in_full_under_three_alignments() -> None:
    found = [spec for spec in of("seam_grain", rows("full")) if spec.backend == "openmp"]
    assert {(param(spec, "work_ns"), param(spec, "align")) for spec in found} == {
        (size, align) for size in (0, 1000) for align in (16, 32, 64)
    }
    assert {spec.repetitions for spec in found} == {9} and all(spec.gain for spec in found)
    assert {param(spec, "align") for spec in of("seam_grain", rows())} == {64}
    assert all(spec.gain for spec in of("grain", rows()) if not spec.backend.startswith("raw_"))


def test_a_million_wait_with_all_kinds_of_deadlines() -> None:
    most = [
        spec
        for spec in of("waiting", rows("full"))
        if param(spec, "tasks") == 1_000_000 and param(spec, "deadlines") != 2
    ]
    kinds = {(param(spec, "deadlines"), param(spec, "exact")) for spec in most}
    assert kinds == {(0, 0), (1, 0), (0, 1)}
    quick = [spec for spec in of("waiting", rows()) if param(spec, "tasks") == 1_000_000]
    assert {(param(spec, "deadlines"), param(spec, "exact")) for spec in quick} == {(0, 0)}
    shop = [param(spec, "tasks") for spec in of("waiting", rows("full")) if param(spec, "deadlines") == 2]
    assert shop == [1_000_000]
    assert {spec.backend for spec in most} == {"event_loop"}
    assert {param(spec, "span_ms") for spec in most} == {1000}
    pools = [spec for spec in of("waiting", rows()) if spec.backend == "threads"]
    assert all(param(spec, "tasks") == spec.workers for spec in pools)


def test_tasks_that_begin_slowly_wait_by_the_million_once_and_in_the_shops_lengths_by_fewer() -> None:
    """With lengths that are stretched until all wait, a million would take minutes."""
    slow, fast = Backend("fibers", True, 64), Backend("event_loops", True, 64)
    found = overhead_grid.rows(
        PROFILES["full"], ALL, [slow, fast], {"waiting": {"fibers": 64, "event_loops": 64}}, (1, 2)
    )
    million = [spec for spec in found if param(spec, "tasks") == 1_000_000]
    uniform = {spec.backend: spec.repetitions for spec in million if param(spec, "deadlines") == 0}
    assert uniform == {"fibers": 1, "event_loops": PROFILES["full"].range_repetitions}
    shop = {spec.backend: param(spec, "tasks") for spec in found if param(spec, "deadlines") == 2}
    assert shop == {"fibers": 10_000, "event_loops": 1_000_000}
    assert max(overhead_estimates.seconds(spec) for spec in found) < 40
    once = next(spec for spec in million if spec.backend == "fibers")
    shorter = replace(once, backend="event_loops")
    assert overhead_estimates.seconds(once) > 5 * overhead_estimates.seconds(shorter)


def test_ten_million_tasks_only_in_full_and_once() -> None:
    longest = [spec for spec in of("day_memory", rows("full")) if param(spec, "tasks") == 10_000_000]
    assert [spec.repetitions for spec in longest] == [1]
    assert {param(spec, "tasks") for spec in of("day_memory", rows("quick"))} == {100_000}


def test_contention_is_over_usual_and_short_tasks_and_customers() -> None:
    found = of("contention", rows("full"))
    kinds = {(param(spec, "workload"), param(spec, "cpu_scale")) for spec in found}
    assert kinds == {(0, 1), (0, 0.05), (1, 1)}
    assert {param(spec, "skew") for spec in found} == {0, 1, 1.5}
    workers = {(param(spec, "workload"), spec.workers) for spec in found if spec.backend == "tbb"}
    assert workers == {(0, 2), (1, 64)}
    assert {spec.backend for spec in found} == {"threads", "tbb", "openmp", "event_loop"}


def test_workloads_that_are_not_asked_for_are_left_out() -> None:
    found = rows("full", workloads=["counter"])
    assert {param(spec, "workload") for spec in of("contention", found)} == {1}
    assert not of("day_memory", found) and of("grain", found)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("cores", [1, 2, 8, 64, 192])
def test_every_profile_keeps_its_budget_on_every_machine(profile: str, cores: int) -> None:
    every = [*BACKENDS, Backend("event_loops", True, 10000)]
    found = rows(profile, cores=tuple(default_cores(cores)), backends=every)
    processes = overhead_schedule.plan(found, 1)
    # None of the estimates needs to be right, but all together are.
    total = overhead_estimates.total_seconds(found, len(processes))
    assert total <= 1.05 * PROFILES[profile].budget_seconds
    assert {1, cores} >= {spec.cores for spec in found} or profile == "full"


def test_of_many_core_counts_some_are_measured_the_ends_among_them() -> None:
    assert overhead_grid.thinned([1, 2, 4, 8, 16], 2) == [1, 16]
    assert overhead_grid.thinned([1, 2, 4, 8, 16], 3) == [1, 4, 16]
    assert overhead_grid.thinned([2, 1], 3) == [1, 2]


def test_a_process_has_one_backend_core_count_and_repetition() -> None:
    found = rows()
    processes = overhead_schedule.plan(found, 1)
    assert len({process.id for process in processes}) == len(processes)
    assert all("/" not in process.id for process in processes)
    for process in processes:
        assert all((row.backend, row.cores) == (process.backend, process.cores) for row in process.rows)
    for spec in found:
        runs = [process.repetition for process in processes if spec in process.rows]
        assert runs == list(range(spec.repetitions))


def test_forks_that_are_calls_are_many_enough_to_outweigh_the_start_of_a_run() -> None:
    leaves = {spec.backend: param(spec, "leaves") for spec in of("seam_stocktake", rows("quick"))}
    assert leaves["threads"] >= 300_000 > leaves["openmp"] == leaves["tbb"]


def test_idle_policies_are_compared_where_one_can_choose() -> None:
    quick, full = of("gaps", rows("quick")), of("gaps", rows("full"))
    assert {spec.backend for spec in quick} == {spec.backend for spec in full} >= {"openmp", "threads", "tbb"}
    assert {spec.backend for spec in quick if "active" in dict(spec.params)} == {"openmp"}
    assert {param(spec, "gap_us") for spec in quick} == {200, 3000}
    active = [spec for spec in of("idle", rows("full")) if "active" in dict(spec.params)]
    assert [spec.backend for spec in active] == ["openmp"]
    assert not [spec for spec in of("idle", rows("quick")) if "active" in dict(spec.params)]


def test_what_measures_memory_or_a_first_time_is_alone_in_its_process() -> None:
    alone = {"waiting", "timer", "day_memory", "cold_start", "idle"}
    for process in overhead_schedule.plan(rows("full"), 1):
        experiments = {row.workload for row in process.rows}
        assert len(process.rows) == 1 or not experiments & alone
        active = [row for row in process.rows if "active" in dict(row.params)]
        assert len(process.rows) == 1 or not active  # the policy is the whole process's


def test_the_order_is_random_but_seeded() -> None:
    found = rows()
    assert overhead_schedule.plan(found, 1) == overhead_schedule.plan(found, 1)
    assert overhead_schedule.plan(found, 1) != overhead_schedule.plan(found, 2)
    repetitions = [process.repetition for process in overhead_schedule.plan(found, 1)]
    assert repetitions == sorted(repetitions)


def test_arguments() -> None:
    process = overhead_schedule.plan(rows(), 1)[0]
    asked = process.arguments("/raw/x.unfinished")
    assert asked.count("--row") == len(process.rows) and "--sweep" in asked
    assert asked[asked.index("--rotate") + 1] == str(process.repetition)
    assert "--benchmark_out=/raw/x.unfinished" in asked


def test_a_tight_budget_drops_first_what_claims_no_interval() -> None:
    costs = schedule.Costs()
    thrice = [replace(spec, repetitions=max(3, spec.repetitions)) for spec in rows()]
    processes = overhead_schedule.plan(thrice, 1)
    for process in processes:
        costs.learn(process, process.measured_rows)
    assert costs.total(processes) == pytest.approx(sum(process.measured_rows for process in processes))
    _, dropped = schedule.fit_budget(processes, costs, costs.total(processes) - 0.1, 6)
    assert list(dropped) == ["runs of overhead that claim no interval"]
    kept, dropped = schedule.fit_budget(processes, costs, 0.0, 6)
    assert dropped["runs of overhead that claim an interval"] > 0
    assert max(process.repetition for process in kept) == 5
