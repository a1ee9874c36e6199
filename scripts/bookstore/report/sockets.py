"""Waits that are real: what they cost beside timers, in a sentence and in tables."""

from collections.abc import Sequence

from bookstore.data.names import LOOP, SOCKETS, TIMER, URING
from bookstore.data.results import Run
from bookstore.findings.closed import cpu_us_per_task, tasks_per_second
from bookstore.findings.open_figures import INVALID, OVERLOAD, OpenFigure
from bookstore.findings.sockets import Sockets, sockets_of
from bookstore.report.latency import marks_note, percentile_text
from bookstore.report.numbers import NOTHING, number
from bookstore.report.phrases import dropped_notes, limit_notes
from bookstore.report.spreads import median_text, spread_note, spread_text
from bookstore.report.tables import Table
from bookstore.stats.intervals import Spread

TOLD = (LOOP, "threads")  # whom the sentence is about, where they were measured
OVER = {TIMER: "by timers", "unix": "over a unix socket", "tcp": "over TCP"}


def sentence(found: Sockets) -> str:
    """What a real wait adds: CPU of a customer on the fewest cores; else what a round trip takes. Empty if neither."""
    parts = [text for backend in _told(found.backends) if (text := _added(found, backend))]
    if parts:
        return f"What a real wait adds to a customer's CPU {_on(found.core_counts[0])}: {'; '.join(parts)}."
    trips = dict.fromkeys(backend for backend, _ in found.trips)
    parts = [text for backend in _told(list(trips)) if (text := _trip(found, backend))]
    return f"A round trip takes: {'; '.join(parts)}." if parts else ""


def _told(backends: Sequence[str]) -> list[str]:
    return [name for name in TOLD if name in backends] or list(backends[:1])


def _added(found: Sockets, backend: str) -> str:
    """event_loop 4.8 [4.7, 4.9] us over a unix socket, beside 7.3 [7.2, 7.4] us by timers"""
    cores = found.core_counts[0] if found.core_counts else 0
    timers = found.figure(backend, cores, TIMER, cpu_us_per_task)
    more = {kind: found.added(backend, cores, kind, cpu_us_per_task) for kind in SOCKETS}
    said = [f"{spread_text(each)} us {OVER[kind]}" for kind, each in more.items() if each is not None]
    if timers is None or not said:
        return ""
    return f"{backend} {' and '.join(said)}, beside {spread_text(timers)} us {OVER[TIMER]}"


def _trip(found: Sockets, backend: str) -> str:
    said = [
        f"{spread_text(figure.spread('round_trip_p50_us'), digits=2)} us {OVER[kind]}"
        for kind in found.kinds
        for figure in [found.trips.get((backend, kind))]
        if figure is not None
    ]
    return f"{backend} {', '.join(said)} (p50)" if said else ""


def tables(run: Run) -> list[Table]:
    """None if the run measured no wait but timers; the last one, of notes alone, says what the service is."""
    found = sockets_of(run)
    if found is None:
        return []
    made = [_customers(found), _more_cores(found), _trips(found)]
    notes = [*service_notes(found), *_unsound_notes(found), *limit_notes(found.limits)]
    if any(row.backend == URING for row in found.limits):
        notes.append(f"{URING}: this kernel forbids io_uring.")
    for part in ("sockets", "sockets_latency"):
        notes += dropped_notes(run.environment.get(part))
    return [*(table for table in made if table.lines), Table([], [], notes)]


def _unsound_notes(found: Sockets) -> list[str]:
    names = dict.fromkeys(row.key for row in found.unsound)
    return [f"no figure, too short or on fewer workers than asked: {', '.join(names)}."] if names else []


def _headers(what: str, kinds: Sequence[str]) -> list[str]:
    return [f"{what}, {kind}" for kind in kinds]


def _customers(found: Sockets) -> Table:
    """All of them there at the start, and arriving by themselves, on the fewest cores."""
    kinds = found.kinds
    headers = ["backend", "workers", *_headers("customers/s", kinds)]
    for what in ("CPU us each", "delay p50 us", "delay p99 us"):
        headers += _headers(what, kinds)
    cores = found.core_counts[0] if found.core_counts else 0
    lines, shown = [], []
    for backend in found.backends:
        cpu = [found.figure(backend, cores, kind, cpu_us_per_task) for kind in kinds]
        opened = [found.open.get((backend, kind)) for kind in kinds]
        lines.append(
            [
                backend,
                str(found.workers(backend, cores) or NOTHING),
                *(median_text(found.figure(backend, cores, kind, tasks_per_second)) for kind in kinds),
                *map(spread_text, cpu),
                *(_delay(figure, "p50") for figure in opened),
                *(_delay(figure, "p99") for figure in opened),
            ]
        )
        shown += cpu
    caption = f"customers by what they wait for, {_on(cores)}" if cores else "customers by what they wait for"
    return Table(headers, lines, _customer_notes(found, shown), caption)


def _delay(figure: OpenFigure | None, name: str) -> str:
    """OVERLOAD, or the percentile, with ! where the rules of the instrument were broken."""
    found = None if figure is None else figure.percentile(name)
    if figure is None or found is None:
        return NOTHING
    if figure.validity == OVERLOAD:
        return OVERLOAD
    # Of a median the spread is narrow, and the table wide.
    text = percentile_text(found) if name == "p99" else f"{number(found.us.median)} {found.mark}".rstrip()
    return text + (" !" if figure.validity == INVALID else "")


def _customer_notes(found: Sockets, shown: Sequence[Spread | None]) -> list[str]:
    figures = list(found.open.values())
    notes = [
        "timer, unix, tcp: the same customers, whose waits are timers, or requests over a socket of this kind; the three"
        " ran in the same processes, in turn.",
        spread_note(shown),
    ]
    if figures:
        setting = figures[0].setting
        percentiles = [figure.percentile(name) for figure in figures for name in ("p50", "p99")]
        notes += [
            f"delay: of {setting.rate:,.0f} arrivals/s {_on(setting.cores)}, latency less the waits asked for.",
            marks_note(percentiles),
        ]
    if any(figure.validity == OVERLOAD for figure in figures):
        notes.append("OVERLOAD: arrivals come faster than they are served.")
    if any(figure.validity == INVALID for figure in figures):
        notes.append("!: INVALID, not to be relied on.")
    if found.open and any(backend not in {name for name, _ in found.open} for backend in found.backends):
        notes.append("no delay: not measured, for want of time.")
    return [note for note in notes if note]


def _more_cores(found: Sockets) -> Table:
    """The same closed, on the most cores; nothing if those are the fewest."""
    kinds = found.kinds
    headers = [
        "backend",
        "workers",
        *_headers("customers/s", kinds),
        *_headers("CPU us each", kinds),
    ]
    lines, shown = [], []
    cores = found.core_counts[-1] if len(found.core_counts) > 1 else 0
    for backend in found.backends:
        if not (workers := found.workers(backend, cores)):
            continue
        cpu = [found.figure(backend, cores, kind, cpu_us_per_task) for kind in kinds]
        served = [found.figure(backend, cores, kind, tasks_per_second) for kind in kinds]
        lines.append([backend, str(workers), *map(median_text, served), *map(spread_text, cpu)])
        shown += cpu
    return Table(headers, lines, [spread_note(shown)], f"the same {_on(cores)}")


def _trips(found: Sockets) -> Table:
    """One task after the other, each with one wait that is as short as can be."""
    kinds = found.kinds
    over = [kind for kind in kinds if kind != TIMER]
    counters = {
        "p50 us": "round_trip_p50_us",
        "p99 us": "round_trip_p99_us",
        "CPU us": "cpu_us_per_round_trip",
    }
    headers = ["backend", "workers"]
    for what in counters:
        headers += _headers(what, kinds)
    headers += _headers("service CPU us", over)
    lines, shown = [], []
    for backend in dict.fromkeys(backend for backend, _ in found.trips):
        figures = [
            figure and figure.spread(counter)
            for counter, wanted in (
                *((counter, kinds) for counter in counters.values()),
                ("service_cpu_us_per_round_trip", over),
            )
            for kind in wanted
            for figure in [found.trips.get((backend, kind))]
        ]
        lines.append([backend, "1", *(spread_text(each, digits=2) for each in figures)])
        shown += figures
    notes = [
        "one task on one core, one wait of 1 ns after the other: what asking and hearing the answer takes. timer: the"
        " same wait by the backend's own timers.",
        spread_note(shown),
    ]
    return Table(headers, lines, notes, "a round trip to the service")


def service_notes(found: Sockets, cores: int | None = None) -> list[str]:
    """What answers, where it runs, what it costs and how late it is; beside all rows, or those on so many cores."""
    notes = [
        "the service: a process of its own on this machine that answers every request once the asked wait is over. Its CPU"
        " is never charged to the backend; where it has CPUs of its own, its lateness is taken off the delay."
    ]
    costs = [text for kind in SOCKETS if (text := _service_cost(found, kind))]
    notes += [f"its CPU for a customer of closed load: {'; '.join(costs)}."] if costs else []
    shared, outside = (
        [count for count in found.placed(outside) if cores in (None, count)] for outside in (False, True)
    )
    if shared:
        beside = f"; beside rows {_on_any(outside)} it had CPUs of its own" if outside else ""
        notes.append(
            f"it shared the CPUs of rows {_on_any(shared)}, so that what it takes is missing there{beside}."
        )
    elif outside:
        notes.append("it had CPUs of its own beside these rows.")
    late = [
        f"{OVER[kind]} {number(each.p50_us, 2)} us (p50) and {number(each.p99_us, 2)} us (p99), at most"
        f" {number(each.worst_p99_us, 2)} us (p99)"
        for kind in SOCKETS
        for each in [found.lateness(kind)]
        if each is not None
    ]
    return notes + ([f"its lateness, of the median row: {'; '.join(late)}."] if late else [])


def _service_cost(found: Sockets, kind: str) -> str:
    """over a unix socket 3.2 us (event_loop) to 16 us (threads)"""
    by_backend = list(found.service_cpu(kind).items())
    ends = by_backend[:1] + by_backend[1:][-1:]
    return f"{OVER[kind]} " + " to ".join(f"{number(us, 2)} us ({name})" for name, us in ends) if ends else ""


def _on(cores: int) -> str:
    return f"on {cores} core{'s' if cores > 1 else ''}"


def _on_any(counts: Sequence[int]) -> str:
    return f"on {', '.join(map(str, counts))} core{'s' if counts[-1] > 1 else ''}"
