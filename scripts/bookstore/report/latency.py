"""The tables of open load: delay by rate and cores, latency by kind, capacity as brackets, and the measuring floor."""

import math
from collections.abc import Iterable, Sequence

from bookstore.data.names import OVERLAPPED
from bookstore.data.results import Run
from bookstore.findings.brackets import brackets
from bookstore.findings.latency import KINDS, Capacity, Latency, curves, latency_of
from bookstore.findings.open_figures import INVALID, OVERLOAD, OpenFigure, Percentile
from bookstore.report.numbers import NOTHING, number
from bookstore.report.phrases import dropped_notes
from bookstore.report.spreads import spread_note, spread_text
from bookstore.report.tables import Table

FEW, INSTRUMENT = "f", "i"
MARKS = {
    FEW: "f: few; one process alone has too few effective samples for it (1,000 for p99)",
    INSTRUMENT: "i: instrument; more than a fifth of it is the door's own lateness",
}


def tables(run: Run) -> list[Table]:
    """Everything that was found under open load; the last one, of notes alone, says what the rates are."""
    latency = latency_of(run)
    if latency is None:
        return []
    made = [_rate_table(run, latency, workload) for workload in latency.workloads()]
    made += [_kind_table(latency, workload) for workload in latency.workloads()]
    capacities = [each for workload in latency.workloads()[:1] for each in brackets(latency, workload)]
    if capacities:
        made.append(capacity_table(capacities))
    notes = [*rates_notes(run), *dropped_notes(run.environment.get("latency"))]
    return [table for table in made if table.lines] + ([Table([], [], notes)] if notes else [])


def floor_table(run: Run) -> Table:
    """What the instrument adds, as notes: it says how far the rest may be trusted."""
    latency = latency_of(run)
    return Table([], [], [] if latency is None else floor_notes(latency))


def rates_notes(run: Run) -> list[str]:
    """What the rates are multiples of."""
    rates = run.environment.get("rates")
    if not isinstance(rates, dict) or not rates.get("base"):
        return []
    return [
        f"rates are multiples (0.1, 0.7, 1.4) of B = {rates['base']:,.0f}/s: what {rates['source']} did closed in this"
        f" run ({rates['measured']:,.0f}/s), rounded. Pools stand before open load at the worker count that was best"
        " closed."
    ]


def _rate_table(run: Run, latency: Latency, workload: str) -> Table:
    what = latency.figure_name
    headers = ["workload", "backend", "workers", "cores", "arrivals/s", f"{what} p50 us", "p99 us"]
    headers += ["p99.9 us", "max us", "of tasks", "CPU us/task", "ceiling/s", "validity"]
    lines, shown = [], []
    for cores in latency.core_counts(workload):
        for rate in latency.rates(workload):
            for backend in latency.backends:
                for door in (False, True):
                    figure = latency.at(workload, backend, rate, cores, door)
                    if figure is not None:
                        lines.append(_rate_line(run, figure))
                        shown.append(figure)
    return Table(headers, lines, _rate_notes(shown, what), f"{what} by arrival rate: {workload}")


def _rate_line(run: Run, figure: OpenFigure) -> list[str]:
    setting = figure.setting
    name = f"{setting.backend} (door)" if setting.door else setting.backend
    tail = figure.tail(curves(run, figure))
    cpu = figure.middle("cpu_us_per_task")
    return [
        setting.workload,
        name,
        str(setting.workers),
        str(setting.cores),
        f"{setting.rate:,.0f}",
        percentile_text(figure.percentile("p50")),
        percentile_text(figure.percentile("p99")),
        NOTHING if tail is None or math.isnan(tail.p999_us) else number(tail.p999_us, 2),
        NOTHING if tail is None else number(tail.largest_us, 2),
        NOTHING if tail is None else f"{tail.tasks:,}",
        number(cpu) if math.isfinite(cpu) else NOTHING,
        _ceiling(figure),
        figure.validity_text + ("*" if figure.disturbed else ""),
    ]


def percentile_text(found: Percentile | None) -> str:
    """121 f [112, 131]: us, marked where it is to be read with care."""
    if found is None:
        return NOTHING
    text = spread_text(found.us, digits=2)
    return (
        text.replace(" ", f" {found.mark} ", 1)
        if found.mark and " " in text
        else f"{text} {found.mark}".rstrip()
    )


def _ceiling(figure: OpenFigure) -> str:
    """n / (mean wait + work): what so many blocking workers serve at most."""
    wait, work = figure.middle("asked_waits_us"), figure.middle("work_us")
    if figure.rows[0].backend in OVERLAPPED or not wait > 0:
        return NOTHING
    ceiling = 1e6 * figure.setting.workers / (wait + (0.0 if math.isnan(work) else work))
    return number(ceiling, 2) + (" !" if figure.setting.rate > ceiling else "")


def _rate_notes(figures: Sequence[OpenFigure], what: str) -> list[str]:
    found = [figure.percentile(name) for figure in figures for name in ("p50", "p99")]
    shown = [each for each in found if each is not None]
    notes = [
        f"{what}: "
        + (
            "latency from the moment a customer meant to arrive, less the waits asked for"
            if what == "delay"
            else "from the moment a customer meant to arrive; an older run, which knows no delay"
        )
        + ": the median of the processes' percentiles. "
        + spread_note([each.us for each in shown]),
        "p99.9 and max: of all tasks of all processes together, whose number stands beside.",
        *(f"{text}." for mark, text in MARKS.items() if any(mark in each.mark for each in shown)),
        "ceiling: what so many blocking workers can serve at most, their number / (mean wait + work); !: the rate is"
        " above it.",
    ]
    return notes + _validity_notes(figures)


def _validity_notes(figures: Sequence[OpenFigure]) -> list[str]:
    notes = []
    if any(figure.validity == OVERLOAD for figure in figures):
        notes.append(
            "OVERLOAD: arrivals come faster than they are served, so that delay grows with the run, which is ended early."
        )
    invalid = [figure for figure in figures if figure.validity == INVALID]
    if invalid:
        names = "; ".join(
            f"{each.setting.backend} on {each.setting.cores} at {each.setting.rate:,.0f}/s"
            f" ({each.reason or 'no reason given'})"
            for each in invalid
        )
        notes.append(f"INVALID, not to be relied on: {names}.")
    if any(len(figure.speaking) < len(figure.rows) for figure in figures):
        notes.append("VALID 5/7: five of seven processes were; the percentiles are of all seven.")
    if any(figure.disturbed for figure in figures):
        notes.append("*: others took more than 3 % of its CPUs in one process or more.")
    return notes


def _kind_table(latency: Latency, workload: str) -> Table:
    """What a customer sees, by kind, near what one core serves."""
    rate = latency.main_rate(workload)
    headers = ["latency by kind", "backend", "arrivals/s"]
    found = {
        backend: figure
        for backend in latency.backends
        for figure in [latency.at(workload, backend, rate)]
        if figure is not None and figure.validity != OVERLOAD
    }
    names = [
        (kind, name)
        for kind in KINDS
        for name in ("p50", "p99", "max")
        if any(figure.of_kind(kind, name) for figure in found.values())
    ]
    headers += [f"{kind} {name} us" for kind, name in names]
    lines = [
        [
            workload,
            backend,
            f"{rate:,.0f}",
            *(spread_text(figure.of_kind(kind, name), digits=2) for kind, name in names),
        ]
        for backend, figure in found.items()
    ]
    notes = ["latency: the asked waits are in it."]
    return Table(headers, lines if names else [], notes, f"latency by kind of customer: {workload}")


def capacity_table(capacities: Sequence[Capacity]) -> Table:
    headers = ["workload", "backend", "workers", "cores", "limit", "holds /s", "fails /s"]
    lines = [
        [
            each.workload,
            each.backend,
            str(each.workers),
            str(each.cores),
            each.limit,
            _searched(each.passing, each.passing_confirmed),
            _searched(each.failing, each.failing_confirmed) + ("*" if each.out_of_time else ""),
        ]
        for each in capacities
    ]
    notes = [
        "capacity lies in the bracket: the highest rate seen to hold the limit, the lowest seen to fail it."
    ]
    if any(not each.searched for each in capacities):
        notes.append("read from the rates that were measured where none was searched for.")
    if any("?" in cell for line in lines for cell in line):
        notes.append("?: not seen again on an independent schedule.")
    if any(each.out_of_time for each in capacities):
        notes.append("*: the search ended for want of time, so that its bracket is wide.")
    unclear = [each for each in capacities if each.unclear]
    if unclear:
        names = ", ".join(f"{each.backend} on {each.cores}: {each.unclear}" for each in unclear)
        notes.append(f"rates in between that stayed unclear however long they were run: {names}.")
    return Table(headers, lines, notes, "capacity: the highest rate that keeps the limit")


def _searched(rate: float, confirmed: bool) -> str:
    """A rate that a search found; nan and 0 for none."""
    if not rate > 0:
        return NOTHING
    return f"{rate:,.0f}" + ("" if confirmed else " ?")


def floor_notes(latency: Latency) -> list[str]:
    """What the instrument and the machine add: nothing below it can be measured."""
    floor = latency.floor
    notes = [
        f"measuring floor: a clock reading {floor.clock_ns:.0f} ns; recording a task {floor.recording_ns:.0f} ns"
        " beside its readings; a sleep ends late by"
        f" {floor.wake_up_p50_us:.0f} us (p50), {floor.wake_up_p99_us:.0f} us (p99),"
        f" {floor.wake_up_max_us:.0f} us (max of all processes); longest hiccup {floor.hiccup_us:.0f} us;"
        f" steal at most {100 * floor.steal:.1f} %."
    ]
    if floor.null_p50_us:
        order = [name for name in latency.backends if name in floor.null_p50_us]
        parts = ", ".join(f"{name} {floor.null_p50_us[name]:.0f} us" for name in order)
        notes.append(f"a task of no work through each backend (p50): {parts}.")
    return notes


def marks_note(found: Iterable[Percentile | None]) -> str:
    """What marks in a picture mean, where there are any."""
    shown = [each.mark for each in found if each is not None]
    return " ".join(f"{text}." for mark, text in MARKS.items() if any(mark in each for each in shown))
