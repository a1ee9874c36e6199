"""Runs what advice measures: a look at each candidate, runs of the promising ones, then their capacity and memory."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bookstore.data.rows import Row, parse_rows
from bookstore.data.service import Setting, Wish
from bookstore.measure.disturbance import settled
from bookstore.measure.folder import RunFolder
from bookstore.measure.merge import Finished
from bookstore.measure.runner import Measured, Part, run_processes
from bookstore.plan import advice
from bookstore.plan.schedule import MEMORY, Process
from bookstore.terminal.progress import Progress

MORE_TIME = "a longer --seconds has room"


@dataclass(frozen=True)
class Found:
    """The rows of each candidate."""

    looks: dict[Setting, Row]
    runs: dict[Setting, list[Row]]
    closed: dict[Setting, list[Row]]
    memory: dict[Setting, list[Row]]


def measure(
    wish: Wish,
    candidates: Sequence[Setting],
    seconds: float,
    binaries: tuple[Path, Path],  # of closed and of open load
    folder: RunFolder,
    progress: Progress,
) -> Found:
    """All within about so many seconds. Candidates that there is no time to look at are in none of it."""
    seed = folder.plan.seed
    closed_binary, open_binary = binaries
    chosen: list[Setting] = []

    def follow(finished: Sequence[Finished]) -> list[Process]:
        if any(item.process.repetition > 0 for item in finished):
            return []
        looks = {setting: _look(row) for setting, row in _rows(finished)}
        spent = sum(item.seconds for item in finished)
        chosen[:] = advice.finalists(wish, looks, seconds, spent)
        return [*advice.runs(wish, chosen, seconds, seed)]

    first = advice.looks(wish, advice.looked_at(wish, candidates, seconds), seconds, seed)
    budget = advice.OPEN_SHARE * seconds
    part = Part("latency", open_binary, first, budget, advice.LEAST_REPETITIONS + 1, follow, MORE_TIME)
    opened = run_processes(part, folder, progress)
    closed = Measured()
    if chosen:
        processes = advice.closed_runs(wish, chosen, seconds, seed)
        rest = max(0.0, seconds - opened.seconds)
        closed = run_processes(
            Part("throughput", closed_binary, processes, rest, 1, more=MORE_TIME), folder, progress
        )
    return Found(
        dict(_rows(item for item in opened.finished if item.process.repetition == 0)),
        _by_setting(item for item in opened.finished if item.process.repetition > 0),
        _by_setting(item for item in settled(closed.finished) if item.process.kind != MEMORY),
        _by_setting(item for item in settled(closed.finished) if item.process.kind == MEMORY),
    )


def _rows(finished: Iterable[Finished]) -> Iterable[tuple[Setting, Row]]:
    for item in finished:
        for row in parse_rows(item.document["benchmarks"], with_counters=True).rows:
            yield advice.setting_of(item.process), row


def _by_setting(finished: Iterable[Finished]) -> dict[Setting, list[Row]]:
    found: dict[Setting, list[Row]] = defaultdict(list)
    for setting, row in _rows(finished):
        found[setting].append(row)
    return dict(found)


def _look(row: Row) -> advice.Look:
    return advice.Look(
        p99=row.counter("delay_p99_us") * 1e-6 if not row.limit_reached else math.nan,
        overload=row.counter("overload") == 1,
        cpu_per_task=row.counter("cpu_us_per_task") * 1e-6,
        disturbed=row.counter("disturbed") == 1,
    )
