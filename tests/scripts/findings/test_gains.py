import math
from collections.abc import Iterable

import pytest

from bookstore.data.results import Row
from bookstore.findings import closed, gain_map, gains, worker_counts
from bookstore.findings.closed import Measurements
from conftest import made_row

SEQUENTIAL = "counter/sequential/cores:1/workers:1"
ONE_CORE = "counter/threads/cores:1/workers:64"
TWO_CORES = "counter/threads/cores:2/workers:64"


def repeated(name: str, times_ms: Iterable[float], **counters: float) -> list[Row]:
    return [made_row(name, ms, repetition, **counters) for repetition, ms in enumerate(times_ms)]


def test_interleaving_gain_of_equal_plans() -> None:
    rows = repeated(SEQUENTIAL, [1000.0] * 7) + repeated(ONE_CORE, [50, 40, 50, 50, 50, 100, 50])
    gain = gains.interleaving(Measurements(rows), "counter", "threads", 64)
    assert gain.spread is not None
    assert (gain.spread.median, gain.spread.low, gain.spread.high) == (20.0, 10.0, 25.0)
    assert gain.spread.level == pytest.approx(0.984375)


def test_parallel_gain_and_speed_up() -> None:
    rows = (
        repeated(SEQUENTIAL, [1000.0] * 3) + repeated(ONE_CORE, [50.0] * 3) + repeated(TWO_CORES, [25.0] * 3)
    )
    measured = Measurements(rows)
    parallel = gains.parallel(measured, "counter", "threads", 64, 2)
    product = gains.speed_up(measured, "counter", "threads", 64, 2)
    assert parallel.spread is not None and parallel.spread.median == pytest.approx(2.0)
    assert product.spread is not None and product.spread.median == pytest.approx(40.0)


def test_ratios_are_formed_within_a_repetition() -> None:
    # A machine that is ten times slower in the second round: the gain is 2 in each round all the same.
    rows = repeated(ONE_CORE, [20.0, 200.0, 20.0]) + repeated(TWO_CORES, [10.0, 100.0, 10.0])
    gain = gains.parallel(Measurements(rows), "counter", "threads", 64, 2)
    assert gain.spread is not None
    assert gain.spread.low == gain.spread.high == pytest.approx(2.0)


def test_repetitions_without_a_partner_are_left_out() -> None:
    rows = repeated(ONE_CORE, [20.0] * 7) + repeated(TWO_CORES, [10.0] * 3)
    gain = gains.parallel(Measurements(rows), "counter", "threads", 64, 2)
    assert gain.spread is not None
    assert gain.spread.count == 3 and not gain.spread.is_interval


def shorter_baseline(large_ms: float) -> list[Row]:
    """The baseline with 100 tasks in 100 ms and 200 tasks in large_ms; the pool with 1,000 tasks in 50 ms."""
    return (
        repeated(SEQUENTIAL, [100.0] * 3, tasks=100)
        + repeated(SEQUENTIAL, [large_ms] * 3, tasks=200)
        + repeated(ONE_CORE, [50.0] * 3)
    )


@pytest.mark.parametrize("large_ms", [195.0, 200.0, 205.0])
def test_plans_of_different_size_are_compared_per_task(large_ms: float) -> None:
    gain = gains.interleaving(Measurements(shorter_baseline(large_ms)), "counter", "threads", 64)
    assert gain.spread is not None and gain.spread.median == pytest.approx(20.0)


@pytest.mark.parametrize(("large_ms", "percent"), [(208.0, "4.0 %"), (190.0, "5.3 %")])
def test_a_baseline_that_depends_on_its_size_gives_no_gain(large_ms: float, percent: str) -> None:
    gain = gains.interleaving(Measurements(shorter_baseline(large_ms)), "counter", "threads", 64)
    assert gain.spread is None and percent in gain.withheld


def test_the_same_plan_is_preferred_to_a_comparison_per_task() -> None:
    # Per task the smaller plan would give 20, and the sizes disagree; on the same plan the gain is 30.
    rows = (
        repeated(SEQUENTIAL, [100.0] * 3, tasks=100)
        + repeated(SEQUENTIAL, [1500.0] * 3, tasks=1000)
        + repeated(ONE_CORE, [50.0] * 3)
    )
    gain = gains.interleaving(Measurements(rows), "counter", "threads", 64)
    assert gain.spread is not None and gain.spread.median == pytest.approx(30.0)


def test_sizes_are_compared_within_the_repetitions_that_have_both() -> None:
    # The machine was slow in the only repetition that has the second size.
    rows = (
        repeated(SEQUENTIAL, [200.0] + [100.0] * 6, tasks=100)
        + repeated(SEQUENTIAL, [400.0], tasks=200)
        + repeated(ONE_CORE, [100.0] + [50.0] * 6)
    )
    gain = gains.interleaving(Measurements(rows), "counter", "threads", 64)
    assert gain.spread is not None and gain.spread.median == pytest.approx(20.0)


def test_sizes_are_compared_pair_by_pair() -> None:
    # A machine that is slower in each repetition than in the one before: medians of the sides alone differ by 50 %.
    rows = (
        repeated(SEQUENTIAL, [100.0, 200.0, 300.0, 400.0], tasks=100)
        + [
            made_row(SEQUENTIAL, ms, repetition, tasks=200)
            for repetition, ms in ((0, 200.0), (3, 800.0), (2, 600.0))
        ]
        + repeated(ONE_CORE, [50.0, 100.0, 150.0, 200.0])
    )
    gain = gains.interleaving(Measurements(rows), "counter", "threads", 64)
    assert gain.spread is not None and gain.spread.median == pytest.approx(20.0)


def sizes_of_which_some_were_disturbed(disturbed: Iterable[int], ratio: float) -> list[Row]:
    """Five pairs of two sizes; those that others disturbed differ by `ratio`, the others by nothing."""
    hit = set(disturbed)
    large = [200.0 * (ratio if repetition in hit else 1.0) for repetition in range(5)]
    return (
        repeated(SEQUENTIAL, [100.0] * 5, tasks=100)
        + [
            made_row(SEQUENTIAL, ms, repetition, tasks=200, disturbed=float(repetition in hit))
            for repetition, ms in enumerate(large)
        ]
        + repeated(ONE_CORE, [50.0] * 5)
    )


def test_pairs_of_sizes_that_others_disturbed_decide_nothing_where_enough_are_left() -> None:
    gain = gains.interleaving(
        Measurements(sizes_of_which_some_were_disturbed({1, 3}, 1.5)), "counter", "threads", 64
    )
    assert gain.spread is not None
    # Two that are left are too few: all decide.
    gain = gains.interleaving(
        Measurements(sizes_of_which_some_were_disturbed({0, 1, 3}, 1.5)), "counter", "threads", 64
    )
    assert gain.spread is None and "50.0 %" in gain.withheld


def test_a_baseline_of_one_other_size_gives_no_gain() -> None:
    rows = repeated(SEQUENTIAL, [100.0] * 3, tasks=100) + repeated(ONE_CORE, [50.0] * 3)
    gain = gains.interleaving(Measurements(rows), "counter", "threads", 64)
    assert gain.spread is None and "one size only" in gain.withheld


@pytest.mark.parametrize("short", [SEQUENTIAL, ONE_CORE])
def test_rows_too_short_enter_no_gain(short: str) -> None:
    rows = [
        row
        for name in (SEQUENTIAL, ONE_CORE)
        for row in repeated(name, [100.0] * 3, too_short=float(name == short))
    ]
    gain = gains.interleaving(Measurements(rows), "counter", "threads", 64)
    assert gain.spread is None and gain.withheld == "too short to count"


def test_what_was_not_measured_gives_no_gain() -> None:
    gain = gains.interleaving(Measurements(repeated(ONE_CORE, [1.0])), "counter", "threads", 64)
    assert gain.spread is None and gain.withheld == "not measured"


def test_rows_with_locks_caps_and_memory_are_kept_apart() -> None:
    plain = repeated(SEQUENTIAL, [100.0] * 3)
    others = (
        repeated(SEQUENTIAL, [1.0] * 3, locks=1)
        + repeated(SEQUENTIAL, [1.0] * 3, in_flight=4)
        + repeated(SEQUENTIAL, [1.0] * 3, peak_memory_bytes=5e6)
    )
    measured = Measurements(others + plain)
    setting = closed.ClosedSetting("counter", "sequential", 1, 1)
    assert [row.real_time for row in measured.rows(setting)] == [0.1] * 3
    assert measured.worker_counts("counter", "sequential", 1) == [1]


def test_the_bound_on_interleaving_is_the_smaller_of_tasks_in_flight_and_wait() -> None:
    # 1,000 tasks in 1,000 ms are 1,000 us a task, of which 10 are work.
    measured = Measurements(repeated(SEQUENTIAL, [1000.0] * 3, work_us_per_task=10.0))
    assert gains.interleaving_bound(measured, "counter", math.inf) == pytest.approx(100.0)
    assert gains.interleaving_bound(measured, "counter", 16) == 16
    assert gains.interleaving_bound(measured, "day", 16) is None


def test_the_ideal_is_measured_and_is_one_on_one_core() -> None:
    rows = [
        made_row("ideal/processes/cores:2/workers:2", repetition=index, ideal_speedup=value)
        for index, value in enumerate((1.7, 1.9, 1.8))
    ]
    measured = Measurements(rows)
    ideal, single = measured.ideal(2), measured.ideal(1)
    assert ideal is not None and ideal.median == 1.8
    assert single is not None and single.median == 1.0
    assert measured.ideal(3) is None
    assert measured.workloads == []


def pool(workers: int, times_ms: Iterable[float]) -> list[Row]:
    return [
        row
        for cores in (1, 2)
        for row in repeated(f"counter/threads/cores:{cores}/workers:{workers}", times_ms)
    ]


def test_the_best_worker_count_is_chosen_on_one_half_and_shown_from_the_other() -> None:
    # 16 workers are faster in the 1st, 3rd, ... repetition, where the choice is made, and slower in the others.
    rows = (
        repeated(SEQUENTIAL, [1000.0] * 7)
        + pool(2, [500.0] * 7)
        + pool(16, [10, 200, 10, 200, 10, 200, 10])
        + pool(64, [20.0] * 7)
    )
    points = gain_map.map_points(Measurements(rows), 2)
    assert [(point.workers, point.best) for point in points] == [(2, False), (16, True)]
    shown = points[1].interleaving.spread
    assert shown is not None
    assert (shown.median, shown.count) == (5.0, 3)


def test_a_single_repetition_serves_for_choice_and_figure() -> None:
    rows = repeated(SEQUENTIAL, [1000.0]) + pool(2, [500.0]) + pool(64, [20.0])
    best = gain_map.map_points(Measurements(rows), 2)[-1]
    assert best.best and best.interleaving.spread is not None
    assert best.interleaving.spread.median == pytest.approx(50.0)


def test_the_size_check_uses_all_repetitions() -> None:
    # Of the second size only the first repetition is there, which is not in the half that is shown.
    rows = (
        repeated(SEQUENTIAL, [100.0] * 7, tasks=100)
        + repeated(SEQUENTIAL, [200.0], tasks=200)
        + pool(2, [500.0] * 7)
        + pool(64, [20.0] * 7)
    )
    best = gain_map.map_points(Measurements(rows), 2)[-1]
    assert best.best and best.complete


def test_a_backend_of_one_thread_is_one_point() -> None:
    rows = [
        row for cores in (1, 2) for row in repeated(f"counter/event_loop/cores:{cores}/workers:1", [10.0] * 7)
    ]
    points = gain_map.map_points(Measurements(rows + repeated(SEQUENTIAL, [100.0] * 7)), 2)
    assert [(point.backend, point.workers, point.best) for point in points] == [("event_loop", 1, True)]


def test_worker_counts_with_too_few_repetitions_are_no_candidates() -> None:
    measured = Measurements(pool(2, [500.0] * 7) + pool(64, [20.0] * 7) + pool(16, [1.0] * 2))
    assert worker_counts.best_workers(measured, "counter", "threads", 2) == 64
    few = Measurements(pool(2, [500.0] * 2) + pool(64, [20.0] * 2) + pool(16, [1.0]))
    assert worker_counts.best_workers(few, "counter", "threads", 2) == 64


def test_all_candidates_are_judged_on_the_repetitions_that_all_have() -> None:
    # 64 workers are faster from the fourth repetition on, when 16 workers were not measured any more.
    rows = repeated(SEQUENTIAL, [1000.0] * 7) + pool(64, [20, 20, 20, 1, 1, 1, 1]) + pool(16, [10, 15, 10])
    choice = worker_counts.choose_workers(Measurements(rows), "counter", "threads", 2)
    assert choice == worker_counts.Choice(16, frozenset({0, 2}))
    (best,) = gain_map.map_points(Measurements(rows), 2)
    assert best.interleaving.spread is not None
    assert (best.interleaving.spread.median, best.interleaving.spread.count) == (pytest.approx(1000 / 15), 1)


def test_names_are_shown_in_the_suites_order() -> None:
    rows = repeated("b/threads/cores:1/workers:1", [1.0]) + repeated("a/sequential/cores:1/workers:1", [1.0])
    measured = Measurements(rows, ["a", "b", "c"], ["sequential"])
    assert measured.workloads == ["a", "b"]
    assert measured.backends == ["sequential", "threads"]
