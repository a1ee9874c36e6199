"""Which rows each profile measures, and how often: pure functions of the machine and of what was asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bookstore.data.names import BASELINE
from bookstore.plan.closed_estimates import total_seconds
from bookstore.plan.machine import CUSTOMERS, SAME_PLAN_CORES, Backend, Machine, Spec, Workload, sized
from bookstore.plan.profiles import Profile
from bookstore.plan.worker_counts import Place, choice_places, chosen, ladder

MEMORY_WORKERS = 64  # workers of a pool, in the rows that measure memory, where tasks wait
TIMELINE_WORKERS = 4
TIMELINE_PARAMS = (("tasks", "40"), ("cpu_scale", "20"))
CHECKED = 3  # repetitions, at the least, in which a gain's slower side also runs a plan of twice the size
STILL_MANY = 16  # cores, down to which fewer are measured rather than fewer workloads
ROOM = 0.95  # the part of a budget that a plan may fill


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

    First the core counts between the ends go, the least of them last; then repetitions, of the baseline's second size
    and of all else, down to those that are always kept; then the least worker counts and all but one try of each; then
    the most cores are halved, down to what is still many; only then workloads go, the last first. Many cores take plans
    so large that to make and to prove them takes longer than to run them.
    """
    while estimate(profile, machine) > ROOM * profile.budget_seconds:
        between = [count for count in machine.cores if count not in machine.ends]
        if between:
            machine = replace(machine, cores=[count for count in machine.cores if count != max(between)])
        elif profile.size_repetitions > CHECKED:
            profile = replace(profile, size_repetitions=CHECKED)
        elif profile.gain_repetitions > profile.kept_repetitions:
            profile = replace(profile, gain_repetitions=profile.kept_repetitions)
        elif profile.choice_repetitions > 1:
            profile = replace(profile, choice_repetitions=1)
        elif len(profile.multiples) > 2:
            profile = replace(profile, multiples=profile.multiples[1:])
        elif machine.most > STILL_MANY:
            machine = replace(machine, cores=[machine.fewest, max(STILL_MANY, _power_below(machine.most))])
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
            sized(machine, workload, backends[name], cores, count),
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
        specs.append(replace(twice, repetitions=min(profile.size_repetitions, twice.repetitions)))
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
        _with(profile, sized(machine, workload.name, backend, count, kept), True)
        for count in sorted(machine.ends)
    ]
    for count in machine.cores:
        if count == machine.fewest or (between and count not in machine.ends):
            specs.append(_with(profile, sized(machine, workload.name, backend, count, own[count]), False))
    if len(machine.ends) > 1 and machine.most > SAME_PLAN_CORES:  # plans differ in size
        twice = sized(machine, workload.name, backend, machine.fewest, kept, times=2)
        specs.append(replace(_with(profile, twice, True), repetitions=min(CHECKED, profile.gain_repetitions)))
    if backend.pins and profile.placements and machine.most > 1:
        there = sized(machine, workload.name, backend, machine.most, kept)
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
