"""Who is ruled out by arithmetic, who is looked at and who is measured: pure, on made-up machines."""

import math
from collections.abc import Sequence

import pytest
from bookstore.data.service import (
    CORES,
    LIMIT,
    ONE_THREAD,
    WAITING_THREAD,
    WORK,
    WORKERS,
    Setting,
    Shape,
    Wish,
    steps_of,
)
from bookstore.plan import advice as plan
from bookstore.plan.advice import Look
from bookstore.plan.machine import Backend, default_cores
from bookstore.plan.schedule import MEMORY

BACKENDS = [
    Backend("sequential", False, 1),
    Backend("threads", False, 32765),
    Backend("tbb", False, 32765),
    Backend("openmp", False, 32765),
    Backend("event_loop", True, 1),
    Backend("event_loops", True, 32765),
]

MACHINES = (1, 2, 8, 64, 192)

SECONDS = 30.0


def wish(steps: str = "20us+1ms", rate: float = 8000, limit_ms: float = 5, spread: str = "constant") -> Wish:
    return Wish(Shape(steps_of(steps), spread), rate, limit_ms * 1e-3)


WISH = wish()


def settings_of(name: str, found: Sequence[Setting]) -> list[tuple[int, int]]:
    return [(each.cores, each.workers) for each in found if each.backend == name]


def test_on_two_cores_each_backend_is_looked_at_where_it_may_do() -> None:
    found, out = plan.candidates(WISH, BACKENDS, [1, 2])
    # 8,000/s stay 1.02 ms each: 8.2 workers busy, 10.2 with head-room.
    assert settings_of("threads", found) == [(1, 16), (1, 32), (2, 16), (2, 32)]
    assert settings_of("event_loop", found) == [(1, 1)]
    assert settings_of("event_loops", found) == [(1, 1), (2, 2)]
    assert [(each.reason, each.who) for each in out] == [(WAITING_THREAD, "sequential")]
    assert out[0].ceiling == pytest.approx(1 / 1.02e-3)


def test_the_work_alone_may_be_too_much() -> None:
    found, out = plan.candidates(wish("400us", 5000), BACKENDS, [1, 2])
    assert not found and [(each.reason, each.who) for each in out] == [(WORK, "")]
    assert out[0].ceiling == pytest.approx(5000)  # which is the rate, and leaves no time


def test_the_delay_holds_the_work() -> None:
    found, out = plan.candidates(wish("20us+1ms", 10, limit_ms=0.02), BACKENDS, [1, 2])
    assert not found and [each.reason for each in out] == [LIMIT]
    spread, _ = plan.candidates(wish("20us+1ms", 10, 0.02, "exponential"), BACKENDS, [1, 2])
    assert spread  # 99 of 100 may take longer, or not: to be measured


def test_fewer_cores_than_the_work_needs_are_ruled_out_and_single_threads_with_them() -> None:
    found, out = plan.candidates(wish("150us+1ms", 8000), BACKENDS, default_cores(8))
    assert {(each.reason, each.who, each.amount) for each in out if each.reason != WAITING_THREAD} == {
        (CORES, "", 1),
        (ONE_THREAD, "event_loop", 1),
    }
    assert {each.cores for each in found} == {2, 3, 8}


def test_a_pool_that_has_too_few_workers_is_ruled_out() -> None:
    # 10,000 waits of 1 s: more than TBB is asked for, and more than a small limit of threads.
    small = [*BACKENDS[:1], Backend("threads", False, 9000), *BACKENDS[2:]]
    found, out = plan.candidates(wish("10us+1s", 10_000), small, [1, 2])
    assert {(each.who, each.reason, each.amount) for each in out} == {
        ("sequential", WAITING_THREAD, 1),
        ("threads", WORKERS, 9000),
        ("tbb", WORKERS, 1024),
    }
    assert settings_of("openmp", found) == [(1, 16384), (1, 32765), (2, 16384), (2, 32765)]


@pytest.mark.parametrize("cores", MACHINES)
@pytest.mark.parametrize("steps", ["5us", "20us+1ms", "1ms+20ms", "20us+1ms,5us"])
@pytest.mark.parametrize("load", [0.01, 0.3, 0.7, 0.95])
def test_on_any_machine_candidates_can_do_it_and_the_time_is_kept(
    cores: int, steps: str, load: float
) -> None:
    shape = Shape(steps_of(steps))
    asked = Wish(shape, max(17.0, load * cores / shape.cpu), 5e-3)
    found, _ = plan.candidates(asked, BACKENDS, default_cores(cores))
    for each in found:
        assert each.cores <= cores and asked.load < each.cores
        if each.backend in ("threads", "tbb", "openmp"):
            assert each.workers > asked.rate * shape.stay and each.workers >= each.cores
    assert len(set(found)) == len(found)
    seen = plan.looked_at(asked, found, SECONDS)
    assert {each.backend for each in seen} == {each.backend for each in found}
    processes = plan.looks(asked, seen, SECONDS, 1)
    assert len({process.id for process in processes}) == len(processes) == len(seen)
    assert sorted(map(str, map(plan.setting_of, processes))) == sorted(map(str, seen))
    assert len(seen) * (plan.look_seconds(asked, SECONDS) + plan.PROCESS_SECONDS) < 0.6 * SECONDS
    runs = plan.runs(asked, seen[:3], SECONDS, 1)
    assert len({process.id for process in runs} | {process.id for process in processes}) == len(runs) + len(
        seen
    )
    assert plan.run_seconds(asked, SECONDS) * asked.rate >= plan.FEWEST_TASKS


def test_rare_arrivals_need_their_time() -> None:
    asked = wish(rate=2)
    needed = plan.seconds_needed(asked)
    assert needed > SECONDS
    assert plan.run_seconds(asked, needed) * asked.rate == pytest.approx(plan.FEWEST_TASKS)


def test_each_repetition_has_an_order_of_its_own_and_the_same_again() -> None:
    found, _ = plan.candidates(WISH, BACKENDS, [1, 2])
    orders = [
        [
            plan.setting_of(process)
            for process in plan.runs(WISH, found, SECONDS, 1)
            if process.repetition == repetition
        ]
        for repetition in range(1, plan.REPETITIONS + 1)
    ]
    assert len({tuple(order) for order in orders}) > 1
    assert all(sorted(map(str, order)) == sorted(map(str, found)) for order in orders)
    assert plan.runs(WISH, found, SECONDS, 1) == plan.runs(WISH, found, SECONDS, 1)


def test_memory_is_taken_with_as_many_tasks_as_are_there() -> None:
    processes = plan.closed_runs(WISH, [Setting("event_loop", 1, 1), Setting("threads", 1, 512)], SECONDS, 1)
    memory = {process.backend: process.rows[0].name for process in processes if process.kind == MEMORY}
    assert memory == {
        "event_loop": "service/event_loop/cores:1/workers:1/tasks:100/steps:20us+1ms",
        "threads": "service/threads/cores:1/workers:512/tasks:512/steps:20us+1ms",
    }
    assert len({process.id for process in processes}) == len(processes)


def test_no_process_may_take_the_time_of_all_others() -> None:
    slow = wish("20us+100ms", 100)
    settings = [Setting("tbb", 2, 1024)]
    for process in [*plan.looks(slow, settings, SECONDS, 1), *plan.closed_runs(slow, settings, SECONDS, 1)]:
        assert process.time_limit is not None and 3 <= process.time_limit <= SECONDS / 3
    kinds = [process.kind for process in plan.closed_runs(slow, settings, SECONDS, 1)]
    assert kinds == [MEMORY]  # closed it would last 2 s, three times
    assert len(plan.closed_runs(WISH, settings, SECONDS, 1)) == 1 + plan.CLOSED_REPETITIONS
    assert plan.seconds_needed(wish("20us+1s", 8000)) == pytest.approx(100, rel=0.01)


LOOP, LOOPS = Setting("event_loop", 1, 1), Setting("event_loops", 2, 2)

THREADS, MORE_THREADS, TBB = Setting("threads", 1, 16), Setting("threads", 2, 32), Setting("tbb", 1, 16)


def look(p99_ms: float, cpu_us: float = 30, *, overload: bool = False, disturbed: bool = False) -> Look:
    return Look(p99_ms * 1e-3, overload, cpu_us * 1e-6, disturbed)


def test_the_cheapest_of_each_backend_goes_first_then_others_then_those_near_the_limit() -> None:
    looks = {
        THREADS: look(1, 40),
        MORE_THREADS: look(1, 20),  # cheaper, on more cores than it takes
        LOOP: look(2, 25),
        TBB: look(9, 90),
        LOOPS: look(11, 10),  # too far
    }
    assert plan.finalists(WISH, looks, 600, 0) == [LOOP, THREADS, MORE_THREADS, TBB]
    assert plan.finalists(WISH, looks, 10, 8) == [LOOP, THREADS, MORE_THREADS]


def test_a_look_that_others_disturbed_says_nothing_against_anybody() -> None:
    looks = {LOOP: look(50, 20, overload=True, disturbed=True), THREADS: look(1, 40), LOOPS: look(50, 10)}
    assert plan.finalists(WISH, looks, 600, 0) == [LOOP, THREADS]


def test_where_all_looks_failed_the_best_are_measured_to_be_sure() -> None:
    looks = {LOOP: look(50), THREADS: look(20), LOOPS: look(10.5), TBB: look(1, overload=True)}
    assert plan.finalists(WISH, looks, 600, 0) == [LOOPS, THREADS, LOOP]
    assert plan.finalists(WISH, {LOOP: look(math.nan)}, 600, 0) == []
