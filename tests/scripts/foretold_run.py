"""A made run of few core counts, beside what was foretold of it and of more cores."""

from collections.abc import Sequence
from pathlib import Path

from bookstore.data.results import Results, Row, Run
from conftest import made_row

CLOSED = [
    made_row(
        f"counter/threads/cores:2/workers:64/repetition:{repetition}",
        ms=ms,
        cpu_us_per_task=20.0,
        tasks_per_second=1e6 / ms,
    )
    for repetition, ms in enumerate((10.0, 11.0, 12.0))
]
OPEN = [
    made_row(
        "counter/threads/cores:2/workers:64/rate:5000/duration:1",
        valid=1.0,
        overload=0.0,
        delay_p50_us=100.0,
        delay_p99_us=200.0,
        cpu_us_per_task=25.0,
    )
]
ONE = [made_row("counter/threads/cores:1/workers:64", ms=20.0, cpu_us_per_task=20.0)]
FORETOLD = [
    made_row(
        "counter/simulated/cores:2/workers:64",
        ms=10.0,
        as_threads=1.0,
        cpu_us_per_task=22.0,
        tasks_per_second=1e5,
    ),
    made_row(
        "counter/simulated/cores:2/workers:64/rate:5000",
        as_threads=1.0,
        delay_p50_us=120.0,
        delay_p99_us=180.0,
        cpu_us_per_task=25.0,
    ),
]
REACH = (
    [
        made_row(
            f"counter/simulated/cores:{cores}/workers:{cores}",
            as_event_loops=1.0,
            tasks_per_second=min(1e5 * cores, 2e7),
            claim_busy_fraction=busy,
            lock_busy_fraction=0.5,
            reach=1.0,
        )
        for cores, busy in ((1, 0.0), (64, 0.5), (1024, 0.97))
    ]
    + [
        made_row(
            "counter/simulated/cores:1/workers:1", as_sequential=1.0, tasks_per_second=2500.0, reach=1.0
        ),
        made_row(
            "counter/simulated/cores:1/workers:1",
            as_event_loops=1.0,
            tasks_per_second=8e4,
            reach=1.0,
            costs_end=1.0,
        ),
        made_row(
            "counter/simulated/cores:1/workers:1",
            as_event_loops=1.0,
            tasks_per_second=1.3e5,
            reach=1.0,
            costs_end=-1.0,
        ),
    ]
    + [
        Row(
            f"capacity/counter/simulated/cores:{cores}/workers:{cores}",
            float("nan"),
            {
                "cores": float(cores),
                "workers": float(cores),
                "as_event_loops": 1.0,
                "passing_per_second": passing,
                "failing_per_second": 2 * passing,
                "reach": 1.0,
            },
        )
        for cores, passing in ((64, 4e6), (1024, 5e6))
    ]
)


def made_run(loops_on: Sequence[int] = ()) -> Run:
    """With event_loops measured on these core counts: one twentieth of each task is done by one at a time."""
    loops = [
        made_row(
            f"counter/event_loops/cores:{cores}/workers:{cores}",
            ms=10.0 * (1 + 0.05 * (cores - 1)) / cores,
            cpu_us_per_task=10.0,
        )
        for cores in loops_on
    ]
    rows = Results(Path("p"), {}, FORETOLD + REACH)
    return Run(
        Path("run"),
        {},
        Results(Path("t"), {}, CLOSED + ONE + loops),
        None,
        latency=Results(Path("l"), {}, OPEN),
        prediction=rows,
    )
