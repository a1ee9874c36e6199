"""Measures what one binary has to measure: one fresh process after the other, kept as they end, within a budget."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bookstore.data.names import BASELINE
from bookstore.data.rows import row_key
from bookstore.measure import binary, disturbance
from bookstore.measure.folder import RunFolder, write_json
from bookstore.measure.merge import Finished, check, merge
from bookstore.plan import schedule
from bookstore.plan.profiles import larger_profile
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
    # What follows from what was measured, as long as something does: worker counts are chosen, and then measured.
    follow: Callable[[Sequence[Finished]], Sequence[schedule.Process]] = lambda finished: ()
    more: str = ""  # what to do about what the budget has no room for; empty: as the profile has it
    left_out: Mapping[str, int] = field(default_factory=dict)  # from the plan already, counts by name
    beside_seconds: float = 0.0  # planned beside the budget, for processes of which is known what they take


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
    kept = disturbance.settled(measured.finished)
    document = merge(kept, plan.machine, plan.commit, plan.profile)
    write_json(folder.partial / f"{part.name}.json", document)
    return measured


def account(part: Part, measured: Measured) -> dict[str, object]:
    """How a part was measured, as environment.json says it."""
    return {
        "budget": duration(part.budget_seconds + part.beside_seconds),
        "measured_seconds": round(measured.seconds, 1),
        "process_order": measured.order,
        "dropped": measured.dropped,
        "disturbance": disturbance.account(measured.finished),
    }


def run_processes(part: Part, folder: RunFolder, progress: Progress) -> Measured:
    """Runs every process that an earlier session has not run. A failing process ends it all; what ran is kept."""
    session = _Session(part, folder, progress)
    session.leave_out(part.left_out)
    batch = part.processes
    while batch:
        session.run(batch)
        batch = part.follow(session.measured.finished)
    progress.clear()
    return session.measured


class _Session:
    """The processes of a part, one batch after the other, with what was learnt of what they take."""

    def __init__(self, part: Part, folder: RunFolder, progress: Progress) -> None:
        self._part = part
        self._folder = folder
        self._progress = progress
        self._costs = schedule.Costs()
        self._digests = Digests(folder)
        self._spent = 0.0  # seconds of the budget
        self.measured = Measured()

    def run(self, batch: Sequence[schedule.Process]) -> None:
        left = list(batch)
        disturbed: list[schedule.Process] = []  # of this repetition
        repetitions = 1 + max(process.repetition for process in batch)
        repetition = left[0].repetition
        while left or disturbed:
            if disturbed and (not left or left[0].repetition > repetition):
                left = self._again(disturbed, left) + left
                disturbed = []
                continue
            process = left[0]
            if process.repetition > repetition:
                repetition = process.repetition
                left = self._fit(left)
                if not left or left[0] is not process:
                    continue
            left.pop(0)
            finished = self._measure(process, left, repetitions)
            if finished is not None and (more := disturbance.again(finished)) is not None:
                disturbed.append(more)

    def _measure(
        self, process: schedule.Process, left: Sequence[schedule.Process], repetitions: int
    ) -> Finished | None:
        finished = self._folder.finished(process)
        if finished is None:
            done = len(self.measured.order)
            what = _what(process, repetitions)
            place = f"process {done + 1} of {done + 1 + len(left)}"
            time_left = duration(self._costs.total([process, *left]))
            self._progress.show(f"measuring: {what}, {place}, about {time_left} left", chapter=what)
            finished = _run(self._part.executable, self._folder, process)
        if finished is None:
            _leave_out(process, self.measured, self._progress)
            return None
        self._costs.learn(process, finished.seconds)
        self._digests.learn(finished)
        self.measured.take(finished)
        if process.usual_seconds is None:
            self._spent += finished.seconds
        return finished

    def _again(
        self, disturbed: Sequence[schedule.Process], left: Sequence[schedule.Process]
    ) -> list[schedule.Process]:
        """Of the disturbed processes those that the budget has room for beside all that is still to be measured."""
        budgeted, _ = _by_budget(left)
        room = self._part.budget_seconds - self._spent - self._costs.total(budgeted)
        kept = []
        for process in disturbed:
            room -= self._costs.estimate(process)
            if room < 0 and self._folder.finished(process) is None:
                break
            kept.append(process)
        return kept

    def _fit(self, left: Sequence[schedule.Process]) -> list[schedule.Process]:
        budgeted, beside = _by_budget(left)
        seconds = self._part.budget_seconds - self._spent
        kept, dropped = schedule.fit_budget(budgeted, self._costs, seconds, self._part.kept_repetitions)
        self.leave_out(dropped)
        return kept + beside

    def leave_out(self, dropped: Mapping[str, int]) -> None:
        """Says, and counts by name, what the budget has no room for."""
        more = self._part.more or larger_profile(self._folder.plan.profile)
        for name, count in dropped.items():
            if not count:
                continue
            self._progress.say(
                f"the budget has no room for {count} more {name}; left out{more and f' ({more})'}"
            )
            self.measured.dropped[name] = self.measured.dropped.get(name, 0) + count


def _by_budget(
    processes: Sequence[schedule.Process],
) -> tuple[list[schedule.Process], list[schedule.Process]]:
    """Those of the budget, and those that are planned beside it, which come last."""
    budgeted = [process for process in processes if process.usual_seconds is None]
    return budgeted, [process for process in processes if process.usual_seconds is not None]


class Digests:
    """The digests of plans that were done directly: once is enough, later runs of a plan are compared with them."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._by_row: dict[str, str] = {}
        folder.known_digests.unlink(missing_ok=True)  # an earlier session's; what it kept says it all again

    def learn(self, finished: Finished) -> None:
        if finished.process.kind not in (schedule.TIMED, schedule.CHOICE, schedule.MEMORY):
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
    kinds = (schedule.TIMED, schedule.CHOICE, schedule.MEMORY)
    return process.kind in kinds and process.backend != BASELINE


def _what(process: schedule.Process, repetitions: int) -> str:
    """What is being measured, as the reader is told; a kind of its own comes after all repetitions."""
    if process.kind in (schedule.TIMELINE, schedule.CAPACITY):
        return process.kind
    if process.kind == schedule.CHOICE:
        return "the choice of worker counts"
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
