"""What virtual time said of more cores, fed with one core's costs, beside what was measured there; and how far it goes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bookstore.data.names import BASELINE, in_order
from bookstore.data.played import Played, Way, played_of, workload_of
from bookstore.data.results import Row, Run
from bookstore.findings import closed, worker_counts
from bookstore.findings.open_figures import VALID, open_setting_of, validity_of
from bookstore.stats.intervals import Spread, spread

CLOSED = {"tasks_per_second": "tasks/s", "cpu_us_per_task": "CPU us/task"}
OPEN = {"cpu_us_per_task": "CPU us/task", "delay_p50_us": "delay p50 us", "delay_p99_us": "delay p99 us"}
GOALS = {"tasks/s": 0.1, "delay p50 us": 0.2}  # how near a quiet machine's figures shall come
USUAL_ERROR = 0.1  # where no row of more cores was there to be foretold
GROWS = 0.75  # of what the cores would give, from one core count to the next
BUSY = 0.9  # of the time: then it is what ends the growth
# What marks a row of the reach, and one that was played with all costs at one end of their intervals.
REACH, END = "reach", "costs_end"


@dataclass(frozen=True)
class Compared:
    """A figure of a setting, beforehand and measured."""

    played: Played
    figure: str
    predicted: float
    measured: Spread

    @property
    def error(self) -> float:
        """Predicted over measured, less one."""
        return self.predicted / self.measured.median - 1.0

    @property
    def missed(self) -> bool:
        """The goal, where there is one."""
        return abs(self.error) > GOALS.get(self.figure, float("inf"))


@dataclass(frozen=True)
class Reached:
    played: Played
    tasks_per_second: float
    parallel: float  # times what one core does
    interleaving: float | None  # times what the baseline does, on one core
    limit: str  # what ends the growth there, as a reader is told; empty: nothing yet
    inputs: tuple[float, float]  # the ends of the rate for the costs' intervals, as parts of it
    holds: float = 0.0  # arrivals a second within the limit of delay; 0: not searched
    fails: float = 0.0
    held_by: str = ""  # what ends the growth of these


def to_foretell(run: Run) -> dict[Played, list[Row]]:
    """The sound rows of more than one core: each pool closed at its best worker count, and whatever came at a rate."""
    measured = closed.measurements_of(run)
    found: dict[Played, list[Row]] = {}
    for workload in measured.workloads:
        for backend in measured.backends:
            for cores in measured.core_counts:
                workers = worker_counts.best_workers(measured, workload, backend, cores)
                if cores == 1 or workers is None:
                    continue
                rows = closed.undisturbed(
                    measured.rows(closed.ClosedSetting(workload, backend, cores, workers))
                )
                found[Played(workload, backend, cores, workers)] = [
                    row for row in rows if not row.too_short and not row.fewer_workers
                ]
    for row in run.latency.select() if run.latency else []:
        if row.cores > 1 and _is_plain_open(row) and validity_of(row) == VALID:
            found.setdefault(played_of(row), []).append(row)
    return {played: rows for played, rows in found.items() if rows}


def compare(foretold: Sequence[Row], measured: Mapping[Played, Sequence[Row]]) -> list[Compared]:
    """In the order of what was measured."""
    by_played = {played_of(row): row for row in foretold if not row.counters.get(REACH)}
    found = []
    for played, rows in measured.items():
        row = by_played.get(played)
        if row is None:
            continue
        for counter, figure in (OPEN if played.rate else CLOSED).items():
            values = [each.counter(counter) for each in rows if each.counters.get(counter, 0.0) > 0]
            if values and counter in row.counters:
                found.append(Compared(played, figure, row.counter(counter), spread(values)))
    return found


def throughput_error(compared: Sequence[Compared]) -> float:
    """The largest, as a part; never less than the usual one."""
    off = [abs(each.error) for each in compared if each.figure == CLOSED["tasks_per_second"]]
    return max([USUAL_ERROR, *off])


def reached_of(run: Run) -> list[Reached]:
    """How far a run's backends would go, in its order: those who are played come in the order of chance."""
    found = reached(run.prediction.rows if run.prediction is not None else [], one_at_a_time(run))
    workloads = list(dict.fromkeys(each.played.workload for each in found))
    backends = in_order((each.played.backend for each in found), run.environment.get("backends", []))
    return sorted(
        found, key=lambda each: (workloads.index(each.played.workload), backends.index(each.played.backend))
    )


def reached(
    foretold: Sequence[Row], prices: Mapping[str, Mapping[str, float]] | None = None
) -> list[Reached]:
    """What ends the growth is named only where it has: a lock that is busy may yet hold nobody up.

    `prices`: as one_at_a_time() has them.
    """
    rows = [row for row in foretold if row.counters.get(REACH)]
    plain = [row for row in rows if not row.counters.get(END) and row.workload != "capacity"]
    baseline = {row.workload: row for row in plain if played_of(row).backend == BASELINE}
    searched = {_place(row): row for row in rows if row.workload == "capacity"}
    found: list[Reached] = []
    first: dict[tuple[str, str], Row] = {}
    last: dict[tuple[str, str], Row] = {}
    for row in plain:
        played, rate = played_of(row), _rate(row)
        if played.backend == BASELINE:
            continue
        line = played.workload, played.backend
        one = first.setdefault(line, row)
        before = last.get(line)
        alone = baseline.get(played.workload)
        search, searched_before = (searched.get(_place(each)) if each else None for each in (row, before))
        found.append(
            Reached(
                played,
                rate,
                rate / _rate(one),
                _rate(one) / _rate(alone) if alone and one.cores == 1 else None,
                "" if _grows(before, row, _rate) else limit_of(row),
                _ends(one, rows),
                search.counter("passing_per_second") if search else 0.0,
                search.counter("failing_per_second") if search else 0.0,
                (
                    held_by(search, played.backend, prices or {})
                    if search and not _grows(searched_before, search, _held)
                    else ""
                ),
            )
        )
        last[line] = row
    return found


def limit_of(row: Row) -> str:
    """What was busy nearly all the time, of what only one worker can have at a time."""
    counter, lock = row.counter("claim_busy_fraction"), row.counter("lock_busy_fraction")
    if counter >= BUSY and counter >= lock:
        return "the shared counter"
    if lock >= BUSY:
        return "the lock of a shelf"
    return "one loop" if row.workers == 1 and row.cores > 1 else ""


def one_at_a_time(run: Run) -> dict[str, dict[str, float]]:
    """Nanoseconds that each task takes of what only one can have at a time, by backend, by what it is."""
    found: dict[str, dict[str, float]] = {"the door": {}, "the shared counter": {}}
    costs = {**run.costs["costs"], **run.costs["of_more_cores"]} if run.costs is not None else {}
    for name, cost in costs.items():
        price, _, backend = name.partition("/")
        if backend and price == "handover":
            found["the door"][backend] = float(cost["ns"])
        elif backend and price == "claim":
            found["the shared counter"][backend] = float(cost["ns"])
    return found


def held_by(search: Row, backend: str, prices: Mapping[str, Mapping[str, float]]) -> str:
    """What would be busiest at the rate that failed."""
    busy = {
        what: 1e-9 * ns.get(backend, 0.0) * search.counter("failing_per_second")
        for what, ns in prices.items()
    }
    busiest = max(busy, key=busy.__getitem__, default="")
    if busiest and busy[busiest] >= BUSY:
        return busiest
    return "one loop" if search.workers == 1 and search.cores > 1 else ""


def _grows(before: Row | None, row: Row, rate: Callable[[Row], float]) -> bool:
    return before is None or rate(row) > GROWS * row.cores / before.cores * rate(before)


def _held(search: Row) -> float:
    return search.counter("passing_per_second")


def ways_of(run: Run) -> list[Way]:
    """Of the backends that were measured closed on one core, without the baseline."""
    found: dict[str, Way] = {}
    for row in run.throughput.select(lambda row: row.cores == 1 and row.backend != BASELINE):
        if "overlapped" in row.counters:  # pools always lock
            found[row.backend] = Way(row.backend, bool(row.counters["overlapped"]), not row.locks)
    return list(found.values())


def _ends(one: Row, rows: Iterable[Row]) -> tuple[float, float]:
    """Of the costs' intervals, as the smallest core count feels them; dear costs make for the low end."""
    found = [1.0, 1.0]
    for row in rows:
        end = row.counters.get(END, 0.0)
        if end and _place(row) == _place(one):
            found[0 if end > 0 else 1] = _rate(row) / _rate(one)
    return min(found[0], 1.0), max(found[1], 1.0)


def _place(row: Row) -> tuple[str, str, int]:
    return workload_of(row), played_of(row).backend, row.cores


def _rate(row: Row) -> float:
    return row.counter("tasks_per_second")


def _is_plain_open(row: Row) -> bool:
    setting = open_setting_of(row)
    marks = ("arrivals_constant", "arrivals_trace", "fraction", "desk", "pinned_given")
    odd = setting.bursts or setting.door or any(row.counters.get(name) for name in marks)
    return not odd and bool(row.counters.get("rate")) and row.workload not in ("null", "capacity", "service")
