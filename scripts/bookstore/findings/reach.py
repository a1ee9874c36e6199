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

LIKELY, UNTOLD, UNLIKELY = "should hold", "cannot be told", "should fail"
ORDER = (LIKELY, UNTOLD, UNLIKELY)
US = 1e-6
MORE_IN_FLIGHT = 1.2  # tasks than workers: then they wait alone


@dataclass(frozen=True)
class Known:
    """What the run knows of a setting under one workload."""

    setting: Setting
    cpu_per_task: float  # seconds
    rate: float  # tasks a second, closed
    memory: float  # bytes; nan where it was not measured
    delays: Sequence[tuple[float, float]]  # part of that rate at which tasks came, and p99 in seconds; rising


@dataclass(frozen=True)
class Basis:
    """A workload of the run: seconds of work and of asked waits of its tasks, and who was measured with it."""

    workload: str
    work: float
    wait: float
    known: Sequence[Known]

    @property
    def has_delays(self) -> bool:
        return any(each.delays for each in self.known)


@dataclass(frozen=True)
class Reached:
    """What is to be expected of a setting."""

    setting: Setting
    cpu_per_task: float  # seconds
    capacity: float  # tasks a second
    memory: float  # bytes, as in the run; nan where it did not measure it
    p99: float  # seconds of delay; nan where no open row of it was as busy
    verdict: str

    def cpu_per_second(self, wish: Wish) -> float:
        return wish.rate * self.cpu_per_task

    def headroom(self, wish: Wish) -> float:
        return self.capacity / wish.rate


def bases_of(run: Run) -> list[Basis]:
    """All that the run can tell it from."""
    measured = measurements_of(run)
    delays = _delays(run)
    found = []
    for workload in measured.workloads:
        times = _times(run, measured, workload)
        known = _known(measured, workload, delays)
        if times is not None and known:
            found.append(Basis(workload, *times, known))
    return found


def nearest(bases: Sequence[Basis], shape: Shape) -> Basis | None:
    """None if there are none.

    A task that waits is told from tasks that wait, one that does not from those that do not, where there are any; of
    these from tasks whose delays were measured.
    """
    alike = [each for each in bases if (each.wait > 0) == (shape.wait > 0)] or bases
    alike = [each for each in alike if each.has_delays] or alike
    return min(alike, key=lambda each: _distance(each, shape), default=None)


def reached(wish: Wish, basis: Basis) -> list[Reached]:
    """The likeliest and cheapest first: of each backend on so many cores the best worker count."""
    found = [_reach(known, wish, basis) for known in basis.known]
    found.sort(key=lambda each: (ORDER.index(each.verdict), each.cpu_per_task, each.setting.cores))
    first: dict[tuple[str, int], Reached] = {}
    for each in found:
        first.setdefault((each.setting.backend, each.setting.cores), each)
    return list(first.values())


def _reach(known: Known, wish: Wish, basis: Basis) -> Reached:
    """The page's script does the same sums."""
    waits = max(1, sum(step.wait_ns > 0 for step in wish.shape.steps))
    cpu = wish.shape.cpu + waits * max(0.0, known.cpu_per_task - basis.work)
    capacity = min(known.setting.cores, known.rate * known.cpu_per_task) / cpu
    workers = known.setting.workers
    alone = known.rate * (basis.work + basis.wait) > MORE_IN_FLIGHT * workers
    if not alone:  # each worker waits with its task
        capacity = min(capacity, workers / (cpu + wish.shape.wait))
    load = wish.rate / capacity
    p99 = next((p99 for at, p99 in known.delays if at >= load), math.nan) if load < 1 else math.nan
    p99 *= max(1.0, cpu / known.cpu_per_task)
    if load >= 1 or p99 > wish.limit:
        verdict = UNLIKELY
    else:
        verdict = LIKELY if p99 <= wish.limit else UNTOLD
    return Reached(known.setting, cpu, capacity, known.memory, p99, verdict)


def _known(
    measured: Measurements,
    workload: str,
    delays: Mapping[tuple[str, Setting], Sequence[tuple[float, float]]],
) -> list[Known]:
    found = []
    for key in measured.by_setting:
        if key.workload != workload or key.in_flight or key.locks or key.pinned is not None:
            continue
        rows = [row for row in undisturbed(measured.rows(key)) if not row.too_short and not row.fewer_workers]
        cpu = [row.counter("cpu_us_per_task") * US for row in rows if "cpu_us_per_task" in row.counters]
        if not cpu:
            continue
        setting = Setting(key.backend, key.cores, key.workers)
        rate = median(1 / row.time_per_task for row in rows)
        at = [(each / rate, p99) for each, p99 in delays.get((workload, setting), ())]
        found.append(Known(setting, median(cpu), rate, _memory(measured.memory, setting), at))
    return found


def _delays(run: Run) -> dict[tuple[str, Setting], list[tuple[float, float]]]:
    """Rates and p99 in seconds, by workload and setting, of usual arrivals that were kept up with."""
    groups: dict[OpenSetting, list[Row]] = defaultdict(list)
    for row in _open_rows(run):
        groups[open_setting_of(row)].append(row)
    found: dict[tuple[str, Setting], list[tuple[float, float]]] = defaultdict(list)
    for key, rows in sorted(groups.items(), key=lambda item: item[0].rate):
        figure = OpenFigure(key, rows)
        p99 = figure.percentile("p99")
        if not key.bursts and not key.door and figure.validity != OVERLOAD and p99 is not None:
            place = (key.workload, Setting(key.backend, key.cores, key.workers))
            found[place].append((key.rate, p99.us.median * US))
    return dict(found)


def _open_rows(run: Run) -> list[Row]:
    """Those that know the delay: older runs do not."""
    return run.latency.select(lambda row: "delay_p99_us" in row.counters) if run.latency is not None else []


def _times(run: Run, measured: Measurements, workload: str) -> tuple[float, float] | None:
    """Seconds of work and of asked waits of a task; None where the run does not say."""
    rows = [
        row for row in measured.all if row.workload == workload and row.backend == BASELINE and row.has_time
    ]
    work = [row.counter("work_us_per_task") * US for row in rows if "work_us_per_task" in row.counters]
    if not work:
        return None
    opened = [row for row in _open_rows(run) if row.workload == workload]
    waits = [row.counter("asked_waits_us") * US for row in opened if "asked_waits_us" in row.counters]
    if waits:
        return median(work), median(waits)
    if not any(row.counter("longest_wait_ms") > 0 for row in rows):
        return median(work), 0.0
    times = [row.time_per_task for row in rows if row.tasks]
    return median(work), max(0.0, median(times) - median(work)) if times else 0.0


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
