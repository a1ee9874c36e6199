"""C6: one cross-trained clerk, slicing time between small tasks, runs the shop with less overhead."""

from bookstore.data.names import BASELINE
from bookstore.data.results import Row, Run
from bookstore.findings.claims.answer import (
    THROUGHPUT,
    UNDECIDED,
    Answer,
    Claim,
    joined,
    not_measured,
    undecided,
)
from bookstore.findings.claims.decide import (
    MORE,
    keys,
    over_all,
    paired,
    passes,
    sound,
    why_open,
    why_unsound,
)
from bookstore.findings.closed import (
    ClosedSetting,
    Measurements,
    cpu_us_per_task,
    measurements_of,
    tasks_per_second,
)
from bookstore.findings.worker_counts import choose_workers
from bookstore.stats.intervals import Spread, spread

CLAIM = Claim(
    "C6",
    "One cross-trained clerk, slicing time between small tasks, runs the shop with less overhead.",
    "What does a task cost under one event loop, and under a pool at its best worker count?",
    "day (else counter), closed: an event loop on one core against every pool on all cores, at the worker count that"
    " serves most there.",
    "Tasks without waits, or with so much CPU work that a sleep and a wake-up do not matter beside it.",
    "cpu_per_task",
)
LOOP = "event_loop"
WORKLOADS = ("day", "counter")  # the first that was measured
SHOWN = 5


def rows_of_pools(measured: Measurements, workload: str) -> dict[str, list[Row]]:
    """Each pool's rows on the most cores at its best worker count, but for those that it was chosen on."""
    found = {}
    for backend in measured.backends:
        choice = choose_workers(measured, workload, backend, measured.most_cores)
        if backend in (BASELINE, LOOP) or choice is None:
            continue
        setting = ClosedSetting(workload, backend, measured.most_cores, choice.workers)
        rows = [row for row in sound(measured.rows(setting)) if row.repetition not in choice.repetitions]
        if rows:
            found[backend] = rows
    return found


def answer(run: Run) -> Answer:
    """By pool: the loop has less overhead if a task costs the pool at least a tenth more CPU (the whole interval of pool
    over loop lies at or above 1.1), and not if it lies below. The claim holds if it has less than a pool and than no pool
    not; only against some where they differ; not at all if it has less than none.
    """
    measured = measurements_of(run)
    workload = next((name for name in WORKLOADS if name in measured.workloads), None)
    if workload is None:
        return not_measured(CLAIM, "day and counter were left out")
    loop = sound(measured.rows(ClosedSetting(workload, LOOP, measured.core_counts[0], 1)))
    pools = rows_of_pools(measured, workload)
    ratios = {name: paired(rows, loop, cpu_us_per_task) for name, rows in pools.items()}
    found = {name: each for name, each in ratios.items() if each is not None}
    every = [row for row in measured.all if row.workload == workload]
    if not found:
        why = why_unsound(every)
        return (
            undecided(CLAIM, why) if why else not_measured(CLAIM, "an event loop or every pool was left out")
        )
    verdict, condition = over_all(
        {name: passes(each, MORE) for name, each in found.items()}, "the others are"
    )
    if verdict == UNDECIDED:
        condition = why_open(found.values(), f"{MORE:g}", every)
    shown = list(found.items())[:SHOWN]
    parts: list[list[str | Spread]] = [
        [f"{name} ", each, " times as much" * (not index)] for index, (name, each) in enumerate(shown)
    ]
    first = shown[0][0]
    said = [
        f"A {workload} task costs one event loop ",
        spread([cpu_us_per_task(row) for row in loop]),
        " us of CPU, ",
        *joined(parts),
        "; it serves ",
        spread([tasks_per_second(row) for row in loop]),
        f" a second on {_cores(loop)}, {first} ",
        spread([tasks_per_second(row) for row in pools[first]]),
        f" on {_cores(pools[first])}.",
    ]
    rows = [(THROUGHPUT, key) for key in keys([*loop, *(row for name, _ in shown for row in pools[name])])]
    return Answer(CLAIM, verdict, condition, tuple(said), tuple(rows))


def _cores(rows: list[Row]) -> str:
    return f"{rows[0].cores} core{'s' if rows[0].cores > 1 else ''}"
