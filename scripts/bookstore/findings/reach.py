"""Who would serve tasks of a shape, told from a run that measured other ones.

What is assumed: a backend adds to each wait the CPU that it added in the run (at most one such task a worker that waits
with it), fills as many cores as it did there, and at the same part of its capacity delays a task as long, longer by as
much as its tasks cost more. That is a guess and is called one: there is no interval of what was not measured.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bookstore.data.names import BASELINE
from bookstore.data.results import Row, Run
from bookstore.data.service import Setting, Shape, Wish
from bookstore.findings.closed import MEMORY_COUNTER, Measurements, measurements_of, undisturbed
from bookstore.findings.open_figures import OVERLOAD, OpenFigure, OpenSetting, open_setting_of
from bookstore.terminal.errors import InputError

LIKELY, UNTOLD, UNLIKELY = "should hold", "cannot be told", "should fail"
ORDER = (LIKELY, UNTOLD, UNLIKELY)
US = 1e-6
MORE_IN_FLIGHT = 1.2  # tasks than workers: then they wait alone


@dataclass(frozen=True)
class Basis:
    """The workload of the run that is nearest to the shape: seconds of work and of asked waits of its tasks."""

    workload: str
    work: float
    wait: float


@dataclass(frozen=True)
class Reached:
    """What is to be expected of a setting, and from how far it is told."""

    setting: Setting
    cpu_per_task: float  # seconds
    capacity: float  # tasks a second
    memory: float  # bytes, as in the run; nan where it did not measure it
    p99: float  # seconds of delay; nan where no open row of it was as busy
    told_at: float  # part of its capacity at which that was measured; nan likewise
    verdict: str

    def cpu_per_second(self, wish: Wish) -> float:
        return wish.rate * self.cpu_per_task

    def headroom(self, wish: Wish) -> float:
        return self.capacity / wish.rate


def basis_of(run: Run, shape: Shape) -> Basis:
    """InputError where the run has no workload to tell it from."""
    measured = measurements_of(run)
    delayed = {row.workload for row in _open_rows(run)}
    found = [each for name in measured.workloads if (each := _basis(run, measured, name)) is not None]
    # A task that waits is told from tasks that wait, one that does not from those that do not, where there are any;
    # of these from tasks whose delays were measured.
    alike = [each for each in found if (each.wait > 0) == (shape.wait > 0)] or found
    alike = [each for each in alike if each.workload in delayed] or alike
    if not alike:
        raise InputError(
            f"{run.folder}: has no closed rows of {BASELINE}, which tell what tasks cost; give another run"
        )
    return min(alike, key=lambda each: _distance(each, shape))


def reached(run: Run, wish: Wish, basis: Basis) -> list[Reached]:
    """Whom the run measured with that workload, the likeliest and cheapest first: of each on so many cores the best
    worker count."""
    measured = measurements_of(run)
    groups: dict[OpenSetting, list[Row]] = defaultdict(list)
    for row in _open_rows(run):
        groups[open_setting_of(row)].append(row)
    figures = [OpenFigure(setting, rows) for setting, rows in groups.items()]
    found = []
    for key in measured.by_setting:
        if key.workload != basis.workload or key.in_flight or key.locks or key.pinned is not None:
            continue
        rows = [row for row in undisturbed(measured.rows(key)) if not row.too_short and not row.fewer_workers]
        if rows:
            setting = Setting(key.backend, key.cores, key.workers)
            memory = _memory(measured.memory, setting)
            found.append(_reach(setting, rows, figures, memory, wish, basis))
    found.sort(key=lambda each: (ORDER.index(each.verdict), each.cpu_per_task, each.setting.cores))
    first: dict[tuple[str, int], Reached] = {}
    for each in found:
        first.setdefault((each.setting.backend, each.setting.cores), each)
    return list(first.values())


def _reach(
    setting: Setting,
    rows: Sequence[Row],
    figures: Sequence[OpenFigure],
    memory: float,
    wish: Wish,
    basis: Basis,
) -> Reached:
    there = median(row.counter("cpu_us_per_task") * US for row in rows)
    rate_there = median(1 / row.time_per_task for row in rows)
    waits = max(1, sum(step.wait_ns > 0 for step in wish.shape.steps))
    cpu = wish.shape.cpu + waits * max(0.0, there - basis.work)
    busy = min(setting.cores, rate_there * there)
    capacity = busy / cpu
    alone = rate_there * (basis.work + basis.wait) > MORE_IN_FLIGHT * setting.workers
    if not alone:  # each worker waits with its task
        capacity = min(capacity, setting.workers / (cpu + wish.shape.wait))
    load = wish.rate / capacity
    p99, told_at = _delay(setting, figures, rate_there, load, basis.workload)
    p99 *= max(1.0, cpu / there)
    if load >= 1 or p99 > wish.limit:
        verdict = UNLIKELY
    else:
        verdict = LIKELY if p99 <= wish.limit else UNTOLD
    return Reached(setting, cpu, capacity, memory, p99 if load < 1 else math.nan, told_at, verdict)


def _delay(
    setting: Setting, figures: Sequence[OpenFigure], rate_there: float, load: float, workload: str
) -> tuple[float, float]:
    """p99 in seconds at the least measured load that is not below, and that load; nan without one."""
    loads: Mapping[float, float] = {
        figure.setting.rate / rate_there: found.us.median * US
        for figure in figures
        if figure.setting.workload == workload
        and (figure.setting.backend, figure.setting.cores, figure.setting.workers)
        == (setting.backend, setting.cores, setting.workers)
        and not figure.setting.bursts
        and not figure.setting.door
        and figure.validity != OVERLOAD
        and (found := figure.percentile("p99")) is not None
    }
    busier = [each for each in loads if each >= load]
    return (loads[min(busier)], min(busier)) if busier else (math.nan, math.nan)


def _open_rows(run: Run) -> list[Row]:
    """Those that know the delay: older runs do not."""
    return run.latency.select(lambda row: "delay_p99_us" in row.counters) if run.latency is not None else []


def _basis(run: Run, measured: Measurements, workload: str) -> Basis | None:
    rows = [
        row for row in measured.all if row.workload == workload and row.backend == BASELINE and row.has_time
    ]
    work = [row.counter("work_us_per_task") * US for row in rows if "work_us_per_task" in row.counters]
    if not work:
        return None
    waits = [row.counter("asked_waits_us") * US for row in _open_rows(run) if row.workload == workload]
    if waits:
        return Basis(workload, median(work), median(waits))
    if not any(row.counter("longest_wait_ms") > 0 for row in rows):
        return Basis(workload, median(work), 0.0)
    return Basis(workload, median(work), median(row.time_per_task for row in rows) - median(work))


def _distance(basis: Basis, shape: Shape) -> float:
    """How many times its CPU and its wait are more or less, as logarithms."""
    little = 1e-6
    cpu = abs(math.log((shape.cpu + little) / (basis.work + little)))
    return cpu + abs(math.log((shape.wait + little) / (basis.wait + little)))


def _memory(rows: Sequence[Row], setting: Setting) -> float:
    """Of its memory rows those with the same workers, whatever they did."""
    values = [
        row.counter(MEMORY_COUNTER)
        for row in rows
        if (row.backend, row.workers) == (setting.backend, setting.workers)
    ]
    return median(values) if values else math.nan
