"""What waiting costs, where the same tasks without waits cost more: a difference below zero is no cost."""

from pathlib import Path

from bookstore.data.results import Results, Row, Run
from bookstore.findings.overhead import Overhead, overhead_of
from bookstore.plots.overhead.waiting import answer
from bookstore.report.pools import NOT_SEEN, waiting_table


def overhead(cpu_ns_per_wait: float) -> Overhead:
    counters = {"cores": 2.0, "workers": 2.0, "tasks": 1e6, "deadlines": 0.0, "exact": 0.0}
    counters |= {"bytes_per_waiting_task": 20.0, "cpu_ns_per_wait": cpu_ns_per_wait, "late_p50_us": 50.0}
    row = Row("waiting/asio/cores:2/workers:2/tasks:1000000", 1.0, counters)
    made = Results(Path("overhead.json"), {}, [row])
    found = overhead_of(
        Run(Path("run"), {"backends": ["asio"]}, Results(Path("t"), {}, []), None, overhead=made)
    )
    assert found is not None
    return found


def test_a_cost_below_zero_is_not_seen_and_why_is_said() -> None:
    for ns, cell, sentence in (
        (-1050.0, NOT_SEEN, "no CPU that is seen"),
        (287.0, "287", "287 ns"),
    ):
        found = overhead(ns)
        table = waiting_table(found)
        column = next(place for place, header in enumerate(table.headers) if header.startswith("CPU"))
        assert [line[column] for line in table.lines] == [cell]
        assert any("without waits cost more" in note for note in table.notes) == (ns < 0)
        assert sentence in answer({"asio": found.select("waiting")})
