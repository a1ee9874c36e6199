"""What the terminal says at the end of a run: the eight answers, one table, warnings. It fits one screen.

Further sentences stand in the summary, below the answers; a figure in them is one that may be a headline: an interval of runs
that were let alone.
"""

from collections.abc import Mapping
from dataclasses import replace

from bookstore.data.names import BASELINE
from bookstore.data.results import Run
from bookstore.findings import closed, gains, worker_counts
from bookstore.findings.brackets import brackets
from bookstore.findings.claims import answers
from bookstore.findings.closed import Measurements, tasks_per_second
from bookstore.findings.gains import Gain
from bookstore.findings.latency import Latency, latency_of
from bookstore.findings.open_figures import INVALID, OVERLOAD, OpenFigure
from bookstore.findings.overhead import overhead_of
from bookstore.findings.worker_counts import BestFigure, best_figure
from bookstore.report.answers import line
from bookstore.report.numbers import NOTHING, short, short_time
from bookstore.report.phrases import dropped_notes, p99_text
from bookstore.report.spreads import median_text
from bookstore.report.tables import Table, terminal as columns, wrapped
from bookstore.report.throughput import ABOVE_IDEAL, DISTURBED, fewer_workers_notes
from bookstore.stats.metg import BELOW_SMALLEST, NOT_REACHED

LINES = 50  # of a screen
FEWER, NOT_VALID = "!", "?"  # marks in the table
WARNED = 4  # lines that warnings are left beside a long table
BUSY = 0.03  # what others may take of the CPUs before the first line says so


def terminal(run: Run, place: str) -> str:
    """At most a screen; `place` is where all the rest stands."""
    measured = closed.measurements_of(run)
    busy = busy_line(run)
    head = [f"{busy}."] if busy else []
    head += [text for answer in answers(run) for text in wrapped(line(answer))]
    foot = ["", f"all of it: {place}"]
    room = LINES - len(head) - len(foot) - 1
    whole = _table(run, measured)
    table = _fitting(whole, room - min(len(_warnings(run, measured, whole)), WARNED))
    warned = _warnings(run, measured, table)
    lines = _lines(table)[: max(0, room - min(len(warned), WARNED))]
    room -= len(lines)
    if len(warned) > room:
        warned = [*warned[: max(0, room - 1)], "more warnings stand there."][: max(0, room)]
    shown = [*head, "", *lines, *warned]
    return "\n".join([*shown[: LINES - len(foot)], *foot]) + "\n"


def _lines(table: Table) -> list[str]:
    return [text for text in columns([table]).split("\n") if text]


def _fitting(table: Table, room: int) -> Table:
    """Of a table that is too long whole workloads, the last ones first, and at the least one."""
    while len(names := list(dict.fromkeys(cells[0] for cells in table.lines))) > 1:
        if len(_lines(table)) <= room:
            break
        table = replace(table, lines=[cells for cells in table.lines if cells[0] != names[0]])
    return table


def busy_line(run: Run) -> str:
    """others took 41 % of the CPUs; empty if they took no more than a run can be relied on beside."""
    shares = []
    for part in (run.environment, run.environment.get("latency"), run.environment.get("overhead")):
        found = part.get("disturbance") if isinstance(part, dict) else None
        if isinstance(found, dict):
            shares.append(float(found.get("others_fraction", 0.0)))
    most = max(shares, default=0.0)
    return f"others took {100 * most:.0f} % of the CPUs" if most > BUSY else ""


def sentences(run: Run) -> list[str]:
    """What the run says beside the answers; what it does not bear is not said."""
    measured = closed.measurements_of(run)
    if not measured.workloads:
        return []
    found = []
    latency = latency_of(run)
    if latency is not None and latency.workloads():
        found += [_delay(latency), _capacity(latency)]
    found += [_metg(run), _memory(run)]
    return [text for text in found if text]


def _many(cores: int) -> str:
    return f"{cores} core{'s' if cores > 1 else ''}"


def _delay(latency: Latency) -> str:
    """p99 near what one core serves, on the fewest cores."""
    workload = latency.workloads()[0]
    rate, cores = latency.main_rate(workload), latency.core_counts(workload)[0]
    parts = []
    for backend in latency.backends:
        figure = latency.at(workload, backend, rate, cores)
        if figure is not None and backend != BASELINE:
            parts.append(f"{backend} {_with_validity(figure)}")
    what = latency.figure_name
    return (
        f"{what} p99 of {rate:,.0f} {workload} tasks/s on {_many(cores)}: {', '.join(parts)}."
        if parts
        else ""
    )


def _with_validity(figure: OpenFigure) -> str:
    shown = p99_text(figure)
    return f"{shown} ({INVALID})" if figure.validity == INVALID else shown


def _capacity(latency: Latency) -> str:
    """Brackets on the fewest cores and the most."""
    workload = latency.workloads()[0]
    counts = latency.core_counts(workload)
    found = [
        each
        for each in brackets(latency, workload)
        if each.backend in ("event_loop", "event_loops", "threads") and each.cores in (counts[0], counts[-1])
    ]
    held = [each for each in found if each.passing > 0]
    if not held:
        return ""
    parts = [f"{each.backend} on {each.cores} {each.bracket}" for each in held]
    return f"{held[0].limit}: {'; '.join(parts)}."


def _metg(run: Run) -> str:
    overhead = overhead_of(run)
    if overhead is None:
        return ""
    parts = []
    for curve in overhead.curves:
        if curve.cores == overhead.most_cores and curve.metg:
            ns = curve.metg[0].ns.median
            sizes = [size for size in curve.efficiencies if size > 0]
            shown = (
                f"below {short_time(min(sizes) * 1e-9, 2)}"
                if ns == BELOW_SMALLEST
                else f"above {short_time(max(sizes) * 1e-9, 2)}"
                if ns == NOT_REACHED
                else short_time(ns * 1e-9, 2)
            )
            parts.append(f"{curve.backend} {shown}")
    return (
        f"Half of the ideal on {_many(overhead.most_cores)} takes tasks of: {', '.join(parts)}."
        if parts
        else ""
    )


def _memory(run: Run) -> str:
    """What a waiting task keeps, with the kernel's share."""
    overhead = overhead_of(run)
    if overhead is None:
        return ""
    parts = {}
    for figure in overhead.select("waiting", deadlines=0):
        value = figure.spread("bytes_per_waiting_task")
        if value is not None and not figure.setting.param("exact"):
            parts[figure.setting.backend] = f"{figure.setting.backend} {median_text(value)}"
    return f"Bytes that a waiting task keeps: {', '.join(parts.values())}." if parts else ""


HEADERS = ("workload", "backend", "n", "{few}/s", "{most}/s", "I(n)", "P(n)", "CPU", "p99")
OF_MORE_CORES = ("{most}/s", "P(n)")


def _table(run: Run, measured: Measurements) -> Table:
    few, most = measured.core_counts[0], measured.most_cores
    latency = latency_of(run)
    lines = []
    for workload in measured.workloads:
        for backend in measured.backends:
            workers = worker_counts.best_workers(measured, workload, backend, most)
            if workers is None:
                continue
            there = best_figure(measured, workload, backend, most, tasks_per_second)
            cpu = best_figure(measured, workload, backend, most, closed.cpu_us_per_task)
            lines.append(
                [
                    workload,
                    backend,
                    str(workers) if there is None else there.workers_text,
                    _rate(best_figure(measured, workload, backend, few, tasks_per_second), workers),
                    _rate(there, workers) if most > few else NOTHING,
                    NOTHING
                    if backend == BASELINE
                    else _gain(gains.interleaving(measured, workload, backend, workers)),
                    _gain(gains.parallel(measured, workload, backend, workers, most))
                    if most > few and backend != BASELINE
                    else NOTHING,
                    NOTHING if cpu is None else short_time(cpu.spread.median * 1e-6),
                    _p99(latency, workload, backend, workers),
                ]
            )
    headers = [header.format(few=_many(few), most=_many(most)) for header in HEADERS]
    if most == few:  # nothing to compare with
        kept = [place for place, header in enumerate(HEADERS) if header not in OF_MORE_CORES]
        headers, lines = [headers[place] for place in kept], [
            [line[place] for place in kept] for line in lines
        ]
    return Table(headers, lines, [])


def _p99(latency: Latency | None, workload: str, backend: str, workers: int) -> str:
    """Near what one core serves, on the most cores; marked where it is INVALID."""
    if latency is None or workload not in latency.workloads():
        return NOTHING
    figure = latency.at(workload, backend, latency.main_rate(workload))
    if figure is None:
        return NOTHING
    beside = f" ({figure.setting.workers})" if figure.setting.workers != workers else ""
    # One that was ended early is over without percentiles, too.
    if figure.validity == OVERLOAD:
        return f"over{beside}"
    if (found := figure.percentile("p99")) is None:
        return NOTHING
    return f"{short_time(found.us.median * 1e-6, digits=2)}{NOT_VALID * (figure.validity == INVALID)}{beside}"


def _gain(gain: Gain) -> str:
    """Without its interval, which stands in the summary; marked where it is no verdict."""
    return f"{median_text(gain.spread)}{gain.mark}"


def _rate(found: BestFigure | None, workers: int) -> str:
    """144k, and the worker count in brackets where it is another than the line's."""
    if found is None:
        return NOTHING
    beside = f" ({found.workers})" if found.workers != workers else ""
    return f"{short(float(f'{found.spread.median:.3g}'))}{beside}"


def _of_p99(figure_name: str, rates: Mapping[str, float]) -> str:
    """At which rate, of which workload where they differ; empty if there is none."""
    alike = len(set(rates.values())) == 1
    each = (f"{rate:,.0f} {'' if alike else f'{workload} '}tasks/s" for workload, rate in rates.items())
    return (
        f" p99: {figure_name} at {' or '.join(dict.fromkeys(each))} there; over: OVERLOAD." if rates else ""
    )


def _warnings(run: Run, measured: Measurements, table: Table) -> list[str]:
    """What bears on the sentences and on what is shown of the table, in lines."""
    found = []
    latency = latency_of(run)
    if latency is not None and latency.workloads():
        rates = {
            workload: latency.main_rate(workload)
            for workload in dict.fromkeys(cells[0] for cells in table.lines)
            if workload in latency.workloads()
        }
        found.append(
            f"n: workers, the best on {_many(measured.most_cores)} (in brackets: another number). I, P: interleaving and"
            f" parallel gain. CPU: per task.{_of_p99(latency.figure_name, rates)}"
        )
    if measured.most_cores == 1:
        found.append("One core: there is no parallel gain, and no map of the gains is drawn.")
    shown = "".join(cell for line in table.lines for cell in line)
    marks = (("^", ABOVE_IDEAL), ("*", DISTURBED), (NOT_VALID, "INVALID, not to be relied on"))
    found += [f"{mark}: {text}." for mark, text in marks if mark in shown]
    if FEWER in shown:
        found += [f"{FEWER}: {text}" for text in fewer_workers_notes(measured)]
    for part in (run.environment, run.environment.get("latency"), run.environment.get("overhead")):
        found += dropped_notes(part)
    if latency is not None:
        invalid = sum(figure.validity == INVALID for figure in latency.figures.values())
        found += (
            [f"INVALID: {invalid} of {len(latency.figures)} open rows; why stands in the summary."]
            if invalid
            else []
        )
    return [text for warning in found for text in wrapped(warning)]
