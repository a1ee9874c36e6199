"""The table of closed load: throughput, gains, CPU time and memory of each backend on each workload."""

from statistics import median

from bookstore.data.results import Run
from bookstore.findings import gains
from bookstore.findings.gains import ClosedSetting, Measurements
from bookstore.report.numbers import NOTHING, number
from bookstore.report.spreads import median_text, spread_note, spread_text
from bookstore.report.tables import Table
from bookstore.stats.intervals import Spread

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
    measured = gains.measurements_of(run)
    cores = measured.most_cores
    lines = []
    for workload in measured.workloads:
        for backend in measured.backends:
            workers = gains.best_workers(measured, workload, backend, cores)
            if workers is not None:
                lines.append(_line(measured, workload, backend, workers, cores))
    headers = [header.format(cores=cores) for header in HEADERS]
    return Table(headers, lines, _notes(run, measured))


def _line(measured: Measurements, workload: str, backend: str, workers: int, cores: int) -> list[str]:
    here = ClosedSetting(workload, backend, cores, workers)
    interleaving = gains.interleaving(measured, workload, backend, workers)
    parallel = gains.parallel(measured, workload, backend, workers, cores)
    product = gains.speed_up(measured, workload, backend, workers, cores)
    memory = [
        row.counter(gains.MEMORY_COUNTER)
        for row in measured.memory
        if (row.workload, row.backend) == (workload, backend)
    ]
    return [
        workload,
        backend,
        str(workers),
        median_text(measured.figure(ClosedSetting(workload, backend, 1, workers), gains.tasks_per_second)),
        median_text(measured.figure(here, gains.tasks_per_second)),
        spread_text(interleaving.spread),
        spread_text(parallel.spread),
        median_text(product.spread),
        median_text(measured.figure(here, gains.cpu_us_per_task)),
        number(median(memory) / 1e6) if memory else NOTHING,
    ]


def _notes(run: Run, measured: Measurements) -> list[str]:
    cores = measured.most_cores
    notes = [
        f"workers: of a pool, the fastest on {cores} cores, chosen on every second repetition; gains are taken there.",
        "shown from all repetitions, those of the choice too, which flatters a little; the map leaves them out.",
        spread_note(_parallel_spreads(measured, cores)),
    ]
    ideal = measured.ideal(cores)
    if ideal is not None and cores > 1:
        notes.append(
            f"the machine's own ideal: {spread_text(ideal)} times on {cores} cores, measured in the same rounds."
        )
    notes += _withheld(measured, cores)
    notes += [
        f"left out for want of time: {count} {name}."
        for name, count in run.environment.get("dropped", {}).items()
    ]
    limits = sorted({row.key for row in run.throughput.rows if row.limit_reached})
    notes += [f"the machine's limit was reached: {key}." for key in limits]
    if all(row.counter("digest_ok") == 1 for row in measured.all if "ideal_speedup" not in row.counters):
        notes.append("every run gave the sequential digest.")
    return notes


def _parallel_spreads(measured: Measurements, cores: int) -> list[Spread | None]:
    return [
        gains.parallel(measured, workload, backend, workers, cores).spread
        for workload in measured.workloads
        for backend in measured.backends
        for workers in [gains.best_workers(measured, workload, backend, cores)]
        if workers is not None
    ]


def _withheld(measured: Measurements, cores: int) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for workload in measured.workloads:
        for backend in measured.backends:
            workers = gains.best_workers(measured, workload, backend, cores)
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
