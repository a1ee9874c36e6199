"""Which rows each profile measures, and how often: pure functions of the machine and of what was asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bookstore.data.names import BASELINE

MEMORY_WORKERS = 64  # workers of a pool, in the rows that measure memory, where tasks wait
TIMELINE_WORKERS = 4
TIMELINE_PARAMS = (("tasks", "40"), ("cpu_scale", "20"))
IN_FLIGHT = (1, 4, 16, 64, 256, 1024)
EQUAL = 0  # stands for workers = cores of the machine
POWERS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


# How many times faster than nominal a CPU is taken to be. The steps are wide, so that a machine has the same plans
# from day to day; between them runs may be so many times shorter than meant: 125 ms become 108, never less than 100.
CPU_SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
SHORTENED = 1.15


@dataclass(frozen=True)
class Backend:
    name: str
    overlapped: bool  # a waiting task gives its worker back
    max_workers: int

    @property
    def single(self) -> bool:
        """True for a backend of one thread."""
        return self.max_workers == 1

    def workers(self, blocked: int, cores: int) -> int:
        """`blocked` workers where they wait with their tasks; where tasks wait alone, a worker a core does."""
        return min(cores if self.overlapped else blocked, self.max_workers)


@dataclass(frozen=True)
class Workload:
    name: str
    waits: bool


@dataclass(frozen=True)
class Spec:
    """One row to measure: what the binary is asked for by --row."""

    workload: str
    backend: str
    cores: int
    workers: int
    params: tuple[tuple[str, str], ...] = ()
    repetitions: int = 1
    gain: bool = False  # enters a gain, so it is the last that a tight budget drops

    @property
    def name(self) -> str:
        parts = [self.workload, self.backend, f"cores:{self.cores}", f"workers:{self.workers}"]
        return "/".join(parts + [f"{name}:{value}" for name, value in self.params])


@dataclass(frozen=True)
class Profile:
    """How much of the grid is measured, and how often. Worker counts hold for pools whose workers wait."""

    name: str
    budget_seconds: float  # for two core counts, after the build
    gain_repetitions: int
    kept_repetitions: int  # of rows that carry a gain, however tight the budget; of all others one is kept
    range_repetitions: int
    memory_repetitions: int
    gain_workers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    range_workers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    default_workers: tuple[int, ...] = (EQUAL, 64)  # gain_workers of a workload that has no entry
    memory_workloads: tuple[str, ...] = ()  # whose memory is measured; empty: all
    in_flight: tuple[int, ...] = ()

    def budget(self, core_counts: int) -> float:
        return self.budget_seconds * max(1.0, core_counts / 2)


# Seven repetitions make [smallest, largest] a 98.4 % interval of the median, six a 96.9 % one; three make none.
# quick has room for seven repetitions of one worker count a workload: the one that keeps two cores busy, which for
# the long waits of errands is larger.
PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="smoke",
            budget_seconds=20,
            gain_repetitions=3,
            kept_repetitions=1,
            range_repetitions=1,
            memory_repetitions=1,
            memory_workloads=("day",),
            gain_workers={"counter": (), "errands": (), "day": (64,)},
            range_workers={"counter": (64,), "errands": (64,), "day": (EQUAL,)},
        ),
        Profile(
            name="quick",
            budget_seconds=120,
            gain_repetitions=7,
            kept_repetitions=6,
            range_repetitions=3,
            memory_repetitions=3,
            gain_workers={"errands": (256,)},
            range_workers={
                "counter": (1, EQUAL, 4, 16, 256),
                "errands": (EQUAL,),
                "day": (EQUAL,),
            },
            default_workers=(64,),
            memory_workloads=("day",),
            in_flight=IN_FLIGHT[::2] + IN_FLIGHT[-1:],
        ),
        Profile(
            name="full",
            budget_seconds=600,
            gain_repetitions=7,
            kept_repetitions=6,
            range_repetitions=7,
            memory_repetitions=3,
            default_workers=(EQUAL, *POWERS),
            in_flight=IN_FLIGHT,
        ),
    )
}


def default_cores(available: int) -> list[int]:
    """Core counts to measure: all up to eight, else the powers of two and all there are."""
    if available <= 8:
        return list(range(1, available + 1))
    powers = [1 << exponent for exponent in range(available.bit_length()) if 1 << exponent < available]
    return powers + [available]


def cpu_speed_step(measured: float) -> float:
    """The step that a CPU of this measured speed is planned for."""
    return next((step for step in CPU_SPEEDS if step * SHORTENED >= measured), CPU_SPEEDS[-1])


def rows(
    profile: Profile, workloads: Sequence[Workload], backends: Sequence[Backend], cores: Sequence[int]
) -> list[Spec]:
    """The timed rows of a profile, each once; a row that is wanted for two reasons keeps the more repetitions."""
    specs: list[Spec] = []
    for workload in workloads:
        for backend in backends:
            if backend.single:
                specs += _single_rows(profile, workload, backend, cores)
            elif backend.overlapped:
                specs += _overlapped_pool_rows(profile, workload, backend, cores)
            elif workload.waits:
                specs += _waiting_pool_rows(profile, workload, backend, cores)
            else:
                specs += _busy_pool_rows(profile, workload, backend, cores)
    specs += _in_flight_rows(profile, workloads, backends, min(cores))
    return _unique(spec for spec in specs)


def memory_rows(
    profile: Profile, workloads: Sequence[Workload], backends: Sequence[Backend], cores: Sequence[int]
) -> list[Spec]:
    """One row per backend and workload whose memory the profile measures, each for a process of its own.

    If none of those was asked for, the last that was stands for them.
    """
    wanted = profile.memory_workloads
    chosen = [each for each in workloads if not wanted or each.name in wanted] or workloads[-1:]
    return [
        Spec(
            workload.name,
            backend.name,
            max(cores),
            backend.workers(MEMORY_WORKERS if workload.waits else max(cores), max(cores)),
            repetitions=profile.memory_repetitions,
        )
        for workload in chosen
        for backend in backends
    ]


def timeline_rows(
    workloads: Sequence[Workload], backends: Sequence[Backend], cores: Sequence[int]
) -> list[Spec]:
    """One short run per backend, CPU work drawn out so that it can be seen beside the waits."""
    waiting = [workload for workload in workloads if workload.waits] or list(workloads)
    named_day = [workload for workload in waiting if workload.name == "day"]
    workload = (named_day or waiting)[0]
    return [
        Spec(
            workload.name,
            backend.name,
            max(cores),
            backend.workers(TIMELINE_WORKERS, max(cores)),
            TIMELINE_PARAMS,
        )
        for backend in backends
    ]


def _spec(
    profile: Profile,
    workload: Workload,
    backend: Backend,
    cores: int,
    workers: int,
    gain: bool,
    params: tuple[tuple[str, str], ...] = (),
) -> Spec:
    repetitions = profile.gain_repetitions if gain else profile.range_repetitions
    return Spec(workload.name, backend.name, cores, workers, params, repetitions, gain)


def _single_rows(profile: Profile, workload: Workload, backend: Backend, cores: Sequence[int]) -> list[Spec]:
    """A backend of one thread at each core count; the baseline also at a second size, and with the locks."""
    baseline = backend.name == BASELINE
    specs = [_spec(profile, workload, backend, count, 1, gain=count == min(cores)) for count in cores]
    if baseline:  # pools may run a larger plan: without waits twice as large on two cores, with waits any
        specs.append(_spec(profile, workload, backend, min(cores), 1, True, (("tasks", "x2"),)))
    if baseline and not workload.waits:
        specs.append(_spec(profile, workload, backend, min(cores), 1, False, (("locks", "1"),)))
    return specs


def _busy_pool_rows(
    profile: Profile, workload: Workload, backend: Backend, cores: Sequence[int]
) -> list[Spec]:
    """Workers = cores at each core count, and the largest worker count on the fewest cores, which the gains need."""
    most = min(max(cores), backend.max_workers)
    specs = [
        _spec(profile, workload, backend, count, min(count, backend.max_workers), gain=count == max(cores))
        for count in cores
    ]
    return specs + [_spec(profile, workload, backend, min(cores), most, gain=True)]


def _overlapped_pool_rows(
    profile: Profile, workload: Workload, backend: Backend, cores: Sequence[int]
) -> list[Spec]:
    """As many workers as the most cores on every core count, and wherever the system puts them on the most.

    More would wait for nothing that their tasks do not wait for already. Without waits also workers = cores.
    """
    if max(cores) == 1:
        return [_spec(profile, workload, backend, 1, 1, gain=True)]
    most = min(max(cores), backend.max_workers)
    ends = {min(cores), max(cores)}
    specs = [_spec(profile, workload, backend, count, most, gain=count in ends) for count in cores]
    specs.append(_spec(profile, workload, backend, max(cores), most, False, (("pinned", "0"),)))
    return specs if workload.waits else _busy_pool_rows(profile, workload, backend, cores) + specs


def _waiting_pool_rows(
    profile: Profile, workload: Workload, backend: Backend, cores: Sequence[int]
) -> list[Spec]:
    """Each worker count on every core count: a gain compares equal worker counts."""
    gain = {count or max(cores) for count in profile.gain_workers.get(workload.name, profile.default_workers)}
    ranged = {count or max(cores) for count in profile.range_workers.get(workload.name, ())} - gain
    ends = {min(cores), max(cores)}
    return [
        _spec(profile, workload, backend, count, workers, gain=workers in gain and count in ends)
        for count in cores
        for workers in sorted(gain | ranged)
        if workers <= backend.max_workers
    ]


def _in_flight_rows(
    profile: Profile, workloads: Sequence[Workload], backends: Sequence[Backend], cores: int
) -> list[Spec]:
    """How many tasks an event loop needs at once: on the customers alone, whose waits are of two lengths."""
    return [
        Spec(
            workload.name,
            backend.name,
            cores,
            1,
            (("in_flight", str(limit)),),
            min(3, profile.range_repetitions),
        )
        for workload in workloads
        if workload.name == "counter"
        for backend in backends
        if backend.overlapped and backend.single
        for limit in profile.in_flight
    ]


def _unique(specs: Iterable[Spec]) -> list[Spec]:
    unique: dict[str, Spec] = {}
    for spec in specs:
        seen = unique.setdefault(spec.name, spec)
        if spec.repetitions > seen.repetitions or spec.gain > seen.gain:
            most = max(spec.repetitions, seen.repetitions)
            unique[spec.name] = replace(seen, repetitions=most, gain=spec.gain or seen.gain)
    return list(unique.values())
