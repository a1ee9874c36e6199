"""Measures what one binary has to measure: one fresh process after the other, kept as they end, within a budget."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bookstore.data.names import BASELINE
from bookstore.data.rows import row_key
from bookstore.measure import binary
from bookstore.measure.folder import RunFolder, write_json
from bookstore.measure.merge import Finished, check, merge
from bookstore.plan import schedule
from bookstore.terminal.progress import Progress, duration

DIGEST = "digest "  # begins a row's label


@dataclass(frozen=True)
class Part:
    """What a run measures with one of its binaries."""

    name: str  # that of its figures, and of their file
    executable: Path
    processes: Sequence[schedule.Process]  # in their order
    budget_seconds: float
    kept_repetitions: int  # of main rows, however tight the budget; of all others one is kept


@dataclass
class Measured:
    """What was measured of a part, and what was left out."""

    finished: list[Finished] = field(default_factory=list)  # all processes but those of the timeline
    timeline: list[Finished] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)  # counts by name
    order: list[str] = field(default_factory=list)  # ids of the processes as they ran
    seconds: float = 0.0

    def take(self, finished: Finished) -> None:
        """Adds a process that ended well."""
        self.seconds += finished.seconds
        self.order.append(finished.process.id)
        is_timeline = finished.process.kind == schedule.TIMELINE
        (self.timeline if is_timeline else self.finished).append(finished)


def measure(part: Part, folder: RunFolder, progress: Progress) -> Measured:
    """Measures what is left of a part, and writes its figures into the folder."""
    begin = time.monotonic()
    measured = run_processes(part, folder, progress)
    progress.say(f"measured {part.name} in {duration(time.monotonic() - begin)}")
    plan = folder.plan
    document = merge(measured.finished, plan.machine, plan.commit, plan.profile)
    write_json(folder.partial / f"{part.name}.json", document)
    return measured


def account(part: Part, measured: Measured) -> dict[str, object]:
    """How a part was measured, as environment.json says it."""
    return {
        "budget": duration(part.budget_seconds),
        "measured_seconds": round(measured.seconds, 1),
        "process_order": measured.order,
        "dropped": measured.dropped,
    }


def run_processes(part: Part, folder: RunFolder, progress: Progress) -> Measured:
    """Runs every process that an earlier session has not run. A failing process ends it all; what ran is kept."""
    costs = schedule.Costs()
    digests = Digests(folder)
    measured = Measured()
    left = list(part.processes)
    total_repetitions = 1 + max(process.repetition for process in part.processes)
    repetition = 0
    while left:
        process = left[0]
        if process.repetition > repetition:
            repetition = process.repetition
            seconds = part.budget_seconds - measured.seconds
            left = _fit(left, costs, seconds, part.kept_repetitions, measured, progress)
            if not left or left[0] is not process:
                continue
        left.pop(0)
        finished = folder.finished(process)
        if finished is None:
            done = len(measured.order)
            what = _what(process, total_repetitions)
            place = f"process {done + 1} of {done + 1 + len(left)}"
            time_left = duration(costs.total([process, *left]))
            progress.show(f"measuring: {what}, {place}, about {time_left} left", chapter=what)
            finished = _run(part.executable, folder, process)
        if finished is None:
            _leave_out(process, measured, progress)
            continue
        costs.learn(process, finished.seconds)
        digests.learn(finished)
        measured.take(finished)
    progress.clear()
    return measured


class Digests:
    """The digests of plans that were done directly: once is enough, later runs of a plan are compared with them."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._by_row: dict[str, str] = {}
        folder.known_digests.unlink(missing_ok=True)  # an earlier session's; what it kept says it all again

    def learn(self, finished: Finished) -> None:
        if finished.process.kind != schedule.TIMED:
            return
        before = len(self._by_row)
        for row in finished.document["benchmarks"]:
            label = str(row.get("label", ""))
            if label.startswith(DIGEST):
                self._by_row.setdefault(row_key(row["name"]), label.removeprefix(DIGEST))
        if len(self._by_row) > before:
            write_json(self._folder.known_digests, self._by_row)


def _may_know_digests(process: schedule.Process) -> bool:
    """The baseline does its plans directly every time: what its steps cost is a figure of its own."""
    return process.kind in (schedule.TIMED, schedule.MEMORY) and process.backend != BASELINE


def _what(process: schedule.Process, repetitions: int) -> str:
    """What is being measured, as the reader is told; a kind of its own comes after all repetitions."""
    if process.kind in (schedule.TIMELINE, schedule.CAPACITY):
        return process.kind
    return f"repetition {process.repetition + 1} of {repetitions}"


def _run(executable: Path, folder: RunFolder, process: schedule.Process) -> Finished | None:
    """None if it did not end within its own limit."""
    known = folder.known_digests
    if _may_know_digests(process) and known.exists():
        process = replace(process, known=str(known))
    begin = time.monotonic()
    limit = process.time_limit or binary.TIME_LIMIT_SECONDS
    try:
        binary.run(executable, process.arguments(str(folder.output(process))), limit)
    except binary.NotEnded:
        if process.time_limit is None:
            raise
        return None
    seconds = time.monotonic() - begin
    document = folder.keep(process, seconds)
    if process.kind != schedule.TIMELINE:
        check(process, document)
    return Finished(process, seconds, document)


def _leave_out(process: schedule.Process, measured: Measured, progress: Progress) -> None:
    """The run goes on without a process that took longer than its limit, and says so."""
    names = " and ".join(spec.name for spec in process.rows)
    progress.say(f"left out, not ended within {duration(process.time_limit or 0)}: {process.kind} of {names}")
    name = f"{process.kind} searches that did not end in time"
    measured.dropped[name] = measured.dropped.get(name, 0) + 1
    measured.seconds += process.time_limit or 0


def _fit(
    left: Sequence[schedule.Process],
    costs: schedule.Costs,
    seconds: float,
    kept_repetitions: int,
    measured: Measured,
    progress: Progress,
) -> list[schedule.Process]:
    kept, dropped = schedule.fit_budget(left, costs, seconds, kept_repetitions)
    for name, count in dropped.items():
        progress.say(f"the budget has no room for {count} more {name}; left out (--profile full has room)")
        measured.dropped[name] = measured.dropped.get(name, 0) + count
    return kept
