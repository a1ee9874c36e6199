"""Which rows are measured for the claims alone, on which machine, and that they keep their budgets."""

from collections import Counter
from dataclasses import replace

import pytest

from bookstore.measure.merge import check
from bookstore.plan import claims
from bookstore.plan.claims import PROFILES
from bookstore.plan.machine import Backend, Machine, Spec, Workload, default_cores
from bookstore.plan.rates import Basis
from bookstore.terminal.errors import WrongResult

BACKENDS = [
    Backend("sequential", False, 1),
    Backend("threads", False, 30_000, roles=True, static=True),
    Backend("tbb", False, 30_000, static=True),
    Backend("openmp", False, 30_000, static=True),
    Backend("event_loop", True, 1),
    Backend("event_loops", True, 30_000, roles=True, static=True),
]
WORKLOADS = [Workload("shelving", False), Workload("counter", True), Workload("day", True)]
SIZES = [1, 2, 8, 64, 192]
BASIS = Basis(50_000.0, 49_000.0, "counter/threads/cores:1/workers:64")


def machine(cores: int, backends: list[Backend] = BACKENDS, workloads: list[Workload] = WORKLOADS) -> Machine:
    return Machine(workloads, backends, default_cores(cores, few=True), cores)


def closed(profile: str = "quick", on: Machine = machine(2)) -> dict[str, Spec]:
    return {spec.name: spec for spec in claims.closed_rows(PROFILES[profile], on)}


def opened(profile: str = "quick", on: Machine = machine(2)) -> dict[str, Spec]:
    return {spec.name: spec for spec in claims.open_rows(PROFILES[profile], on, BASIS)}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
@pytest.mark.parametrize("cores", SIZES)
def test_every_profile_keeps_its_budget_on_every_machine(profile: claims.ClaimsProfile, cores: int) -> None:
    on = machine(cores)
    assert claims.closed_estimate(profile, on) <= profile.closed_seconds
    assert claims.open_estimate(profile, on, BASIS) <= profile.open_seconds
    rows = [*claims.closed_rows(profile, on), *claims.open_rows(profile, on, BASIS)]
    assert set(Counter(spec.name for spec in rows).values()) == {1}
    assert all(spec.cores <= min(cores, 2) for spec in rows)


def test_quick_has_a_minute_for_claims() -> None:
    quick = PROFILES["quick"]
    assert quick.closed_seconds + quick.open_seconds <= 60


@pytest.mark.parametrize("profile", ["quick", "full"])
def test_what_carries_a_verdict_is_measured_often_enough_for_an_interval(profile: str) -> None:
    rows = [*closed(profile).values(), *opened(profile).values()]
    assert {spec.repetitions >= 6 for spec in rows if spec.gain} == {True}
    names = {spec.name for spec in rows if spec.gain}
    for row in (
        "shelving/openmp/cores:2/workers:2",
        "shelving/tbb/cores:2/workers:2/slow:2",
        "shelving/event_loops/cores:2/workers:2/slow:2/static:1",
        "day/threads/cores:2/workers:128/desk:114",
        "day/event_loops/cores:2/workers:2/desk:1",
        "service/event_loop/cores:1/workers:1/in_flight:1024/steps:20us+1980us",
        "service/sequential/cores:1/workers:1/tasks:x1.5/steps:20us+180us",
    ):
        assert row in names
    for start in (
        "counter/event_loops/cores:1/workers:1/rate:1000",
        "counter/event_loops/cores:2/workers:2/rate:20000",
    ):
        assert any(name.startswith(start) for name in names)


def test_smoke_shows_that_each_runs() -> None:
    workloads = {spec.workload for spec in [*closed("smoke").values(), *opened("smoke").values()]}
    assert workloads == {"shelving", "day", "service", "counter"}


def test_one_core_measures_only_what_one_clerk_can_show() -> None:
    assert {spec.workload for spec in closed(on=machine(1)).values()} == {"service"}
    assert not opened(on=machine(1))


def test_what_was_not_asked_for_is_not_measured() -> None:
    threads = [backend for backend in BACKENDS if backend.name == "threads"]
    only = machine(2, threads)
    assert {spec.backend for spec in [*closed(on=only).values(), *opened(on=only).values()]} == {"threads"}
    assert {spec.workload for spec in closed(on=machine(2, workloads=WORKLOADS[:1])).values()} == {"shelving"}


def test_plans_on_large_machines_are_made_for_two_cores() -> None:
    [row] = [name for name in closed(on=machine(8)) if name.startswith("day/threads") and "desk" not in name]
    assert row.startswith("day/threads/cores:2/workers:128/tasks:x0.")


def test_processes_of_the_claims_have_names_of_their_own() -> None:
    quick, on = PROFILES["quick"], machine(2)
    found = [*claims.closed_processes(quick, on, 1), *claims.open_processes(quick, on, BASIS, 1)]
    assert len({process.id for process in found}) == len(found)
    assert all(process.id.startswith("claims") for process in found)
    assert not any(
        "--series" in process.arguments("out") or "--hgrm" in process.arguments("out") for process in found
    )


def test_a_backend_is_not_asked_for_what_it_does_not_offer() -> None:
    plain = [replace(backend, roles=False, static=False) for backend in BACKENDS]
    specs = [*closed(on=machine(2, plain)).values(), *opened(on=machine(2, plain)).values()]
    assert {spec.workload for spec in specs} == {"service", "counter"}


def answered(name: str, **counters: float) -> dict[str, object]:
    return {"name": name, "cores": 2, "workers": 2, "in_flight": 0} | counters


@pytest.mark.parametrize(
    ("asked", "counters"),
    [
        ("shelving/threads/cores:2/workers:2/slow:2/static:1", {"slow": 2, "static": 1}),
        ("day/threads/cores:2/workers:2/desk:1", {"desk": 1}),
        ("service/threads/cores:2/workers:2/steps:20us+1ms", {}),
    ],
)
def test_a_parameter_that_took_no_effect_ends_the_run(asked: str, counters: dict[str, float]) -> None:
    workload, backend, cores, workers, *params = asked.split("/")
    spec = Spec(workload, backend, 2, 2, tuple((p.split(":")[0], p.split(":")[1]) for p in params))
    [process] = {
        replace(each, rows=(spec,)) for each in claims.closed_processes(PROFILES["smoke"], machine(2), 1)[:1]
    }
    check(process, {"benchmarks": [answered(f"{asked}/iterations:1/manual_time", **counters)]})
    plain = "/".join([workload, backend, cores, workers])
    with pytest.raises(WrongResult):
        check(process, {"benchmarks": [answered(f"{plain}/iterations:1/manual_time")]})
