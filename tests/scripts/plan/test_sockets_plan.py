"""Which rows show what a real wait costs, on which machine, and that they keep their budgets."""

from collections import Counter
from dataclasses import replace

import fake_bench_overhead
import pytest

from bookstore.measure.merge import check
from bookstore.plan import overhead_estimates, overhead_grid, overhead_profiles, overhead_schedule, sockets
from bookstore.plan.machine import Backend, Machine, Spec, Workload, default_cores
from bookstore.plan.rates import Basis
from bookstore.plan.schedule import Process
from bookstore.plan.sockets import PROFILES, Asked, SocketsProfile
from bookstore.terminal.errors import WrongResult

USUAL = [
    Backend("sequential", False, 1),
    Backend("threads", False, 30_000),
    Backend("tbb", False, 30_000),
    Backend("openmp", False, 30_000),
    Backend("event_loop", True, 1),
    Backend("event_loops", True, 30_000),
]
OTHERS = ["coroutines", "tbb_overlapped", "openmp_overlapped", "asio", "fibers", "go", "tokio"]
ALL = [*USUAL, *(Backend(name, True, 30_000) for name in OTHERS), Backend("thread_per_task", False, 30_000)]
WORKLOADS = [Workload("shelving", False), Workload("counter", True), Workload("day", True)]
SIZES = [1, 2, 8, 64, 192]
KINDS = ["timer", "unix", "tcp"]
CLOSED = {("threads", 1): 49_000.0, ("sequential", 1): 2700.0}
BASIS = Basis(50_000.0, 49_000.0, "counter/threads/cores:1/workers:64", {("threads", 1): 128}, CLOSED)


def asked(cores: int = 2, backends: list[Backend] = USUAL, waits: list[str] = KINDS) -> Asked:
    return Asked(Machine(WORKLOADS, backends, default_cores(cores), cores), BASIS, waits)


def closed(profile: str = "quick", on: Asked = asked()) -> list[Spec]:
    return sockets.closed_rows(sockets.fitted_closed(PROFILES[profile], on), on)


def opened(profile: str = "quick", on: Asked = asked()) -> list[Spec]:
    return sockets.open_rows(sockets.fitted_open(PROFILES[profile], on), on)


def kind(spec: Spec) -> str:
    return dict(spec.params).get("waits", "timer")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
@pytest.mark.parametrize("cores", SIZES)
@pytest.mark.parametrize("backends", [USUAL, ALL], ids=["usual", "all"])
def test_every_profile_keeps_its_budget_on_every_machine(
    profile: SocketsProfile, cores: int, backends: list[Backend]
) -> None:
    on = asked(cores, backends)
    if profile.name == "smoke" and backends == ALL:
        return  # has no room for so many, in any of its parts
    assert sockets.closed_estimate(sockets.fitted_closed(profile, on), on) <= profile.closed_seconds
    assert sockets.open_estimate(sockets.fitted_open(profile, on), on) <= profile.open_seconds
    rows = [*closed(profile.name, on), *opened(profile.name, on)]
    assert set(Counter(spec.name for spec in rows).values()) == {1}
    assert {spec.workload for spec in rows} == {"counter"}
    assert all(spec.cores in (1, min(cores, sockets.MOST_CORES)) for spec in rows)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("cores", SIZES)
def test_what_stands_side_by_side_differs_in_its_waits_alone(profile: str, cores: int) -> None:
    on = asked(cores)
    for rows in (closed(profile, on), opened(profile, on)):
        groups: dict[str, list[Spec]] = {}
        for spec in rows:
            params = tuple(each for each in spec.params if each[0] != "waits")
            groups.setdefault(replace(spec, params=params).name, []).append(spec)
        assert groups
        for group in groups.values():
            assert [kind(spec) for spec in group] == KINDS
            assert len({spec.repetitions for spec in group}) == 1


@pytest.mark.parametrize("cores", SIZES)
def test_full_has_intervals_of_those_that_a_sentence_rests_on(cores: int) -> None:
    on = asked(cores, ALL)
    for rows in (closed("full", on), opened("full", on)):
        for name in sockets.MAIN:
            [repetitions] = {spec.repetitions for spec in rows if spec.backend == name and spec.gain}
            assert repetitions >= 6
    assert {spec.backend for spec in closed("full", on)} == {backend.name for backend in ALL}


def test_two_cores_have_in_full_what_was_meant() -> None:
    on = asked(2, ALL)
    assert sockets.fitted_closed(PROFILES["full"], on) == PROFILES["full"]
    fits = sockets.fitted_open(PROFILES["full"], on)
    assert fits.everybody and (fits.main_repetitions, fits.repetitions) == (7, 3)


def test_workers_are_those_that_were_best_else_64_a_core_else_one_a_core() -> None:
    workers = {(spec.backend, spec.cores): spec.workers for spec in closed(on=asked(8))}
    assert workers["threads", 1] == 128 and workers["tbb", 1] == 64 and workers["tbb", 8] == 512
    assert workers["event_loops", 8] == 8 and workers["event_loop", 1] == 1
    assert ("event_loop", 8) not in workers  # one thread uses no second core


def test_who_cannot_serve_the_rate_shows_it_once() -> None:
    found = {spec.backend: spec.repetitions for spec in opened()}
    assert found["sequential"] == 1 < found["threads"]
    assert {dict(spec.params)["rate"] for spec in opened()} == {"35000"}


def test_without_sockets_or_customers_nothing_is_measured() -> None:
    for on in (asked(waits=["timer"]), replace(asked(), machine=replace(asked().machine, workloads=[]))):
        assert not closed(on=on) and not opened(on=on)
    assert {kind(spec) for spec in closed(on=asked(waits=["timer", "tcp"]))} == {"timer", "tcp"}


def test_the_kinds_of_a_backend_share_a_process_in_a_changing_order() -> None:
    on = asked()
    processes = sockets.closed_processes(PROFILES["quick"], on, 1)
    found = [*processes, *sockets.open_processes(PROFILES["quick"], on, 1)]
    assert len({process.id for process in found}) == len(found)
    assert all(process.id.startswith("sockets") for process in found)
    assert all({kind(spec) for spec in process.rows} == set(KINDS) for process in found)
    assert len({tuple(map(kind, process.rows)) for process in processes}) > 3


def trips(profile: str, waits: list[str] = KINDS, backends: list[Backend] = USUAL) -> list[Spec]:
    experiments = {
        item["name"]: {each["name"]: each["max_workers"] for each in item["backends"]}
        for item in fake_bench_overhead.description()["experiments"]
    }
    experiments["round_trip"] |= {backend.name: backend.max_workers for backend in ALL}
    names = [workload.name for workload in WORKLOADS]
    rows = overhead_grid.rows(
        overhead_profiles.PROFILES[profile], names, backends, experiments, [1, 2], waits
    )
    return [spec for spec in rows if spec.workload == "round_trip"]


def test_round_trips_of_every_backend_and_of_the_loop_on_io_uring() -> None:
    names = [spec.name for spec in trips("full")]
    for backend in USUAL:
        plain = f"round_trip/{backend.name}/cores:1/workers:1"
        assert [name for name in names if name.split("/")[1] == backend.name] == [
            plain,
            f"{plain}/waits:unix",
            f"{plain}/waits:tcp",
        ]
    uring = [name for name in names if "event_loop_uring" in name]
    assert uring == [f"round_trip/event_loop_uring/cores:1/workers:1/waits:{each}" for each in KINDS[1:]]
    without = [backend for backend in USUAL if backend.name != "event_loop"]
    assert not any("uring" in spec.name for spec in trips("full", backends=without))
    assert not trips("full", waits=["timer"])


@pytest.mark.parametrize("profile", overhead_profiles.PROFILES)
def test_round_trips_take_nothing_from_the_rest_of_overhead(profile: str) -> None:
    rows = trips(profile, backends=ALL)
    processes = overhead_schedule.plan(rows, 1)  # type: ignore[arg-type]
    own = overhead_profiles.PROFILES[profile]
    more = overhead_schedule.budget_seconds(own, rows) - own.budget_seconds  # type: ignore[arg-type]
    assert overhead_estimates.total_seconds(rows, len(processes)) <= more <= 60
    assert overhead_schedule.budget_seconds(own, []) == own.budget_seconds


def answered(name: str, **counters: float) -> dict[str, object]:
    return {"name": f"{name}/iterations:1/manual_time", "cores": 1, "workers": 1, "in_flight": 0} | counters


@pytest.mark.parametrize("part", ["closed", "overhead"])
def test_waits_that_took_no_effect_end_the_run(part: str) -> None:
    name = ("round_trip" if part == "overhead" else "counter") + "/event_loop/cores:1/workers:1"
    kind_of_process = "overhead" if part == "overhead" else "timed"
    spec = Spec(name.split("/")[0], "event_loop", 1, 1, (("waits", "unix"),))
    process = Process(kind_of_process, "event_loop", 1, 0, (spec,))
    check(process, {"benchmarks": [answered(spec.name, waits_unix=1, waits_tcp=0)]})
    check(process, {"benchmarks": [answered(spec.name, limit_reached=1)]})
    for wrong in (answered(spec.name, waits_unix=0, waits_tcp=0), answered(spec.name, waits_tcp=1)):
        with pytest.raises(WrongResult):
            check(process, {"benchmarks": [wrong]})
    plain = replace(process, rows=(replace(spec, params=()),))
    check(plain, {"benchmarks": [answered(name)]})
    with pytest.raises(WrongResult):
        check(plain, {"benchmarks": [answered(name, waits_unix=1)]})
