"""What things cost on the machine of a run: what virtual time is fed with.

costs_of() looks at no row of more than one core: what these costs predict of more cores was not known to them. What no row of
one core can tell (the counter and the locks that cores share) is nominal there, and is called so; shared_costs() takes it
from the rows of more cores, for core counts beyond them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bookstore.data.names import BASELINE
from bookstore.data.results import Row, Run
from bookstore.findings.open_figures import VALID, validity_of
from bookstore.stats.intervals import Spread, spread
from bookstore.terminal.errors import InputError

# Those of bench/rows/costs.cpp, in nanoseconds.
NOMINAL: Mapping[str, float] = {
    "claim": 40,
    "timer": 150,
    "sleep": 10_000,
    "wake_up": 50_000,
    "switch_over": 2_000,
    "slice": 3_000_000,
    "lock": 20,
    "lock_handover": 100,
    "handover": 2_000,
    "idle": 20_000,
    "held/rent/1": 100,
    "held/return/1": 100,
    "held/shelve/0": 3_000,
}
BUSY = 0.9  # of its time, a core has something to do whenever one worker sleeps
IDLE = 0.5
SELDOM = 0.5  # sleeps a task: too few to tell what each takes
FEW_SWITCHES = 10
# Whose workers claim from one counter all the time, and who pays the same where they do: when tasks arrive, or when a loop's
# own part of a closed run is empty.
CLAIMING, CLAIMING_AT_TIMES = "threads", ("event_loops",)


@dataclass(frozen=True)
class Cost:
    """Nanoseconds, and where they come from."""

    ns: Spread
    rows: str  # what they were measured by; empty for a nominal one


def costs_of(run: Run) -> dict[str, Cost]:
    """By the names that --costs takes. InputError where the run has not measured what no number can stand for."""
    closed = [row for row in run.throughput.select() if row.cores == 1 and not row.too_short]
    plain = [row for row in closed if row.backend == BASELINE and not row.locks]
    pools = [row for row in closed if row.backend != BASELINE and not row.in_flight]
    found = {name: Cost(spread([ns]), "") for name, ns in NOMINAL.items()}
    found |= step_costs(plain)
    if not any(name.startswith("step/") for name in found):
        raise InputError(
            f"no row says what steps cost; measure {BASELINE} on one core (scripts/run) with this build"
        )
    found |= dispatch_costs(row for row in empty_tasks(run) if row.cores == 1)
    work = {
        name: median(row.counter("work_us_per_task") for row in rows)
        for name, rows in _by_workload(plain).items()
    }
    found |= wait_costs(pools, work, found)
    found |= slice_cost(pools)
    floor = [row for row in (run.latency.select() if run.latency else []) if row.cores == 1]
    late = [
        1e3 * row.counter("floor_wake_up_p50_us") for row in floor if "floor_wake_up_p50_us" in row.counters
    ]
    if late:
        found["wake_up"] = Cost(spread(late), "the floor of the latency rows on one core")
    found |= idle_cost(plain, work, found)
    # Where more came than could be done, a run ends before its tasks do, and says nothing of each.
    kept_up = [row for row in floor if validity_of(row) == VALID]
    return found | idle_costs(kept_up, work, found) | door_costs(kept_up)


def step_costs(rows: Iterable[Row]) -> dict[str, Cost]:
    """Of each step of each kind of task, and of its locks: from the baseline's rows, which time their steps one by one."""
    times: dict[str, list[float]] = {}
    for row in rows:
        for name, ns in row.counters.items():
            parts = name.removesuffix("_ns").split("_")
            timed = parts[0] == "step" or (parts[0] == "held" and ns > 0)
            if name.endswith("_ns") and len(parts) == 3 and timed:
                times.setdefault("/".join(parts), []).append(ns)
        for name, counter, unit in (
            ("step/open/0", "open_us", 1e3),
            ("step/close/0", "close_us", 1e3),
            ("lock", "lock_ns", 1.0),
        ):
            if row.counters.get(counter, 0.0) > 0:
                times.setdefault(name, []).append(unit * row.counters[counter])
    return {name: Cost(spread(each), f"{BASELINE}, cores:1") for name, each in sorted(times.items())}


def empty_tasks(run: Run) -> list[Row]:
    """What was measured with tasks of no work, of the backends of this run and of none of their twins."""
    backends = {row.backend for row in run.throughput.select()}
    return [
        row
        for row in (run.overhead.select() if run.overhead else [])
        if row.workload == "grain" and row.counters.get("work_ns") == 0 and row.backend in backends
    ]


def dispatch_costs(grain: Iterable[Row]) -> dict[str, Cost]:
    """Of handing out an empty task, by backend."""
    times: dict[str, list[float]] = {}
    for row in grain:
        times.setdefault(row.backend, []).append(max(row.counter("overhead_ns_per_task"), 0.0))
    return {
        f"dispatch/{backend}": Cost(spread(each), f"grain/{backend}/cores:1")
        for backend, each in times.items()
    }


def wait_costs(rows: Sequence[Row], work: Mapping[str, float], known: Mapping[str, Cost]) -> dict[str, Cost]:
    """What a wait costs in CPU: the task's, less its steps and its dispatch, over its waits.

    A worker that waits with its task falls asleep and wakes up for it (`sleep`); one that goes on begins and ends a timer
    (`timer`), in which its own few sleeps are. Of the rows in which the core was busy, so that none of it was idling.
    `work`: microseconds of the steps of a task, by workload.
    """
    by_name: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        per_wait = _beside_per_wait(row, work, known)
        if per_wait is not None:
            by_name.setdefault(_wait_name(row), []).append((busy_part(row), per_wait))
    found = {}
    for name, each in by_name.items():
        enough = min(BUSY, max(part for part, _ in each))
        times = [ns for part, ns in each if part >= enough]
        found[name] = Cost(spread(times), f"{name.split('/')[1]}, cores:1")
    sleeps = [cost for name, cost in found.items() if name.startswith("sleep/")]
    if sleeps:  # of a loop that has nothing to do, too: what it costs the one whom it costs least
        found["sleep"] = min(sleeps, key=lambda cost: cost.ns.median)
    return found


def idle_cost(rows: Sequence[Row], work: Mapping[str, float], known: Mapping[str, Cost]) -> dict[str, Cost]:
    """What a sleep costs more where the core has nothing else to do: of the baseline, which is alone.

    Where no pool said what a sleep costs, all of it is the sleep.
    """
    beside = [_beside_per_wait(row, work, known) for row in rows if row.workers == 1]
    times = [ns for ns in beside if ns is not None]
    if not times:
        return {}
    alone = f"{BASELINE}, cores:1"
    if not known["sleep"].rows:
        return {"sleep": Cost(spread(times), alone), "idle": Cost(spread([0.0]), alone)}
    return {"idle": Cost(spread([max(ns - known["sleep"].ns.median, 0.0) for ns in times]), alone)}


def idle_costs(rows: Iterable[Row], work: Mapping[str, float], known: Mapping[str, Cost]) -> dict[str, Cost]:
    """The same of each backend, from the lowest rate that its core idled at: CPU beside the steps, by its sleeps."""
    found: dict[str, tuple[float, list[float]]] = {}
    for row in sorted(rows, key=lambda row: row.counters.get("rate", 0.0)):
        rate, steps = row.counters.get("rate", 0.0), work.get(row.workload)
        sleeps = row.counters.get("voluntary_switches", 0.0) / max(row.tasks, 1)
        sleep = known.get(f"sleep/{row.backend}", known.get("sleep"))
        if steps is None or sleep is None or sleeps < SELDOM:
            continue
        per_sleep = 1e3 * (row.counter("cpu_us_per_task") - steps) / sleeps
        least, times = found.setdefault(row.backend, (rate, []))
        if rate == least and 1e-6 * rate * row.counter("cpu_us_per_task") < IDLE:
            times.append(max(per_sleep - sleep.ns.median, 0.0))
    return {
        f"idle/{backend}": Cost(spread(times), f"open {backend}, cores:1")
        for backend, (_, times) in found.items()
        if times
    }


def slice_cost(rows: Iterable[Row]) -> dict[str, Cost]:
    """How long a worker was left on the core while another had work, of tasks that wait for nothing."""
    slices = [
        1e9 * row.real_time / row.counters["involuntary_switches"]
        for row in rows
        if row.workers > 1
        and not row.counters.get("waits_per_task", 1.0)
        and row.counters.get("involuntary_switches", 0.0) >= FEW_SWITCHES
    ]
    return {"slice": Cost(spread(slices), "shelving by more workers than cores, cores:1")} if slices else {}


def door_costs(rows: Iterable[Row]) -> dict[str, Cost]:
    """CPU of the door for each task, at the rate at which it was least: where the door sleeps least."""
    times: dict[str, dict[float, list[float]]] = {}
    for row in rows:
        if row.counters.get("door_cpu_us_per_task", 0.0) > 0:
            rates = times.setdefault(row.backend, {})
            rates.setdefault(row.counters.get("rate", 0.0), []).append(
                1e3 * row.counters["door_cpu_us_per_task"]
            )
    return {
        f"handover/{backend}": Cost(min(map(spread, rates.values()), key=_median), f"open {backend}, cores:1")
        for backend, rates in times.items()
    }


def shared_costs(run: Run, known: Mapping[str, Cost]) -> dict[str, Cost]:
    """What cores pay for sharing, from the rows of more than one; none where these were not measured."""
    costs = run.overhead.select() if run.overhead else []
    crowded = [row for row in costs if row.workload == "contention" and row.counters.get("workload") == 0]
    claiming = [row for row in empty_tasks(run) if row.backend == CLAIMING]
    return claim_costs(claiming) | handover_costs(crowded, known)


def claim_costs(grain: Sequence[Row]) -> dict[str, Cost]:
    """Of a claim from a counter that another core had last, from empty tasks on all cores.

    On p cores a task takes the longer of a claim, since one at a time claims, and a p-th of a claim and what it takes on one
    core. Solved for the claim.
    """
    alone = [row.counter("ns_per_task") for row in grain if row.cores == 1]
    times: list[float] = []
    for row in grain:
        if 1 < row.cores == row.workers and alone:
            each = row.counter("ns_per_task")
            times.append(max(min(each, row.cores * each - median(alone)), 0.0))
    if not times:
        return {}
    claim = Cost(spread(times), f"grain/{CLAIMING} on more cores")
    return {f"claim/{backend}": claim for backend in (CLAIMING, *CLAIMING_AT_TIMES)}


def handover_costs(rows: Sequence[Row], known: Mapping[str, Cost]) -> dict[str, Cost]:
    """From the owner of a lock to one who found it taken: of short tasks that crowd at one shelf.

    Beside its work a worker spends more time where tasks crowd than where they spread out: over how many more locks it
    found taken there, less the half of a hold that it waits for its owner.
    """
    found: dict[str, Cost] = {}
    short = [row for row in rows if row.counters.get("cpu_scale", 1.0) < 1 and row.workers == row.cores > 1]
    for backend in dict.fromkeys(row.backend for row in short):
        own = [row for row in short if row.backend == backend]
        even = {row.repetition: row for row in own if row.counters.get("skew", 0.0) == 0}
        steepest = max(row.counters.get("skew", 0.0) for row in own)
        times = []
        for row in own:
            other = even.get(row.repetition)
            if steepest == 0 or row.counters.get("skew") != steepest or other is None:
                continue
            met = _met(row) - _met(other)
            if met > 0:
                scaled = known["held/shelve/0"].ns.median * row.counters["cpu_scale"]
                half = scaled / max(row.counter("locks_per_task"), 1.0) / 2
                times.append(max((_beside_work(row) - _beside_work(other)) / met - half, 0.0))
        if times:
            found[f"lock_handover/{backend}"] = Cost(spread(times), f"contention/{backend} on more cores")
    return found


def document(costs: Mapping[str, Cost], shared: Mapping[str, Cost], run: Run) -> dict[str, object]:
    """What --costs reads, with what it passes over: where each comes from, how far it is known, what more cores told."""
    return {"run": run.caption(), "costs": _written(costs), "of_more_cores": _written(shared)}


def _written(costs: Mapping[str, Cost]) -> dict[str, dict[str, object]]:
    return {
        name: {
            "ns": cost.ns.median,
            "low": cost.ns.low,
            "high": cost.ns.high,
            "level": cost.ns.level,
            "from": cost.rows or "nominal",
        }
        for name, cost in sorted(costs.items())
    }


def busy_part(row: Row) -> float:
    """Of its cores."""
    return 1e-6 * row.counter("cpu_us_per_task") * row.counter("tasks_per_second") / row.cores


def _beside_per_wait(row: Row, work: Mapping[str, float], known: Mapping[str, Cost]) -> float | None:
    """Nanoseconds of CPU beside steps and dispatch, over the waits; None where it cannot be told."""
    waits, steps = row.counters.get("waits_per_task", 0.0), work.get(row.workload)
    dispatch = known.get(f"dispatch/{row.backend}")
    if not waits > 0 or steps is None or dispatch is None:
        return None
    beside = 1e3 * (row.counter("cpu_us_per_task") - steps) - dispatch.ns.median
    return max(beside / waits, 0.0)


def _beside_work(row: Row) -> float:
    """Nanoseconds of a worker's time for each task beside the steps."""
    return 1e3 * (row.counter("time_per_task_us") * row.cores - row.counter("work_us_per_task"))


def _met(row: Row) -> float:
    """Locks of a task that were taken when it came."""
    return row.counter("found_held_fraction") * row.counter("locks_per_task")


def _median(value: Spread) -> float:
    return value.median


def _wait_name(row: Row) -> str:
    return f"{'timer' if row.counters.get('overlapped') else 'sleep'}/{row.backend}"


def _by_workload(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        if "work_us_per_task" in row.counters:
            found.setdefault(row.workload, []).append(row)
    return found
