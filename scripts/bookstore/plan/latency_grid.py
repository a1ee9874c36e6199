"""Which open rows each profile measures, how long and how often: pure functions of the machine, of what is asked, and
of what closed load gave in the same run.

Every backend stands before the same customers, at the worker count that was best closed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bookstore.plan.machine import REFERENCE, Backend, Spec
from bookstore.plan.rates import NEAR, Basis, is_hopeless, rate_of, rates

NULL_RATE = 1000
CUSTOMERS, DAY, NULL = "counter", "day", "null"  # null has tasks of no work: the floor through a backend
BURST_SHARE = 0.2
BURSTS = (("arrivals", "bursts"), ("burst_period", "0.1"), ("burst_share", f"{BURST_SHARE:g}"))
BURST_SECONDS = 0.25  # two bursts and what follows the second
BURST_RATE = 0.2  # of B on the average: while a burst lasts, as much as the reference serves on one core
DOOR = (("door", "1"),)
SLO = "delay_p99=1ms"

# For estimates alone.
STAY_SECONDS = 420e-6  # a task's work and waits under a blocking worker
CPU_SECONDS = 20e-6  # of a task there, waking for its steps included
DIRECT_SECONDS = 7e-6  # of a task: a plan is made, and done directly once
ROW_SECONDS = 0.12  # beside the arrivals: the shop, hiccup probes
PROCESS_SECONDS = 0.15  # start, and the measuring floor
SEARCH_RUNS = 18  # of a capacity search, as a rule; half of them on rates above the first
ENDED_SECONDS = (
    0.3  # after which a run that is nothing but OVERLOAD is ended, or half of its schedule if that is longer
)
LONGEST_SEARCH_SECONDS = (
    2.0  # of the first run of a search: slow backends are not worth the time of all others
)
MANY_CORES = 2.0  # times B, beyond which a rate is for large machines
MOST_TASKS = 50_000  # of a row at such a rate, as far as it is not too short then
LEAST_REPETITIONS = 6  # that make an interval
ROOM = 0.95  # the part of a budget that a plan may fill
SHORTER = 0.85  # steps in which rows are shortened until all have room
SHORTEST_SECONDS = 0.12
# Where a queue stands, a hundred mean stays are cut off as warm-up: a run must last longer than those.
SHORTEST_NEAR_SECONDS = 0.2


@dataclass(frozen=True)
class Search:
    """How capacity is searched for."""

    resolution: float  # ends when failing / passing rate is at most this
    tasks: int  # of a run
    budget_seconds: float  # of all searches, beside that of the rows
    all_cores: bool = True  # on each core count, else on the fewest and the most


@dataclass(frozen=True)
class LatencyProfile:
    """How much is measured. Durations are seconds of arrivals."""

    name: str
    budget_seconds: float  # of rows
    low_seconds: float  # at the lowest rate
    seconds: float  # at the others
    beside_seconds: float  # of rows beside the main ones
    null_seconds: float
    main_repetitions: int
    hopeless_repetitions: int  # where arrivals come so fast that the verdict is known
    other_repetitions: int
    between: bool = False  # core counts between the fewest and the most are measured
    workers: tuple[int, ...] = ()  # workers a core of the sweep, on most cores
    day_rates: tuple[float, ...] = (NEAR,)  # multiples of B
    search: Search | None = None


# Seven processes make an interval of the median. What one of them tells alone is little: neighbouring customers share a
# queue, so that a third of the tasks of a window is a usual effective size.
PROFILES: Mapping[str, LatencyProfile] = {
    profile.name: profile
    for profile in (
        LatencyProfile(
            name="smoke",
            budget_seconds=18,
            low_seconds=0.12,
            seconds=0.2,
            beside_seconds=0.12,
            null_seconds=0.1,
            main_repetitions=1,
            hopeless_repetitions=0,
            other_repetitions=1,
            day_rates=(),
        ),
        LatencyProfile(
            name="quick",
            budget_seconds=100,
            low_seconds=0.2,
            seconds=0.25,
            beside_seconds=0.25,
            null_seconds=0.15,
            main_repetitions=7,
            hopeless_repetitions=2,
            other_repetitions=1,
        ),
        LatencyProfile(
            name="full",
            budget_seconds=480,
            low_seconds=0.8,
            seconds=0.6,
            beside_seconds=0.5,
            null_seconds=0.5,
            main_repetitions=7,
            hopeless_repetitions=3,
            other_repetitions=3,
            between=True,
            workers=(1, 4, 16, 32, 64, 128),
            day_rates=(0.1, NEAR, 1.4),
            search=Search(resolution=1.25, tasks=20_000, budget_seconds=600),
        ),
    )
}


@dataclass(frozen=True)
class Doors:
    """Before what the rows of a run are made: backends on core counts, with what closed load said."""

    workloads: Sequence[str]
    backends: Sequence[Backend]
    cores: Sequence[int]
    basis: Basis

    @property
    def ends(self) -> list[int]:
        return sorted({min(self.cores), max(self.cores)})

    @property
    def most(self) -> int:
        return max(self.cores)

    def workers(self, backend: Backend, cores: int) -> int:
        """The best closed, of workers that wait with their tasks; where tasks wait alone, a worker a core."""
        if backend.single or backend.overlapped:
            return min(cores, backend.max_workers)
        usual = min(64 * cores, backend.max_workers)
        return self.basis.workers.get((backend.name, cores), usual)


def fitted(profile: LatencyProfile, doors: Doors) -> LatencyProfile:
    """The profile with rows so long that all have room in its budget, and without what would not have room then."""
    for without in _ever_less(replace(profile, search=None)):
        fits = without
        while total_seconds(fits, doors) > ROOM * profile.budget_seconds and _shorter(fits) != fits:
            fits = _shorter(fits)
        if total_seconds(fits, doors) <= ROOM * profile.budget_seconds:
            break
    return replace(fits, search=_fitted_search(profile, doors))


def _ever_less(profile: LatencyProfile) -> list[LatencyProfile]:
    """What goes first where rows as short as they may be have no room: what no sentence rests on."""
    found = [profile]
    for less in (
        {"hopeless_repetitions": min(1, profile.hopeless_repetitions)},
        {"between": False},
        {"main_repetitions": min(LEAST_REPETITIONS, profile.main_repetitions)},
    ):
        found.append(replace(found[-1], **less))  # type: ignore[arg-type]
    return found


def _fitted_search(profile: LatencyProfile, doors: Doors) -> Search | None:
    """With what its own budget has room for: first the core counts between go, then tasks, then all of it."""
    if profile.search is None:
        return None
    ends = replace(profile.search, all_cores=False)
    fewer = [replace(ends, tasks=ends.tasks // part) for part in (2, 4)]
    for search in (profile.search, ends, *fewer):
        searches = capacity_rows(replace(profile, search=search), doors)
        if searches and _searches_seconds(searches) <= ROOM * search.budget_seconds:
            return search
    return None


def searches_left_out(profile: LatencyProfile, doors: Doors) -> int:
    """How many of a profile's searches its budget has no room for."""
    return len(capacity_rows(profile, doors)) - len(capacity_rows(fitted(profile, doors), doors))


def _shorter(profile: LatencyProfile) -> LatencyProfile:
    low, usual, beside = (
        min(now, max(shortest, round(SHORTER * now, 3)))
        for now, shortest in (
            (profile.low_seconds, SHORTEST_SECONDS),
            (profile.seconds, SHORTEST_NEAR_SECONDS),
            (profile.beside_seconds, SHORTEST_SECONDS),
        )
    )
    return replace(profile, low_seconds=low, seconds=usual, beside_seconds=beside)


def open_rows(profile: LatencyProfile, doors: Doors) -> list[Spec]:
    """The rows of a profile, each once; of its workloads those that are asked for. None without closed load."""
    specs: list[Spec] = []
    most = doors.most
    counts = sorted(doors.cores) if profile.between else doors.ends
    main = CUSTOMERS if CUSTOMERS in doors.workloads else DAY
    if main not in doors.workloads:
        return []
    near = rate_of(doors.basis.base, NEAR)
    for backend in doors.backends:
        workers = doors.workers(backend, most)
        for cores in counts:
            specs += _rate_rows(profile, doors, main, backend, cores)
        specs += _worker_rows(profile, main, backend, most, near)
        crowds = replace(profile, beside_seconds=max(BURST_SECONDS, profile.beside_seconds))
        crowd = rate_of(doors.basis.base, BURST_RATE)
        specs.append(_beside(crowds, main, backend, most, workers, crowd, *BURSTS))
        if main == CUSTOMERS and DAY in doors.workloads:
            days = {rate_of(doors.basis.base, multiple) for multiple in profile.day_rates}
            specs += [_beside(profile, DAY, backend, most, workers, rate) for rate in sorted(days)]
        if backend.name == REFERENCE:
            with_door = _beside(profile, main, backend, most, workers, near, *DOOR)
            specs.append(replace(with_door, repetitions=profile.main_repetitions, gain=True))
        params = (("rate", str(NULL_RATE)), ("duration", f"{profile.null_seconds:g}"))
        specs.append(Spec(NULL, backend.name, most, workers, params, 1))
    return list({spec.name: spec for spec in reversed(specs) if spec.repetitions}.values())[::-1]


def capacity_rows(profile: LatencyProfile, doors: Doors) -> list[Spec]:
    """The rows that a capacity search starts from, each for a process of its own."""
    search = profile.search
    if search is None or CUSTOMERS not in doors.workloads:
        return []
    specs = []
    for backend in doors.backends:
        for cores in doors.cores if search.all_cores else doors.ends:
            closed = doors.basis.closed.get((backend.name, cores), doors.basis.base)
            rate = rate_of(closed, 0.25)
            duration = min(max(search.tasks / rate, 0.05), LONGEST_SEARCH_SECONDS)
            params = (("rate", str(rate)), ("duration", f"{duration:.3g}"))
            specs.append(Spec(CUSTOMERS, backend.name, cores, doors.workers(backend, cores), params))
    return specs


def seconds(spec: Spec, backend: Backend) -> float:
    """About how long a row takes: its arrivals, or what is done before a hopeless one is ended."""
    params = dict(spec.params)
    duration, rate = float(params["duration"]), float(params["rate"])
    tasks = duration * rate
    if spec.workload == NULL:
        return ROW_SECONDS + duration
    work = tasks * CPU_SECONDS / (1 if spec.workers == 1 else min(spec.cores, spec.workers))
    waits = 0.0 if backend.overlapped else tasks * STAY_SECONDS / spec.workers
    needed = max(duration, work, waits)
    if needed > 1.3 * duration:
        needed = min(needed, max(duration, ENDED_SECONDS))
    return ROW_SECONDS + needed + DIRECT_SECONDS * tasks


def search_seconds(spec: Spec) -> float:
    """About how long a capacity search from this row takes: rates double, so later runs are shorter."""
    params = dict(spec.params)
    duration, rate = float(params["duration"]), float(params["rate"])
    return SEARCH_RUNS * (ROW_SECONDS + 0.75 * duration + DIRECT_SECONDS * duration * rate)


def total_seconds(profile: LatencyProfile, doors: Doors) -> float:
    """About how long the profile takes: a process per backend, core count and repetition, and one per search."""
    backends = {backend.name: backend for backend in doors.backends}
    rows = open_rows(profile, doors)
    processes = {(row.backend, row.cores, index) for row in rows for index in range(row.repetitions)}
    return (
        sum(row.repetitions * seconds(row, backends[row.backend]) for row in rows)
        + PROCESS_SECONDS * len(processes)
        + _searches_seconds(capacity_rows(profile, doors))
    )


def _searches_seconds(searches: Sequence[Spec]) -> float:
    return sum(PROCESS_SECONDS + search_seconds(search) for search in searches)


def _rate_rows(
    profile: LatencyProfile, doors: Doors, workload: str, backend: Backend, cores: int
) -> list[Spec]:
    """Every rate on so many cores: those that carry an interval at the ends, fewer where the verdict is known."""
    specs = []
    wanted = rates(doors.basis.base, cores)
    repetitions = profile.main_repetitions if cores in doors.ends else profile.other_repetitions
    for rate in wanted:
        hopeless = is_hopeless(doors.basis, backend.name, cores, rate)
        duration = profile.low_seconds if rate == wanted[0] else profile.seconds
        if rate > MANY_CORES * doors.basis.base:  # what one thread must prove beforehand
            duration = max(SHORTEST_SECONDS, min(duration, MOST_TASKS / rate))
        if hopeless:
            duration = max(duration, ENDED_SECONDS * (rate <= MANY_CORES * doors.basis.base))
        params = (("rate", str(rate)), ("duration", f"{duration:.3g}"))
        count = min(repetitions, profile.hopeless_repetitions) if hopeless else repetitions
        workers = doors.workers(backend, cores)
        specs.append(Spec(workload, backend.name, cores, workers, params, count, gain=not hopeless))
    return specs


def _worker_rows(
    profile: LatencyProfile, workload: str, backend: Backend, cores: int, rate: int
) -> list[Spec]:
    """The rate that is near what one core serves, with ever more workers; overlapped pools need no more than cores."""
    if backend.single or backend.overlapped:
        return []
    return [
        _beside(profile, workload, backend, cores, multiple * cores, rate)
        for multiple in profile.workers
        if multiple * cores <= backend.max_workers
    ]


def _beside(
    profile: LatencyProfile,
    workload: str,
    backend: Backend,
    cores: int,
    workers: int,
    rate: int,
    *params: tuple[str, str],
) -> Spec:
    own = (("rate", str(rate)), ("duration", f"{profile.beside_seconds:g}"), *params)
    return Spec(workload, backend.name, cores, workers, own, profile.other_repetitions)
