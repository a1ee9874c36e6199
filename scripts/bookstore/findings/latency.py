"""What a run says of open load: the delay, latency by kind, validities, capacities, the measuring floor.

The figure is the delay, latency less the waits that were asked for: what a backend answers for. A percentile is the
median of the processes' own, with its exact interval over processes; all processes count, whatever rule one of them
broke, as those that break one are the worse. Older runs know the latency alone, which is said where it is shown.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median_low

from bookstore.data.curves import Curve, curve_file, read_curve
from bookstore.data.results import Results, Row, Run
from bookstore.stats.intervals import Spread, spread
from bookstore.terminal.errors import InputError

VALID, INVALID, OVERLOAD = "VALID", "INVALID", "OVERLOAD"
PERCENTILES = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
SHOWN = {"p50": "p50", "p99": "p99", "p999": "p99.9"}
NULL = "null"
FIGURES = ("delay", "latency")  # what percentiles are of, the better first
MOST_KEEP_UP = 0.6  # of backends, each on the fewest cores and on the most: the rate to compare them at
KINDS = ("rent", "return", "shelve", "coffee", "mail")
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
    door: bool = (
        False  # arrivals handed over by a thread that is no worker, where the backend does without one
    )


@dataclass(frozen=True)
class Percentile:
    """A percentile in us: the median of the processes', with its interval or range, and what is to be known of it."""

    us: Spread
    few: bool  # half of the processes or more had too few effective samples for it by themselves
    instrument: bool  # mostly the door's lateness, likewise

    @property
    def mark(self) -> str:
        """What stands beside the figure: f for few, i for instrument; empty for nothing."""
        return "f" * self.few + "i" * self.instrument


@dataclass(frozen=True)
class Tail:
    """What lies far out, of all tasks of all processes together."""

    p999_us: float
    largest_us: float
    tasks: int
    processes: int


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
    of: str = "latency"  # what the limit is for: delay, latency, or the latency of a kind
    out_of_time: bool = False  # the search ended before its bracket was narrow
    searched: bool = True  # False: read from the rates that were measured

    @property
    def limit(self) -> str:
        """delay p99 within 1 ms"""
        shown = f"{100 * self.percentile:.6g}"
        return f"{self.of} p{shown} within {self.limit_us / 1000:g} ms"

    @property
    def bracket(self) -> str:
        """holds 32,000/s, fails 45,000/s"""
        parts = [f"holds {self.passing:,.0f}/s"] if self.passing > 0 else []
        parts += [f"fails {self.failing:,.0f}/s"] if self.failing > 0 else []
        return ", ".join(parts) or "nothing found"


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

    @property
    def kind_of_figure(self) -> str:
        """delay; latency in runs that do not know it."""
        return FIGURES[0] if any("delay_p50_us" in row.counters for row in self.rows) else FIGURES[1]

    @property
    def disturbed(self) -> int:
        """In how many of the processes others took the CPUs."""
        return sum(row.counter("disturbed") == 1 for row in self.rows)

    def percentile(self, name: str) -> Percentile | None:
        """Over all processes; None where none has it, as of a run that was ended before its window filled."""
        key = f"{self.kind_of_figure}_{name}"
        rows = [row for row in self.rows if f"{key}_us" in row.counters]
        if not rows:
            return None

        def most(flag: str) -> bool:
            return 2 * sum(row.counter(f"{key}_{flag}") == 1 for row in rows) >= len(rows)

        return Percentile(spread([row.counter(f"{key}_us") for row in rows]), most("few"), most("instrument"))

    def of_kind(self, kind: str, name: str) -> Spread | None:
        """The latency of a kind of task, us; `name` is p50, p99 or max."""
        values = [row.counter(f"latency_{kind}_{name}_us") for row in self.rows]
        kept = [value for value in values if math.isfinite(value)]
        return spread(kept) if kept else None

    def tail(self, curve: Curve | None) -> Tail | None:
        """p99.9 and the maximum of all tasks together; the maximum and counts alone without a pooled curve."""
        key = f"{self.kind_of_figure}_max_us"
        largest = [row.counter(key) for row in self.rows if key in row.counters]
        counts = [row.counter("delay_samples") for row in self.rows if "delay_samples" in row.counters]
        if curve is not None and curve.figure == self.kind_of_figure:
            return Tail(curve.percentile(0.999), curve.largest_us, curve.count, curve.processes)
        if not largest:
            return None
        return Tail(math.nan, max(largest), round(sum(counts)), len(largest))

    def middle(self, name: str) -> float:
        """The median repetition's counter; nan if there is none of that name."""
        values = [row.counter(name) for row in self.speaking if name in row.counters]
        return median_low(values) if values else math.nan

    @cached_property
    def median_row(self) -> Row:
        """The repetition whose mean is the median: its parts belong together."""
        name = f"{self.kind_of_figure}_mean_us"
        ordered = sorted(self.speaking, key=lambda row: row.counters.get(name, math.inf))
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
        plain = (each for each in self.figures if each.workload != NULL and not each.bursts)
        return list(dict.fromkeys(each.workload for each in plain))

    def rates(self, workload: str) -> list[float]:
        return sorted({each.rate for each in self.figures if each.workload == workload and not each.bursts})

    def core_counts(self, workload: str) -> list[int]:
        return sorted({each.cores for each in self.figures if each.workload == workload and not each.bursts})

    def workers(self, backend: str, cores: int | None = None) -> int:
        """The worker count that a backend's rates are measured with on so many cores: that of its most processes."""
        counts: dict[int, int] = defaultdict(int)
        for each, figure in self.figures.items():
            usual = each.workload != NULL and not each.bursts and not each.door
            if usual and (each.backend, each.cores) == (backend, cores or self.most_cores):
                counts[each.workers] += len(figure.rows)
        return max(counts, key=lambda count: (counts[count], count), default=0)

    def at(
        self, workload: str, backend: str, rate: float, cores: int | None = None, door: bool = False
    ) -> OpenFigure | None:
        """The figure at the backend's usual worker count, on the most cores unless others are asked for."""
        count = cores or self.most_cores
        workers = self.workers(backend, count)
        return self.figures.get(OpenSetting(workload, backend, count, workers, rate, door=door))

    @property
    def figure_name(self) -> str:
        """What the percentiles of the run are of."""
        return next((figure.kind_of_figure for figure in self.figures.values()), FIGURES[0])

    def main_rate(self, workload: str) -> float:
        """Near what one core serves: the highest rate that most backends keep up with, on the fewest and most cores."""
        counts = self.core_counts(workload)
        places = [(backend, cores) for backend in self.backends for cores in {counts[0], counts[-1]}]
        kept: dict[float, float] = {}
        for rate in self.rates(workload):
            found = [self.at(workload, backend, rate, cores) for backend, cores in places]
            keep_up = sum(figure is not None and figure.validity != OVERLOAD for figure in found)
            kept[rate] = keep_up / len(places)
        most = min(MOST_KEEP_UP, max(kept.values(), default=0.0))
        return max((rate for rate, share in kept.items() if share >= most), default=0.0)


def validity_of(row: Row) -> str:
    if row.counter("valid") == 1:
        return VALID
    return OVERLOAD if row.counter("overload") == 1 else INVALID


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
        if not {"valid", "overload"} <= set(row.counters):
            raise InputError(f"{results.path}: row {row.name} has no validity; measure again")
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
    door = "door:1" in row.name.split("/")
    return OpenSetting(row.workload, row.backend, row.cores, row.workers, row.counter("rate"), bursts, door)


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
                of=_limited(row),
                out_of_time=row.counter("ended_by_budget") == 1,
            )
        )
    place = {name: index for index, name in enumerate(order)}
    return sorted(found, key=lambda each: (each.workload, place.get(each.backend, len(place)), each.cores))


def _limited(row: Row) -> str:
    """What a search's limit is for."""
    if row.counter("slo_of_delay") == 1:
        return "delay"
    kind = next((kind for kind in KINDS if row.counter(f"slo_of_{kind}") == 1), "")
    return f"latency of {kind}" if kind else "latency"


LIMIT_US = 1000.0  # of delay p99, where capacity is read from the rates that were measured


def brackets(latency: Latency, workload: str) -> list[Capacity]:
    """Capacity by backend and cores: as it was searched, else as the rates that were measured show it.

    A rate holds if its processes kept up and the whole interval of delay p99 lies within a millisecond; it fails under
    OVERLOAD, or if the whole interval lies beyond.
    """
    found = []
    for backend in latency.backends:
        for cores in latency.core_counts(workload):
            searched = [
                each
                for each in latency.capacities
                if (each.workload, each.backend, each.cores) == (workload, backend, cores)
            ]
            found += searched[:1] or _measured_bracket(latency, workload, backend, cores)
    return found


def _measured_bracket(latency: Latency, workload: str, backend: str, cores: int) -> list[Capacity]:
    holds, fails = 0.0, math.inf
    for rate in latency.rates(workload):
        figure = latency.at(workload, backend, rate, cores)
        if figure is None:
            continue
        p99 = figure.percentile("p99")
        if figure.validity == OVERLOAD or (p99 is not None and p99.us.low > LIMIT_US):
            fails = min(fails, rate)
        elif figure.validity == VALID and p99 is not None and p99.us.high <= LIMIT_US:
            holds = max(holds, rate)
    if not holds and math.isinf(fails):
        return []
    if fails < holds:  # noise: neither is sure
        holds, fails = min(holds, fails), max(holds, fails)
    failing = 0.0 if math.isinf(fails) else fails
    workers = latency.workers(backend, cores)
    of = latency.figure_name
    return [
        Capacity(
            workload, backend, cores, workers, 0.99, LIMIT_US, holds, failing, True, True, 0, of, False, False
        )
    ]


def curves(run: Run, figure: OpenFigure) -> Curve | None:
    """The percentile curve of a figure, pooled over its processes; None where the run keeps none."""
    for row in sorted(figure.rows, key=lambda row: row.repetition):
        path = curve_file(run.folder, row)
        if path.exists():
            return read_curve(path)
    return None


def _floor(rows: Sequence[Row], figures: Iterable[OpenFigure]) -> Floor:
    def over(name: str, pick: Callable[[list[float]], float]) -> float:
        values = [row.counter(name) for row in rows if name in row.counters]
        return pick(values) if values else math.nan

    null = {
        figure.setting.backend: found.us.median
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
