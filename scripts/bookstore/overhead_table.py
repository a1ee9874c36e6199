"""The tables of overhead: tasks, forks, waits, hand-overs and the price of the seam."""

import math
from collections.abc import Mapping, Sequence

from bookstore.metg import BELOW_SMALLEST, NOT_REACHED, Metg
from bookstore.overhead_results import (
    LEVELS,
    EfficiencyCurve,
    Figure,
    Overhead,
    SeamPrice,
    contended,
    overhead_of,
    slowdowns,
)
from bookstore.results import Run
from bookstore.stats import Spread
from bookstore.text_table import NOTHING, Table

ENOUGH_FOR_P99 = 1000  # samples: ten beyond it
CROWDED = 0.05
DEADLINES = ("uniform", "all equal", "four lengths")


def tables(run: Run) -> list[Table]:
    """Everything that was found; an experiment that was not measured has no table."""
    overhead = overhead_of(run)
    if overhead is None:
        return []
    made = [
        _grain_table(overhead),
        _forms_table(overhead),
        _stocktake_table(overhead),
        _handover_table(overhead),
        _waiting_table(overhead),
        _timer_table(overhead),
        _contention_table(overhead),
        _day_table(overhead),
        _seam_table(overhead.seams),
    ]
    notes = _limit_notes(overhead) + _dropped_notes(run)
    return [table for table in made if table.lines] + ([Table([], [], notes)] if notes else [])


def digits(value: float) -> str:
    """Three significant digits, with thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def median_text(value: Spread | None) -> str:
    return NOTHING if value is None else digits(value.median)


def spread_text(value: Spread | None) -> str:
    """12.0 [11.8, 12.3]; the range or the interval in brackets where there is more than one process."""
    if value is None or value.count == 1:
        return median_text(value)
    return f"{digits(value.median)} [{digits(value.low)}, {digits(value.high)}]"


def _interval_notes(values: Sequence[Spread | None]) -> list[str]:
    levels = [value.level for value in values if value is not None and value.count > 1]
    proper = [level for level in levels if level is not None]
    if not levels:
        return ["one process each: no interval."]
    if not proper:
        return ["[ ]: the range over the processes; too few for an interval."]
    return [f"[ ]: the median's exact interval over the processes, at least {100 * min(proper):.1f} %."]


def _grain_table(overhead: Overhead) -> Table:
    """A task of no work and of 1 us, and the sizes from which a backend is efficient."""
    headers = ["tasks", "backend", "workers", "cores", "ns, no work", "ns, 1 us of work"]
    headers += [f"METG({100 * level:.0f} %)" for level in LEVELS]
    curves = {(curve.backend, curve.cores): curve for curve in overhead.curves}
    lines, shown = [], []
    for figure in overhead.select("grain", work_ns=0):
        setting = figure.setting
        if setting.raw:
            continue
        curve = curves.get((setting.backend, setting.cores))
        cost = figure.spread("ns_per_task")
        long = _same_place(overhead, figure, work_ns=1000)
        lines.append(
            [
                "grain",
                setting.backend,
                str(setting.workers),
                str(setting.cores),
                spread_text(cost),
                spread_text(long.spread("ns_per_task") if long else None),
                *([metg_text(each, curve) for each in curve.metg] if curve else [NOTHING] * len(LEVELS)),
            ]
        )
        shown.append(cost)
    notes = [
        "ns: wall time by number of tasks. METG(x): the task size from which efficiency, against a plain loop on the"
        " same tasks and what the cores are worth at best, stays at x.",
        *_interval_notes(shown),
    ]
    worth = [f"{value.median:.2f} on {cores}" for cores, value in overhead.speedups.items() if cores > 1]
    if worth:
        notes.append(f"what the cores are worth at best: {', '.join(worth)}.")
    return Table(headers, lines, notes)


def metg_text(found: Metg, curve: EfficiencyCurve) -> str:
    """A size in ns with its interval; or beyond which of the measured sizes it lies."""
    sizes = [size for size in curve.efficiencies if size > 0]

    def text(ns: float) -> str:
        if ns == BELOW_SMALLEST:
            return f"< {min(sizes):,.0f}"
        return f"> {max(sizes):,.0f}" if ns == NOT_REACHED else digits(ns)

    if found.low is None or found.high is None or found.low == found.high:
        return f"{text(found.ns)} ns"
    return f"{text(found.ns)} [{text(found.low)}, {text(found.high)}] ns"


def _same_place(overhead: Overhead, figure: Figure, **params: float) -> Figure | None:
    """The figure of the same experiment, backend, cores and workers with other parameters."""
    place = (figure.setting.backend, figure.setting.cores, figure.setting.workers)
    found = overhead.select(figure.setting.experiment, **params)
    return next(
        (each for each in found if (each.setting.backend, each.setting.cores, each.setting.workers) == place),
        None,
    )


def _forms_table(overhead: Overhead) -> Table:
    """The same tasks written by hand, in each of the ways that a runtime offers."""
    headers = ["by hand", "form", "workers", "cores", "ns, no work", "ns, 1 us of work"]
    lines, shown = [], []
    for figure in overhead.select("grain", work_ns=0):
        setting = figure.setting
        if not setting.raw:
            continue
        cost = figure.spread("ns_per_task")
        long = _same_place(overhead, figure, work_ns=1000)
        lines.append(
            [
                "raw",
                setting.backend.removeprefix("raw_"),
                str(setting.workers),
                str(setting.cores),
                spread_text(cost),
                spread_text(long.spread("ns_per_task") if long else None),
            ]
        )
        shown.append(cost)
    return Table(headers, lines, ["without our headers, one opaque call a task.", *_interval_notes(shown)])


def _stocktake_table(overhead: Overhead) -> Table:
    headers = [
        "stocktake",
        "backend",
        "workers",
        "cores",
        "tree",
        "ns/fork",
        "ns/fork, cut-off",
        "below depth",
    ]
    lines, shown = [], []
    for figure in overhead.select("stocktake", cutoff=0):
        setting = figure.setting
        fanout = setting.param("fanout")
        cost = figure.spread("ns_per_fork")
        cut = next(
            (
                each
                for each in overhead.select("stocktake", fanout=fanout)
                if each.setting.param("cutoff") > 0
                and (each.setting.backend, each.setting.cores) == (setting.backend, setting.cores)
            ),
            None,
        )
        lines.append(
            [
                "forks",
                setting.backend,
                str(setting.workers),
                str(setting.cores),
                f"{fanout:.0f}-fold",
                spread_text(cost),
                spread_text(cut.spread("ns_per_fork")) if cut else NOTHING,
                f"{cut.setting.param('cutoff'):.0f}" if cut else NOTHING,
            ]
        )
        shown.append(cost)
    return Table(
        headers,
        lines,
        [
            "plain recursion (sequential, event_loop) forks nothing: what counting costs.",
            *_interval_notes(shown),
        ],
    )


def _handover_table(overhead: Overhead) -> Table:
    """Everything around a task on a pool that has nothing to do, on the most cores."""
    outside, inside, cold, idle, burst = (
        overhead.on_most_cores(name, **params)
        for name, params in (
            ("handover", {"from": 0}),
            ("handover", {"from": 1}),
            ("cold_start", {}),
            ("idle", {}),
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
        "start: from handing a task to a pool at rest until it starts. From outside the submitter runs no task (tbb,"
        " openmp) or wakes the pool by starting a run (threads); event_loop has one thread, and its hand-over is a"
        " call.",
        "in a task: from a fork until another worker has taken it, while the forking one stays at work; threads shares"
        " forks out from outside.",
        "first task and later ones: from the start of a run of one task" + _thread_notes(cold) + ".",
        "burst: from its first hand-over; idle: CPU burnt in the second after work, and in one two seconds later."
        " Medians of the processes.",
        *_few_notes([*outside.values(), *inside.values()]),
        *crowded_notes(inside),
    ]
    return Table(headers, lines, notes)


def _thread_notes(cold: Mapping[str, Figure]) -> str:
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


def _few_notes(figures: Sequence[Figure]) -> list[str]:
    """A p99 of a hundred is the second longest."""
    counts = [row.counter("tasks") for figure in figures for row in figure.rows]
    fewest = min((count for count in counts if not math.isnan(count)), default=math.inf)
    if fewest >= ENOUGH_FOR_P99:
        return []
    return [
        f"p99 of {fewest:.0f} hand-overs is the {fewest - math.ceil(0.99 * fewest) + 1:.0f}. longest: a hint."
    ]


def crowded_notes(inside: Mapping[str, Figure]) -> list[str]:
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


def _cells(found: Mapping[str, Figure], backend: str, *counters: str) -> list[str]:
    return [median_text(found[backend].spread(name)) if backend in found else NOTHING for name in counters]


def _waiting_table(overhead: Overhead) -> Table:
    headers = ["waiting", "backend", "workers", "tasks at once", "deadlines", "bytes/task", "CPU ns/wait"]
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
                spread_text(cost),
                median_text(figure.spread("sleep_cpu_ns_per_wait")) if exact else NOTHING,
                median_text(figure.spread("late_p50_us")),
                median_text(figure.spread("late_p99_us")),
            ]
        )
    notes = [
        "CPU: of the process, less that of the same tasks without waits. Deadlines are rounded up by at most 0.1 % of"
        " the wait where a backend rounds, unless exact.",
        *_interval_notes(shown),
    ]
    return Table(headers, lines, notes)


def _deadlines(kind: float) -> str:
    return DEADLINES[int(kind)] if 0 <= kind < len(DEADLINES) else f"{kind:g}"


def _timer_table(overhead: Overhead) -> Table:
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
    return Table(headers, lines, ["the timer structure in virtual time: in and out, nobody sleeps."])


def _contention_table(overhead: Overhead) -> Table:
    groups: dict[tuple[str, str], list[Figure]] = {}
    for figure in overhead.select("contention"):
        name = contended(figure.setting)
        groups.setdefault((name, figure.setting.backend), []).append(figure)
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
        "time per task against that without skew, formed within each repetition.",
        "locks found held: of all that were taken at the steepest skew, those that another worker held then.",
    ]
    return Table(headers, lines, notes)


def _percent(share: Spread | None) -> str:
    return NOTHING if share is None else f"{100 * share.median:.2g} %"


def _day_table(overhead: Overhead) -> Table:
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
                *(NOTHING if end is None else digits(end.median / 1000) for end in ends),
            ]
        )
    return Table(headers, lines, ["peak memory less that of an empty day: plan, copies and ledger included."])


def _seam_table(seams: Sequence[SeamPrice]) -> Table:
    headers = [
        "seam",
        "backend",
        "workers",
        "align",
        "raw ns",
        "seam - raw ns",
        "seam / raw",
        "limit",
        "kept",
    ]
    lines = []
    for seam in sorted(seams, key=lambda seam: (seam.setting.experiment, seam.by_ratio)):
        align = seam.setting.param("align")
        lines.append(
            [
                seam_kind(seam),
                seam.setting.backend,
                str(seam.setting.workers),
                NOTHING if math.isnan(align) else f"{align:.0f}",
                digits(seam.raw.median),
                _exact_text(seam.difference, 2),
                _exact_text(seam.ratio, 3),
                f"{seam.limit:.3g}" if seam.by_ratio else f"{seam.limit:.2f} ns",
                {None: "?", True: "yes", False: "NO"}[seam.within],
            ]
        )
    notes = [
        "our seam against the same work by hand in one process, in turn, under each alignment of the code (bytes).",
        *_interval_notes([seam.difference for seam in seams]),
        "limit: without work the whole interval of the difference within max(5 % of raw, 1 ns); with 1 us of work the"
        " interval of the ratio includes 1.01 or lies below.",
    ]
    if any(seam.within is None for seam in seams):
        notes.append("?: too few processes for an interval.")
    return Table(headers, lines, notes)


def seam_kind(seam: SeamPrice) -> str:
    """What was measured on both sides."""
    if seam.setting.experiment == "seam_stocktake":
        return "fork"
    return "1 us task" if seam.by_ratio else "empty task"


def _exact_text(value: Spread, places: int) -> str:
    """Small numbers of either sign, with their interval."""
    median = f"{value.median:.{places}f}"
    return median if value.count == 1 else f"{median} [{value.low:.{places}f}, {value.high:.{places}f}]"


def _limit_notes(overhead: Overhead) -> list[str]:
    return [
        f"the machine's limit was reached: {key}." for key in sorted({row.key for row in overhead.limits})
    ]


def _dropped_notes(run: Run) -> list[str]:
    how = run.environment.get("overhead", {})
    dropped = how.get("dropped", {}) if isinstance(how, dict) else {}
    return [f"left out for want of time: {count} {name}." for name, count in dropped.items()]
