"""What was measured of each, who is advised and how it is said: pure, on made-up rows."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from bookstore.data.results import Row
from bookstore.data.service import Setting, Wish
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
from bookstore.report import advice as report
from bookstore.report.tables import WIDTH
from conftest import made_row
from test_advice_plan import BACKENDS, LOOP, LOOPS, TBB, THREADS, WISH, wish


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
