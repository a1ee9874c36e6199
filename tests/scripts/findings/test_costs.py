"""Costs of virtual time from one core's rows: known answers, and what is refused."""

from pathlib import Path

import pytest
from conftest import made_row

from bookstore.data.results import Results, Row, Run
from bookstore.findings import costs
from bookstore.terminal.errors import InputError

BASELINE = [
    made_row(
        "counter/sequential/cores:1/workers:1",
        repetition=repetition,
        work_us_per_task=5.0,
        step_rent_0_ns=ns,
        step_rent_1_ns=1000.0,
    )
    for repetition, ns in enumerate((4000.0, 4100.0, 4400.0))
]
POOLS = [
    made_row("counter/threads/cores:1/workers:64", cpu_us_per_task=25.1, waits_per_task=1.0, overlapped=0.0),
    made_row(
        "counter/event_loops/cores:1/workers:1", cpu_us_per_task=5.5, waits_per_task=1.0, overlapped=1.0
    ),
]
GRAIN = [
    made_row("grain/threads/cores:1/workers:1", overhead_ns_per_task=100.0, work_ns=0.0),
    made_row("grain/event_loops/cores:1/workers:1", overhead_ns_per_task=-3.0, work_ns=0.0),
    made_row("grain/threads/cores:1/workers:1", overhead_ns_per_task=900.0, work_ns=1000.0),
]
FLOOR = [made_row("null/threads/cores:1/workers:1", floor_wake_up_p50_us=late) for late in (50.0, 54.0, 52.0)]


def made_run(closed: list[Row], overhead: list[Row], latency: list[Row]) -> Run:
    return Run(
        Path("run"),
        {},
        Results(Path("t"), {}, closed),
        None,
        latency=Results(Path("l"), {}, latency),
        overhead=Results(Path("o"), {}, overhead),
    )


def test_costs_are_what_one_core_measured() -> None:
    found = costs.costs_of(made_run(BASELINE + POOLS, GRAIN, FLOOR))
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


def test_rows_of_more_cores_are_not_looked_at() -> None:
    more = [
        made_row(
            row.name.replace("cores:1", "cores:2"), **{**row.counters, "cores": 2.0, "cpu_us_per_task": 1e6}
        )
        for row in BASELINE + POOLS
    ]
    grain = [made_row("grain/threads/cores:2/workers:2", overhead_ns_per_task=1e6, work_ns=0.0)]
    late = [made_row("null/threads/cores:2/workers:2", floor_wake_up_p50_us=1e6)]
    one = costs.costs_of(made_run(BASELINE + POOLS, GRAIN, FLOOR))
    assert costs.costs_of(made_run(BASELINE + POOLS + more, GRAIN + grain, FLOOR + late)) == one


def test_without_the_price_of_steps_there_is_nothing_to_play() -> None:
    with pytest.raises(InputError, match="no row says what steps cost; measure sequential on one core"):
        costs.costs_of(made_run(POOLS, GRAIN, FLOOR))


def test_the_document_says_where_each_comes_from() -> None:
    run = made_run(BASELINE + POOLS, GRAIN, FLOOR)
    written = costs.document(costs.costs_of(run), run)["costs"]
    assert isinstance(written, dict)
    assert written["claim"]["from"] == "nominal"
    assert written["dispatch/threads"] == {
        "ns": 100.0,
        "low": 100.0,
        "high": 100.0,
        "level": None,
        "from": "grain/threads/cores:1",
    }
