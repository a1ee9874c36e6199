"""Which processes a run starts, in which order, and what a tight budget drops: pure functions."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bookstore.plan.machine import Spec

TIMED, IDEAL, MEMORY, TIMELINE = "timed", "ideal", "memory", "timeline"
CHOICE = "choice"  # rows that a worker count is chosen on; figures come from others
OPEN, CAPACITY = "open", "capacity"  # processes of bench_latency
OVERHEAD = "overhead"  # processes of bench_overhead

# What goes first when the budget is tight, as the reader is told of it; then rows that carry a gain, and main rows.
PLAIN_ROWS = {
    TIMED: "runs of rows that carry no gain",
    MEMORY: "runs that measure memory",
    OPEN: "runs of open rows beside the main ones",
    OVERHEAD: "runs of overhead that claim no interval",
}
MAIN_ROWS = {
    OPEN: "runs of main open rows",
    OVERHEAD: "runs of overhead that claim an interval",
}


# The part of the budget that plain rows may fill: what a late repetition takes longer than it seemed early must not
# cost a whole repetition of rows that carry a gain.
PLAIN_SHARE = 0.96

# Seconds of a repetition whose digests are known, as a part of the first one's: a guess until one has run.
LATER_SHARE = {TIMED: 0.7, MEMORY: 0.7, CHOICE: 0.7}


@dataclass(frozen=True)
class Process:
    """One fresh process of the binary."""

    kind: str
    backend: str
    cores: int
    repetition: int
    rows: tuple[Spec, ...] = ()
    cpu_speed: float = 1.0  # by which plans of default size grow
    known: str = ""  # a file of digests that earlier repetitions found directly; empty: find them
    turn: int = 0  # which of several of its kind, backend, cores and repetition: a rung of the ladder
    attempt: int = 0  # which attempt at its rows it is: those that were disturbed are measured again
    part: str = ""  # of the run, where another has processes of the same kind

    @property
    def id(self) -> str:
        parts = [self.part] * bool(self.part)
        parts += [f"{self.repetition}", self.kind, self.backend, f"{self.cores}"]
        if self.kind == MEMORY:
            parts.append(self.rows[0].workload)
        if self.turn:
            parts.append(f"turn{self.turn}")
        if self.attempt:
            parts.append(f"again{self.attempt}")
        return "-".join(parts)

    @property
    def measured_rows(self) -> float:
        """How many rows it measures: the unit in which its cost is estimated."""
        return max(1, len(self.rows))

    @property
    def time_limit(self) -> float | None:
        """Seconds after which it is ended and left out of the run; None: it is expected to end by itself."""
        return None

    @property
    def usual_seconds(self) -> float | None:
        """What one takes whose time is planned beside the budget; None: it is of the budget, as the others."""
        return None

    @property
    def chosen(self) -> list[str]:
        """The options that say what is measured, and on which CPUs: each repetition takes others, where there are."""
        rows = [part for row in self.rows for part in ("--row", row.name)]
        what = ["--ideal", "--cores", str(self.cores)] if self.kind == IDEAL else rows
        return what + ["--rotate", str(self.repetition)]

    def arguments(self, output: str) -> list[str]:
        """The binary's command line."""
        written = [f"--benchmark_out={output}", "--benchmark_out_format=json"]
        if self.kind == IDEAL:
            return self.chosen + written
        if self.kind == TIMELINE:
            return self.chosen + ["--timeline", output]
        memory = ["--memory"] if self.kind == MEMORY else []
        known = ["--known", self.known] if self.known else []
        speed = ["--cpu-speed", f"{self.cpu_speed:g}"] if self.cpu_speed != 1 else []
        # A machine may not give the most workers of a sweep: such a row is marked and the others are measured.
        return memory + self.chosen + ["--sweep"] + speed + known + written


def plan(
    timed: Sequence[Spec], memory: Sequence[Spec], timeline: Sequence[Spec], cores: Sequence[int], seed: int
) -> list[Process]:
    """All processes in their order: at random within each repetition, so that a slow minute hits all alike.

    The ideal for one core is 1 by definition and needs no process.
    """
    repetitions = max((spec.repetitions for spec in timed), default=0)
    processes: list[Process] = []
    for repetition in range(repetitions):
        generator = random.Random(f"{seed}/{repetition}")
        wanted = [spec for spec in timed if repetition < spec.repetitions]
        group = _grouped(TIMED, wanted, repetition, 0, generator)
        group += [Process(IDEAL, "processes", count, repetition) for count in cores if count > 1]
        group += [
            Process(MEMORY, spec.backend, spec.cores, repetition, (spec,))
            for spec in memory
            if repetition < spec.repetitions
        ]
        generator.shuffle(group)
        processes += group
    return processes + [Process(TIMELINE, spec.backend, spec.cores, 0, (spec,)) for spec in timeline]


def choice(rows: Sequence[Spec], repetition: int, turn: int, seed: int) -> list[Process]:
    """The processes of one rung or repetition of choosing, in a random order."""
    generator = random.Random(f"{seed}/choice/{repetition}/{turn}")
    group = _grouped(CHOICE, rows, repetition, turn, generator)
    generator.shuffle(group)
    return group


def _grouped(
    kind: str, rows: Sequence[Spec], repetition: int, turn: int, generator: random.Random
) -> list[Process]:
    """A process for each backend and core count."""
    groups: dict[tuple[str, int], list[Spec]] = defaultdict(list)
    for spec in rows:
        groups[spec.backend, spec.cores].append(spec)
    for group in groups.values():
        generator.shuffle(group)
    return [
        Process(kind, backend, cores, repetition, tuple(group), turn=turn)
        for (backend, cores), group in groups.items()
    ]


class Costs:
    """Seconds per row, learnt from the processes that have run."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str, int, bool], list[float]] = defaultdict(list)

    def learn(self, process: Process, seconds: float) -> None:
        self._seconds[self._kind(process)].append(seconds / process.measured_rows)

    def estimate(self, process: Process) -> float:
        """Seconds that the process will take: by its own kind if one has run, else by all that have run."""
        known = self._seconds.get(self._kind(process), [])
        if not known and process.usual_seconds is not None:
            return process.usual_seconds
        if not known:
            first = self._seconds.get(self._kind(replace(process, repetition=0)), [])
            known = [LATER_SHARE.get(process.kind, 1.0) * seconds for seconds in first]
        if not known:
            known = [value for values in self._seconds.values() for value in values] or [0.3]
        return process.measured_rows * sum(known) / len(known)

    def total(self, processes: Sequence[Process]) -> float:
        return sum(self.estimate(process) for process in processes)

    @staticmethod
    def _kind(process: Process) -> tuple[str, str, int, bool]:
        return process.kind, process.backend, process.cores, process.repetition > 0


def fit_budget(
    left: Sequence[Process], costs: Costs, seconds: float, kept_repetitions: int
) -> tuple[list[Process], Mapping[str, int]]:
    """Drops what the budget cannot hold, latest repetitions first, and counts what was dropped by its name.

    First go repetitions of rows that carry no gain, and of memory, as many as must; then whole repetitions down
    to kept_repetitions. What remains is measured even if it passes the budget: less would be no result.
    """
    kept = list(left)
    dropped: dict[str, int] = defaultdict(int)
    last = max((process.repetition for process in kept), default=0)
    for repetition in range(last, 0, -1):
        kept = _without_plain_rows(kept, repetition, costs, PLAIN_SHARE * seconds, dropped)
    for repetition in range(last, kept_repetitions - 1, -1):
        if costs.total(kept) <= seconds:
            break
        for process in kept:
            if process.repetition == repetition:
                name = MAIN_ROWS.get(process.kind, "runs of rows that carry a gain")
                dropped[name] += len(process.rows)
        kept = [process for process in kept if process.repetition != repetition]
    return kept, {name: count for name, count in dropped.items() if count}


def _without_plain_rows(
    processes: Sequence[Process], repetition: int, costs: Costs, seconds: float, dropped: dict[str, int]
) -> list[Process]:
    """The processes of a repetition lose their plain rows, the last one first, until all fit."""
    kept: list[Process] = []
    excess = costs.total(processes) - seconds
    for process in reversed(processes):
        if excess > 0 and process.repetition == repetition and process.kind in PLAIN_ROWS:
            rows = tuple(spec for spec in process.rows if spec.gain)
            dropped[PLAIN_ROWS[process.kind]] += len(process.rows) - len(rows)
            excess -= costs.estimate(process)
            if not rows:
                continue
            process = replace(process, rows=rows)
            excess += costs.estimate(process)
        kept.append(process)
    return kept[::-1]
