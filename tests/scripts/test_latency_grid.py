"""Which open rows are measured, in which processes, and that the profiles keep to their budgets."""

import pytest
from bookstore.plan import latency_grid
from bookstore.plan import latency_schedule
from bookstore.plan import schedule
from bookstore.plan.grid import Backend, Spec
from bookstore.plan.latency_grid import PROFILES, RATES

BACKENDS = [
    Backend("sequential", False, 1),
    Backend("threads", False, 10000),
    Backend("tbb", False, 10000),
    Backend("openmp", False, 10000),
    Backend("event_loop", True, 1),
]
BOTH = ["counter", "day"]


def rows(profile: str, workloads: list[str] = BOTH, cores: tuple[int, ...] = (1, 2)) -> list[Spec]:
    return latency_grid.open_rows(PROFILES[profile], workloads, BACKENDS, cores)


def param(spec: Spec, name: str) -> str:
    return dict(spec.params).get(name, "")


def planned(profile: str = "quick", seed: int = 1) -> list[schedule.Process]:
    searches = latency_grid.capacity_rows(PROFILES[profile], BOTH, BACKENDS, [1, 2])
    return latency_schedule.plan(rows(profile), searches, 1.5, "/curves", seed)


@pytest.mark.parametrize("profile", ["quick", "full"])
@pytest.mark.parametrize("workload", BOTH)
def test_every_backend_meets_every_rate(profile: str, workload: str) -> None:
    for backend in BACKENDS:
        found = {
            float(param(spec, "rate"))
            for spec in rows(profile)
            if (spec.workload, spec.backend, spec.cores) == (workload, backend.name, 2)
            and spec.workers == min(16, backend.max_workers)
        }
        assert found == set(RATES)


def test_a_sweep_over_cores_keeps_rate_workers_and_duration() -> None:
    swept = [
        spec
        for spec in rows("quick", cores=(1, 2, 3, 4))
        if spec.name.startswith("counter/threads") and spec.workers == 16
    ]
    at_rate = [spec for spec in swept if param(spec, "rate") == "4000" and not param(spec, "arrivals")]
    assert sorted(spec.cores for spec in at_rate) == [1, 2, 3, 4]
    assert len({param(spec, "duration") for spec in at_rate}) == 1


def test_a_sweep_over_workers() -> None:
    swept = {
        spec.workers
        for spec in rows("quick")
        if (spec.workload, spec.backend, spec.cores, param(spec, "rate")) == ("counter", "tbb", 2, "4000")
    }
    assert swept == {1, 4, 16, 64, 256}
    few = latency_grid.open_rows(PROFILES["full"], BOTH, [Backend("few", False, 20)], [2])
    assert max(spec.workers for spec in few) == 16


@pytest.mark.parametrize("profile", PROFILES)
def test_the_floor_and_a_burst_for_every_backend(profile: str) -> None:
    found = rows(profile)
    assert [spec.backend for spec in found if spec.workload == "null"] == [each.name for each in BACKENDS]
    bursts = [spec for spec in found if param(spec, "arrivals") == "bursts"]
    assert [spec.backend for spec in bursts] == [each.name for each in BACKENDS]


def test_names_are_unique_and_main_rows_are_repeated() -> None:
    found = rows("quick")
    assert len({spec.name for spec in found}) == len(found)
    main = {spec.name.split("/duration")[0] for spec in found if spec.gain}
    assert "counter/threads/cores:2/workers:16/rate:4000" in main and len(main) == len(BACKENDS)
    assert {spec.repetitions for spec in found if spec.gain} == {PROFILES["quick"].main_repetitions}
    assert {spec.repetitions for spec in rows("smoke")} == {1}


def test_workloads_that_are_not_asked_for_are_left_out() -> None:
    assert {spec.workload for spec in rows("quick", ["day"])} == {"day", "null"}
    assert rows("quick", ["shelving"]) == []
    assert latency_grid.capacity_rows(PROFILES["full"], ["day"], BACKENDS, [1, 2]) == []


def test_blocking_workers_that_cannot_keep_up_run_shorter() -> None:
    durations = {
        spec.backend: float(param(spec, "duration"))
        for spec in rows("quick")
        if spec.name.startswith(f"counter/{spec.backend}/cores:2/")
        and spec.workers == min(16, 1 if spec.backend in ("sequential", "event_loop") else 16)
        and param(spec, "rate") == "4000"
        and not param(spec, "arrivals")
    }
    assert durations["sequential"] < durations["event_loop"] == durations["threads"]


@pytest.mark.parametrize("profile", PROFILES)
def test_estimates_fit_the_budget_on_two_cores(profile: str) -> None:
    searches = latency_grid.capacity_rows(PROFILES[profile], BOTH, BACKENDS, [1, 2])
    total = latency_grid.total_seconds(rows(profile), searches, BACKENDS)
    # A slow host takes a twentieth longer: searches are lengthened, and what is behind must be caught up.
    assert total <= 0.95 * PROFILES[profile].budget(2)


def test_an_estimate_counts_what_cannot_keep_up() -> None:
    spec = Spec("counter", "sequential", 1, 1, (("rate", "10000"), ("duration", "1")))
    assert latency_grid.seconds(spec, overlapped=False) > 3
    assert 1 < latency_grid.seconds(spec, overlapped=True) < 1.2
    assert latency_grid.seconds(Spec("null", "threads", 1, 1, spec.params), overlapped=False) < 1.2


def test_capacity_is_searched_by_profile() -> None:
    def places(profile: str) -> list[tuple[str, int]]:
        searches = latency_grid.capacity_rows(PROFILES[profile], BOTH, BACKENDS, [1, 2])
        return [(spec.backend, spec.cores) for spec in searches]

    assert places("smoke") == []
    assert sorted(places("quick")) == [("event_loop", 2), ("threads", 2)]
    assert len(places("full")) == 2 * len(BACKENDS)


def test_a_process_has_one_backend_core_count_and_repetition() -> None:
    processes = planned()
    assert len({process.id for process in processes}) == len(processes)
    for process in processes:
        assert all((row.backend, row.cores) == (process.backend, process.cores) for row in process.rows)
    for spec in rows("quick"):
        runs = [each.repetition for each in processes if each.kind == schedule.OPEN and spec in each.rows]
        assert runs == list(range(spec.repetitions))


def test_the_order_is_random_but_seeded_and_searches_come_last() -> None:
    assert planned(seed=1) == planned(seed=1) != planned(seed=2)
    kinds = [process.kind for process in planned()]
    assert kinds == sorted(kinds, key=lambda kind: kind == schedule.CAPACITY)
    repetitions = [each.repetition for each in planned() if each.kind == schedule.OPEN]
    assert repetitions == sorted(repetitions)


def test_arguments() -> None:
    first, later = (next(each for each in planned() if each.repetition == index) for index in (0, 1))
    asked = first.arguments("/raw/x.unfinished")
    assert asked.count("--row") == len(first.rows)
    assert asked[asked.index("--hgrm") + 1] == "/curves"
    assert asked[asked.index("--series") + 1] == "/raw/x.series"
    assert "--benchmark_out=/raw/x.unfinished" in asked and "--sweep" in asked
    assert [each.arguments("x")[each.arguments("x").index("--rotate") + 1] for each in (first, later)] == [
        "0",
        "1",
    ]
    assert "--hgrm" not in later.arguments("x") and "--series" not in later.arguments("x")
    search = planned()[-1].arguments("x")
    assert search[search.index("--slo") + 1] == "p99=5ms"
    assert search[search.index("--resolution") + 1] == "1.5"


def test_a_tight_budget_drops_the_rows_beside_the_main_ones_first() -> None:
    costs = schedule.Costs()
    full = planned("full")
    for process in full:
        costs.learn(process, float(process.measured_rows))
    kept, dropped = schedule.fit_budget(full, costs, costs.total(full) - 1, 1)
    assert set(dropped) == {"runs of open rows beside the main ones"}
    hopeless, dropped = schedule.fit_budget(full, costs, 0.0, 1)
    assert max(each.repetition for each in hopeless) == 0
    assert dropped["runs of main open rows"] == 2 * len(BACKENDS)
    assert [each for each in hopeless if each.kind == schedule.CAPACITY]
