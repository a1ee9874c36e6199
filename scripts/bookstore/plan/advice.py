"""What advice measures: who is ruled out by arithmetic alone, who is looked at once, and who is measured in earnest.

Pure functions. Whatever is ruled out here could not serve the rate on a machine without any cost beside the work.
"""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bookstore.data.service import (
    CONSTANT,
    CORES,
    LIMIT,
    ONE_THREAD,
    WAITING_THREAD,
    WORK,
    WORKERS,
    WORKLOAD,
    RuledOut,
    Setting,
    Wish,
)
from bookstore.plan.latency_schedule import OpenProcess
from bookstore.plan.machine import MOST_WORKERS, Backend, Spec
from bookstore.plan.schedule import MEMORY, OPEN, TIMED, Process

HEAD_ROOM = 1.25  # workers over those that are busy or wait in the mean: arrivals come in crowds
CORE_COUNTS = 3  # that are looked at: the two fewest that can do the work, and the most
REPETITIONS = 7  # of what is measured in earnest: they make an interval
LEAST_REPETITIONS = 3  # where the time is short: they make a range
CLOSED_REPETITIONS = 3
FEWEST, MOST = 3, 8  # that are measured in earnest

# Seconds of arrivals, as parts of all the time there is: one look at each, then the runs that count. Longer where a
# stay is long (100 of them are warm-up) or arrivals are rare, up to the most.
LOOK_SHARE, RUN_SHARE, MOST_SHARE = 1 / 150, 1 / 75, 1 / 25
STAYS = 210
TASKS = 200  # of a run, at least, as far as the time allows
FEWEST_TASKS = 20  # fewer say nothing of one task in a hundred
MOST_TASKS = 200_000
LOOKS_SHARE = 0.45  # of the time, at most
OPEN_SHARE = 0.85  # of the time; the rest is for capacity and memory
PROCESS_SECONDS = 0.35  # beside its arrivals
PATIENCE, LEAST_PATIENCE = 6.0, 3.0  # times what a process should take; seconds
STAYS_SEEN = 4.0  # that a run must last: before, fewer tasks are there than in the mean
# A closed run lasts so many of its waits; capacity is left out where that is more than a part of the time.
CLOSED_WAITS, CLOSED_SHARE = 20, 1 / 25
NEAR = 2.0  # times the limit, in one look: not hopeless


@dataclass(frozen=True)
class Limited(Process):
    """A process that is ended, and left out, where it takes so long that the others would have no time."""

    limit: float = 0.0

    @property
    def time_limit(self) -> float:
        return self.limit


@dataclass(frozen=True)
class LimitedOpen(Limited, OpenProcess):
    """Likewise of open load."""


@dataclass(frozen=True)
class Look:
    """What one short run said."""

    p99: float  # seconds; nan: it said nothing of it
    overload: bool
    cpu_per_task: float  # seconds
    disturbed: bool = False  # others took the CPUs: its delay is theirs


def candidates(
    wish: Wish, backends: Sequence[Backend], core_counts: Sequence[int]
) -> tuple[list[Setting], list[RuledOut]]:
    """Who may serve it, the likelier of each backend first, and who cannot."""
    most = max(core_counts)
    if wish.load >= most:
        return [], [RuledOut(WORK, "", most / wish.shape.cpu, most)]
    if wish.shape.spread == CONSTANT and wish.limit <= wish.shape.cpu:
        return [], [RuledOut(LIMIT, "", wish.shape.cpu)]
    able = [count for count in sorted(core_counts) if count > wish.load]
    out = [
        RuledOut(CORES, "", count / wish.shape.cpu, count)
        for count in sorted(core_counts)
        if count <= wish.load
    ]
    counts = list(dict.fromkeys([*able[: CORE_COUNTS - 1], able[-1]]))
    found: list[Setting] = []
    for backend in backends:
        if (why := _ceiling(wish, backend)) is not None and wish.rate >= why.ceiling:
            out.append(why)
            continue
        places = [(cores, n) for cores in counts for n in workers(wish, backend, cores)]
        found += [Setting(backend.name, *place) for place in (places[:1] if backend.single else places)]
    return found, out


def _ceiling(wish: Wish, backend: Backend) -> RuledOut | None:
    """What the backend can do at most however many cores it has; None for a worker a core that waits for nothing."""
    most = _most_workers(backend)
    if not backend.overlapped:
        reason = WAITING_THREAD if backend.single else WORKERS
        return RuledOut(reason, backend.name, most / wish.shape.stay, most)
    return RuledOut(ONE_THREAD, backend.name, 1 / wish.shape.cpu, 1) if backend.single else None


def workers(wish: Wish, backend: Backend, cores: int) -> list[int]:
    """The worker counts that are looked at.

    Where tasks wait alone one a core; where workers wait with them the power of two above those that are busy or wait
    in the mean, with head-room, and the next.
    """
    most = _most_workers(backend)
    if backend.overlapped:
        return [min(cores, most)]
    busy = wish.rate * wish.shape.stay
    needed = max(cores, 2 ** math.ceil(math.log2(max(1.0, HEAD_ROOM * busy))))
    return sorted({min(count, most) for count in (needed, 2 * needed) if min(count, most) > busy})


def look_seconds(wish: Wish, seconds: float) -> float:
    """Seconds of arrivals of one look at a candidate."""
    return _arrivals(wish, seconds, LOOK_SHARE)


def run_seconds(wish: Wish, seconds: float) -> float:
    """Seconds of arrivals of a run that counts."""
    return _arrivals(wish, seconds, RUN_SHARE)


def seconds_needed(wish: Wish) -> float:
    """The least time in which runs see enough tasks to say anything."""
    return max(FEWEST_TASKS / wish.rate, STAYS_SEEN * wish.shape.stay) / MOST_SHARE


def looked_at(wish: Wish, found: Sequence[Setting], seconds: float) -> list[Setting]:
    """As many as a part of the time allows: the first of each backend, then the second of each, and so on."""
    turns: dict[str, int] = {}
    order = []
    for setting in found:
        turns[setting.backend] = turns.get(setting.backend, 0) + 1
        order.append((turns[setting.backend], len(order), setting))
    each = look_seconds(wish, seconds) + PROCESS_SECONDS
    room = max(len(turns), int(LOOKS_SHARE * seconds / each))
    return [setting for _, _, setting in sorted(order)[:room]]


def finalists(wish: Wish, looks: Mapping[Setting, Look], seconds: float, spent: float) -> list[Setting]:
    """Who is measured in earnest, the most promising first.

    Of each backend the cheapest on the fewest cores where the look held the limit, or was disturbed; then all others of
    these, then those that were near it. If nobody is left, those with the least delay, to be sure of it.
    """
    said = {setting: look for setting, look in looks.items() if math.isfinite(look.p99)}
    alive = {setting: look for setting, look in said.items() if not look.overload or look.disturbed}
    holding = {setting for setting, look in alive.items() if look.p99 <= wish.limit and not look.overload}
    likely = [setting for setting, look in alive.items() if setting in holding or look.disturbed]
    near = [setting for setting, look in alive.items() if wish.limit < look.p99 <= NEAR * wish.limit]
    first: dict[str, Setting] = {}
    for setting in sorted(
        likely, key=lambda each: (each not in holding, each.cores, looks[each].cpu_per_task)
    ):
        first.setdefault(setting.backend, setting)
    ranked = _cheapest(first.values(), looks)
    ranked += [setting for setting in _cheapest(likely, looks) if setting not in ranked]
    ranked += sorted((each for each in near if each not in ranked), key=lambda each: looks[each].p99)
    if not ranked:
        ranked = sorted(said, key=lambda each: (looks[each].overload, looks[each].p99))[:FEWEST]
    each = run_seconds(wish, seconds) + PROCESS_SECONDS
    room = int((OPEN_SHARE * seconds - spent) / (REPETITIONS * each))
    return ranked[: max(FEWEST, min(MOST, room))]


def looks(wish: Wish, settings: Sequence[Setting], seconds: float, seed: int) -> list[LimitedOpen]:
    """One fresh process each, in random order."""
    return _open(wish, settings, look_seconds(wish, seconds), 0, seed)


def runs(wish: Wish, settings: Sequence[Setting], seconds: float, seed: int) -> list[LimitedOpen]:
    """So many fresh processes each, in random order within each repetition; the look before them is none of them."""
    length = run_seconds(wish, seconds)
    return [
        process
        for repetition in range(1, REPETITIONS + 1)
        for process in _open(wish, settings, length, repetition, seed)
    ]


def closed_runs(wish: Wish, settings: Sequence[Setting], seconds: float, seed: int) -> list[Process]:
    """What each can do at most, and the memory that it takes with as many tasks as are there in the mean."""
    tasks = max(100, math.ceil(wish.rate * wish.shape.stay))
    longest = max(step.wait_ns for step in wish.shape.steps) * 1e-9
    limit = max(LEAST_PATIENCE, CLOSED_SHARE * seconds)
    timed = CLOSED_WAITS * longest <= CLOSED_SHARE * seconds
    processes: list[Process] = []
    for repetition in range(CLOSED_REPETITIONS):
        rows: list[tuple[str, int, Setting, tuple[tuple[str, str], ...]]]
        rows = [(TIMED, turn, each, ()) for turn, each in enumerate(settings) if timed]
        if repetition == 0:
            held = [(("tasks", str(max(tasks, each.workers))),) for each in settings]
            rows += [(MEMORY, turn, each, held[turn]) for turn, each in enumerate(settings)]
        group = [
            Limited(
                kind,
                each.backend,
                each.cores,
                repetition,
                (_spec(wish, each, *more),),
                turn=turn,
                limit=limit,
            )
            for kind, turn, each, more in rows
        ]
        random.Random(f"{seed}/closed/{repetition}").shuffle(group)
        processes += group
    return processes


def setting_of(process: Process) -> Setting:
    """Whom a process measures: it has one row."""
    spec = process.rows[0]
    return Setting(spec.backend, spec.cores, spec.workers)


def _open(
    wish: Wish, settings: Sequence[Setting], seconds: float, repetition: int, seed: int
) -> list[LimitedOpen]:
    when = (("rate", f"{wish.rate:.12g}"), ("duration", f"{seconds:.3g}"))
    limit = max(LEAST_PATIENCE, PATIENCE * (seconds + wish.shape.stay + PROCESS_SECONDS))
    group = [
        LimitedOpen(
            OPEN, each.backend, each.cores, repetition, (_spec(wish, each, *when),), turn=turn, limit=limit
        )
        for turn, each in enumerate(settings)
    ]
    random.Random(f"{seed}/{repetition}").shuffle(group)
    return group


def _spec(wish: Wish, setting: Setting, *before: tuple[str, str]) -> Spec:
    params = (*before, *wish.shape.params)
    return Spec(WORKLOAD, setting.backend, setting.cores, setting.workers, params, gain=True)


def _arrivals(wish: Wish, seconds: float, share: float) -> float:
    wanted = max(share * seconds, share / RUN_SHARE * max(STAYS * wish.shape.stay, TASKS / wish.rate))
    wanted = max(wanted, FEWEST_TASKS / wish.rate)
    return min(wanted, MOST_SHARE * seconds, MOST_TASKS / wish.rate)


def _most_workers(backend: Backend) -> int:
    return min(backend.max_workers, MOST_WORKERS.get(backend.name, backend.max_workers))


def _cheapest(settings: Iterable[Setting], looks: Mapping[Setting, Look]) -> list[Setting]:
    return sorted(settings, key=lambda each: (looks[each].cpu_per_task, each.cores, each.workers))
