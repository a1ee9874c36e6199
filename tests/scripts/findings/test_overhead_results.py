"""What rows of bench_overhead say, against answers known by hand."""

from dataclasses import replace
from pathlib import Path

import pytest
from bookstore.terminal.errors import InputError
from bookstore.findings.overhead import KEPT, NOT_KEPT, UNDECIDED
from bookstore.stats.metg import BELOW_SMALLEST, NOT_REACHED
from bookstore.findings.contention import by_workload, is_felt, slowdowns
from bookstore.findings.overhead import Overhead, CostSetting, overhead_from
from bookstore.data.results import Results, Row
from bookstore.report.pools import contention_table
from bookstore.stats.intervals import Spread
from conftest import made_row

SIZES = (0, 10, 100, 1000, 10_000)


def overhead(rows: list[Row], worth: float = 1.6) -> Overhead:
    speedups = {1: Spread(1.0, 1.0, 1.0, 1, None), 2: Spread(worth, worth, worth, 7, 0.98)}
    return overhead_from(Results(Path("overhead.json"), {}, rows), speedups, ["threads", "tbb"])


def grain(backend: str, cores: int, size: int, extra: float, repetition: int = 0, worth: float = 1.0) -> Row:
    """A task that takes its work and a fixed extra, on cores worth so much."""
    name = f"grain/{backend}/cores:{cores}/workers:{cores}/work_ns:{size}"
    each = (size + extra) / worth
    return made_row(name, repetition=repetition, ns_per_task=each, direct_ns_per_task=size or 1.0)


def seam(work: int, raw: float, differences: list[float]) -> list[Row]:
    name = f"seam_grain/threads/cores:2/workers:2/work_ns:{work}/align:64"
    return [
        made_row(
            name,
            repetition=repetition,
            raw_ns=raw,
            seam_ns=raw + difference,
            difference_ns=difference,
            ratio=1 + difference / raw,
        )
        for repetition, difference in enumerate(differences)
    ]


def test_efficiency_and_metg_take_what_the_cores_are_worth() -> None:
    rows = [grain("threads", 2, size, 100, worth=1.6) for size in SIZES]
    [curve] = overhead(rows).curves
    assert (curve.backend, curve.cores, curve.workers) == ("threads", 2, 2)
    assert curve.efficiencies[100].median == pytest.approx(0.5)
    assert curve.efficiencies[10_000].median == pytest.approx(100 / 101)
    assert curve.metg[0].ns.median == pytest.approx(100)
    assert not curve.metg[0].ns.is_interval


def test_seven_processes_make_an_interval_of_metg() -> None:
    rows = [
        grain("tbb", 1, size, extra, repetition)
        for repetition, extra in enumerate((80, 90, 95, 100, 105, 110, 120))
        for size in SIZES
    ]
    [curve] = overhead(rows).curves
    half = curve.metg[0].ns
    assert half.is_interval and half.median == pytest.approx(100)
    assert (half.low, half.high) == pytest.approx((80, 120), rel=0.1)  # sizes are a factor of ten apart


def test_sizes_outside_what_was_measured() -> None:
    fast = [grain("threads", 1, size, 0.5) for size in SIZES]
    slow = [grain("tbb", 1, size, 1e6) for size in SIZES]
    found = {curve.backend: curve for curve in overhead([*fast, *slow]).curves}
    assert found["threads"].metg[0].ns.median == BELOW_SMALLEST
    assert found["tbb"].metg[1].ns.median == NOT_REACHED


def test_no_curve_for_raw_twins_and_for_cores_of_unknown_worth() -> None:
    rows = [grain(name, 1, size, 10) for name in ("raw_tbb_flat", "tbb") for size in SIZES]
    rows += [grain("threads", 4, size, 10) for size in SIZES]
    assert [curve.backend for curve in overhead(rows).curves] == ["tbb"]


def test_a_size_that_one_repetition_lacks_leaves_the_repetition_out_of_metg() -> None:
    rows = [grain("tbb", 1, size, 100, repetition) for repetition in range(7) for size in SIZES]
    rows = [row for row in rows if not (row.repetition == 6 and row.counter("work_ns") == 100)]
    [curve] = overhead(rows).curves
    assert curve.metg[0].ns.median == pytest.approx(100) and curve.efficiencies[100].count == 6


@pytest.mark.parametrize(
    ("work", "raw", "differences", "answer"),
    [
        (0, 10.0, [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], KEPT),  # up to 1 ns
        (
            0,
            10.0,
            [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1.1],
            UNDECIDED,
        ),  # the whole interval counts, not the median
        (
            0,
            10.0,
            [0.9, 1.1, 1.2, 1.3, 1.4, 1.5, 9.0],
            UNDECIDED,
        ),  # nor is the limit broken while it lies within
        (0, 100.0, [4.0, 4.1, 4.2, 4.3, 4.4, 4.5, 4.9], KEPT),  # up to 5 % of raw
        (0, 100.0, [5.1] * 7, NOT_KEPT),
        (0, 10.0, [-3.0] * 7, KEPT),
        (0, 10.0, [0.2, 0.3, 0.4], UNDECIDED),  # no interval
        (1000, 1000.0, [9.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0], UNDECIDED),  # of the ratio, around 1.01
        (1000, 1000.0, [11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0], NOT_KEPT),
        (1000, 1000.0, [-20.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], KEPT),
    ],
)
def test_the_limit_of_the_seam(work: int, raw: float, differences: list[float], answer: str) -> None:
    [found] = overhead(seam(work, raw, differences)).seams
    assert found.answer == answer and found.by_ratio is (work == 1000)


def test_a_slowdown_is_formed_within_each_repetition() -> None:
    rows = [
        made_row(
            f"contention/tbb/cores:2/workers:2/workload:1/skew:{skew}",
            repetition=repetition,
            tasks_per_second=speed / (1 + skew),
            cpu_us_per_task=6,
            found_held_fraction=0,
        )
        for repetition, speed in enumerate((1000, 400, 2000))
        for skew in (0, 1)
    ]
    ratios = slowdowns(overhead(rows).select("contention"))
    assert ratios[1.0].low == ratios[1.0].high == pytest.approx(2) and ratios[0.0].median == 1
    short = [replace(row, counters={**row.counters, "too_short": 1.0}) for row in rows[:2]]
    assert slowdowns(overhead([*short, *rows[2:]]).select("contention"))[1.0].count == 2


@pytest.mark.parametrize(("threads", "felt"), [(2.6, True), (2.05, False)])
def test_a_hot_shelf_is_felt_beyond_what_its_titles_cost(threads: float, felt: bool) -> None:
    """All backends take twice as long for the titles alone."""
    rows = [
        made_row(
            f"contention/{backend}/cores:2/workers:2/workload:0/cpu_scale:1/skew:{skew}",
            repetition=repetition,
            tasks_per_second=(1000 + repetition) / (slowdown if skew else 1),
            cpu_us_per_task=6,
            found_held_fraction=0,
        )
        for backend, slowdown in (("event_loop", 2.0), ("threads", threads))
        for repetition in range(7)
        for skew in (0, 1)
    ]
    made = overhead(rows)
    assert is_felt(by_workload(made)["shelving"]) is felt
    first, *_ = contention_table(made).notes
    assert ("is felt" in first) is felt and "threads" in first
    once, *_ = contention_table(overhead([row for row in rows if row.repetition == 0])).notes
    assert "a hint" in once and "is felt" not in once


@pytest.mark.parametrize(("kernel", "told"), [(35_000.0, 35_000.0), (8000.0, None)])
def test_what_the_kernel_keeps_is_told_unless_it_is_less_than_nothing(
    kernel: float, told: float | None
) -> None:
    name = "waiting/threads/cores:2/workers:64/tasks:64/deadlines:0/span_ms:200"
    row = made_row(
        name,
        bytes_per_waiting_task=9000,
        cpu_ns_per_wait=20_000,
        bytes_per_waiting_task_with_kernel=kernel,
    )
    [figure] = overhead([row]).select("waiting")
    found = figure.with_kernel()
    assert (None if found is None else found.median) == told


def test_figures_come_in_the_order_of_the_backends_and_twins_last() -> None:
    rows = [grain(name, 1, 0, 1) for name in ("raw_threads", "openmp", "tbb", "raw_tbb_flat", "threads")]
    found = [figure.setting.backend for figure in overhead(rows).select("grain")]
    assert found == ["threads", "tbb", "openmp", "raw_threads", "raw_tbb_flat"]


def test_parameters_come_from_counters() -> None:
    row = made_row("stocktake/tbb/cores:2/workers:2", fanout=10, leaves=1000, ns_per_fork=30)
    [setting] = overhead([row]).figures
    params = (("fanout", 10.0), ("leaves", 1000.0), ("cutoff", 0.0))
    assert setting == CostSetting("stocktake", "tbb", 2, 2, params)


def test_rows_that_met_a_limit_are_kept_apart() -> None:
    rows = [grain("tbb", 1, 0, 1)]
    limited = Row("waiting/tbb/cores:2/workers:9999", float("nan"), {"workers": 9999.0, "limit_reached": 1.0})
    found = overhead([*rows, limited])
    assert list(found.limits) == [limited] and len(found.figures) == 1


def test_a_row_without_its_figure_is_refused() -> None:
    with pytest.raises(InputError, match="ns_per_fork"):
        overhead([made_row("stocktake/tbb/cores:2/workers:2", fanout=10)])
    with pytest.raises(InputError, match="no row"):
        overhead([made_row("counter/tbb/cores:2/workers:2")])
