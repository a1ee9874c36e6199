"""Which open rows are measured, in which processes, and that the profiles keep to their budgets on every machine."""

from dataclasses import replace

import pytest

from bookstore.plan import latency_grid, latency_schedule, machine, schedule
from bookstore.plan.latency_grid import PROFILES, Doors, LatencyProfile
from bookstore.plan.machine import Backend, Spec
from bookstore.plan.rates import Basis

BACKENDS = [
    Backend("sequential", False, 1),
    Backend("threads", False, 30_000),
    Backend("tbb", False, 30_000),
    Backend("openmp", False, 30_000),
    Backend("event_loop", True, 1),
    Backend("event_loops", True, 30_000, pins=True),
]
NAMES = [backend.name for backend in BACKENDS]
BOTH = ["shelving", "counter", "day"]
BASE = 50_000.0
SERVED = {"sequential": 2500.0, "event_loop": 170e3}  # closed, on however many cores; loops and pools a core
SIZES = [1, 2, 8, 64, 192]


def basis(cores: list[int]) -> Basis:
    places = [(backend, count) for backend in BACKENDS for count in cores]
    workers = {
        (each.name, count): 1 if each.single else count if each.overlapped else 64 * count
        for each, count in places
    }
    closed = {
        (each.name, count): SERVED.get(each.name, (170e3 if each.overlapped else 49e3) * count)
        for each, count in places
    }
    return Basis(BASE, 49_000.0, "counter/threads/cores:1/workers:64", workers, closed)


def doors(cores: int = 2, workloads: list[str] = BOTH, profile: str = "quick") -> Doors:
    counts = machine.default_cores(cores, profile != "full")
    return Doors(workloads, BACKENDS, counts, basis(counts))


def fitted(profile: str, cores: int = 2) -> LatencyProfile:
    return latency_grid.fitted(PROFILES[profile], doors(cores, profile=profile))


def rows(profile: str = "quick", cores: int = 2, workloads: list[str] = BOTH) -> list[Spec]:
    return latency_grid.open_rows(fitted(profile, cores), doors(cores, workloads, profile))


def param(spec: Spec, name: str) -> str:
    return dict(spec.params).get(name, "")


def plain(spec: Spec) -> bool:
    """Of customers who come one by one, to no door."""
    return spec.workload == "counter" and not param(spec, "arrivals") and not param(spec, "door")


def planned(profile: str = "quick", seed: int = 1) -> list[schedule.Process]:
    searches = latency_grid.capacity_rows(fitted(profile), doors(profile=profile))
    return latency_schedule.plan(rows(profile), searches, 1.5, "/curves", seed)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("cores", SIZES)
def test_every_profile_keeps_its_budget_on_every_machine(profile: str, cores: int) -> None:
    rows = replace(fitted(profile, cores), search=None)
    assert latency_grid.total_seconds(rows, doors(cores, profile=profile)) <= rows.budget_seconds


@pytest.mark.parametrize("backend", NAMES)
@pytest.mark.parametrize("cores", [1, 2, 8])
def test_in_quick_every_backend_meets_every_rate_on_one_and_on_all_cores(backend: str, cores: int) -> None:
    """Seven processes each; fewer only where nothing but OVERLOAD can come of it, which no interval makes surer."""
    for count in {1, cores}:
        found = {
            float(param(spec, "rate")): spec
            for spec in rows(cores=cores)
            if plain(spec) and (spec.backend, spec.cores) == (backend, count)
        }
        usual = {0.1 * BASE, 0.7 * BASE, 1.4 * BASE}
        assert set(found) == usual | ({0.7 * count * BASE} if count > 2 else set())
        for rate, spec in found.items():
            hopeless = rate > 1.25 * doors(cores).basis.closed[backend, count]
            profile = fitted("quick", cores)
            assert spec.repetitions == (
                profile.hopeless_repetitions if hopeless else profile.main_repetitions
            )
            # Seven processes make an interval, and so do six, on machines with a rate more to measure.
            assert profile.main_repetitions == (7 if cores <= 2 else 6)
            assert spec.gain is not hopeless


def test_a_slow_machine_loses_no_main_row() -> None:
    """At 0.7 of the usual speed all but the arrivals themselves takes longer."""
    profile = fitted("quick")
    found = [spec for spec in rows() if spec.gain]
    by_name = {backend.name: backend for backend in BACKENDS}
    slow = 0.0
    for spec in found:
        duration = float(param(spec, "duration"))
        beside = latency_grid.seconds(spec, by_name[spec.backend]) - duration
        slow += spec.repetitions * (duration + beside / 0.7)
    processes = 7 * 2 * len(BACKENDS)
    assert slow + processes * latency_grid.PROCESS_SECONDS / 0.7 <= 1.05 * profile.budget_seconds


def test_pools_stand_at_the_worker_count_that_was_best_closed() -> None:
    best = replace(basis([1, 2]), workers={("threads", 2): 77, ("threads", 1): 33})
    found = latency_grid.open_rows(PROFILES["quick"], replace(doors(), basis=best))
    workers = {(spec.cores, spec.workers) for spec in found if spec.backend == "threads"}
    assert workers == {(1, 33), (2, 77)}
    assert {spec.workers for spec in found if spec.backend == "event_loops" and spec.cores == 2} == {2}


def test_threads_also_have_a_row_with_a_door() -> None:
    with_door = [spec for spec in rows() if param(spec, "door")]
    assert {spec.backend for spec in with_door} == {"threads"} and with_door[0].name.endswith("/door:1")
    assert {(spec.cores, spec.repetitions, param(spec, "rate")) for spec in with_door} == {(2, 7, "35000")}


def test_a_sweep_over_workers_only_in_full() -> None:
    def swept(profile: str) -> set[int]:
        found = [spec for spec in rows(profile) if plain(spec) and (spec.backend, spec.cores) == ("tbb", 2)]
        return {spec.workers for spec in found if param(spec, "rate") == "35000"}

    assert swept("quick") == {128}
    assert swept("full") == {2, 8, 32, 64, 128, 256}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_floor_and_a_burst_for_every_backend(profile: str) -> None:
    found = rows(profile)
    assert [spec.backend for spec in found if spec.workload == "null"] == NAMES
    assert [spec.backend for spec in found if param(spec, "arrivals") == "bursts"] == NAMES


def test_names_are_unique() -> None:
    for profile in PROFILES:
        found = rows(profile)
        assert len({spec.name for spec in found}) == len(found)
    assert {spec.repetitions for spec in rows("smoke")} == {1}


def test_workloads_that_are_not_asked_for_are_left_out() -> None:
    assert {spec.workload for spec in rows(workloads=["day"])} == {"day", "null"}
    assert rows(workloads=["shelving"]) == []
    assert latency_grid.capacity_rows(PROFILES["full"], doors(workloads=["day"])) == []


def test_an_estimate_counts_what_is_ended_early_and_what_is_not() -> None:
    params = (("rate", "10000"), ("duration", "1"))
    blocked = latency_grid.seconds(Spec("counter", "sequential", 1, 1, params), BACKENDS[0])
    assert 1 < blocked < 1.4
    short = (("rate", "10000"), ("duration", "0.1"))
    assert latency_grid.seconds(Spec("counter", "sequential", 1, 1, short), BACKENDS[0]) > 0.3


def test_capacity_is_searched_in_full_alone_near_what_was_closed() -> None:
    assert latency_grid.capacity_rows(PROFILES["quick"], doors()) == []
    found = latency_grid.capacity_rows(PROFILES["full"], doors(profile="full"))
    assert len(found) == 2 * len(BACKENDS)
    [loop] = [spec for spec in found if (spec.backend, spec.cores) == ("event_loop", 1)]
    assert param(loop, "rate") == "42000"


@pytest.mark.parametrize("cores", SIZES)
def test_searches_have_a_budget_of_their_own(cores: int) -> None:
    """A backend that serves 2,500 a second would take minutes to be searched as exactly as the others."""
    place = doors(cores, profile="full")
    profile = fitted("full", cores)
    searches = latency_grid.capacity_rows(profile, place)
    assert searches and profile.search
    taken = latency_grid.total_seconds(profile, place)
    taken -= latency_grid.total_seconds(replace(profile, search=None), place)
    assert taken <= profile.search.budget_seconds
    slow = [float(param(spec, "duration")) for spec in searches if spec.backend == "sequential"]
    assert all(duration <= latency_grid.LONGEST_SEARCH_SECONDS for duration in slow)


def crowded(cores: int, speed: float = 1.0) -> Doors:
    """Before as many backends as there are with every runtime in the build."""
    more = [Backend(f"pool{index}", True, 30_000) for index in range(8)]
    place = doors(cores, profile="full")
    closed = {(each.name, count): 170e3 * count for each in more for count in place.cores}
    closed = {at: speed * rate for at, rate in {**place.basis.closed, **closed}.items()}
    return replace(place, backends=[*BACKENDS, *more], basis=replace(place.basis, closed=closed))


def searched(budget_seconds: float, place: Doors) -> tuple[set[int], int, int]:
    """On which core counts, how many searches, and how many are left out."""
    full = PROFILES["full"]
    assert full.search
    profile = replace(full, search=replace(full.search, budget_seconds=budget_seconds))
    found = latency_grid.capacity_rows(latency_grid.fitted(profile, place), place)
    return {spec.cores for spec in found}, len(found), latency_grid.searches_left_out(profile, place)


def test_what_searches_have_no_room_for_is_counted() -> None:
    assert PROFILES["full"].search
    budget = PROFILES["full"].search.budget_seconds
    assert searched(budget, crowded(2)) == ({1, 2}, 2 * 14, 0)
    counts = len(crowded(64).cores)
    assert searched(budget, crowded(64)) == ({1, 64}, 2 * 14, (counts - 2) * 14)
    assert searched(1.0, crowded(64)) == (set(), 0, counts * 14)
    assert latency_grid.searches_left_out(PROFILES["quick"], crowded(2)) == 0


@pytest.mark.parametrize("speed", [0.3, 0.5, 0.7, 1.0, 2.0])
def test_a_slow_machine_searches_with_fewer_tasks(speed: float) -> None:
    """Not with none: on two cores there are no core counts between."""
    place = crowded(2, speed)
    whole = PROFILES["full"].search
    found = latency_grid.fitted(PROFILES["full"], place)
    assert whole and found.search and found.search.tasks <= whole.tasks
    assert len(latency_grid.capacity_rows(found, place)) == 2 * 14


def test_searches_that_nothing_is_searched_in_have_no_budget() -> None:
    assert latency_grid.fitted(PROFILES["full"], doors(workloads=["day"], profile="full")).search is None


def test_rows_do_not_live_on_what_searches_are_to_have() -> None:
    """Searches come last, when rows have long been fitted to what is left of the budget."""
    costs = schedule.Costs()
    processes = planned("full")
    first = next(each for each in processes if each.kind == schedule.OPEN)
    costs.learn(first, 1.0)
    searches = [each for each in processes if each.kind == schedule.CAPACITY]
    assert {each.usual_seconds for each in processes if each.kind == schedule.OPEN} == {None}
    for search in searches:
        assert costs.estimate(search) == latency_grid.search_seconds(search.rows[0])
        assert search.time_limit == 2 * costs.estimate(search)


def test_a_process_has_one_backend_core_count_and_repetition() -> None:
    processes = planned()
    assert len({process.id for process in processes}) == len(processes)
    for process in processes:
        assert all((row.backend, row.cores) == (process.backend, process.cores) for row in process.rows)
    for spec in rows():
        runs = [each.repetition for each in processes if each.kind == schedule.OPEN and spec in each.rows]
        assert runs == list(range(spec.repetitions))


def test_the_order_is_random_but_seeded_and_searches_come_last() -> None:
    assert planned(seed=1) == planned(seed=1) != planned(seed=2)
    kinds = [process.kind for process in planned("full")]
    assert kinds == sorted(kinds, key=lambda kind: kind == schedule.CAPACITY)
    repetitions = [each.repetition for each in planned() if each.kind == schedule.OPEN]
    assert repetitions == sorted(repetitions)


def test_arguments() -> None:
    first, later = (next(each for each in planned() if each.repetition == index) for index in (0, 1))
    asked = first.arguments("/raw/x.unfinished")
    assert asked.count("--row") == len(first.rows)
    assert asked[asked.index("--hgrm") + 1] == "/curves/0"
    assert asked[asked.index("--series") + 1] == "/raw/x.series"
    assert "--benchmark_out=/raw/x.unfinished" in asked and "--sweep" in asked
    assert [each.arguments("x")[each.arguments("x").index("--rotate") + 1] for each in (first, later)] == [
        "0",
        "1",
    ]
    assert "/curves/1" in later.arguments("x") and "--series" not in later.arguments("x")
    search = planned("full")[-1].arguments("x")
    assert search[search.index("--slo") + 1] == "delay_p99=1ms"
    assert search[search.index("--resolution") + 1] == "1.5"


def test_a_tight_budget_drops_the_rows_beside_the_main_ones_first() -> None:
    costs = schedule.Costs()
    full = planned("full")
    for process in full:
        costs.learn(process, float(process.measured_rows))
    _, dropped = schedule.fit_budget(full, costs, costs.total(full) - 1, 6)
    assert set(dropped) == {"runs of open rows beside the main ones"}
    hopeless, dropped = schedule.fit_budget(full, costs, 0.0, 6)
    assert max(each.repetition for each in hopeless) == 5
    assert dropped["runs of main open rows"] > 0
    assert [each for each in hopeless if each.kind == schedule.CAPACITY]
