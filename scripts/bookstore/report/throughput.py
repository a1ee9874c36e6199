"""The table of closed load: throughput, gains, CPU time and memory of each backend on each workload."""

import math
from statistics import median

from bookstore.data.results import Run
from bookstore.findings import closed, gains, worker_counts
from bookstore.findings.closed import ClosedSetting, Measurements
from bookstore.findings.gains import Gain
from bookstore.findings.worker_counts import BestFigure
from bookstore.report.numbers import NOTHING, number
from bookstore.report.phrases import dropped_notes, limit_notes
from bookstore.report.spreads import median_text, spread_note, spread_text
from bookstore.report.tables import Table
from bookstore.stats.intervals import Spread

ABOVE_IDEAL = "above what the cores are worth at best: something else than parallelism is in it"
DISTURBED = "formed of runs alone during which others took the CPUs: no verdict"
HEADERS = (
    "workload",
    "backend",
    "workers",
    "tasks/s, 1 core",
    "tasks/s, {cores} cores",
    "interleaving gain",
    "parallel gain",
    "speed-up",
    "CPU us/task",
    "peak MB",
)


def table(run: Run) -> Table:
    """One line per workload and backend, each pool at its best worker count on all cores."""
    measured = closed.measurements_of(run)
    cores = measured.most_cores
    lines = []
    for workload in measured.workloads:
        for backend in measured.backends:
            workers = worker_counts.best_workers(measured, workload, backend, cores)
            if workers is not None:
                lines.append(_line(measured, workload, backend, workers, cores))
    headers = [header.format(cores=cores) for header in HEADERS]
    return Table(headers, lines, _notes(run, measured), "throughput, gains, CPU and memory")


def _line(measured: Measurements, workload: str, backend: str, workers: int, cores: int) -> list[str]:
    here = ClosedSetting(workload, backend, cores, workers)
    interleaving = gains.interleaving(measured, workload, backend, workers)
    parallel = gains.parallel(measured, workload, backend, workers, cores)
    product = gains.speed_up(measured, workload, backend, workers, cores)
    memory = [
        row.counter(closed.MEMORY_COUNTER)
        for row in measured.memory
        if (row.workload, row.backend) == (workload, backend)
    ]
    return [
        workload,
        backend,
        str(workers),
        best_text(
            worker_counts.best_figure(
                measured, workload, backend, measured.core_counts[0], closed.tasks_per_second
            ),
            workers,
        ),
        median_text(measured.figure(here, closed.tasks_per_second)),
        gain_text(interleaving),
        gain_text(parallel),
        median_text(product.spread),
        median_text(measured.figure(here, closed.cpu_us_per_task)),
        number(median(memory) / 1e6) if memory else NOTHING,
    ]


def gain_text(gain: Gain) -> str:
    """1.93 [1.90, 1.95], marked where it is no verdict."""
    return f"{spread_text(gain.spread)}{gain.mark}"


def best_text(found: BestFigure | None, workers: int) -> str:
    """A throughput, and the worker count in brackets where it is another than the line's."""
    if found is None:
        return NOTHING
    beside = f" ({found.workers})" if found.workers != workers else ""
    return f"{median_text(found.spread)}{beside}"


def _notes(run: Run, measured: Measurements) -> list[str]:
    cores = measured.most_cores
    notes = [
        f"workers: of a pool, the fewest that are as fast as the fastest on {cores} cores, {_chosen_text(measured)}; gains are"
        " taken there. In brackets: the best on one core, where it is another.",
        spread_note(_parallel_spreads(measured, cores)),
    ]
    ideal = measured.ideal(cores)
    if ideal is not None and cores > 1:
        notes.append(
            f"the machine's own ideal: {spread_text(ideal)} times on {cores} cores, measured in the same rounds."
        )
    marks = "".join(gain.mark for gain in _shown_gains(measured, cores))
    notes += [f"{mark}: {text}." for mark, text in (("^", ABOVE_IDEAL), ("*", DISTURBED)) if mark in marks]
    notes += fewer_workers_notes(measured)
    notes += disturbance_notes(run)
    notes += _withheld(measured, cores)
    notes += dropped_notes(run.environment)
    notes += limit_notes(row for row in run.throughput.rows if row.limit_reached)
    if all(row.counter("digest_ok") == 1 for row in measured.all if "ideal_speedup" not in row.counters):
        notes.append("every run gave the sequential digest.")
    return notes


def _chosen_text(measured: Measurements) -> str:
    return "chosen on repetitions of their own" if measured.choices else "chosen on every second repetition"


def _shown_gains(measured: Measurements, cores: int) -> list[Gain]:
    """The gains of the table."""
    return [
        gain
        for workload in measured.workloads
        for backend in measured.backends
        for workers in [worker_counts.best_workers(measured, workload, backend, cores)]
        if workers is not None
        for gain in (
            gains.interleaving(measured, workload, backend, workers),
            gains.parallel(measured, workload, backend, workers, cores),
        )
    ]


def fewer_workers_notes(measured: Measurements) -> list[str]:
    """Rows that ran on fewer threads than were asked for."""
    found: dict[str, tuple[float, int]] = {}
    for row in measured.all:
        if row.fewer_workers:
            least = min(row.counter("effective_workers"), found.get(row.key, (math.inf, 0))[0])
            found[f"{row.workload}/{row.backend} on {row.cores}"] = (least, row.workers)
    if not found:
        return []
    parts = [f"{name} ({least:.0f} of {asked})" for name, (least, asked) in found.items()]
    return [f"ran on fewer workers than asked, and enters no gain: {', '.join(parts)}."]


def disturbance_notes(run: Run) -> list[str]:
    """What others took of the CPUs, where it was more than a run can be relied on beside."""
    found = run.environment.get("disturbance")
    if not isinstance(found, dict) or not found.get("disturbed_rows"):
        return []
    return [
        f"others took more than 3 % of the CPUs in {found['disturbed_rows']} of {found['rows']} closed runs, which are"
        f" marked in the file; {found['measured_again']} processes were measured again."
    ]


def _parallel_spreads(measured: Measurements, cores: int) -> list[Spread | None]:
    return [
        gains.parallel(measured, workload, backend, workers, cores).spread
        for workload in measured.workloads
        for backend in measured.backends
        for workers in [worker_counts.best_workers(measured, workload, backend, cores)]
        if workers is not None
    ]


def _withheld(measured: Measurements, cores: int) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for workload in measured.workloads:
        for backend in measured.backends:
            workers = worker_counts.best_workers(measured, workload, backend, cores)
            if workers is None:
                reasons.setdefault("too short to count", []).append(f"{workload}/{backend}")
                continue
            for gain in (
                gains.interleaving(measured, workload, backend, workers),
                gains.parallel(measured, workload, backend, workers, cores),
            ):
                if gain.spread is None:
                    reasons.setdefault(gain.withheld, []).append(f"{gain.kind} gain of {workload}/{backend}")
    return [f"withheld, {reason}: {', '.join(names)}." for reason, names in reasons.items()]
