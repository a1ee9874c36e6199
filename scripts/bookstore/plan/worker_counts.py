"""Which worker counts stand for choice, and which is chosen: pure functions of what was measured so far."""

from collections.abc import Mapping, Sequence

from bookstore.plan.machine import CUSTOMERS, MOST_WORKERS, Backend, Machine, Spec, Workload, sized
from bookstore.plan.profiles import Profile
from bookstore.stats.choice import best_count, contenders, ended

CONTENDING = 0.1  # so far above the least time a worker count still stands for choice in later repetitions
FIRST_RUNGS = 3  # of the ladder of worker counts: measured before it can be told whether more are worth it
Place = tuple[str, str, int]  # workload, backend and cores of a worker count that is chosen
Times = Mapping[
    Place, Mapping[int, Sequence[float]]
]  # seconds per task by worker count, a value a repetition


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
        rows += [sized(machine, workload, backends[name], cores, count) for count in wanted]
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
