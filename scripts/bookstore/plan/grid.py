"""Which rows each profile measures, and how often: pure functions of the machine and of what was asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bookstore.data.names import BASELINE
from bookstore.plan.closed_estimates import size_factor, total_seconds
from bookstore.stats.choice import best_count, contenders, ended

MEMORY_WORKERS = 64  # workers of a pool, in the rows that measure memory, where tasks wait
TIMELINE_WORKERS = 4
TIMELINE_PARAMS = (("tasks", "40"), ("cpu_scale", "20"))
IN_FLIGHT = (1, 4, 16, 64, 256, 1024)
SAME_PLAN_CORES = (
    2  # up to so many the plan for all of them is run on each: its gains are formed on equal plans
)
CHECKED = 3  # repetitions in which the slower side of a gain also runs a plan of twice the size
CONTENDING = 0.1  # so far above the least time a worker count still stands for choice in later repetitions
# TBB's workers search for work before they sleep, so that a crowd of them takes long to come to rest.
MOST_WORKERS: Mapping[str, int] = {"tbb": 1024}
REFERENCE = "threads"  # whose throughput on the fewest cores the rates of open load are multiples of
CUSTOMERS = "counter"
FIRST_RUNGS = 3  # of the ladder of worker counts: measured before it can be told whether more are worth it
ROOM = 0.95  # the part of a budget that a plan may fill


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
    """How much of the grid is measured, and how often."""

    name: str
    budget_seconds: float
    gain_repetitions: int
    kept_repetitions: int  # of rows that carry a gain, however tight the budget; of all others one is kept
    range_repetitions: int
    memory_repetitions: int
    choice_repetitions: int  # that the best worker count is chosen on; figures come from others
    multiples: tuple[int, ...]  # workers a core, of pools whose workers wait
    most_workers: int  # of a pool
    left_out: tuple[str, ...] = ()  # workloads that are measured only where they are asked for
    between: tuple[
        str, ...
    ] = ()  # workloads measured on core counts between the fewest and the most; empty: all
    few_core_counts: bool = True  # of a large machine
    memory_workloads: tuple[str, ...] = ()  # whose memory is measured; empty: all
    in_flight: tuple[int, ...] = ()
    placements: bool = False  # whether pools that pin their workers are measured without pins, too

    @property
    def chooses(self) -> bool:
        """Whether there is anything to choose from."""
        return len(self.multiples) > 1


# Seven repetitions make [smallest, largest] a 98.4 % interval of the median, six a 96.9 % one; three make none.
PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="smoke",
            budget_seconds=18,
            gain_repetitions=1,
            kept_repetitions=1,
            range_repetitions=1,
            memory_repetitions=1,
            choice_repetitions=0,
            multiples=(64,),
            most_workers=1024,
            left_out=("errands",),
            between=("shelving",),
            memory_workloads=("day",),
        ),
        Profile(
            name="quick",
            budget_seconds=100,
            gain_repetitions=7,
            kept_repetitions=6,
            range_repetitions=2,
            memory_repetitions=1,
            choice_repetitions=2,
            multiples=(32, 64, 128),
            most_workers=4096,
            left_out=("errands",),
            between=("shelving", "counter"),
            memory_workloads=("day",),
            in_flight=IN_FLIGHT[::2] + IN_FLIGHT[-1:],
        ),
        Profile(
            name="full",
            budget_seconds=600,
            gain_repetitions=7,
            kept_repetitions=6,
            range_repetitions=3,
            memory_repetitions=3,
            choice_repetitions=3,
            multiples=(1, 2, 4, 8, 16, 32, 64, 128),
            most_workers=16_384,
            few_core_counts=False,
            in_flight=IN_FLIGHT,
            placements=True,
        ),
    )
}


Place = tuple[str, str, int]  # workload, backend and cores of a worker count that is chosen
Times = Mapping[
    Place, Mapping[int, Sequence[float]]
]  # seconds per task by worker count, a value a repetition


@dataclass(frozen=True)
class Machine:
    """What rows are made for: of the machine's cores those core counts are measured."""

    workloads: Sequence[Workload]
    backends: Sequence[Backend]
    cores: Sequence[int]
    all_cores: int

    @property
    def fewest(self) -> int:
        return min(self.cores)

    @property
    def most(self) -> int:
        return max(self.cores)

    @property
    def ends(self) -> set[int]:
        return {self.fewest, self.most}

    @property
    def overlapped(self) -> dict[str, bool]:
        return {backend.name: backend.overlapped for backend in self.backends}


def default_cores(available: int, few: bool = False) -> list[int]:
    """Core counts to measure: all up to eight, else the powers of two and all there are.

    Few: powers of two up to eight, else the powers of four and all.
    """
    if available <= 8 and not few:
        return list(range(1, available + 1))
    base = 4 if few and available > 8 else 2
    powers = [1]
    while powers[-1] * base < available:
        powers.append(powers[-1] * base)
    return sorted({*powers, available})


def cpu_speed_step(measured: float) -> float:
    """The step that a CPU of this measured speed is planned for."""
    return next((step for step in CPU_SPEEDS if step * SHORTENED >= measured), CPU_SPEEDS[-1])


def most_workers(profile: Profile, backend: Backend) -> int:
    """The most workers that a pool is asked for."""
    return min(profile.most_workers, backend.max_workers, MOST_WORKERS.get(backend.name, backend.max_workers))


def ladder(profile: Profile, backend: Backend, cores: int) -> list[int]:
    """The worker counts that stand for choice on so many cores, rising."""
    most = most_workers(profile, backend)
    return sorted({min(multiple * cores, most) for multiple in profile.multiples})


def choice_places(profile: Profile, machine: Machine) -> list[Place]:
    """Where a worker count is chosen: of pools whose workers wait, on most cores; of customers on the fewest, too.

    Where all core counts are measured in full, on each of them.
    """
    if not profile.chooses:
        return []
    pools = [backend for backend in machine.backends if not backend.single and not backend.overlapped]
    places = []
    for workload in machine.workloads:
        everywhere = not profile.few_core_counts or workload.name == CUSTOMERS
        counts = machine.ends if everywhere else {machine.most}
        if workload.waits:
            places += [(workload.name, pool.name, count) for pool in pools for count in sorted(counts)]
    return places


def choice_rows(profile: Profile, machine: Machine, times: Times, repetition: int, rung: int) -> list[Spec]:
    """The rows that a choice still needs in a repetition; none once it needs no more.

    The first repetition climbs the ladder rung by rung (the first three at once), and ends where two rungs bring
    nothing. Later ones measure again what is near the best; where the whole sweep is shown, all of it.
    """
    backends = {backend.name: backend for backend in machine.backends}
    rows = []
    for place in choice_places(profile, machine):
        workload, name, cores = place
        steps = ladder(profile, backends[name], cores)
        known = times.get(place, {})
        if repetition == 0:
            wanted = steps[:FIRST_RUNGS] if rung == 0 else steps[FIRST_RUNGS + rung - 1 :][:1]
            wanted = [] if rung > 0 and (not known or ended(known)) else wanted
        elif profile.few_core_counts:
            wanted = contenders(known, CONTENDING)
        else:
            wanted = sorted(known)
        rows += [_sized(machine, workload, backends[name], cores, count) for count in wanted]
    return rows


def chosen(profile: Profile, machine: Machine, times: Times) -> dict[Place, int]:
    """The worker count of each pool on each core count: the best where it was chosen, else the multiple of the nearest."""
    best: dict[Place, int] = {}
    for workload in machine.workloads:
        for backend in machine.backends:
            found = {
                cores: best_count(times[workload.name, backend.name, cores])
                for cores in machine.cores
                if times.get((workload.name, backend.name, cores))
            }
            for cores in machine.cores:
                best[workload.name, backend.name, cores] = _workers(
                    profile, machine, workload, backend, cores, found
                )
    return best


def _workers(
    profile: Profile,
    machine: Machine,
    workload: Workload,
    backend: Backend,
    cores: int,
    found: Mapping[int, int],
) -> int:
    if backend.single:
        return 1
    if not workload.waits or backend.overlapped:
        return min(cores, backend.max_workers)
    if cores in found:
        return found[cores]
    if found:
        nearest = max((count for count in found if count >= cores), default=max(found))
        return min(max(1, found[nearest] * cores // nearest), most_workers(profile, backend))
    return ladder(profile, backend, cores)[-1]


def rows(profile: Profile, machine: Machine, best: Mapping[Place, int]) -> list[Spec]:
    """The timed rows of a profile, each once; a row that is wanted for two reasons keeps the more repetitions."""
    specs: list[Spec] = []
    for workload in machine.workloads:
        for backend in machine.backends:
            if backend.single:
                specs += _single_rows(profile, machine, workload, backend)
            else:
                specs += _pool_rows(profile, machine, workload, backend, best)
    specs += _in_flight_rows(profile, machine)
    return _unique(spec for spec in specs)


def memory_rows(profile: Profile, machine: Machine) -> list[Spec]:
    """One row per backend and workload whose memory the profile measures, each for a process of its own.

    If none of those was asked for, the last that was stands for them.
    """
    wanted = profile.memory_workloads
    chosen_ones = [each for each in machine.workloads if not wanted or each.name in wanted]
    most = machine.most
    return [
        Spec(
            workload.name,
            backend.name,
            most,
            backend.workers(MEMORY_WORKERS if workload.waits else most, most),
            repetitions=profile.memory_repetitions,
        )
        for workload in chosen_ones or machine.workloads[-1:]
        for backend in machine.backends
    ]


def timeline_rows(machine: Machine) -> list[Spec]:
    """One short run per backend, CPU work drawn out so that it can be seen beside the waits."""
    waiting = [workload for workload in machine.workloads if workload.waits] or list(machine.workloads)
    named_day = [workload for workload in waiting if workload.name == "day"]
    workload = (named_day or waiting)[0]
    most = min(machine.most, TIMELINE_WORKERS)
    return [
        Spec(workload.name, backend.name, most, backend.workers(TIMELINE_WORKERS, most), TIMELINE_PARAMS)
        for backend in machine.backends
    ]


def fitted(profile: Profile, machine: Machine) -> tuple[Profile, Machine]:
    """Profile and machine without what the budget has no room for, by estimate.

    First the core counts between the ends go, the least of them last; then repetitions down to those that are always
    kept; then workloads down to two, the last first; then the most cores are halved. It is where many cores take plans
    so large that the one thread that must prove them first is at it for seconds.
    """
    while estimate(profile, machine) > ROOM * profile.budget_seconds:
        between = [count for count in machine.cores if count not in machine.ends]
        if between:
            machine = replace(machine, cores=[count for count in machine.cores if count != max(between)])
        elif profile.gain_repetitions > profile.kept_repetitions:
            profile = replace(profile, gain_repetitions=profile.kept_repetitions)
        elif len(machine.workloads) > 2:
            machine = replace(machine, workloads=machine.workloads[:-1])
        elif machine.most > 2 * machine.fewest:
            machine = replace(machine, cores=[machine.fewest, _power_below(machine.most)])
        else:
            break
    return profile, machine


def _power_below(count: int) -> int:
    """The largest power of two below it."""
    return 1 << (count - 1).bit_length() - 1


def estimate(profile: Profile, machine: Machine) -> float:
    """About how many seconds the profile takes, if every ladder is climbed and half of it contends."""
    backends = {backend.name: backend for backend in machine.backends}
    tried = [
        replace(
            _sized(machine, workload, backends[name], cores, count),
            repetitions=1
            + (profile.choice_repetitions - 1) * (index >= len(steps) // 2 or not profile.few_core_counts),
        )
        for workload, name, cores in choice_places(profile, machine)
        for steps in [ladder(profile, backends[name], cores)]
        for index, count in enumerate(steps)
    ]
    timed = rows(profile, machine, chosen(profile, machine, {})) + memory_rows(profile, machine)
    repetitions = profile.gain_repetitions + profile.choice_repetitions
    processes = repetitions * len(machine.backends) * len(machine.cores) + len(memory_rows(profile, machine))
    ideals = profile.gain_repetitions * sum(count > 1 for count in machine.cores)
    return total_seconds([*tried, *timed], machine.overlapped, machine.all_cores, processes, ideals)


def _sized(
    machine: Machine, workload: str, backend: Backend, cores: int, workers: int, times: float = 1.0
) -> Spec:
    """A row whose plan is made for the cores that run it, times a factor."""
    made_for = machine.most if machine.most <= SAME_PLAN_CORES else cores
    factor = times * size_factor(workload, backend.overlapped, workers, made_for, machine.all_cores)
    params = () if abs(factor - 1) < 0.01 else (("tasks", f"x{factor:.3g}"),)
    return Spec(workload, backend.name, cores, workers, params)


def _with(profile: Profile, spec: Spec, gain: bool) -> Spec:
    return replace(
        spec, repetitions=profile.gain_repetitions if gain else profile.range_repetitions, gain=gain
    )


def _single_rows(profile: Profile, machine: Machine, workload: Workload, backend: Backend) -> list[Spec]:
    """A backend of one thread at the ends; the baseline also at a second size, and with the locks."""
    baseline = backend.name == BASELINE

    def row(cores: int, gain: bool, *params: tuple[str, str]) -> Spec:
        return _with(profile, Spec(workload.name, backend.name, cores, 1, params), gain)

    specs = [row(count, count == machine.fewest) for count in sorted(machine.ends)]
    if baseline:  # pools may run a larger plan
        twice = row(machine.fewest, True, ("tasks", "x2"))
        specs.append(replace(twice, repetitions=min(CHECKED, twice.repetitions)))
    if baseline and not workload.waits:
        specs.append(row(machine.fewest, False, ("locks", "1")))
    return specs


def _pool_rows(
    profile: Profile, machine: Machine, workload: Workload, backend: Backend, best: Mapping[Place, int]
) -> list[Spec]:
    """The best worker count of each core count, and that of the most cores on the fewest, which the gains need."""
    between = not profile.between or workload.name in profile.between
    own = {count: best[workload.name, backend.name, count] for count in machine.cores}
    kept = own[machine.most]  # the same for all that the gains compare
    specs = [
        _with(profile, _sized(machine, workload.name, backend, count, kept), True)
        for count in sorted(machine.ends)
    ]
    for count in machine.cores:
        if count == machine.fewest or (between and count not in machine.ends):
            specs.append(_with(profile, _sized(machine, workload.name, backend, count, own[count]), False))
    if len(machine.ends) > 1 and machine.most > SAME_PLAN_CORES:  # plans differ in size
        twice = _sized(machine, workload.name, backend, machine.fewest, kept, times=2)
        specs.append(replace(_with(profile, twice, True), repetitions=min(CHECKED, profile.gain_repetitions)))
    if backend.overlapped and profile.placements and machine.most > 1:
        there = _sized(machine, workload.name, backend, machine.most, kept)
        specs.append(_with(profile, replace(there, params=(*there.params, ("pinned", "0"))), False))
    return specs


def _in_flight_rows(profile: Profile, machine: Machine) -> list[Spec]:
    """How many tasks an event loop needs at once: on the customers alone, whose waits are of two lengths."""
    return [
        Spec(
            workload.name,
            backend.name,
            machine.fewest,
            1,
            (("in_flight", str(limit)),),
            min(3, profile.range_repetitions),
        )
        for workload in machine.workloads
        if workload.name == CUSTOMERS
        for backend in machine.backends
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
