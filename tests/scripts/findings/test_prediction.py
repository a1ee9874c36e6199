"""What virtual time foretold, beside what was measured."""

from dataclasses import replace
from pathlib import Path

import pytest

from bookstore.data.played import Played, Way, played_of
from bookstore.data.results import Results, Row, Run
from bookstore.findings import prediction
from bookstore.findings.closed import measurements_of
from bookstore.plan.prediction import Asked, reach_rows, search_row, shares
from bookstore.report import prediction as report
from conftest import made_row
from foretold_run import FORETOLD, ONE, REACH, made_run

WAYS = [Way("threads", False, False), Way("event_loops", True, False), Way("event_loop", True, True)]


def test_more_than_one_core_is_foretold() -> None:
    found = prediction.to_foretell(made_run())
    assert list(found) == [
        Played("counter", "threads", 2, 64),
        Played("counter", "threads", 2, 64, 5000.0),
    ]


def test_errors_are_of_the_medians() -> None:
    run = made_run()
    compared = prediction.compare(FORETOLD + REACH, prediction.to_foretell(run))
    errors = {(bool(each.played.rate), each.figure): each.error for each in compared}
    assert errors == {
        (False, "tasks/s"): pytest.approx(0.1),
        (False, "CPU us/task"): pytest.approx(0.1),
        (True, "CPU us/task"): pytest.approx(0.0),
        (True, "delay p50 us"): pytest.approx(0.2),
        (True, "delay p99 us"): pytest.approx(-0.1),
    }


def test_what_ends_the_growth_is_named() -> None:
    reached = prediction.reached(FORETOLD + REACH)
    assert [each.limit for each in reached] == ["", "", "the shared counter"]
    assert [each.parallel for each in reached] == [1, 64, 200]
    assert {each.interleaving for each in reached} == {40}
    assert {each.inputs for each in reached} == {(0.8, 1.3)}
    assert [(each.holds, each.fails) for each in reached] == [(0, 0), (4e6, 8e6), (5e6, 1e7)]
    door = {
        "the door": {"event_loops": 160.0}
    }  # 6 million a second, the next to be tried, would keep it busy
    assert [each.held_by for each in prediction.reached(FORETOLD + REACH, door)] == ["", "", "the door"]
    counter = {"the door": {"event_loops": 140.0}, "the shared counter": {"event_loops": 160.0, "tbb": 200.0}}
    assert [each.held_by for each in prediction.reached(FORETOLD + REACH, counter)][
        -1
    ] == "the shared counter"
    assert {each.held_by for each in prediction.reached(FORETOLD + REACH)} == {""}
    alone = made_row("counter/simulated/cores:8/workers:1", claim_busy_fraction=0.0, lock_busy_fraction=0.0)
    assert prediction.limit_of(alone) == "one loop"


def test_backends_come_in_the_order_of_the_run() -> None:
    """Not in that of the processes that played them, which chance decides."""
    rows = [
        made_row(
            f"counter/simulated/cores:{cores}/workers:{cores}",
            tasks_per_second=1e5 * cores,
            reach=1.0,
            **{f"as_{name}": 1.0},
        )
        for name in ("fibers", "tbb", "threads")
        for cores in (1, 2)
    ]
    run = made_run()
    run = replace(
        run,
        environment={"backends": ["threads", "tbb", "fibers"]},
        prediction=Results(Path("p"), {}, rows),
    )
    found = [(each.played.backend, each.played.cores) for each in prediction.reached_of(run)]
    assert found == [(name, cores) for name in ("threads", "tbb", "fibers") for cores in (1, 2)]
    assert prediction.reached_of(replace(run, prediction=None)) == []


def test_tables_show_all_of_it() -> None:
    errors, reach, law = report.tables(made_run())
    assert ["counter", "threads", "2", "64", "closed", "tasks/s"] == errors.lines[0][:6]
    assert errors.lines[0][-1] == "+10 %"
    assert errors.lines[3][-1] == "+20 %" and "delay p50 us within 20 % in 1 of 1" in errors.notes[1]
    assert "knows nothing of" in " ".join(errors.notes)
    assert reach.lines[-1][-2:] == ["the shared counter", "-"]
    assert law.notes == ["not fitted: 2 points, 6 core counts are needed."]
    left_out = report.tables(made_run((64,)))[0].notes[-1]
    assert left_out == "not played, without a price or with too large a plan: counter/event_loops on 64."
    assert report.tables(Run(Path("run"), {}, Results(Path("t"), {}, ONE), None)) == []


def test_six_measured_core_counts_have_a_law() -> None:
    law = report.law_table(measurements_of(made_run((1, 2, 4, 8, 16, 32, 64))))
    ((workload, backend, counts, alpha, beta, gamma),) = law.lines
    assert (workload, backend, counts) == ("counter", "event_loops", "7")
    assert alpha.startswith("0.05") and beta.startswith("0") and gamma.startswith("100")


def test_names_are_those_that_the_binaries_take() -> None:
    assert (
        Played("day", "tbb", 2, 16).row(500)
        == "day/simulated/cores:2/workers:16/tasks:500/cpu_scale:0.01/as:tbb"
    )
    assert (
        Played("day", "tbb", 2, 16, 1e6).open_row(0.25)
        == "day/simulated/cores:2/workers:16/cpu_scale:0.01/rate:1000000/duration:0.25/as:tbb"
    )
    (played, tasks), *rest = reach_rows("counter", WAYS, Asked(0, (), (64, 1024), 500, False), waits=True)
    assert (played.workers, tasks, len(rest)) == (4096, 32_000, 5)
    assert rest[2] == (Played("counter", "event_loops", 1024, 1024), 512_000)
    assert rest[-1] == (Played("counter", "event_loop", 1024, 1), 512_000)
    assert reach_rows("shelving", WAYS, Asked(0, (), (64,), 500, False), waits=False)[0][0].workers == 64
    assert played_of(REACH[0]) == Played("counter", "event_loops", 1, 1)
    many = Played("counter", "tbb", 1024, 65536)
    assert "/rate:50000000/duration:0.01/" in search_row(many, 1e8, 0.0)
    assert "/rate:100000/duration:0.1/" in search_row(many, 1e8, 5000.0)  # so many can be let in


def test_what_many_cores_measured_is_played_in_part() -> None:
    small, large, day = (Played(name, "tbb", 64, 64) for name in ("errands", "counter", "day"))
    all_of_it = {small: 1_000, large: 2_000_000, day: 900_000}
    assert shares(all_of_it, 3_000_000) == {small: 1, large: 1, day: 1}
    # The day would be a third of itself, with its opening and closing whole.
    assert shares(all_of_it, 601_000) == {small: 1, large: pytest.approx(0.3)}
    assert shares({day: 900_000, small: 1_000}, 501_000) == {day: pytest.approx(5 / 9), small: 1}
    at_a_rate = Played("day", "tbb", 64, 64, 1e6)
    assert shares({at_a_rate: 1_000_000}, 100_000) == {at_a_rate: pytest.approx(0.1)}
