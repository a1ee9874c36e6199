"""The tables of what happens around the tasks: hand-overs, waits, contended shelves, long days."""

import math
from collections.abc import Mapping, Sequence

from bookstore.findings.contention import by_workload, is_felt, slowdowns, steepest_slowdowns
from bookstore.findings.overhead import CostFigure, Overhead, is_below_zero
from bookstore.report.numbers import NOTHING, number
from bookstore.report.spreads import median_text, spread_note, spread_text
from bookstore.report.tables import Table
from bookstore.stats.intervals import Spread

ENOUGH_FOR_P99 = 1000  # samples: ten beyond it
CROWDED = 0.05
NOT_SEEN = "not seen"
DEADLINES = ("uniform", "all equal", "four lengths")


def handover_table(overhead: Overhead) -> Table:
    """Everything around a task on a pool that has nothing to do, on the most cores."""
    outside, inside, cold, idle, burst = (
        overhead.on_most_cores(name, **params)
        for name, params in (
            ("handover", {"from": 0}),
            ("handover", {"from": 1}),
            ("cold_start", {}),
            ("idle", {"active": 0}),
            ("burst", {}),
        )
    )
    headers = ["idle pool", "backend", "workers", "start us, p50", "p99", "in a task, p50", "p99"]
    headers += ["making it us", "first task", "later ones", "burst: first", "last", "idle CPU ms/s", "later"]
    lines = []
    for backend in overhead.backends:
        parts = (outside, inside, cold, burst, idle)
        found = next((part[backend] for part in parts if backend in part), None)
        if found is None:
            continue
        lines.append(
            [
                "handover",
                backend,
                str(found.setting.workers),
                *_cells(outside, backend, "start_p50_us", "start_p99_us"),
                *_cells(inside, backend, "start_p50_us", "start_p99_us"),
                *_cells(cold, backend, "construct_us", "first_task_us", "steady_task_us"),
                *_cells(burst, backend, "first_start_us", "last_finish_us"),
                *_cells(idle, backend, "idle_cpu_after_ms", "idle_cpu_later_ms"),
            ]
        )
    notes = [
        "start: from handing a task to a pool at rest until it starts. From outside the submitter runs no task, or"
        " wakes the pool by starting a run (threads, event_loops, coroutines); event_loop has one thread, and its hand-over"
        " is a call.",
        "in a task: from a fork until another worker has taken it, while the forking one stays at work; threads shares"
        " forks out from outside.",
        "first task and later ones: from the start of a run of one task" + _thread_notes(cold) + ".",
        "burst: from its first hand-over; idle: CPU burnt in the second after work, and in one two seconds later."
        " Medians of the processes.",
        *_few_notes([*outside.values(), *inside.values()]),
        *crowded_notes(inside),
    ]
    return Table(headers, lines, notes, "handing over, first use, standing idle")


def gaps_table(overhead: Overhead) -> Table:
    """A pool between two bursts, and one that stands idle: what it burns, and how soon it is back at work."""
    headers = ["between bursts", "backend", "workers", "200 us of serial work: burst us", "burnt us a gap"]
    headers += ["3 ms of nothing: burst us", "burnt us a gap", "idle CPU ms/s"]
    lines, shown = [], []
    for active in (0, 1):
        serial = overhead.on_most_cores("gaps", serial=1, active=active)
        nothing = overhead.on_most_cores("gaps", serial=0, active=active)
        idle = overhead.on_most_cores("idle", active=active)
        for backend in overhead.backends:
            found = serial.get(backend) or nothing.get(backend)
            if found is None:
                continue
            cells = [
                part[backend].spread(counter) if backend in part else None
                for part, counter in (
                    (serial, "burst_us"),
                    (serial, "burnt_us_per_gap"),
                    (nothing, "burst_us"),
                    (nothing, "burnt_us_per_gap"),
                    (idle, "idle_cpu_later_ms"),
                )
            ]
            shown += cells[:-1]
            name = f"{backend}, active" if active else backend
            workers = str(found.setting.workers)
            lines.append(["gaps", name, workers, *map(spread_text, cells[:-1]), median_text(cells[-1])])
    notes = [
        "bursts of 64 tasks of 1 us, each a parallel loop; in the gap the caller works, or sleeps. Burnt: by the other"
        " threads of the process.",
        "every runtime at its own default, but OpenMP's teams sleep (OMP_WAIT_POLICY=passive): their spinning would be"
        " charged to the next row. active: with it.",
        spread_note(shown),
    ]
    return Table(headers, lines, notes)


def _thread_notes(cold: Mapping[str, CostFigure]) -> str:
    """Who makes its threads when, as it was counted."""
    parts = []
    for counter, when in (
        ("threads_made", "with the pool"),
        ("threads_made_by_first_task", "by the first task"),
    ):
        counts = {name: figure.spread(counter) for name, figure in cold.items()}
        makers = [name for name, count in counts.items() if count is not None and count.median > 0]
        if makers:
            parts.append(f"{when} ({', '.join(makers)})")
    return f"; threads are made {' or '.join(parts)}" if parts else ""


def _few_notes(figures: Sequence[CostFigure]) -> list[str]:
    """A p99 of a hundred is the second longest."""
    counts = [row.counter("tasks") for figure in figures for row in figure.rows]
    fewest = min((count for count in counts if not math.isnan(count)), default=math.inf)
    if fewest >= ENOUGH_FOR_P99:
        return []
    return [
        f"p99 of {fewest:.0f} hand-overs is the {fewest - math.ceil(0.99 * fewest) + 1:.0f}. longest: a hint."
    ]


def crowded_notes(inside: Mapping[str, CostFigure]) -> list[str]:
    """For each backend forks whose taker was woken on the forker's CPU: on an otherwise idle machine there are none."""
    notes = []
    for backend, figure in inside.items():
        share = figure.spread("same_cpu_fraction")
        makes_room = figure.setting.cores >= figure.setting.workers > 1
        if makes_room and share is not None and share.median > CROWDED:
            notes.append(
                f"{backend}: the taker of {100 * share.median:.0f} % of the forks woke on the forker's own CPU, and"
                " waited some milliseconds for it: others kept the rest busy."
            )
    return notes


def _cells(found: Mapping[str, CostFigure], backend: str, *counters: str) -> list[str]:
    return [median_text(found[backend].spread(name)) if backend in found else NOTHING for name in counters]


def waiting_table(overhead: Overhead) -> Table:
    headers = ["waiting", "backend", "workers", "tasks at once", "deadlines", "bytes/task", "with kernel's"]
    headers += ["CPU ns/wait"]
    headers += ["of it sleeping", "late us, p50", "p99"]
    lines, shown = [], []
    for figure in overhead.select("waiting"):
        setting = figure.setting
        cost = figure.spread("cpu_ns_per_wait")
        exact = setting.param("exact") == 1
        shown.append(cost)
        lines.append(
            [
                "waits",
                setting.backend,
                str(setting.workers),
                f"{setting.param('tasks'):,.0f}",
                _deadlines(setting.param("deadlines")) + (", exact" if exact else ""),
                median_text(figure.spread("bytes_per_waiting_task")),
                median_text(figure.with_kernel()),
                NOT_SEEN if is_below_zero(cost) else spread_text(cost),
                median_text(figure.spread("sleep_cpu_ns_per_wait")) if exact else NOTHING,
                median_text(figure.spread("late_p50_us")),
                median_text(figure.spread("late_p99_us")),
            ]
        )
    notes = [
        "bytes: peak resident memory of the process; with kernel's: and what the kernel keeps for it beside that"
        " (stacks, page tables, records), as it tells.",
        "CPU: of the process, less that of the same tasks without waits (on one worker where waits overlap). An event"
        " loop may end a wait late by 0.1 % of it, so that many share a wake-up, unless exact.",
        spread_note(shown),
    ]
    if any(is_below_zero(cost) for cost in shown):
        notes.append(
            f"{NOT_SEEN}: the same tasks without waits cost more, as where each is handed over for itself."
        )
    return Table(headers, lines, notes, "what a waiting task costs")


def _deadlines(kind: float) -> str:
    return DEADLINES[int(kind)] if 0 <= kind < len(DEADLINES) else f"{kind:g}"


def timer_table(overhead: Overhead) -> Table:
    headers = ["timers alone", "backend", "waits", "deadlines", "ns/wait", "bytes/wait"]
    lines = [
        [
            "timer",
            figure.setting.backend,
            f"{figure.setting.param('tasks'):,.0f}",
            _deadlines(figure.setting.param("deadlines"))
            + (", exact" if figure.setting.param("exact") == 1 else ""),
            spread_text(figure.spread("ns_per_wait")),
            median_text(figure.spread("bytes_per_wait")),
        ]
        for figure in overhead.select("timer")
    ]
    notes = ["the timer structure in virtual time: in and out, nobody sleeps."]
    return Table(headers, lines, notes, "the timers alone")


def contention_table(overhead: Overhead) -> Table:
    workloads = by_workload(overhead)
    groups = {
        (name, backend): figures for name, lines in workloads.items() for backend, figures in lines.items()
    }
    skews = sorted({each.setting.param("skew") for found in groups.values() for each in found})
    headers = ["hot shelf", "backend", "workers", "tasks/s, no skew"]
    headers += [f"time, skew {skew:g}" for skew in skews if skew > 0] + ["locks found held"]
    lines = []
    for name, backend in sorted(groups, key=lambda key: (key[0] != "shelving", key[0])):
        found = groups[name, backend]
        ratios = slowdowns(found)
        steepest = max(found, key=lambda each: each.setting.param("skew"))
        even = next((each for each in found if each.setting.param("skew") == 0), None)
        lines.append(
            [
                name,
                backend,
                str(found[0].setting.workers),
                median_text(even.spread("tasks_per_second")) if even else NOTHING,
                *(spread_text(ratios.get(skew)) for skew in skews if skew > 0),
                _percent(steepest.spread("found_held_fraction")),
            ]
        )
    notes = [
        *(_contention_sentence(name, lines) for name, lines in workloads.items()),
        "time per task against that without skew, formed within each repetition.",
        "locks found held: of all that were taken at the steepest skew, those that another worker held then.",
    ]
    return Table(headers, lines, notes, "everybody at one shelf")


def _contention_sentence(workload: str, lines: Mapping[str, Sequence[CostFigure]]) -> str:
    """The answer, so that a picture is needed only where there is something to see."""
    found = steepest_slowdowns(lines)
    if not found:
        return f"{workload}: every run was too short to tell."
    shown = ", ".join(f"{backend} {median_text(each)}" for backend, each in found.items())
    if not all(each.is_interval for each in found.values()):
        return f"{workload}: a hint, as too few processes ran for an interval; time at the steepest skew, 1 = no skew: {shown}."
    if is_felt(lines):
        return f"{workload}: a hot shelf is felt; time per task at the steepest skew, 1 = no skew: {shown}."
    return f"{workload}: a hot shelf costs nobody more than its other titles do; at the steepest skew, 1 = no skew: {shown}."


def _percent(share: Spread | None) -> str:
    return NOTHING if share is None else f"{100 * share.median:.2g} %"


def day_table(overhead: Overhead) -> Table:
    headers = ["long days", "backend", "tasks", "bytes/task", "CPU us/task", "opening ms", "closing ms"]
    lines = []
    for figure in overhead.select("day_memory"):
        ends = [figure.spread(name) for name in ("open_us", "close_us")]
        lines.append(
            [
                "day",
                figure.setting.backend,
                f"{figure.setting.param('tasks'):,.0f}",
                median_text(figure.spread("bytes_per_task")),
                median_text(figure.spread("cpu_us_per_task")),
                *(NOTHING if end is None else number(end.median / 1000) for end in ends),
            ]
        )
    notes = ["peak memory less that of an empty day: plan, copies and ledger included."]
    return Table(headers, lines, notes, "long days")
