"""What waits that are real cost beside timers: customers by what they wait for, and round trips of one task.

Rows of a backend that differ in their waits alone ran in one process, in turn: differences are formed within each.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bookstore.data.names import ROUND_TRIP, SOCKETS, TIMER, WAITS, in_order
from bookstore.data.results import Results, Row, Run
from bookstore.findings.closed import undisturbed
from bookstore.findings.open_figures import OpenFigure, OpenSetting, open_setting_of
from bookstore.findings.overhead import CostFigure, overhead_of
from bookstore.stats.intervals import Spread, spread


@dataclass(frozen=True)
class Lateness:
    """How late the service answered, us: the median row's percentiles, and the largest p99 of all rows."""

    p50_us: float
    p99_us: float
    worst_p99_us: float


@dataclass(frozen=True)
class Sockets:
    """The rows of a run that show it."""

    closed: Mapping[tuple[str, int, str], Sequence[Row]]  # sound ones, by backend, cores and kind
    open: Mapping[tuple[str, str], OpenFigure]  # by backend and kind, on the fewest cores
    trips: Mapping[tuple[str, str], CostFigure]
    limits: Sequence[Row]  # rows that met a limit of the machine
    backends: Sequence[str]  # of customers, in the order in which they are shown
    rows: Sequence[Row]  # all that ran to their end
    unsound: Sequence[Row]  # closed ones that have no figure: too short, or on fewer workers than asked

    @property
    def core_counts(self) -> list[int]:
        return sorted({cores for _, cores, _ in self.closed})

    @property
    def kinds(self) -> list[str]:
        """Those that were measured, timers first."""
        return [kind for kind in WAITS if any(row.waits == kind for row in self.rows)]

    def workers(self, backend: str, cores: int) -> int:
        return next(
            (rows[0].workers for place, rows in self.closed.items() if place[:2] == (backend, cores)), 0
        )

    def figure(self, backend: str, cores: int, kind: str, value: Callable[[Row], float]) -> Spread | None:
        """A closed figure over its processes; None if it was not measured."""
        rows = self.closed.get((backend, cores, kind), [])
        return spread([value(row) for row in rows]) if rows else None

    def added(self, backend: str, cores: int, kind: str, value: Callable[[Row], float]) -> Spread | None:
        """What a kind of wait adds to a figure that timers have, in each process that has both."""
        timers = {row.repetition: value(row) for row in self.closed.get((backend, cores, TIMER), [])}
        differences = [
            value(row) - timers[row.repetition]
            for row in self.closed.get((backend, cores, kind), [])
            if row.repetition in timers
        ]
        return spread(differences) if differences else None

    def lateness(self, kind: str) -> Lateness | None:
        """Of the service, beside the customers whose delay is shown, or else all others on the fewest cores."""
        rows = [row for (_, own), figure in self.open.items() if own == kind for row in figure.rows]
        rows = rows or [row for each in self._on_fewest(kind).values() for row in each]
        p50, p99 = (_finite(rows, f"service_late_{name}_us") for name in ("p50", "p99"))
        return Lateness(median(p50), median(p99), max(p99)) if p50 and p99 else None

    def service_cpu(self, kind: str) -> dict[str, float]:
        """CPU of the service for a customer of closed load on the fewest cores, us: the median, the cheapest first."""
        medians = {
            backend: median(values)
            for backend, rows in self._on_fewest(kind).items()
            if (values := _finite(rows, "service_cpu_us_per_task"))
        }
        return dict(sorted(medians.items(), key=lambda each: each[1]))

    def _on_fewest(self, kind: str) -> dict[str, Sequence[Row]]:
        """Closed rows by backend."""
        place = (self.core_counts[0] if self.core_counts else 0, kind)
        return {backend: rows for (backend, *own), rows in self.closed.items() if tuple(own) == place}

    def placed(self, outside: bool) -> list[int]:
        """Core counts of the rows beside which the service had CPUs of its own, or shared theirs."""
        return sorted({row.cores for row in self.rows if row.counter("service_outside") == float(outside)})


def sockets_of(run: Run) -> Sockets | None:
    """None if the run measured no wait but timers."""
    overhead = overhead_of(run)
    trips = {} if overhead is None else {_place(each): each for each in overhead.select(ROUND_TRIP)}
    closed, open_ = _rows(run.sockets), _rows(run.sockets_latency)
    rows = [*closed, *open_, *(row for figure in trips.values() for row in figure.rows)]
    if not any(row.waits in SOCKETS for row in rows):
        return None
    met = [each for part in (run.sockets, run.sockets_latency) if part for each in part.rows]
    limits = [row for row in met if row.limit_reached]
    if overhead is not None:
        limits += [row for row in overhead.limits if row.workload == ROUND_TRIP]
    order = [str(name) for name in run.environment.get("backends", ())]
    backends = in_order((row.backend for row in [*closed, *open_]), order)
    sound = [row for row in closed if not (row.too_short or row.fewer_workers)]
    unsound = [row for row in closed if row.too_short or row.fewer_workers]
    return Sockets(_by_place(sound), _open(open_), trips, limits, backends, rows, unsound)


def _finite(rows: Iterable[Row], counter: str) -> list[float]:
    return [value for row in rows if math.isfinite(value := row.counter(counter))]


def _rows(results: Results | None) -> list[Row]:
    return [] if results is None else results.select(lambda row: not row.limit_reached)


def _by_place(rows: Iterable[Row]) -> dict[tuple[str, int, str], Sequence[Row]]:
    groups: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.backend, row.cores, row.waits].append(row)
    return {place: undisturbed(found) for place, found in groups.items()}


def _open(rows: Iterable[Row]) -> dict[tuple[str, str], OpenFigure]:
    groups: dict[OpenSetting, list[Row]] = defaultdict(list)
    for row in rows:
        groups[open_setting_of(row)].append(row)
    return {(each.backend, each.waits): OpenFigure(each, found) for each, found in groups.items()}


def _place(figure: CostFigure) -> tuple[str, str]:
    return figure.setting.backend, figure.rows[0].waits
