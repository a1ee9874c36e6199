"""The eight claims' answers, from runs made in code in which each holds, fails, cannot be decided, or was not measured."""

from collections.abc import Sequence
from dataclasses import replace
from types import ModuleType

import pytest

from bookstore.data.results import Results, Row, Run
from bookstore.findings import claims
from bookstore.findings.claims import (
    c1_parallel,
    c2_unequal,
    c3_coordination,
    c4_idle_clerk,
    c5_training,
    c6_one_clerk,
    c7_waiting,
    c8_whole_list,
)
from bookstore.findings.claims.answer import FAILS, HOLDS, HOLDS_IF, NOT_MEASURED, UNDECIDED, VERDICTS, listed
from bookstore.findings.claims.decide import ABOVE, BELOW, STRADDLES, place
from bookstore.plots import FIGURES
from bookstore.report.answers import line, sentence
from bookstore.stats.intervals import Spread, spread
from claims_support import NOISE, WIDE, made_run, repeated, steady, varied


def test_an_interval_is_above_a_limit_that_it_begins_at_and_below_one_that_it_ends_before() -> None:
    assert place(spread([0.9, 0.91, 0.92, 0.93, 0.94, 0.95]), 0.9) == ABOVE
    assert place(spread([0.84, 0.85, 0.86, 0.87, 0.88, 0.89]), 0.9) == BELOW
    assert place(spread([0.85, 0.86, 0.87, 0.88, 0.89, 0.9]), 0.9) == STRADDLES
    assert place(spread([2.0, 2.1, 2.2]), 0.9) == STRADDLES  # too few for an interval
    assert place(None, 0.9) == STRADDLES


def test_all_eight_are_answered_of_any_run_and_each_has_a_picture() -> None:
    found = claims.answers(made_run())
    assert [answer.claim.name for answer in found] == [f"C{index}" for index in range(1, 9)]
    assert {answer.verdict for answer in found} == {NOT_MEASURED}
    assert all(answer.condition and answer.verdict in VERDICTS for answer in found)
    assert all(answer.claim.picture in FIGURES for answer in found)


def test_names_are_listed_as_one_reads_them() -> None:
    assert (listed([]), listed(["a"]), listed(["a", "b"], "or")) == ("", "a", "a or b")
    assert listed(["a", "b", "c"]) == "a, b and c"


# C1


def shelving(gains: dict[str, float], noise: Sequence[float] = NOISE, ideal: float = 2.0) -> Run:
    rows: list[Row] = []
    for backend, gain in gains.items():
        rows += repeated(f"shelving/{backend}/cores:1/workers:2", 200.0, noise)
        rows += steady(f"shelving/{backend}/cores:2/workers:2", 200.0 / gain, noise)
    rows += repeated("ideal/processes/cores:2/workers:2", 100.0, [1.0] * 7, ideal_speedup=ideal)
    return made_run(rows)


@pytest.mark.parametrize(
    ("gains", "noise", "ideal", "verdict"),
    [
        ({"threads": 1.95, "tbb": 1.92}, NOISE, 2.0, HOLDS),
        ({"threads": 1.95, "tbb": 1.3}, NOISE, 2.0, HOLDS_IF),
        ({"threads": 1.3, "tbb": 1.2}, NOISE, 2.0, FAILS),
        ({"threads": 1.8}, NOISE, 2.0, UNDECIDED),
        ({"threads": 1.95}, [1.0], 2.0, UNDECIDED),  # one process
        ({"threads": 1.48}, NOISE, 1.5, HOLDS_IF),  # all that the cores are worth
        ({"threads": 1.2}, NOISE, 1.5, FAILS),
        ({"threads": 2.6}, NOISE, 2.0, UNDECIDED),  # above what can be
    ],
)
def test_c1(gains: dict[str, float], noise: Sequence[float], ideal: float, verdict: str) -> None:
    found = c1_parallel.answer(shelving(gains, noise, ideal))
    assert found.verdict == verdict
    assert "threads" in sentence(found)


def test_c1_says_its_figure_and_how_to_measure_it_again() -> None:
    found = c1_parallel.answer(shelving({"threads": 1.95}))
    assert line(found).startswith(
        "C1 holds. 2 cores shelve 1.95 [1.89, 2.01] (threads) times what one does; "
    )
    row = "build/release/bench_throughput --row shelving/threads/cores:{}/workers:2 --benchmark_repetitions=7"
    assert found.commands == [row.format(1), row.format(2)]
    assert c1_parallel.answer(shelving({"threads": 1.95, "tbb": 1.3})).condition == "the pool is threads"


def test_c1_takes_no_disturbed_run_and_none_on_fewer_workers() -> None:
    run = shelving({"threads": 1.95})

    def spoilt(**counters: float) -> Run:
        rows = [replace(row, counters={**row.counters, **counters}) for row in run.throughput.rows]
        return replace(run, throughput=replace(run.throughput, rows=rows))

    assert c1_parallel.answer(spoilt(disturbed=1.0)).verdict == UNDECIDED
    assert c1_parallel.answer(spoilt(fewer_workers=1.0)).verdict == NOT_MEASURED


def test_one_core_has_no_second_clerk() -> None:
    rows = repeated("shelving/threads/cores:1/workers:1")
    run = made_run(rows, cores=[1])
    for claim in (c1_parallel, c2_unequal, c3_coordination, c4_idle_clerk, c5_training):
        assert claim.answer(run).verdict_text == "not measured: one core"


# C2


def unequal(reached: dict[str, tuple[float, float]], noise: Sequence[float] = NOISE, slow: int = 2) -> Run:
    """Two workers; what shares fixed beforehand and claims reach of (1 + 1/k) / 2."""
    rows: list[Row] = []
    ideal = (1 + 1 / slow) / 2
    for backend, splits in reached.items():
        for fixed, part in enumerate(splits):
            name = f"shelving/{backend}/cores:2/workers:2"
            own = {"slow": 1.0, "static": 1.0 - fixed}
            rows += steady(f"{name}/static:{1 - fixed}", 100.0, noise, **own)
            rows += repeated(
                f"{name}/slow:{slow}/static:{1 - fixed}",
                100.0 / (part * ideal),
                noise,
                **own | {"slow": float(slow)},
            )
    return made_run(repeated("shelving/threads/cores:2/workers:2"), claims=rows)


@pytest.mark.parametrize(
    ("reached", "noise", "verdict", "condition"),
    [
        ({"threads": (0.67, 0.98)}, NOISE, HOLDS_IF, "shares are fixed beforehand"),
        ({"threads": (0.67, 0.7), "tbb": (0.67, 0.7)}, NOISE, HOLDS, ""),
        ({"threads": (0.97, 0.98)}, NOISE, FAILS, ""),
        ({"threads": (0.67, 0.9)}, NOISE, UNDECIDED, "the interval holds 0.9 of the ideal"),
        ({"threads": (0.67, 0.98)}, [1.0], UNDECIDED, "too few processes for an interval"),
        ({"threads": (0.67, 0.9), "tbb": (0.67, 0.97)}, NOISE, HOLDS_IF, "shares are fixed beforehand"),
        (
            {"threads": (0.67, 0.98), "tbb": (0.97, 0.97)},
            NOISE,
            HOLDS_IF,
            "shares are fixed beforehand under threads",
        ),
    ],
)
def test_c2(
    reached: dict[str, tuple[float, float]], noise: Sequence[float], verdict: str, condition: str
) -> None:
    found = c2_unequal.answer(unequal(reached, noise))
    assert (found.verdict, found.condition) == (verdict, condition)


def test_c2_forms_what_is_reached_from_what_unequal_workers_are_worth() -> None:
    [loss] = c2_unequal.losses(unequal({"threads": (0.5, 1.0)}, slow=4))
    assert c2_unequal.ideal(2, 4) == pytest.approx(0.625)
    assert loss.fixed is not None and loss.fixed.median == pytest.approx(0.5)
    assert loss.claimed is not None and loss.claimed.median == pytest.approx(1.0)
    assert c2_unequal.answer(made_run()).verdict == NOT_MEASURED


def test_c2_is_told_from_the_largest_k_that_has_an_interval() -> None:
    twice, four = unequal({"threads": (0.67, 0.98)}), unequal({"threads": (0.4, 0.98)}, [1.0], 4)
    assert twice.claims is not None and four.claims is not None
    both = made_run(
        claims=[*twice.claims.rows, *(row for row in four.claims.rows if row.counter("slow") == 4)]
    )
    assert "2 times slower, shares fixed beforehand reach 0.67" in sentence(c2_unequal.answer(both))
    # Whether that one is decided or not.
    open_ = unequal({"threads": (0.67, 0.9)})
    assert open_.claims is not None
    rows = [*open_.claims.rows, *(row for row in four.claims.rows if row.counter("slow") == 4)]
    assert "2 times slower" in sentence(c2_unequal.answer(made_run(claims=rows)))


# C3


def handing_out(price: dict[str, float], noise: Sequence[float] = NOISE) -> Run:
    """Empty tasks: 10 ns on one core beside 1 ns of a direct call; so many times that, in workers' time, on two."""
    rows = []
    for backend, times in price.items():
        name = f"grain/{backend}/cores:{{0}}/workers:{{0}}/work_ns:0"
        rows += varied(name.format(1), "ns_per_task", 11.0, [1.0] * len(noise), direct_ns_per_task=1.0)
        rows += varied(name.format(2), "ns_per_task", (10 * times + 1) / 1.9, noise, direct_ns_per_task=1.0)
    closed = repeated("ideal/processes/cores:2/workers:2", 100.0, [1.0] * 7, ideal_speedup=1.9)
    return made_run([*closed, *repeated("shelving/threads/cores:1/workers:2")], overhead=rows)


@pytest.mark.parametrize(
    ("price", "noise", "verdict"),
    [
        ({"threads": 3.0, "openmp": 2.0}, NOISE, HOLDS),
        ({"threads": 3.0, "tbb": 1.0}, NOISE, HOLDS_IF),
        ({"threads": 1.0, "tbb": 0.9}, NOISE, FAILS),
        ({"threads": 1.1}, NOISE, UNDECIDED),
        ({"threads": 3.0}, [1.0], UNDECIDED),
    ],
)
def test_c3(price: dict[str, float], noise: Sequence[float], verdict: str) -> None:
    found = c3_coordination.answer(handing_out(price, noise))
    assert found.verdict == verdict
    assert c3_coordination.answer(made_run()).verdict == NOT_MEASURED


def test_c3_counts_what_cores_are_worth_and_not_their_number() -> None:
    run = handing_out({"threads": 3.0})
    overhead = c3_coordination.overhead_of(run)
    assert overhead is not None
    assert c3_coordination.prices(overhead)["threads"].median == pytest.approx(3.0)


# C4


def customers(
    ratios: dict[int, tuple[float, float]], noise: Sequence[float] = NOISE, overload: int = 0
) -> Run:
    """At each rate what a second worker makes of p50 and p99; one alone keeps up but with `overload`."""
    rows: list[Row] = []
    for rate, (p50, p99) in ratios.items():
        alone = rate != overload
        figures = {"delay_p99_us": 100.0, "rate": float(rate), "valid": float(alone), "overload": 1.0 - alone}
        one, two = (f"counter/event_loops/cores:{n}/workers:{n}/rate:{rate}" for n in (1, 2))
        rows += varied(one, "delay_p50_us", 50.0, [1.0] * len(noise), **figures, cpu_us_per_task=20.0)
        figures |= {"delay_p99_us": 100.0 * p99, "valid": 1.0, "overload": 0.0}
        rows += varied(two, "delay_p50_us", 50.0 * p50, noise, **figures, cpu_us_per_task=30.0)
    return made_run(claims_latency=rows)


@pytest.mark.parametrize(
    ("ratios", "noise", "verdict", "condition"),
    [
        ({1000: (1.0, 1.0), 20_000: (1.2, 1.0)}, NOISE, HOLDS, ""),
        ({1000: (1.0, 1.0), 20_000: (1.0, 0.5)}, NOISE, HOLDS_IF, "at most 1,000 customers/s come"),
        ({1000: (0.5, 0.9), 20_000: (0.5, 0.5)}, NOISE, FAILS, ""),
        ({1000: (0.9, 1.0)}, NOISE, UNDECIDED, "the interval holds 0.9"),
        ({1000: (1.0, 1.0)}, [1.0], UNDECIDED, "too few processes for an interval"),
        ({1000: (1.0, 0.5), 20_000: (1.0, 1.0)}, NOISE, UNDECIDED, "rates contradict each other"),
    ],
)
def test_c4(
    ratios: dict[int, tuple[float, float]], noise: Sequence[float], verdict: str, condition: str
) -> None:
    found = c4_idle_clerk.answer(customers(ratios, noise))
    assert (found.verdict, found.condition) == (verdict, condition)
    assert "customers/s a second worker of event_loops multiplies delay p50 by" in sentence(found)


def test_c4_leaves_out_rates_that_are_work_for_more_than_one() -> None:
    ratios = {1000: (1.0, 1.0), 20_000: (0.1, 0.1)}
    assert c4_idle_clerk.answer(customers(ratios, overload=20_000)).verdict == HOLDS
    assert c4_idle_clerk.answer(customers({1000: (1.0, 1.0)}, overload=1000)).verdict == NOT_MEASURED
    assert c4_idle_clerk.answer(made_run()).verdict == NOT_MEASURED


def test_c4_takes_no_row_that_may_not_be_believed() -> None:
    run = customers({1000: (1.0, 1.0)})
    assert run.claims_latency is not None
    rows = [replace(row, counters={**row.counters, "valid": 0.0}) for row in run.claims_latency.rows]
    found = c4_idle_clerk.answer(replace(run, claims_latency=replace(run.claims_latency, rows=rows)))
    assert (found.verdict, found.condition) == (UNDECIDED, "its open rows are INVALID")


def test_c4_says_what_an_idle_pool_burns() -> None:
    run = customers({1000: (1.0, 1.0)})
    idle = repeated(
        "idle/threads/cores:2/workers:2", idle_cpu_after_ms=9.0, idle_cpu_later_ms=1.0, watch_ms=500.0
    )
    found = replace(run, overhead=made_run(overhead=idle).overhead)
    assert "an idle pool (threads) burns 2.00 [2.00, 2.00] ms of CPU a second." in sentence(
        c4_idle_clerk.answer(found)
    )


# C5


def roles(
    throughput: dict[str, float],
    p99: float = 1.0,
    noise: Sequence[float] = NOISE,
    desks: Sequence[int] = (1,),
) -> Run:
    """What specialised workers serve of what cross-trained ones do; p99 of theirs over the others'."""
    closed, open_ = [], []
    for backend, part in throughput.items():
        name = f"day/{backend}/cores:2/workers:4"
        closed += steady(name, 100.0, noise, desk=0.0)
        open_ += varied(f"{name}/rate:900", "delay_p99_us", 100.0, [1.0] * len(noise), desk=0.0)
        for index, desk in enumerate(desks):
            closed += repeated(f"{name}/desk:{desk}", 100.0 / part * (1 + index), noise, desk=float(desk))
            open_ += varied(
                f"{name}/rate:900/desk:{desk}", "delay_p99_us", 100.0 * p99, noise, desk=float(desk)
            )
    return made_run(claims=closed, claims_latency=open_)


@pytest.mark.parametrize(
    ("throughput", "p99", "noise", "verdict"),
    [
        ({"threads": 0.6, "event_loops": 0.5}, 1.0, NOISE, HOLDS),
        ({"threads": 0.99, "event_loops": 0.5}, 1.0, NOISE, HOLDS_IF),
        ({"threads": 0.99, "event_loops": 0.98}, 1.0, NOISE, FAILS),
        ({"threads": 0.99}, 3.0, NOISE, HOLDS),  # who is not trained makes customers wait
        ({"threads": 0.9}, 1.0, NOISE, UNDECIDED),
        ({"threads": 0.99}, 1.1, NOISE, UNDECIDED),
        ({"threads": 0.6}, 1.0, [1.0], UNDECIDED),
    ],
)
def test_c5(throughput: dict[str, float], p99: float, noise: Sequence[float], verdict: str) -> None:
    found = c5_training.answer(roles(throughput, p99, noise))
    assert found.verdict == verdict
    assert c5_training.answer(made_run()).verdict == NOT_MEASURED


def test_c5_shows_the_split_that_serves_most_from_other_repetitions_than_it_was_chosen_on() -> None:
    [found] = c5_training.specialised(roles({"threads": 0.98}, desks=(3, 2, 1)))
    assert found.desk == 3 and found.throughput is not None and found.throughput.count == 6
    [alone] = c5_training.specialised(roles({"threads": 0.98}, desks=(3,)))
    assert alone.throughput is not None and alone.throughput.count == 7  # nothing was chosen


# C6


def day(cpu: dict[str, float], noise: Sequence[float] = NOISE) -> Run:
    """CPU us per task: of an event loop 5, of pools as many times that."""
    rows = varied("day/event_loop/cores:1/workers:1", "cpu_us_per_task", 5.0, [1.0] * len(noise))
    for backend, times in cpu.items():
        rows += varied(f"day/{backend}/cores:2/workers:64", "cpu_us_per_task", 5.0 * times, noise)
    return made_run(rows)


@pytest.mark.parametrize(
    ("cpu", "noise", "verdict"),
    [
        ({"threads": 3.0, "tbb": 3.5}, NOISE, HOLDS),
        ({"threads": 3.0, "event_loops": 1.0}, NOISE, HOLDS_IF),
        ({"threads": 1.0, "event_loops": 0.8}, NOISE, FAILS),
        ({"threads": 1.1}, NOISE, UNDECIDED),
        ({"threads": 3.0}, [1.0], UNDECIDED),
    ],
)
def test_c6(cpu: dict[str, float], noise: Sequence[float], verdict: str) -> None:
    found = c6_one_clerk.answer(day(cpu, noise))
    assert found.verdict == verdict
    assert "A day task costs one event loop 5.00" in sentence(found)
    assert c6_one_clerk.answer(made_run()).verdict == NOT_MEASURED


# C7


def service(used: dict[float, float], noise: Sequence[float] = NOISE) -> Run:
    """Tasks of 20 us that wait for a part of their time; with 1,024 in flight what is gained of the bound."""
    rows: list[Row] = []
    for fraction, part in used.items():
        wait = 20 * fraction / (1 - fraction)
        shape = {"shape_cpu_us": 20.0, "shape_wait_us": wait}
        each = 20 + wait
        rows += repeated(f"service/sequential/cores:1/workers:1/steps:{wait:g}", each, noise, **shape)
        for count in (1, 1024):
            gain = part * min(count, 1 / (1 - fraction))
            name = f"service/event_loop/cores:1/workers:1/in_flight:{count}/steps:{wait:g}"
            params = {"in_flight": float(count), **shape}
            rows += [
                replace(row, name=name)
                for row in steady("service/event_loop/cores:1/workers:1", each / gain, noise, **params)
            ]
    return made_run(claims=[replace(row, counters={**row.counters, "steps": 0.0}) for row in rows])


@pytest.mark.parametrize(
    ("used", "noise", "verdict", "condition"),
    [
        ({0.0: 0.3, 0.5: 0.95, 0.9: 0.9}, NOISE, HOLDS, ""),
        ({0.5: 0.4, 0.9: 0.9, 0.99: 0.95}, NOISE, HOLDS_IF, "tasks wait 90, 99 % of their time"),
        ({0.5: 0.4, 0.9: 0.5}, NOISE, FAILS, ""),
        ({0.9: 0.8}, NOISE, UNDECIDED, "the interval holds 0.8 of the bound"),
        ({0.9: 0.95}, [1.0], UNDECIDED, "too few processes for an interval"),
    ],
)
def test_c7(used: dict[float, float], noise: Sequence[float], verdict: str, condition: str) -> None:
    found = c7_waiting.answer(service(used, noise))
    assert (found.verdict, found.condition) == (verdict, condition)
    assert "With 1,024 tasks in flight" in sentence(found)
    assert c7_waiting.answer(made_run()).verdict == NOT_MEASURED


def test_c7_what_more_cores_buy_beside_the_waits() -> None:
    run = service({0.5: 1.0, 0.9: 1.0})
    assert run.claims is not None and c7_waiting.parallel_gains(run) == []
    loops = []
    for wait, gain in ((20.0, 1.5), (180.0, 1.9)):
        shape = {"in_flight": 1024.0, "shape_cpu_us": 20.0, "shape_wait_us": wait, "steps": 0.0}
        for cores, each in ((1, 20.0), (2, 20.0 / gain)):
            rows = steady(f"service/event_loops/cores:{cores}/workers:2", each, NOISE, **shape)
            loops += rows
    claims = replace(run.claims, rows=[*run.claims.rows, *loops])
    found = c7_waiting.parallel_gains(replace(run, claims=claims))
    assert [(each.fraction, each.in_flight, each.cores) for each in found] == [(0.5, 1024, 2), (0.9, 1024, 2)]
    assert [each.gain.median for each in found] == pytest.approx([1.5, 1.9])


def test_c7_counts_what_sleeps_are_late_to_the_bound() -> None:
    run = service({0.5: 1.0})
    assert run.claims is not None
    late = [
        replace(row, real_time=2 * row.real_time) if row.backend == "sequential" else row
        for row in run.claims.rows
    ]
    [_, found] = c7_waiting.interleavings(replace(run, claims=replace(run.claims, rows=late)))
    assert found.gain.median == pytest.approx(4.0) and found.bound == pytest.approx(4.0)


# C8


def span(kind: str, begin: float, end: float) -> dict[str, object]:
    return {"kind": kind, "begin_us": begin, "end_us": end}


def whole_day(opened: float = 10.0, closing: float = 90.0) -> dict[str, object]:
    spans = [span("open_shop", 0, opened), span("rent_book", 10, 90), span("close_shop", closing, 99)]
    return {"rows": [{"workload": "day", "backend": "threads", "spans": spans}]}


def test_c8() -> None:
    days = [*repeated("day/event_loop/cores:1/workers:1"), *repeated("day/threads/cores:2/workers:64")]
    good = c8_whole_list.answer(made_run(days, timeline=whole_day()))
    assert good.verdict == HOLDS and "14 days under 2 backends all ended with the same shop" in sentence(good)
    wrong = replace(days[-1], counters={**days[-1].counters, "digest_ok": 0.0})
    failed = replace(days[-1], error="the till lacks a cent")
    for bad in (wrong, failed):
        found = c8_whole_list.answer(made_run([*days[:-1], bad]))
        assert found.verdict == FAILS and "(threads)" in sentence(found)
    assert (
        c8_whole_list.answer(made_run(repeated("shelving/threads/cores:1/workers:2"))).verdict == NOT_MEASURED
    )


@pytest.mark.parametrize("times", [{"opened": 11.0}, {"closing": 89.0}])
def test_c8_opening_comes_first_and_closing_last(times: dict[str, float]) -> None:
    days = repeated("day/event_loop/cores:1/workers:1")
    assert c8_whole_list.answer(made_run(days, timeline=whole_day(**times))).verdict == FAILS


@pytest.mark.parametrize("answered", ["unequal", "customers", "roles", "service"])
def test_what_straddles_is_undecided_whatever_the_median(answered: str) -> None:
    runs = {
        "unequal": (c2_unequal, unequal({"threads": (0.67, 0.98)}, WIDE)),
        "customers": (c4_idle_clerk, customers({1000: (1.2, 1.2)}, WIDE)),
        "roles": (c5_training, roles({"threads": 0.8}, 1.0, WIDE)),
        "service": (c7_waiting, service({0.9: 0.95}, WIDE)),
    }
    claim, run = runs[answered]
    assert claim.answer(run).verdict == UNDECIDED


def test_figures_are_spreads_so_that_each_reader_writes_them_in_one_way() -> None:
    said = c1_parallel.answer(shelving({"threads": 1.95})).said
    assert sum(isinstance(part, Spread) for part in said) == 2


@pytest.mark.parametrize(
    ("claim", "run"),
    [
        (c2_unequal, unequal({"threads": (0.67, 0.98)})),
        (c3_coordination, handing_out({"threads": 3.0})),
        (c4_idle_clerk, customers({1000: (1.0, 1.0)})),
        (c5_training, roles({"threads": 0.6})),
        (c6_one_clerk, day({"threads": 3.0})),
        (c7_waiting, service({0.9: 0.95})),
    ],
)
@pytest.mark.parametrize("spared", [0, 4])
def test_what_others_disturbed_is_no_verdict_and_says_so(claim: ModuleType, run: Run, spared: int) -> None:
    def spoilt(found: Results | None) -> Results | None:
        if found is None:
            return None
        return replace(
            found,
            rows=[
                replace(row, counters={**row.counters, "disturbed": float(row.repetition >= spared)})
                for row in found.rows
            ],
        )

    throughput = spoilt(run.throughput)
    assert throughput is not None and claim.answer(run).verdict != UNDECIDED
    busy = replace(
        run,
        throughput=throughput,
        overhead=spoilt(run.overhead),
        claims=spoilt(run.claims),
        claims_latency=spoilt(run.claims_latency),
    )
    found = claim.answer(busy)
    assert (found.verdict, found.condition) == (UNDECIDED, "others took the CPUs")
    assert bool(found.said) == bool(spared)  # four processes have a range to show, and no interval
