"""Who is ruled out, looked at, measured and advised: pure, on made-up machines and made-up rows."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bookstore.data.results import Row
from bookstore.data.service import (
    CORES,
    LIMIT,
    ONE_THREAD,
    WAITING_THREAD,
    WORK,
    WORKERS,
    Setting,
    Shape,
    Step,
    Wish,
    steps_of,
    time_ns,
)
from bookstore.findings.advice import (
    FAILS,
    GLANCED,
    HOLDS,
    UNSETTLED,
    Judged,
    Tried,
    choice,
    is_settled,
    judge,
    ranked,
)
from bookstore.plan import advice as plan
from bookstore.plan.advice import Look
from bookstore.plan.machine import Backend, default_cores
from bookstore.plan.schedule import MEMORY
from bookstore.report import advice as report
from bookstore.report.tables import WIDTH
from bookstore.terminal.errors import InputError
from conftest import made_row

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


@pytest.mark.parametrize(
    ("text", "ns"), [("20us", 20_000), ("1.5ms", 1_500_000), ("1s", 1_000_000_000), ("7ns", 7)]
)
def test_times(text: str, ns: int) -> None:
    assert time_ns(text, 10**9, "it") == ns


@pytest.mark.parametrize(
    "text", ["", "20", "-1us", "0us", "1e3us", "nan", "infs", "2s", "1" * 20 + "s", "20 us", "٣us"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="it is "):
        time_ns(text, 10**9, "it")


def test_steps_are_named_as_the_binaries_name_them() -> None:
    shape = Shape(steps_of("1980us+1000us,1.5us,1s+60s"), "exponential")
    assert shape.params == (("steps", "1980us+1ms,1500ns,1s+60s"), ("spread", "exponential"))
    assert Shape((Step(5000),)).params == (("steps", "5us"),)
    assert shape.cpu == pytest.approx(1.0019815) and shape.wait == pytest.approx(60.001)


@pytest.mark.parametrize(
    "text", ["", "20us,", "20us+", "+1ms", "20us+1ms+1ms", ",".join(["1us"] * 17), "20us+0us"]
)
def test_what_are_no_steps_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        steps_of(text)


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


def rows_of(setting: Setting, p99s_us: Sequence[float], cpu_us: float = 30, **counters: float) -> list[Row]:
    name = f"service/{setting.backend}/cores:{setting.cores}/workers:{setting.workers}/rate:8000/duration:0.4"
    beside = {"valid": 1.0, "overload": 0.0, "disturbed": 0.0, **counters}
    return [
        made_row(
            name,
            repetition=index,
            delay_p99_us=p99,
            delay_p50_us=50.0,
            cpu_us_per_task=cpu_us + 0.1 * index,
            **beside,
        )
        for index, p99 in enumerate(p99s_us)
    ]


def judged(
    setting: Setting,
    p99s_us: Sequence[float],
    cpu_us: float = 30,
    memory: float = 1e6,
    **counters: float,
) -> Judged:
    closed = [made_row("service/x/cores:1/workers:1", tasks=2000.0)]  # in 100 ms: 20,000/s
    held = [made_row("service/x/cores:1/workers:1", peak_memory_bytes=memory)]
    return judge(Tried(setting, None, rows_of(setting, p99s_us, cpu_us, **counters), closed, held), WISH)


GOOD = [300.0 + 10 * index for index in range(7)]


@pytest.mark.parametrize(
    ("p99s", "counters", "verdict"),
    [
        (GOOD, {}, HOLDS),
        ([*GOOD[:6], 5000.0], {}, HOLDS),
        ([*GOOD[:6], 5000.1], {}, UNSETTLED),
        ([6000.0] * 7, {}, FAILS),
        ([*[6000.0] * 6, 4999.0], {}, UNSETTLED),
        (GOOD[:3], {}, HOLDS),
        (GOOD[:1], {}, UNSETTLED),
        ([6000.0] * 7, {"disturbed": 1.0}, UNSETTLED),
        (GOOD, {"disturbed": 1.0}, HOLDS),
        (GOOD, {"overload": 1.0, "valid": 0.0}, FAILS),
        (GOOD, {"overload": 1.0, "valid": 0.0, "disturbed": 1.0}, UNSETTLED),
    ],
)
def test_verdicts(p99s: Sequence[float], counters: dict[str, float], verdict: str) -> None:
    assert judged(LOOP, p99s, **counters).verdict == verdict


def test_one_look_is_no_verdict_but_for_who_did_not_keep_up() -> None:
    for counters, verdict in (({}, GLANCED), ({"overload": 1.0, "valid": 0.0}, FAILS)):
        row = rows_of(LOOP, [300.0], **counters)[0]
        assert judge(Tried(LOOP, row), WISH).verdict == verdict
    limited = made_row("service/tbb/cores:1/workers:16", limit_reached=1.0)
    nobody = judge(Tried(TBB, limited), WISH)
    assert nobody.verdict == GLANCED and nobody.cpu_per_second is None
    assert "the machine's limit was reached" in report.text(WISH, [nobody], [], [])


def test_figures_of_one_who_serves() -> None:
    best = judged(LOOP, GOOD, 30)
    assert best.cpu_per_second is not None and best.tried.delay is not None
    assert best.cpu_per_second.median == pytest.approx(8000 * 30.3e-6)
    assert best.tried.delay.median == pytest.approx(330e-6) and best.tried.delay.count == 7
    assert best.headroom == pytest.approx(2.5) and best.tried.memory == 1e6


def test_the_look_is_none_of_the_figures_once_there_are_runs() -> None:
    tried = Tried(LOOP, rows_of(LOOP, [90_000.0])[0], rows_of(LOOP, GOOD))
    assert tried.delay is not None and tried.delay.high == pytest.approx(360e-6)


def test_the_cheapest_that_holds_is_advised() -> None:
    all_of = [
        judged(THREADS, GOOD, 40),
        judged(LOOPS, [9000.0] * 7, 10),
        judged(TBB, [*GOOD[:6], 9000.0], 20),
        judged(LOOP, GOOD, 30),
    ]
    assert [(each.setting, each.verdict) for each in ranked(all_of)] == [
        (LOOP, HOLDS),
        (THREADS, HOLDS),
        (TBB, UNSETTLED),
        (LOOPS, FAILS),
    ]
    best = choice(all_of)
    assert best is not None and best.setting == LOOP and is_settled(all_of)
    text = report.text(WISH, all_of, [], [])
    assert text.startswith("event_loop with 1 worker on 1 core serves 8,000/s of 20us+1ms")
    assert "330 [300, 360] us" in text and "as cheap" not in text.split("\n\n")[0]


def test_among_those_whose_cpu_cannot_be_told_apart_the_least_memory_decides() -> None:
    tied = [
        judged(THREADS, GOOD, 30, memory=9e6),
        judged(LOOP, GOOD, 30.2, memory=1e6),
        judged(TBB, GOOD, 31),
    ]
    best = choice(tied)
    assert best is not None and best.setting == LOOP
    assert [each.setting for each in ranked(tied)] == [LOOP, THREADS, TBB]
    assert "as cheap within the intervals: threads with 16 workers on 1 core" in " ".join(
        report.text(WISH, tied, [], []).split()
    )


def test_nothing_settled_and_nothing_that_serves_are_two_answers() -> None:
    unsettled = [judged(LOOP, [*GOOD[:6], 9000.0]), judged(THREADS, [9000.0] * 7)]
    assert choice(unsettled) is None and not is_settled(unsettled)
    assert report.text(WISH, unsettled, [], []).startswith("Nothing is settled for 8,000/s")
    failed = [judged(LOOP, [9000.0] * 7), judged(THREADS, [9000.0] * 7)]
    assert choice(failed) is None and is_settled(failed)
    assert report.text(WISH, failed, [], []).startswith("Nothing that was measured serves 8,000/s")


@pytest.mark.parametrize(
    ("asked", "cores", "says"),
    [
        (
            wish("400us", 8000),
            [1, 2],
            "the work alone is 3.20 CPU-seconds a second, more than 2 cores can do",
        ),
        (wish("20us", 10, 0.01), [1], "the delay holds the task's own 20 us of work"),
    ],
)
def test_what_arithmetic_says_stands_in_the_sentence(asked: Wish, cores: list[int], says: str) -> None:
    found, out = plan.candidates(asked, BACKENDS, cores)
    text = " ".join(report.text(asked, [], out, found).split())
    assert text.startswith("Nothing serves ") and says in text and text.count(says) == 1
    assert is_settled([])


def test_each_exclusion_says_its_figure() -> None:
    for asked, says in (
        (WISH, "ruled out: sequential, at most 980/s: one thread waits with each task, 1.02 ms each."),
        (
            wish("150us+1ms", 8000),
            "everybody on 1 core, at most 6,667/s, which the work alone fills (150 us a task).",
        ),
        (
            wish("150us+1ms", 8000),
            "event_loop, at most 6,667/s: one thread does all the work, 150 us a task.",
        ),
        (
            wish("10us+1s", 10_000),
            "tbb, at most 1,024/s: the 1,024 workers that it has at most wait with their tasks",
        ),
    ):
        _, out = plan.candidates(asked, BACKENDS, [1, 2])
        assert says in " ".join(report.text(asked, [judged(LOOPS, GOOD)], out, []).split())


def test_the_answer_fits_a_terminal() -> None:
    wide = wish("999us+999us,999us+999us,999us+999us", 999_999, 59_999, "exponential")
    far = [Setting("tbb_overlapped_and_more", 192, 32_765), replace(LOOP, cores=192)]
    rows = [
        judged(each, [1e6 + 7e5 * index for index in range(7)], 999, memory=9.87e11, disturbed=1.0)
        for each in far
    ]
    text = report.text(wide, [replace(each, wish=wide) for each in rows], [], [THREADS] * 20)
    assert max(map(len, text.split("\n"))) <= WIDTH
