"""Which rows show what a wait costs that is real, and how often: pure functions of the machine and of closed load.

The same customers wait by timers and for answers over sockets, in one process and in turn, so that what stands side by
side was measured side by side. One process answers them all, whose own CPUs are those that the row leaves free: on more
cores than a few it would be what is measured.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bookstore.data.names import LOOP, SOCKETS, TIMER
from bookstore.plan import closed_estimates, latency_grid, latency_schedule, schedule
from bookstore.plan.latency_grid import Doors
from bookstore.plan.machine import CUSTOMERS, REFERENCE, Backend, Machine, Spec
from bookstore.plan.rates import NEAR, Basis, is_hopeless, rate_of

CLOSED, OPEN = "sockets", "sockets_latency"  # parts of a run
MAIN = (REFERENCE, LOOP, "event_loops")  # whose figures a sentence rests on
MOST_CORES = 8
ROOM = 0.95  # the part of a budget that a plan may fill
SHORTER = 0.85
LEAST_REPETITIONS = 6  # that make an interval

# For estimates alone, us of CPU for a wait, where tasks wait alone and where workers wait with them: many ask and hear at
# a time, or each by itself.
ASKING_US = {True: 5.0, False: 12.0}
SERVICE_US = {True: 4.5, False: 18.0}
START_SECONDS = 0.03  # of the service, a row


@dataclass(frozen=True)
class SocketsProfile:
    """How much is measured."""

    name: str
    closed_seconds: float  # budget of closed rows
    open_seconds: float
    main_repetitions: int  # of MAIN on the fewest cores
    repetitions: int  # of all other rows
    seconds: float  # of arrivals
    everybody: bool = True  # others than MAIN also on the most cores, and under open load
    most_cores: bool = True


# Seven repetitions make an interval of the median, three a range.
PROFILES: Mapping[str, SocketsProfile] = {
    profile.name: profile
    for profile in (
        SocketsProfile(
            name="smoke",
            closed_seconds=6,
            open_seconds=4,
            main_repetitions=1,
            repetitions=1,
            seconds=latency_grid.SHORTEST_NEAR_SECONDS,
        ),
        SocketsProfile(
            name="quick",
            closed_seconds=30,
            open_seconds=20,
            main_repetitions=7,
            repetitions=3,
            seconds=0.25,
        ),
        SocketsProfile(
            name="full",
            closed_seconds=150,
            open_seconds=100,
            main_repetitions=7,
            repetitions=3,
            seconds=0.5,
        ),
    )
}


@dataclass(frozen=True)
class Asked:
    """What the rows of a run are made for."""

    machine: Machine
    basis: Basis  # worker counts, and the rate
    waits: Sequence[str]  # kinds, timers among them

    @property
    def customers(self) -> bool:
        """Whether there is anything to measure: customers, and a socket to wait at."""
        named = any(workload.name == CUSTOMERS for workload in self.machine.workloads)
        return named and bool(set(SOCKETS) & set(self.waits))

    @property
    def main(self) -> list[Backend]:
        """MAIN, as far as they were asked for; everybody where none was."""
        found = [backend for backend in self.machine.backends if backend.name in MAIN]
        return found or list(self.machine.backends)

    @property
    def most(self) -> int:
        return max(self.machine.fewest, min(self.machine.most, MOST_CORES))

    def workers(self, backend: Backend, cores: int) -> int:
        """Those that were best closed, of pools whose workers wait; else one a core."""
        return Doors([CUSTOMERS], self.machine.backends, [cores], self.basis).workers(backend, cores)


def closed_rows(profile: SocketsProfile, asked: Asked) -> list[Spec]:
    """Everybody on the fewest cores; on the most, whoever can use them."""
    if not asked.customers:
        return []
    specs: list[Spec] = []
    for backend in asked.machine.backends:
        main = backend in asked.main
        for cores in sorted({asked.machine.fewest, asked.most}):
            few = cores == asked.machine.fewest
            if few or profile.most_cores and not backend.single and (main or profile.everybody):
                count = profile.main_repetitions if main and few else profile.repetitions
                specs += _each_wait(asked, _closed_row(asked, backend, cores), count, main and few)
    return specs


def _closed_row(asked: Asked, backend: Backend, cores: int) -> Spec:
    """Its plan is made for the cores that run it, and the same for all kinds of waits."""
    workers, every = asked.workers(backend, cores), asked.machine.all_cores
    factor = closed_estimates.size_factor(CUSTOMERS, backend.overlapped, workers, cores, every)
    params = () if abs(factor - 1) < 0.01 else (("tasks", f"x{factor:.3g}"),)
    return Spec(CUSTOMERS, backend.name, cores, workers, params)


def open_rows(profile: SocketsProfile, asked: Asked) -> list[Spec]:
    """Near what one core serves, on the fewest cores; whoever cannot serve that shows it once."""
    if not asked.customers:
        return []
    specs: list[Spec] = []
    cores, rate = asked.machine.fewest, rate_of(asked.basis.base, NEAR)
    for backend in asked.machine.backends:
        main = backend in asked.main
        if not main and not profile.everybody:
            continue
        params = (("rate", str(rate)), ("duration", f"{profile.seconds:g}"))
        row = Spec(CUSTOMERS, backend.name, cores, asked.workers(backend, cores), params)
        count = profile.main_repetitions if main else profile.repetitions
        hopeless = is_hopeless(asked.basis, backend.name, cores, rate)
        specs += _each_wait(asked, row, 1 if hopeless else count, main and not hopeless)
    return specs


def _each_wait(asked: Asked, row: Spec, repetitions: int, gain: bool) -> list[Spec]:
    return [
        replace(
            row,
            params=row.params if kind == TIMER else (*row.params, ("waits", kind)),
            repetitions=repetitions,
            gain=gain,
        )
        for kind in asked.waits
    ]


def fitted_closed(profile: SocketsProfile, asked: Asked) -> SocketsProfile:
    """The profile with as much as its budget for closed rows has room for."""
    return _first_that_fits(
        _ever_less(profile), lambda each: closed_estimate(each, asked), profile.closed_seconds
    )


def fitted_open(profile: SocketsProfile, asked: Asked) -> SocketsProfile:
    """The same of open rows, which are shortened first."""
    shorter = [profile]
    while (now := shorter[-1].seconds) > latency_grid.SHORTEST_NEAR_SECONDS:
        seconds = max(latency_grid.SHORTEST_NEAR_SECONDS, round(SHORTER * now, 3))
        shorter.append(replace(profile, seconds=seconds))
    return _first_that_fits(
        [*shorter, *_ever_less(shorter[-1])], lambda each: open_estimate(each, asked), profile.open_seconds
    )


def _ever_less(profile: SocketsProfile) -> list[SocketsProfile]:
    """What goes first: repetitions of rows that no sentence rests on; then those that an interval does without, or would
    take; then other backends, where they are not needed; then the most cores.
    """
    main, others = profile.main_repetitions, profile.repetitions
    counts = [(main, others), (main, min(2, others))]
    counts += [(min(LEAST_REPETITIONS, main), min(2, others))]
    counts += [(min(count, main), 1) for count in (LEAST_REPETITIONS, 4, 3, 2)]
    alone = [(min(count, main), 1) for count in (main, LEAST_REPETITIONS, 4, 3, 2, 1)]
    return [
        replace(profile, main_repetitions=main, repetitions=others, everybody=everybody, most_cores=most)
        for everybody, most, these in ((True, True, counts), (False, True, alone), (False, False, alone))
        for main, others in these
    ]


def _first_that_fits(
    candidates: Iterable[SocketsProfile], estimate: Callable[[SocketsProfile], float], budget: float
) -> SocketsProfile:
    """The last one if none does: less would be no result."""
    last = None
    for last in candidates:
        if estimate(last) <= ROOM * budget:
            break
    assert last is not None
    return last


def closed_processes(profile: SocketsProfile, asked: Asked, seed: int) -> list[schedule.Process]:
    """In a random order within each repetition, the kinds of waits of a backend in one process."""
    found = schedule.plan(closed_rows(profile, asked), [], [], [], seed)
    return [replace(process, part=CLOSED) for process in found]


def open_processes(profile: SocketsProfile, asked: Asked, seed: int) -> list[schedule.Process]:
    """The same of open rows."""
    found = latency_schedule.plan(open_rows(profile, asked), [], 0.0, "", seed)
    return [replace(process, part=OPEN, series=False) for process in found]  # type: ignore[call-arg]


def closed_estimate(profile: SocketsProfile, asked: Asked) -> float:
    """About how many seconds the closed rows take."""
    rows = closed_rows(profile, asked)
    overlapped, every = asked.machine.overlapped, asked.machine.all_cores
    return (
        sum(row.repetitions * _closed_seconds(row, asked.machine) for row in rows)
        + closed_estimates.digest_seconds(rows, overlapped, every)
        + closed_estimates.PROCESS_SECONDS * len(closed_processes(profile, asked, 1))
    )


def open_estimate(profile: SocketsProfile, asked: Asked) -> float:
    """The same of open ones."""
    backends = {backend.name: backend for backend in asked.machine.backends}
    rows = open_rows(profile, asked)
    timed = sum(
        row.repetitions * (latency_grid.seconds(row, backends[row.backend]) + _start_seconds(row))
        for row in rows
    )
    return timed + latency_grid.PROCESS_SECONDS * len(open_processes(profile, asked, 1))


def _closed_seconds(row: Spec, machine: Machine) -> float:
    """As with timers, and what asking takes on the row's cores; the service answers no faster than it can."""
    overlapped = machine.overlapped[row.backend]
    plain = closed_estimates.seconds(row, overlapped, machine.all_cores)
    if _start_seconds(row) == 0:
        return plain
    tasks = closed_estimates.tasks_of(row, overlapped, machine.all_cores)
    running = min(row.workers, row.cores)
    shared = SERVICE_US[overlapped] / row.cores if row.cores == machine.all_cores else 0.0
    asking = ASKING_US[overlapped] / running + shared
    by_timers = closed_estimates.time_per_task_us(row.workload, overlapped, row.workers, row.cores)
    return plain + _start_seconds(row) + 1e-6 * tasks * max(asking, SERVICE_US[overlapped] - by_timers)


def _start_seconds(row: Spec) -> float:
    return START_SECONDS if "waits" in dict(row.params) else 0.0
