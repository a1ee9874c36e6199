"""Which open rows each profile measures, how long and how often: pure functions of the machine and of what is asked.

Rates are absolute and the same for all backends, so that every backend stands before the same customers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bookstore.plan.grid import Backend, Spec

RATES = (1000, 4000, 16000, 64000)  # arrivals per second
FIXED_RATE = 4000  # of the sweeps over cores and workers, of the bursts and of the main rows
NULL_RATE = 1000
POOL_WORKERS = 16
CUSTOMERS, DAY, NULL = "counter", "day", "null"  # null has tasks of no work: the floor through a backend
BURSTS = (("arrivals", "bursts"), ("burst_period", "0.1"), ("burst_share", "0.2"))
SLO = "p99=5ms"

# For estimates alone. A task's work and asked waits with the default sizes: a customer's waits are 500 or 200 us, and
# the coffee and the mail of a day, rare and long, come to the same mean.
STAY_SECONDS = 370e-6
CPU_SECONDS = 25e-6  # of a task, waking for its steps included
ROW_SECONDS = 0.05  # beside the arrivals: the plan, the shop, hiccup probes
PROCESS_SECONDS = 0.25  # start, and the measuring floor
SEARCH_RUNS = 18  # of a capacity search, as a rule; half of them on rates above the first


@dataclass(frozen=True)
class Search:
    """How capacity is searched for."""

    resolution: float  # ends when failing / passing rate is at most this
    tasks: int  # of a run
    backends: tuple[str, ...] = ()  # empty: all
    all_cores: bool = False  # on each core count, else on the most cores


@dataclass(frozen=True)
class LatencyProfile:
    """How much is measured. Durations are seconds of arrivals, by rate."""

    name: str
    budget_seconds: float  # for two core counts
    customers: Mapping[int, float]
    day: Mapping[int, float]
    sweep_seconds: float  # of a row over workers
    null_seconds: float
    burst_seconds: float
    main_repetitions: int
    other_repetitions: int
    workers: tuple[int, ...]
    overload_tasks: int = 2000  # per worker, where blocking workers cannot keep up: it shows that soon
    search: Search | None = None

    def budget(self, core_counts: int) -> float:
        return self.budget_seconds * max(1.0, core_counts / 2)


# p99 needs 1,000 effective samples and p99.9 10,000; neighbouring customers share a queue, so that a third of the
# tasks of a window is a usual effective size. smoke is far below that, and withholds what it cannot tell.
PROFILES: Mapping[str, LatencyProfile] = {
    profile.name: profile
    for profile in (
        LatencyProfile(
            name="smoke",
            budget_seconds=15,
            customers={1000: 0.2, 4000: 0.25, 16000: 0.15, 64000: 0.1},
            day={4000: 0.2},
            sweep_seconds=0.15,
            null_seconds=0.1,
            burst_seconds=0.2,
            main_repetitions=1,
            other_repetitions=1,
            workers=(1, 64),
            overload_tasks=600,
        ),
        LatencyProfile(
            name="quick",
            budget_seconds=90,
            customers={1000: 2.0, 4000: 1.8, 16000: 0.8, 64000: 0.4},
            day={1000: 1.2, 4000: 0.9, 16000: 0.4, 64000: 0.2},
            sweep_seconds=0.5,
            null_seconds=0.3,
            burst_seconds=0.4,
            main_repetitions=2,
            other_repetitions=1,
            workers=(1, 4, 16, 64, 256),
            overload_tasks=1500,
            search=Search(resolution=1.5, tasks=2500, backends=("event_loop", "threads")),
        ),
        LatencyProfile(
            name="full",
            budget_seconds=480,
            customers={1000: 2.5, 4000: 4.0, 16000: 2.0, 64000: 0.8},
            day={1000: 1.5, 4000: 1.5, 16000: 1.0, 64000: 0.4},
            sweep_seconds=0.9,
            null_seconds=1.0,
            burst_seconds=1.0,
            main_repetitions=3,
            other_repetitions=2,
            workers=(1, 2, 4, 8, 16, 32, 64, 128, 256),
            overload_tasks=4000,
            search=Search(resolution=1.25, tasks=7000, all_cores=True),
        ),
    )
}


@dataclass(frozen=True)
class _Load:
    """The arrivals of a row."""

    rate: int
    seconds: float
    params: tuple[tuple[str, str], ...] = ()


def open_rows(
    profile: LatencyProfile, workloads: Sequence[str], backends: Sequence[Backend], cores: Sequence[int]
) -> list[Spec]:
    """The rows of a profile, each once; of its workloads those that are asked for."""
    specs: list[Spec] = []
    most = max(cores)
    for backend in backends:
        workers = backend.workers(POOL_WORKERS, most)
        if CUSTOMERS in workloads:
            specs += _rate_rows(profile, CUSTOMERS, profile.customers, backend, most)
            specs += _core_rows(profile, backend, cores)
            specs += _worker_rows(profile, backend, most)
            bursts = _Load(FIXED_RATE, profile.burst_seconds, BURSTS)
            specs.append(_spec(profile, CUSTOMERS, backend, most, workers, bursts))
        if DAY in workloads:
            specs += _rate_rows(profile, DAY, profile.day, backend, most)
        if CUSTOMERS in workloads or DAY in workloads:
            null = _Load(NULL_RATE, profile.null_seconds)
            specs.append(_spec(profile, NULL, backend, most, workers, null))
    return list({spec.name: spec for spec in reversed(specs)}.values())[::-1]


def capacity_rows(
    profile: LatencyProfile, workloads: Sequence[str], backends: Sequence[Backend], cores: Sequence[int]
) -> list[Spec]:
    """The rows that a capacity search starts from, each for a process of its own."""
    search = profile.search
    if search is None or CUSTOMERS not in workloads:
        return []
    specs = []
    for backend in backends:
        if search.backends and backend.name not in search.backends:
            continue
        workers = backend.workers(POOL_WORKERS, max(cores))
        rate = 1000 if _waits_alone(backend) else 8000
        tasks = search.tasks // 4 if _waits_alone(backend) else search.tasks
        for count in cores if search.all_cores else [max(cores)]:
            params = (("rate", str(rate)), ("duration", f"{tasks / rate:g}"))
            specs.append(Spec(CUSTOMERS, backend.name, count, workers, params))
    return specs


def seconds(spec: Spec, overlapped: bool) -> float:
    """About how long a row takes: its arrivals, or what its tasks need where they come faster than they are served."""
    params = dict(spec.params)
    duration, rate = float(params["duration"]), float(params["rate"])
    tasks = duration * rate
    if spec.workload == NULL:
        return ROW_SECONDS + duration
    work = tasks * CPU_SECONDS / (1 if spec.workers == 1 else min(spec.cores, spec.workers))
    waits = 0.0 if overlapped else tasks * STAY_SECONDS / spec.workers
    return ROW_SECONDS + max(duration, work, waits)


def search_seconds(spec: Spec) -> float:
    """About how long a capacity search from this row takes: rates double, so later runs are shorter."""
    return SEARCH_RUNS * (ROW_SECONDS + 0.75 * float(dict(spec.params)["duration"]))


def total_seconds(rows: Sequence[Spec], searches: Sequence[Spec], backends: Sequence[Backend]) -> float:
    """About how long a profile takes: a process per backend, core count and repetition, and one per search."""
    overlapped = {backend.name for backend in backends if backend.overlapped}
    processes = {(row.backend, row.cores, index) for row in rows for index in range(row.repetitions)}
    return (
        sum(row.repetitions * seconds(row, row.backend in overlapped) for row in rows)
        + sum(search_seconds(spec) for spec in searches)
        + PROCESS_SECONDS * (len(processes) + len(searches))
    )


def _waits_alone(backend: Backend) -> bool:
    """A single worker that waits with its task: a few thousand customers a second at most."""
    return backend.single and not backend.overlapped


def _spec(
    profile: LatencyProfile,
    workload: str,
    backend: Backend,
    cores: int,
    workers: int,
    load: _Load,
    main: bool = False,
) -> Spec:
    duration = load.seconds
    blocked = 0.0 if backend.overlapped or workload == NULL else load.rate * STAY_SECONDS / workers
    if blocked > 1:
        duration = min(duration, profile.overload_tasks * workers / load.rate)
    params = (("rate", str(load.rate)), ("duration", f"{duration:g}"), *load.params)
    repetitions = profile.main_repetitions if main else profile.other_repetitions
    return Spec(workload, backend.name, cores, workers, params, repetitions, gain=main)


def _rate_rows(
    profile: LatencyProfile, workload: str, durations: Mapping[int, float], backend: Backend, cores: int
) -> list[Spec]:
    """Every rate on the most cores; the main rows, of customers at the fixed rate, most often."""
    workers = backend.workers(POOL_WORKERS, cores)
    return [
        _spec(
            profile,
            workload,
            backend,
            cores,
            workers,
            _Load(rate, duration),
            main=workload == CUSTOMERS and rate == FIXED_RATE,
        )
        for rate, duration in durations.items()
    ]


def _core_rows(profile: LatencyProfile, backend: Backend, cores: Sequence[int]) -> list[Spec]:
    """The fixed rate on fewer cores, workers kept; on the most cores the main row stands for it."""
    workers = backend.workers(POOL_WORKERS, max(cores))
    load = _Load(FIXED_RATE, profile.customers[FIXED_RATE])
    return [
        _spec(profile, CUSTOMERS, backend, count, workers, load) for count in cores if count != max(cores)
    ]


def _worker_rows(profile: LatencyProfile, backend: Backend, cores: int) -> list[Spec]:
    """The fixed rate with each worker count but the one of the main row."""
    load = _Load(FIXED_RATE, profile.sweep_seconds)
    main = backend.workers(POOL_WORKERS, cores)
    if backend.overlapped:  # a worker a core does
        return []
    return [
        _spec(profile, CUSTOMERS, backend, cores, workers, load)
        for workers in profile.workers
        if workers <= backend.max_workers and workers != main
    ]
