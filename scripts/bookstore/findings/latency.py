"""What a run says of open load: its figures, the capacities that were searched, the measuring floor."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low

from bookstore.data.curves import Curve, curve_file, read_curve
from bookstore.data.names import in_order
from bookstore.data.results import Results, Row, Run
from bookstore.findings.open_figures import FIGURES, OVERLOAD, OpenFigure, OpenSetting, open_setting_of
from bookstore.terminal.errors import InputError

NULL = "null"
MOST_KEEP_UP = 0.6  # of backends, each on the fewest cores and on the most: the rate to compare them at
KINDS = ("rent", "return", "shelve", "coffee", "mail")
SEARCHED = "capacity"  # first part of the name of a row that holds a search's result


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
        known = {figure.kind_of_figure for figure in self.figures.values()}
        return FIGURES[1] if FIGURES[1] in known else FIGURES[0]

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
    backends = in_order((row.backend for row in rows), order)
    searched = [row for row in results.rows if "slo_limit_us" in row.counters and not row.error]
    return Latency(figures, _capacities(searched, backends), _floor(rows, figures.values()), backends)


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
