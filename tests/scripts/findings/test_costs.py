"""Costs of virtual time from one core's rows: known answers, and what is refused."""

from pathlib import Path

import pytest

from bookstore.data.results import Results, Row, Run
from bookstore.findings import costs
from bookstore.terminal.errors import InputError
from conftest import made_row
from one_core_run import BASELINE, FLOOR, GRAIN, POOLS, run_of


def test_costs_are_what_one_core_measured() -> None:
    found = costs.costs_of(run_of(BASELINE + POOLS, GRAIN, FLOOR))
    median = {name: cost.ns.median for name, cost in found.items()}
    assert median["step/rent/0"] == 4100 and median["step/rent/1"] == 1000
    assert (found["step/rent/0"].ns.low, found["step/rent/0"].ns.high) == (4000, 4400)
    assert median["dispatch/threads"] == 100  # of empty tasks alone
    assert median["dispatch/event_loops"] == 0  # nothing that shows
    assert median["sleep/threads"] == pytest.approx(25_100 - 5_000 - 100)
    assert median["timer/event_loops"] == pytest.approx(500)
    assert median["sleep"] == median["sleep/threads"]
    assert median["wake_up"] == 52_000
    assert found["claim"].rows == "" and found["wake_up"].rows != ""
    assert median["idle"] == pytest.approx(42_000 - 5_000 - 20_000)  # beside what a sleep takes
    assert (median["held/rent/1"], median["lock"], median["step/open/0"]) == (80, 18, 2_100_000)
    assert found["held/return/1"].rows == ""
    assert median["slice"] == 3_900_000
    assert median["handover/threads"] == 4000  # at the rate at which the door sleeps least
    assert median["idle/threads"] == pytest.approx(
        2_000
    )  # 44 us beside the steps, in two sleeps, less a sleep
    assert "dispatch/raw_threads" not in found


def test_rows_of_more_cores_are_not_looked_at() -> None:
    more = [
        made_row(
            row.name.replace("cores:1", "cores:2"), **{**row.counters, "cores": 2.0, "cpu_us_per_task": 1e6}
        )
        for row in BASELINE + POOLS
    ]
    grain = [made_row("grain/threads/cores:2/workers:2", overhead_ns_per_task=1e6, work_ns=0.0)]
    late = [made_row("null/threads/cores:2/workers:2", floor_wake_up_p50_us=1e6)]
    one = costs.costs_of(run_of(BASELINE + POOLS, GRAIN, FLOOR))
    assert costs.costs_of(run_of(BASELINE + POOLS + more, GRAIN + grain, FLOOR + late)) == one


def test_without_the_price_of_steps_there_is_nothing_to_play() -> None:
    with pytest.raises(InputError, match="no row says what steps cost; measure sequential on one core"):
        costs.costs_of(run_of(POOLS, GRAIN, FLOOR))


def test_the_document_says_where_each_comes_from() -> None:
    run = run_of(BASELINE + POOLS, GRAIN, FLOOR)
    written = costs.document(costs.costs_of(run), {}, run)["costs"]
    assert isinstance(written, dict)
    assert written["claim"]["from"] == "nominal"
    assert written["dispatch/threads"] == {
        "ns": 100.0,
        "low": 100.0,
        "high": 100.0,
        "level": None,
        "from": "grain/threads/cores:1",
    }


def test_what_cores_share_comes_from_rows_of_more_for_the_reach_alone() -> None:
    crowded = [
        made_row(
            f"contention/threads/cores:2/workers:2/skew:{skew}/cpu_scale:0.05",
            repetition=repetition,
            workload=0.0,
            time_per_task_us=us,
            work_us_per_task=0.7,
            found_held_fraction=held,
            locks_per_task=2.0,
        )
        for repetition in (0, 1)
        for skew, us, held in ((0, 0.5, 0.0), (1.5, 0.55, 0.05))
    ]
    on_two = [
        made_row("grain/threads/cores:2/workers:2", ns_per_task=80.0, work_ns=0.0),
        made_row("grain/event_loops/cores:2/workers:2", ns_per_task=30.0, work_ns=0.0),
        made_row("grain/event_loops/cores:2/workers:2", ns_per_task=900.0, work_ns=1000.0),
    ]
    run = run_of(BASELINE + POOLS, GRAIN + on_two + crowded, FLOOR)
    known = costs.costs_of(run)
    found = costs.shared_costs(run, known)
    # Two take turns: what they do beside the claim is hidden only where it is shorter.
    assert found["claim/threads"].ns.median == pytest.approx(2 * 80 - 104)
    # Empty tasks of loops show no counter that is shared: each has a part of its own.
    assert found["claim/event_loops"] == found["claim/threads"]
    # 100 ns more for a tenth of a lock more that was taken; half of a hold of 75 ns was waited for anyway.
    assert found["lock_handover/threads"].ns.median == pytest.approx(1000 - 37.5)
    assert "more cores" in found["claim/threads"].rows
    assert known["claim"].rows == ""
    assert costs.shared_costs(run_of(BASELINE, GRAIN, FLOOR), known) == {}


def test_without_a_pool_that_waits_a_sleep_is_the_baselines() -> None:
    found = costs.costs_of(run_of(BASELINE, GRAIN, []))
    assert found["sleep"].ns.median == pytest.approx(42_000 - 5_000) and found["sleep"].rows != ""
    assert found["idle"].ns.median == 0
    assert found["wake_up"].rows == "" and found["timer"].rows == ""  # nominal
