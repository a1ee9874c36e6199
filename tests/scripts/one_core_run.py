"""Made rows of one core, from which everything has a price."""

from pathlib import Path

from bookstore.data.results import Results, Row, Run
from conftest import made_row

BASELINE = [
    made_row(
        "counter/sequential/cores:1/workers:1",
        repetition=repetition,
        work_us_per_task=5.0,
        cpu_us_per_task=42.0,
        tasks_per_second=2500.0,
        waits_per_task=1.0,
        step_rent_0_ns=ns,
        step_rent_1_ns=1000.0,
        held_rent_1_ns=80.0,
        lock_ns=18.0,
        open_us=2100.0,
    )
    for repetition, ns in enumerate((4000.0, 4100.0, 4400.0))
]
POOLS = [
    made_row(
        "counter/threads/cores:1/workers:64",
        cpu_us_per_task=25.1,
        tasks_per_second=39_000.0,
        waits_per_task=1.0,
        overlapped=0.0,
    ),
    # Its core idles, and that is no part of what a sleep takes.
    made_row(
        "counter/threads/cores:1/workers:2",
        cpu_us_per_task=40.0,
        tasks_per_second=5_000.0,
        waits_per_task=1.0,
        overlapped=0.0,
    ),
    made_row(
        "counter/event_loops/cores:1/workers:1",
        cpu_us_per_task=5.5,
        tasks_per_second=180_000.0,
        waits_per_task=1.0,
        overlapped=1.0,
    ),
    made_row(
        "shelving/threads/cores:1/workers:2",
        ms=390.0,
        cpu_us_per_task=19.0,
        tasks_per_second=52_000.0,
        waits_per_task=0.0,
        involuntary_switches=100.0,
    ),
]
GRAIN = [
    made_row("grain/threads/cores:1/workers:1", overhead_ns_per_task=100.0, ns_per_task=104.0, work_ns=0.0),
    made_row("grain/event_loops/cores:1/workers:1", overhead_ns_per_task=-3.0, ns_per_task=12.0, work_ns=0.0),
    made_row("grain/sequential/cores:1/workers:1", overhead_ns_per_task=0.0, ns_per_task=4.0, work_ns=0.0),
    made_row("grain/threads/cores:1/workers:1", overhead_ns_per_task=900.0, work_ns=1000.0),
    made_row("grain/raw_threads/cores:1/workers:1", overhead_ns_per_task=5.0, ns_per_task=9.0, work_ns=0.0),
]
FLOOR = [
    made_row("null/threads/cores:1/workers:1", floor_wake_up_p50_us=late) for late in (50.0, 54.0, 52.0)
] + [
    made_row(
        f"counter/threads/cores:1/workers:64/rate:{rate}",
        tasks=1000.0,
        cpu_us_per_task=cpu,
        voluntary_switches=sleeps,
        door_cpu_us_per_task=us,
        valid=1.0 - overload,
        overload=overload,
    )
    for rate, cpu, sleeps, us, overload in (
        (5000, 49.0, 2000.0, 16.0, 0.0),
        (35_000, 27.0, 1000.0, 4.0, 0.0),
        (70_000, 25.0, 500.0, 48.0, 0.0),
        (2_000, 90.0, 600.0, 1.0, 1.0),  # ended early: not all of its tasks were done
    )
]


def run_of(closed: list[Row], overhead: list[Row], latency: list[Row]) -> Run:
    return Run(
        Path("run"),
        {},
        Results(Path("t"), {}, closed),
        None,
        latency=Results(Path("l"), {}, latency),
        overhead=Results(Path("o"), {}, overhead),
    )
