"""The tables of open load: percentiles by arrival rate, capacity under a limit, and the measuring floor."""

import math
from collections.abc import Sequence

from bookstore.data.results import Run
from bookstore.findings.latency import (
    INVALID,
    OVERLOAD,
    PERCENTILES,
    SHOWN,
    VALID,
    Capacity,
    Latency,
    OpenFigure,
    latency_of,
)
from bookstore.report.numbers import NOTHING, number
from bookstore.report.spreads import between
from bookstore.report.tables import Table

INSTRUMENT = "*"
WITHHELD = "withheld"


def tables(run: Run) -> list[Table]:
    """Everything that was found, the floor last: it says how far the rest may be trusted."""
    latency = latency_of(run)
    if latency is None:
        return []
    made = [_rate_table(latency, workload) for workload in latency.workloads()]
    if latency.capacities:
        made.append(capacity_table(latency.capacities))
    how = run.environment.get("latency", {})
    dropped = how.get("dropped", {}) if isinstance(how, dict) else {}
    left_out = [f"left out for want of time: {count} {name}." for name, count in dropped.items()]
    return [*made, Table([], [], floor_notes(latency) + left_out)]


def _rate_table(latency: Latency, workload: str) -> Table:
    headers = ["workload", "backend", "workers", "arrivals/s"]
    headers += [f"{SHOWN[name]} ms" for name in PERCENTILES] + ["CPU us/task", "verdict"]
    lines, shown = [], []
    for rate in latency.rates(workload):
        for backend in latency.backends:
            figure = latency.at(workload, backend, rate)
            if figure is not None:
                lines.append(_rate_line(figure))
                shown.append(figure)
    return Table(headers, lines, _rate_notes(shown, latency.most_cores))


def _rate_line(figure: OpenFigure) -> list[str]:
    setting = figure.setting
    cells = [setting.workload, setting.backend, str(setting.workers), f"{setting.rate:,.0f}"]
    cells += [percentile_text(figure, name) for name in PERCENTILES]
    cpu = figure.middle("cpu_us_per_task")
    return [*cells, number(cpu) if math.isfinite(cpu) else NOTHING, figure.validity_text]


def percentile_text(figure: OpenFigure, name: str) -> str:
    """1.21 [1.19, 1.25] in milliseconds; a star where it is mostly the door's lateness."""
    found = figure.percentile(name)
    if found is None:
        return WITHHELD
    star = INSTRUMENT if found.instrument else ""
    text = between(*(us / 1000 for us in (found.value, found.lower, found.upper)))
    return text.replace(" ", f"{star} ", 1)


def _rate_notes(figures: Sequence[OpenFigure], cores: int) -> list[str]:
    notes = [
        f"latency from the moment a customer meant to arrive, on {cores} core{'s' if cores > 1 else ''}; [ ]: 95 %"
        " interval of that run's percentile."
    ]
    several = [figure for figure in figures if len(figure.speaking) > 1]
    if several:
        notes.append(
            "percentiles are never averaged: of several processes the median one's is shown."
            f" The range over processes: {'; '.join(_range_text(figure) for figure in several)}."
        )
    kept_up = [figure for figure in figures if figure.validity != OVERLOAD]
    withheld = _withheld(kept_up)
    if withheld:
        notes.append(f"withheld for want of effective samples: {withheld}.")
    if _withheld([figure for figure in figures if figure.validity == OVERLOAD]):
        notes.append(
            "withheld under OVERLOAD: neighbours wait alike there, so that a run has few samples of its own."
        )
    if any(INSTRUMENT in percentile_text(figure, name) for figure in figures for name in PERCENTILES):
        notes.append("*: more than a fifth of it is lateness at the door, so mostly the instrument's.")
    return notes + _validity_notes(figures)


def _range_text(figure: OpenFigure) -> str:
    """The range over processes, which is wider than an interval within one."""
    found = {name: figure.percentile(name) for name in PERCENTILES}
    parts = [
        f"{SHOWN[name]} {number(each.smallest / 1000)} to {number(each.largest / 1000)}"
        for name, each in found.items()
        if each is not None and each.processes > 1
    ]
    where = f"{figure.setting.backend} at {figure.setting.rate:,.0f}/s"
    return f"{where} ({len(figure.speaking)}) {', '.join(parts) or 'withheld'}"


def _withheld(figures: Sequence[OpenFigure]) -> str:
    """For each percentile in how many rows, and the fewest tasks that it would take."""
    parts = []
    for name, shown in SHOWN.items():
        needed = [figure.tasks_needed(name) for figure in figures if figure.percentile(name) is None]
        if needed:
            fewest = f", which take at least {min(needed):,} tasks" if min(needed) else ""
            parts.append(f"{shown} in {len(needed)} of {len(figures)} rows that keep up{fewest}")
    return "; ".join(parts)


def _validity_notes(figures: Sequence[OpenFigure]) -> list[str]:
    notes = []
    if any(figure.validity == OVERLOAD for figure in figures):
        notes.append("OVERLOAD: arrivals come faster than they are served, so latency grows with the run.")
    for figure in figures:
        if figure.validity == INVALID:
            setting = figure.setting
            where = f"{setting.workload}/{setting.backend} at {setting.rate:,.0f}/s"
            notes.append(f"INVALID, not to be relied on: {where} ({figure.reason or 'no reason given'}).")
    if any(figure.validity == VALID and len(figure.speaking) < len(figure.rows) for figure in figures):
        notes.append("VALID 2/3: two of three processes were, and only those speak.")
    return notes


def capacity_table(capacities: Sequence[Capacity]) -> Table:
    headers = ["workload", "backend", "workers", "cores", "limit", "holds /s", "fails /s", "per hour"]
    lines = [
        [
            each.workload,
            each.backend,
            str(each.workers),
            str(each.cores),
            each.limit,
            _searched(each.passing, each.passing_confirmed),
            _searched(each.failing, each.failing_confirmed),
            f"{3600 * each.passing:,.0f}" if each.passing else NOTHING,
        ]
        for each in capacities
    ]
    notes = ["capacity: the highest arrival rate seen to hold the limit, and the lowest seen to fail it."]
    if any("?" in cell for line in lines for cell in line):
        notes.append("?: not seen again on an independent schedule.")
    unclear = [each for each in capacities if each.unclear]
    if unclear:
        names = ", ".join(f"{each.backend} on {each.cores}: {each.unclear}" for each in unclear)
        notes.append(f"rates in between that stayed unclear however long they were run: {names}.")
    return Table(headers, lines, notes)


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
