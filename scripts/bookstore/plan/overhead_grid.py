"""Which rows of bench_overhead each profile measures, how often, and with what: pure functions of the machine.

A row's experiment stands where a workload stands in other rows' names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bookstore.data.names import (
    BASELINE,
    CONTENDED,
    LOOP,
    MICROSECOND,
    OPENMP,
    RAW,
    ROUND_TRIP,
    SOCKETS,
    TIMER,
    URING,
    family,
)
from bookstore.plan.machine import MOST_WORKERS, Backend, Spec
from bookstore.plan.overhead_estimates import FORK_SECONDS, begin_seconds, task_ns
from bookstore.plan.overhead_profiles import EQUAL_DEADLINES, MILLION, SHOP_DEADLINES, OverheadProfile

DAY_CPU_SCALE = 0.1  # of long days, where the cost beside the work is looked for
CUTOFFS = {10: 3, 2: 10}  # depth by fan-out: about a thousand subtrees, enough for any number of workers here
COLD_TASKS = 50  # after the first
CALLED_LEAVES = (
    300_000  # where a fork is a call: with fewer, waking the workers would outweigh all forks of a run
)
BURST_IDLE_MS = 100  # a hundred times what any of the pools takes to fall asleep
LONG_BEGIN = 0.5  # seconds until all tasks of a row wait
ROUND_TRIP_REPETITIONS = 3  # enough for a range
WAITING_WORKERS = 64  # of a pool whose tasks wait: fewer would wait most of the time, and not for each other


@dataclass(frozen=True)
class OverheadSpec(Spec):
    """A row, and whether it needs a process that has run nothing else: for memory, and for what happens first."""

    alone: bool = False


def rows(
    profile: OverheadProfile,
    workloads: Sequence[str],
    backends: Sequence[Backend],
    experiments: Mapping[str, Mapping[str, int]],
    cores: Sequence[int],
    waits: Sequence[str] = (TIMER,),
) -> list[OverheadSpec]:
    """All rows of a profile that the binary has, each once; round trips where there is a socket among the waits.

    `experiments` holds, for each that the binary has, the most workers by backend and raw twin. Of the workloads only
    those that an experiment uses matter.
    """
    cores = thinned(cores, profile.core_counts)
    names = {backend.name for backend in backends}
    twins = [
        Backend(name, False, most)
        for name, most in experiments.get("grain", {}).items()
        if name.startswith(RAW) and family(name) in names
    ]
    wanted = _all_rows(profile, workloads, backends, twins, cores)
    if set(SOCKETS) & set(waits):
        wanted += _round_trip_rows(profile, backends, waits)
    unique = {spec.name: spec for spec in wanted if spec.backend in experiments.get(spec.workload, {})}
    return list(unique.values())


def thinned(cores: Sequence[int], most: int) -> list[int]:
    """At most so many of the core counts, the fewest and the most among them, the others spread between. Most >= 2."""
    ordered = sorted(cores)
    if len(ordered) <= most:
        return ordered
    return [ordered[round(place * (len(ordered) - 1) / (most - 1))] for place in range(most)]


def _all_rows(
    profile: OverheadProfile,
    workloads: Sequence[str],
    ours: Sequence[Backend],
    twins: Sequence[Backend],
    cores: Sequence[int],
) -> list[OverheadSpec]:
    specs = _grain_rows(profile, ours, cores) + _form_rows(profile, twins, cores)
    specs += _crowd_rows(profile, ours, max(cores))
    specs += _seam_rows(profile, ours, max(cores))
    specs += _stocktake_rows(profile, ours, cores)
    specs += _pool_rows(profile, ours, max(cores))
    specs += _waiting_rows(profile, ours, max(cores))
    specs += _contention_rows(profile, ours, max(cores), workloads)
    if "day" in workloads:
        specs += _day_rows(profile, ours)
    return specs


def _spec(
    profile: OverheadProfile,
    experiment: str,
    backend: Backend,
    cores: int,
    workers: int,
    interval: bool = False,
    alone: bool = False,
    **params: float,
) -> OverheadSpec:
    repetitions = profile.interval_repetitions if interval else profile.range_repetitions
    named = tuple((name, f"{value:.15g}") for name, value in params.items())
    return OverheadSpec(experiment, backend.name, cores, workers, named, repetitions, interval, alone)


def _counts(backend: Backend, cores: Sequence[int]) -> list[tuple[int, int]]:
    """Cores and workers, equal; a backend of one thread only on the fewest cores."""
    if backend.single:
        return [(min(cores), 1)]
    return [(count, min(count, backend.max_workers)) for count in cores]


def _grain_rows(
    profile: OverheadProfile, backends: Sequence[Backend], cores: Sequence[int]
) -> list[OverheadSpec]:
    return [
        _grain(profile, backend, count, workers, size, interval=True)
        for backend in backends
        for count, workers in _counts(backend, cores)
        for size in profile.sizes
    ]


def _form_rows(
    profile: OverheadProfile, twins: Sequence[Backend], cores: Sequence[int]
) -> list[OverheadSpec]:
    """Other ways to write the same by hand, where the price of a task shows and where it should begin to fade."""
    return [
        _grain(profile, twin, count, workers, size, interval=False)
        for twin in twins
        for count, workers in _counts(twin, cores)
        for size in (0, MICROSECOND)
    ]


def _crowd_rows(profile: OverheadProfile, backends: Sequence[Backend], cores: int) -> list[OverheadSpec]:
    """Whether more workers than cores get in each other's way, on tasks that should be long enough for any number."""
    return [
        _grain(profile, backend, cores, workers, MICROSECOND, interval=True)
        for backend in backends
        if not backend.single
        for workers in profile.crowds
        if workers <= backend.max_workers
    ]


def _grain(
    profile: OverheadProfile, backend: Backend, cores: int, workers: int, size: int, interval: bool
) -> OverheadSpec:
    tasks = max(100, round(profile.grain_seconds * 1e9 / (size + task_ns(backend.name))))
    return _spec(profile, "grain", backend, cores, workers, interval, work_ns=size, tasks=tasks)


def _seam_rows(profile: OverheadProfile, backends: Sequence[Backend], cores: int) -> list[OverheadSpec]:
    """Every backend against its twin on all cores."""
    specs = []
    for backend in backends:
        workers = min(cores, backend.max_workers)
        row = partial(
            _spec, profile, backend=backend, cores=min(cores, workers), workers=workers, interval=True
        )
        specs += [
            row(experiment="seam_grain", work_ns=size, align=align, rounds=profile.rounds)
            for size in (0, MICROSECOND)
            for align in profile.alignments
        ]
        specs.append(
            row(
                experiment="seam_stocktake",
                fanout=10,
                leaves=profile.seam_leaves if backend.name in FORK_SECONDS else CALLED_LEAVES,
                rounds=profile.fork_rounds,
            )
        )
    return [replace(spec, repetitions=profile.seam_repetitions) for spec in specs]


def _stocktake_rows(
    profile: OverheadProfile, backends: Sequence[Backend], cores: Sequence[int]
) -> list[OverheadSpec]:
    """Both trees, forked down to the leaves and down to a depth; plain recursion knows no depth."""
    return [
        _spec(
            profile,
            "stocktake",
            backend,
            count,
            workers,
            fanout=fanout,
            leaves=leaves,
            cutoff=cutoff,
        )
        for backend in backends
        for count, workers in _counts(backend, cores)
        for fanout, leaves in profile.trees.items()
        for cutoff in ((0,) if backend.single else (0, CUTOFFS[fanout]))
    ]


def _pool_rows(profile: OverheadProfile, backends: Sequence[Backend], cores: int) -> list[OverheadSpec]:
    """What happens around the tasks: handing over, the first use, standing idle, and being woken from it."""
    specs = []
    for backend in backends:
        if backend.name == BASELINE:
            continue  # has no one to hand over to
        workers = min(cores, backend.max_workers)
        for inside in (0, 1):
            params = {"from": inside, "tasks": profile.handovers}
            specs.append(_spec(profile, "handover", backend, cores, workers, **params))
        specs.append(_spec(profile, "cold_start", backend, cores, workers, alone=True, tasks=COLD_TASKS))
        burst = {"idle_ms": BURST_IDLE_MS, "bursts": profile.bursts}
        specs.append(_spec(profile, "burst", backend, cores, workers, **burst))
        # One thread alone sleeps, and so does one that waits for its timers alone.
        if profile.idle and not backend.single and not backend.overlapped:
            idle = _spec(profile, "idle", backend, cores, workers, alone=True)
            specs.append(replace(idle, repetitions=1))
            if backend.name == OPENMP and profile.active_idle:
                active = _spec(profile, "idle", backend, cores, workers, alone=True, active=1)
                specs.append(replace(active, repetitions=1))
        if profile.gaps and not backend.single:
            specs += _gap_rows(profile, backend, cores, workers)
    return specs


def _gap_rows(profile: OverheadProfile, backend: Backend, cores: int, workers: int) -> list[OverheadSpec]:
    """Bursts with serial work between, and with nothing; where the idle policy can be chosen, under both."""
    gaps = (
        {"gap_us": 200, "serial": 1, "bursts": profile.gaps},
        {"gap_us": 3000, "serial": 0, "bursts": profile.gaps // 2},
    )
    policies = ({}, {"active": 1}) if backend.name == OPENMP else ({},)
    return [
        _spec(profile, "gaps", backend, cores, workers, alone="active" in policy, **gap, **policy)
        for policy in policies
        for gap in gaps
    ]


def _waiting_rows(profile: OverheadProfile, backends: Sequence[Backend], cores: int) -> list[OverheadSpec]:
    specs = []
    for backend in backends:
        if backend.overlapped:
            specs += _overlapped_rows(profile, backend, min(cores, backend.max_workers))
        elif not backend.single:
            specs += [
                _spec(
                    profile,
                    "waiting",
                    backend,
                    cores,
                    workers,
                    alone=True,
                    tasks=workers,
                    deadlines=0,
                    span_ms=profile.span_ms,
                )
                for workers in profile.blocked
                if workers <= min(MOST_WORKERS.get(backend.name, workers), backend.max_workers)
            ]
    return specs


def _overlapped_rows(profile: OverheadProfile, backend: Backend, workers: int) -> list[OverheadSpec]:
    """Ever more tasks; at the most of them all kinds of deadlines; of one worker also exact, and its timers alone."""

    def waiting(tasks: int, deadlines: int, exact: int) -> OverheadSpec:
        own_span = deadlines == SHOP_DEADLINES or tasks == MILLION
        spec = _spec(
            profile,
            "waiting",
            backend,
            workers,
            workers,
            alone=True,
            tasks=tasks,
            deadlines=deadlines,
            span_ms=1000 if own_span else profile.span_ms,
            exact=exact,
        )
        # Half a minute each: once has to do.
        return spec if begin_seconds(backend.name, tasks) <= LONG_BEGIN else replace(spec, repetitions=1)

    # What stretches the waits with the time until all have begun takes fewer tasks of those that begin slowly.
    quick = [tasks for tasks in profile.waiting if begin_seconds(backend.name, tasks) <= LONG_BEGIN]
    most = max(quick)
    specs = [waiting(tasks, 0, 0) for tasks in profile.waiting]
    specs.append(waiting(min(profile.shop_waits, most), SHOP_DEADLINES, 0))
    if profile.all_deadlines:
        specs.append(waiting(most, EQUAL_DEADLINES, 0))
    if not backend.single:
        return specs
    if profile.all_deadlines:
        specs.append(waiting(most, 0, 1))
    return specs + [
        _spec(profile, "timer", backend, 1, 1, alone=True, tasks=most, deadlines=deadlines, exact=exact)
        for deadlines in (0, EQUAL_DEADLINES, SHOP_DEADLINES)
        for exact in (0, 1)
    ]


def _contention_rows(
    profile: OverheadProfile, backends: Sequence[Backend], cores: int, workloads: Sequence[str]
) -> list[OverheadSpec]:
    """All clerks at one shelf; beside the pools one who has no rival."""
    return [
        _spec(
            profile,
            "contention",
            backend,
            cores,
            backend.workers(WAITING_WORKERS if name == "counter" else cores, cores),
            workload=CONTENDED[name][0],
            cpu_scale=CONTENDED[name][1],
            skew=skew,
        )
        for backend in backends
        if backend.name != BASELINE
        for name in profile.contended
        if name.removeprefix("short ") in workloads
        for skew in profile.skews
    ]


def _round_trip_rows(
    profile: OverheadProfile, backends: Sequence[Backend], waits: Sequence[str]
) -> list[OverheadSpec]:
    """One task that waits as shortly as can be, again and again; beside the loop, over sockets, the same on io_uring."""
    places = [(backend, kind) for backend in backends for kind in waits]
    if any(backend.name == LOOP for backend in backends):
        places += [(Backend(URING, True, 1), kind) for kind in waits if kind != TIMER]
    repetitions = min(ROUND_TRIP_REPETITIONS, profile.interval_repetitions)
    return [
        replace(
            _spec(profile, ROUND_TRIP, backend, 1, 1),
            params=() if kind == TIMER else (("waits", kind),),
            repetitions=repetitions,
        )
        for backend, kind in places
    ]


def _day_rows(profile: OverheadProfile, backends: Sequence[Backend]) -> list[OverheadSpec]:
    specs = []
    for backend in backends:
        if backend.overlapped and backend.single:
            for tasks in profile.days:
                spec = _spec(
                    profile, "day_memory", backend, 1, 1, alone=True, tasks=tasks, cpu_scale=DAY_CPU_SCALE
                )
                specs.append(replace(spec, repetitions=1) if tasks > MILLION else spec)
    return specs
