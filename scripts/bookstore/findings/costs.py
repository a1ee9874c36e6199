"""What things cost on the machine of a run, from what one core of it measured: what virtual time is fed with.

No row of more than one core is looked at: what these costs predict of more cores was not known to them. What no row of one
core can tell (the counter and the locks that cores share, time slices) is nominal, and is called so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bookstore.data.names import BASELINE
from bookstore.data.results import Row, Run
from bookstore.stats.intervals import Spread, spread
from bookstore.terminal.errors import InputError

# Those of bench/rows/costs.cpp, in nanoseconds; held/<kind>/<n> is the part of a step that is done under a lock.
NOMINAL: Mapping[str, float] = {
    "claim": 40,
    "switch_over": 2_000,
    "slice": 3_000_000,
    "lock": 20,
    "lock_handover": 100,
    "handover": 2_000,
    "held/rent/1": 100,
    "held/return/1": 100,
    "held/shelve/0": 3_000,
}


@dataclass(frozen=True)
class Cost:
    """Nanoseconds, and where they come from."""

    ns: Spread
    rows: str  # what they were measured by; empty for a nominal one


def costs_of(run: Run) -> dict[str, Cost]:
    """By the names that --costs takes. InputError where the run has not measured what no number can stand for."""
    closed = [row for row in run.throughput.select() if row.cores == 1 and not row.too_short]
    plain = [row for row in closed if row.backend == BASELINE and not row.locks]
    found = {name: Cost(spread([ns]), "") for name, ns in NOMINAL.items()}
    found |= step_costs(plain)
    if not any(name.startswith("step/") for name in found):
        raise InputError(
            f"{run.folder}: no row says what steps cost; measure {BASELINE} on one core (scripts/run) with this build"
        )
    grain = run.overhead.select(lambda row: row.workload == "grain") if run.overhead else []
    found |= dispatch_costs(row for row in grain if row.cores == 1)
    work = {
        name: median(row.counter("work_us_per_task") for row in rows)
        for name, rows in _by_workload(plain).items()
    }
    found |= wait_costs([row for row in closed if row.backend != BASELINE and not row.in_flight], work, found)
    floor = [row for row in (run.latency.select() if run.latency else []) if row.cores == 1]
    late = [
        1e3 * row.counter("floor_wake_up_p50_us") for row in floor if "floor_wake_up_p50_us" in row.counters
    ]
    if late:
        found["wake_up"] = Cost(spread(late), "the floor of the latency rows on one core")
    return found


def step_costs(rows: Iterable[Row]) -> dict[str, Cost]:
    """Of each step of each kind of task: from the baseline's rows, which time their steps one by one."""
    times: dict[str, list[float]] = {}
    for row in rows:
        for name, ns in row.counters.items():
            if name.startswith("step_") and name.endswith("_ns"):
                kind, step = name.removeprefix("step_").removesuffix("_ns").split("_")
                times.setdefault(f"step/{kind}/{step}", []).append(ns)
    return {name: Cost(spread(each), f"{BASELINE}, cores:1") for name, each in sorted(times.items())}


def dispatch_costs(grain: Iterable[Row]) -> dict[str, Cost]:
    """Of handing out an empty task, by backend."""
    times: dict[str, list[float]] = {}
    for row in grain:
        if row.counter("work_ns") == 0:
            times.setdefault(row.backend, []).append(max(row.counter("overhead_ns_per_task"), 0.0))
    return {
        f"dispatch/{backend}": Cost(spread(each), f"grain/{backend}/cores:1")
        for backend, each in times.items()
    }


def wait_costs(rows: Sequence[Row], work: Mapping[str, float], known: Mapping[str, Cost]) -> dict[str, Cost]:
    """What a wait costs in CPU: the task's, less its steps and its dispatch, over its waits.

    A worker that waits with its task falls asleep and wakes up for it (`sleep`); one that goes on begins and ends a timer
    (`timer`), in which its own few sleeps are. `work`: microseconds of the steps of a task, by workload.
    """
    per_wait: dict[str, list[float]] = {}
    for row in rows:
        waits, steps = row.counter("waits_per_task"), work.get(row.workload)
        dispatch = known.get(f"dispatch/{row.backend}")
        if not waits > 0 or steps is None or dispatch is None:
            continue
        beside = 1e3 * (row.counter("cpu_us_per_task") - steps) - dispatch.ns.median
        per_wait.setdefault(_wait_name(row), []).append(max(beside / waits, 0.0))
    found = {name: Cost(spread(each), f"{name.split('/')[1]}, cores:1") for name, each in per_wait.items()}
    sleeps = [cost for name, cost in found.items() if name.startswith("sleep/")]
    if sleeps:  # of a loop that has nothing to do, too: what it costs the one whom it costs least
        found["sleep"] = min(sleeps, key=lambda cost: cost.ns.median)
    return found


def document(costs: Mapping[str, Cost], run: Run) -> dict[str, object]:
    """What --costs reads, with what it passes over: where each comes from, and how far it is known."""
    return {
        "run": run.caption(),
        "costs": {
            name: {
                "ns": cost.ns.median,
                "low": cost.ns.low,
                "high": cost.ns.high,
                "level": cost.ns.level,
                "from": cost.rows or "nominal",
            }
            for name, cost in sorted(costs.items())
        },
    }


def _wait_name(row: Row) -> str:
    return f"{'timer' if row.counters.get('overlapped') else 'sleep'}/{row.backend}"


def _by_workload(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if "work_us_per_task" in row.counters:
            found.setdefault(row.workload, []).append(row)
    return found
