"""What a run says of latency: percentiles with their intervals, validities, capacities, the measuring floor.

Percentiles are never averaged. Of several repetitions, each in a process of its own, that with the median percentile
speaks, with its own interval; beside it stands the range over the processes.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median_low

from bookstore.data.results import Results, Row, Run
from bookstore.terminal.errors import InputError

VALID, INVALID, OVERLOAD = "VALID", "INVALID", "OVERLOAD"
PERCENTILES = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
SHOWN = {"p50": "p50", "p99": "p99", "p999": "p99.9"}
NULL = "null"
# Beyond a percentile that is shown lie at least so many effective samples: the rule behind 1,000 for p99 and 10,000
# for p99.9.
BEYOND = 10
SEARCHED = "capacity"  # first part of the name of a row that holds a search's result


@dataclass(frozen=True)
class OpenSetting:
    """What the latency of one figure was measured with; the length of the run apart."""

    workload: str
    backend: str
    cores: int
    workers: int
    rate: float
    bursts: bool = False


@dataclass(frozen=True)
class Percentile:
    """A percentile in microseconds: the median repetition's, its interval, and the range over the processes."""

    value: float
    lower: float
    upper: float
    smallest: float
    largest: float
    processes: int
    instrument: bool  # mostly the door's lateness


@dataclass(frozen=True)
class Capacity:
    """Arrivals per second that a search found to hold a limit, and not to hold it; 0 where it found none."""

    workload: str
    backend: str
    cores: int
    workers: int
    percentile: float
    limit_us: float
    passing: float
    failing: float
    passing_confirmed: bool
    failing_confirmed: bool
    unclear: int

    @property
    def limit(self) -> str:
        """p99 within 5 ms"""
        shown = f"{100 * self.percentile:.6g}"
        return f"p{shown} within {self.limit_us / 1000:g} ms"


@dataclass(frozen=True)
class Floor:
    """What the instrument itself costs: medians over processes, the worst of all for what should not happen."""

    clock_ns: float
    recording_ns: float  # of a task of two steps, beside its readings of the clock
    wake_up_p50_us: float
    wake_up_p99_us: float
    wake_up_max_us: float
    hiccup_us: float
    steal: float
    null_p50_us: Mapping[str, float]  # by backend


@dataclass(frozen=True)
class OpenFigure:
    """All repetitions of one setting."""

    setting: OpenSetting
    rows: Sequence[Row]

    @cached_property
    def validity(self) -> str:
        """OVERLOAD if at least half of the repetitions that are not INVALID are; else VALID if one is; else INVALID."""
        validities = [validity_of(row) for row in self.rows]
        overloads, valids = validities.count(OVERLOAD), validities.count(VALID)
        if overloads and overloads >= valids:
            return OVERLOAD
        return VALID if valids else INVALID

    @cached_property
    def speaking(self) -> list[Row]:
        """The repetitions that the figures come from: those of the setting's own validity."""
        return [row for row in self.rows if validity_of(row) == self.validity]

    @property
    def reason(self) -> str:
        """The first rule that a repetition broke, as the instrument said it."""
        return next((part.strip() for row in self.speaking for part in row.label.split(";")[1:]), "")

    @property
    def validity_text(self) -> str:
        """VALID, or VALID 2/3 where not all repetitions agree."""
        agree = len(self.speaking)
        return self.validity if agree == len(self.rows) else f"{self.validity} {agree}/{len(self.rows)}"

    def percentile(self, name: str) -> Percentile | None:
        """None if it is withheld in every repetition: too few effective samples."""
        key = f"latency_{name}"
        rows = [row for row in self.speaking if f"{key}_us" in row.counters]
        if not rows:
            return None
        values = [row.counter(f"{key}_us") for row in rows]
        middle = rows[values.index(median_low(values))]
        return Percentile(
            value=middle.counter(f"{key}_us"),
            lower=middle.counter(f"{key}_lower_us"),
            upper=middle.counter(f"{key}_upper_us"),
            smallest=min(values),
            largest=max(values),
            processes=len(values),
            instrument=middle.counter(f"{key}_instrument") == 1,
        )

    def tasks_needed(self, name: str) -> int:
        """How many tasks a run would need before the percentile is printed; 0 if it is."""
        if self.percentile(name) is not None:
            return 0
        needed = [row.counter(f"latency_{name}_tasks_needed") for row in self.speaking]
        return round(min((count for count in needed if math.isfinite(count)), default=0.0))

    def middle(self, name: str) -> float:
        """The median repetition's counter; nan if there is none of that name."""
        values = [row.counter(name) for row in self.speaking if name in row.counters]
        return median_low(values) if values else math.nan

    @cached_property
    def median_row(self) -> Row:
        """The repetition whose mean latency is the median: its parts belong together."""
        ordered = sorted(self.speaking, key=lambda row: row.counter("latency_mean_us"))
        return ordered[(len(ordered) - 1) // 2]


@dataclass(frozen=True)
class Latency:
    """The open rows of a run."""

    figures: Mapping[OpenSetting, OpenFigure]
    capacities: Sequence[Capacity]
    floor: Floor
    backends: Sequence[str]  # in the order in which they are shown

    @property
    def most_cores(self) -> int:
        return max(setting.cores for setting in self.figures)

    def workloads(self) -> list[str]:
        """Those with work in them, in the order of their appearance."""
        return list(dict.fromkeys(each.workload for each in self.figures if each.workload != NULL))

    def rates(self, workload: str) -> list[float]:
        return sorted({each.rate for each in self.figures if each.workload == workload and not each.bursts})

    def workers(self, backend: str) -> int:
        """The worker count that a backend's rates are measured with: that of its most settings."""
        counts: dict[int, int] = defaultdict(int)
        for each in self.figures:
            if each.backend == backend:
                counts[each.workers] += 1
        return max(counts, key=lambda count: (counts[count], count), default=0)

    def find(self, workload: str, backend: str, cores: int, workers: int, rate: float) -> OpenFigure | None:
        return self.figures.get(OpenSetting(workload, backend, cores, workers, rate))

    def at(self, workload: str, backend: str, rate: float, cores: int | None = None) -> OpenFigure | None:
        """The figure at the backend's usual worker count, on the most cores unless others are asked for."""
        return self.find(workload, backend, cores or self.most_cores, self.workers(backend), rate)

    def main_rate(self, workload: str) -> float:
        """Of the workload's rates the one that most was measured at, all workloads counted; of equals the lowest."""
        counts: dict[float, int] = defaultdict(int)
        for setting, figure in self.figures.items():
            if not setting.bursts:
                counts[setting.rate] += len(figure.rows)
        return min(self.rates(workload), key=lambda rate: (-counts[rate], rate))


def validity_of(row: Row) -> str:
    if row.counter("valid") == 1:
        return VALID
    return OVERLOAD if row.counter("overload") == 1 else INVALID


def supported_distance(row: Row) -> float:
    """1 / (1 - p) of the deepest percentile that the row has the samples for: ten effective ones must lie beyond."""
    reached = 1.0
    for name, p in PERCENTILES.items():
        reached = max(reached, row.counters.get(f"latency_{name}_n_eff", 0.0) / BEYOND)
        if f"latency_{name}_us" not in row.counters:
            return min(reached, 1 / (1 - p))
    return reached


def latency_of(run: Run) -> Latency | None:
    """What the run says of latency; None if it measured none."""
    if run.latency is None:
        return None
    order = run.environment.get("backends", [])
    return latency_from(run.latency, order if isinstance(order, list) else [])


def latency_from(results: Results, order: Sequence[str] = ()) -> Latency:
    rows = results.select(lambda row: "rate" in row.counters)
    if not rows:
        raise InputError(f"{results.path}: holds no open run; measure again with scripts/run")
    for row in rows:
        if not {"valid", "overload", "latency_mean_us"} <= set(row.counters):
            raise InputError(f"{results.path}: row {row.name} has no verdict or no latency; measure again")
    groups: dict[OpenSetting, list[Row]] = defaultdict(list)
    for row in rows:
        groups[open_setting_of(row)].append(row)
    figures = {setting: OpenFigure(setting, found) for setting, found in groups.items()}
    names = dict.fromkeys(row.backend for row in rows)
    backends = [name for name in order if name in names] + [name for name in names if name not in order]
    searched = [row for row in results.rows if "slo_limit_us" in row.counters and not row.error]
    return Latency(figures, _capacities(searched, backends), _floor(rows, figures.values()), backends)


def open_setting_of(row: Row) -> OpenSetting:
    bursts = row.counter("arrivals_bursts") == 1
    return OpenSetting(row.workload, row.backend, row.cores, row.workers, row.counter("rate"), bursts)


def _capacities(rows: Iterable[Row], order: Sequence[str]) -> list[Capacity]:
    found = []
    for row in rows:
        _, workload, backend, *_ = row.name.split("/")
        found.append(
            Capacity(
                workload=workload,
                backend=backend,
                cores=row.cores,
                workers=row.workers,
                percentile=row.counter("slo_percentile"),
                limit_us=row.counter("slo_limit_us"),
                passing=row.counter("passing_per_second"),
                failing=row.counter("failing_per_second"),
                passing_confirmed=row.counter("passing_confirmed") == 1,
                failing_confirmed=row.counter("failing_confirmed") == 1,
                unclear=int(row.counters.get("unclear_rates", 0)),
            )
        )
    place = {name: index for index, name in enumerate(order)}
    return sorted(found, key=lambda each: (each.workload, place.get(each.backend, len(place)), each.cores))


def _floor(rows: Sequence[Row], figures: Iterable[OpenFigure]) -> Floor:
    def over(name: str, pick: Callable[[list[float]], float]) -> float:
        values = [row.counter(name) for row in rows if name in row.counters]
        return pick(values) if values else math.nan

    null = {
        figure.setting.backend: found.value
        for figure in figures
        if figure.setting.workload == NULL
        for found in [figure.percentile("p50")]
        if found is not None
    }
    return Floor(
        clock_ns=over("floor_clock_ns", median_low),
        recording_ns=over("floor_recording_ns", median_low),
        wake_up_p50_us=over("floor_wake_up_p50_us", median_low),
        wake_up_p99_us=over("floor_wake_up_p99_us", median_low),
        wake_up_max_us=over("floor_wake_up_max_us", max),
        hiccup_us=max(over("hiccup_before_us", max), over("hiccup_after_us", max)),
        steal=over("steal_fraction", max),
        null_p50_us=null,
    )
