"""C7: whenever somebody waits, the clerk could do something useful."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from bookstore.data.names import BASELINE
from bookstore.data.results import Row, Run
from bookstore.findings.claims.answer import (
    FAILS,
    HOLDS,
    HOLDS_IF,
    THROUGHPUT,
    UNDECIDED,
    Answer,
    Claim,
    joined,
    listed,
    not_measured,
    undecided,
)
from bookstore.findings.claims.decide import closed_rows, keys, paired, passes, why_open, why_unsound
from bookstore.stats.intervals import Spread

CLAIM = Claim(
    "C7",
    "Whenever somebody waits, the clerk could do something useful.",
    "How much of the time that tasks wait does one worker on one core make use of?",
    "service, closed, on one core: tasks that wait for 0, 0.5, 0.9 and 0.99 of their time, 1 to 1,024 of them in flight,"
    " under an event loop; against one after the other. In full also under two loops, on one core and on two.",
    "Too few tasks in flight to fill the waits, or waits so short that taking up another task costs as much.",
    "claims_waiting",
)
WORKLOAD, LOOP, LOOPS = "service", "event_loop", "event_loops"
NEAR = 0.8  # of the bound: what dispatching and timers may take of a task of 20 us is not told from there on


@dataclass(frozen=True)
class Interleaving:
    """Gain of an event loop over one task after the other, on one core."""

    fraction: float  # of a task's time that it waits
    in_flight: int
    gain: Spread
    rows: tuple[Row, ...]

    @property
    def bound(self) -> float:
        """The most that can be gained: as many as are in flight, or all that one after the other does not work.

        T(sequential) / CPU of its steps, both measured: it exceeds 1 / (1 - wait fraction) by what its sleeps are late.
        """
        alone = [
            1e6 * row.time_per_task / row.counters.get("work_us_per_task", row.counter("shape_cpu_us"))
            for row in self.rows
            if row.backend == BASELINE
        ]
        return min(self.in_flight, median(alone))


def wait_fraction(row: Row) -> float:
    cpu, wait = row.counter("shape_cpu_us"), row.counter("shape_wait_us")
    return wait / (cpu + wait)


def interleavings(run: Run) -> list[Interleaving]:
    """By rising wait fraction and tasks in flight."""
    slow: dict[float, list[Row]] = defaultdict(list)
    fast: dict[tuple[float, int], list[Row]] = defaultdict(list)
    for row in closed_rows(run, WORKLOAD):
        fraction = round(wait_fraction(row), 3)
        if row.cores == 1 and row.backend == BASELINE:
            slow[fraction].append(row)
        elif row.cores == 1 and row.backend == LOOP and row.in_flight:
            fast[fraction, row.in_flight].append(row)
    found = []
    for (fraction, in_flight), rows in sorted(fast.items()):
        gain = paired(slow[fraction], rows, lambda row: row.time_per_task)
        if gain is not None:
            found.append(Interleaving(fraction, in_flight, gain, (*slow[fraction], *rows)))
    return found


@dataclass(frozen=True)
class ParallelGain:
    """What more cores buy the same loops, at the same tasks in flight."""

    fraction: float
    in_flight: int
    cores: int
    gain: Spread
    rows: tuple[Row, ...]


def parallel_gains(run: Run) -> list[ParallelGain]:
    """By rising wait fraction and tasks in flight: time per task of n loops on one core over that on n cores."""
    groups: dict[tuple[float, int], dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in closed_rows(run, WORKLOAD):
        if row.backend == LOOPS and row.in_flight and row.cores in (1, row.workers):
            groups[round(wait_fraction(row), 3), row.in_flight][row.cores].append(row)
    found = []
    for (fraction, in_flight), by_cores in sorted(groups.items()):
        most = max(by_cores)
        gain = paired(by_cores[1], by_cores[most], lambda row: row.time_per_task) if most > 1 else None
        if gain is not None:
            rows = (*by_cores[1], *by_cores[most])
            found.append(ParallelGain(fraction, in_flight, most, gain, rows))
    return found


def answer(run: Run) -> Answer:
    """At the most tasks in flight: a wait is made use of if the whole interval of the gain lies at or above 0.8 of its
    bound, and not if it lies below. The claim holds if that is so of a
    wait fraction and of none it is not; only of some where they differ; not at all if it is so of none. Tasks that never
    wait decide nothing.
    """
    found = [each for each in interleavings(run) if each.fraction > 0]
    if not found:
        why = why_unsound(closed_rows(run, WORKLOAD))
        return (
            undecided(CLAIM, why) if why else not_measured(CLAIM, "the run has no row of service on one core")
        )
    most = {each.fraction: each for each in found}  # in flight rises
    used = {fraction: passes(each.gain, NEAR * each.bound) for fraction, each in most.items()}
    verdict, condition = _verdict(used, list(most.values()))
    parts: list[list[str | Spread]] = [[each.gain, f" of {each.bound:.3g}"] for each in most.values()]
    in_flight = max(each.in_flight for each in most.values())
    waits = listed([f"{100 * each.fraction:g}" for each in most.values()])
    said = (
        f"With {in_flight:,} tasks in flight one worker on one core does ",
        *joined(parts),
        f" possible times as many as one after the other, of tasks that wait {waits} % of their time.",
    )
    rows = tuple((THROUGHPUT, key) for each in most.values() for key in keys(each.rows))
    return Answer(CLAIM, verdict, condition, said, rows)


def _verdict(used: dict[float, bool | None], most: list[Interleaving]) -> tuple[str, str]:
    good = [fraction for fraction, each in used.items() if each is True]
    bad = [fraction for fraction, each in used.items() if each is False]
    if good and bad:
        shares = ", ".join(f"{100 * fraction:g}" for fraction in good)
        return HOLDS_IF, f"tasks wait {shares} % of their time"
    if good:
        return HOLDS, ""
    if len(bad) == len(used):
        return FAILS, ""
    return UNDECIDED, why_open(
        [each.gain for each in most], f"{NEAR:g} of the bound", [row for each in most for row in each.rows]
    )
