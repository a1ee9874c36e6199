"""Which rows are measured for the essay's claims alone, and how often: pure functions of the machine.

Claims are about two clerks, so that their rows run on two cores of whatever machine: what they take does not grow with it.
Those that need two are not measured where one core was asked for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bookstore.data.names import BASELINE
from bookstore.plan import closed_estimates, latency_grid, latency_schedule, schedule
from bookstore.plan.machine import CUSTOMERS, Backend, Machine, Spec, sized
from bookstore.plan.rates import NEAR, Basis, rate_of

CLOSED, OPEN = "claims", "claims_latency"  # parts of a run
CLERKS = 2
SHELVING, DAY, SERVICE = "shelving", "day", "service"
LOOP, LOOPS = "event_loop", "event_loops"
BLOCKED = 64  # workers a core, of a pool whose workers wait
DESK_SHARE = (
    0.89  # of a day's work and waits: whoever splits workers by what there is to do sends so many to the desk
)
# One step of 20 us, and a wait of 0, 0.5, 0.9 and 0.99 of its task's time.
STEPS: Mapping[float, str] = {0.0: "20us", 0.5: "20us+20us", 0.9: "20us+180us", 0.99: "20us+1980us"}
RATES = (0.02, 0.1, 0.4)  # of B: what one worker serves alone
SERVICE_SIZE = (("tasks", "x1.5"),)  # sleeps that are hardly late must not make it too short
SERVICE_SECONDS = 0.16  # of a row of service, its directly done plan included


@dataclass(frozen=True)
class ClaimsProfile:
    """How much is measured for the claims."""

    name: str
    closed_seconds: float  # budget of closed rows
    open_seconds: float
    repetitions: int  # of rows that a verdict rests on
    kept_repetitions: int  # of these, however tight the budget
    range_repetitions: int  # of rows that only a picture shows
    slow: tuple[int, ...]  # how many times slower one worker is, in rows that carry a verdict
    slow_beside: tuple[int, ...]  # in a picture
    waits: tuple[float, ...]  # wait fractions; tasks that never wait carry no verdict
    in_flight: tuple[int, ...]  # the most carries a verdict
    desk_shares: tuple[float, ...]  # of the workers, in splits that carry a verdict
    desk_beside: tuple[float, ...]  # in a picture
    rates: tuple[float, ...]
    low_seconds: float  # of arrivals at the lowest rate
    seconds: float
    splits: tuple[str, ...] = ()  # backends whose splits are measured; empty: all that offer both
    open_day: bool = True
    grid: bool = False  # whether more cores are measured for each wait fraction and tasks in flight
    apart: bool = False  # whether the second worker is also measured without a core of his own, and the core without him


PROFILES: Mapping[str, ClaimsProfile] = {
    profile.name: profile
    for profile in (
        ClaimsProfile(
            name="smoke",
            closed_seconds=5,
            open_seconds=3,
            repetitions=1,
            kept_repetitions=1,
            range_repetitions=0,
            slow=(2,),
            slow_beside=(),
            waits=(0.9,),
            in_flight=(64,),
            desk_shares=(DESK_SHARE,),
            desk_beside=(),
            rates=RATES[-1:],
            low_seconds=0.2,
            seconds=0.2,
            splits=("threads", LOOPS),
            open_day=False,
        ),
        ClaimsProfile(
            name="quick",
            closed_seconds=39.5,
            open_seconds=20.5,
            repetitions=6,
            kept_repetitions=6,
            range_repetitions=1,
            slow=(2,),
            slow_beside=(4,),
            waits=tuple(STEPS),
            in_flight=(1, 8, 64, 1024),
            desk_shares=(DESK_SHARE,),
            desk_beside=(0.5, 0.75),
            rates=(RATES[0], RATES[-1]),
            low_seconds=0.25,
            seconds=0.2,
        ),
        ClaimsProfile(
            name="full",
            closed_seconds=115,
            open_seconds=60,
            repetitions=7,
            kept_repetitions=6,
            range_repetitions=3,
            slow=(2, 4),
            slow_beside=(),
            waits=tuple(STEPS),
            in_flight=(1, 4, 16, 64, 256, 1024),
            desk_shares=(0.25, 0.5, 0.75, DESK_SHARE),
            desk_beside=(),
            rates=RATES,
            low_seconds=0.45,
            seconds=0.3,
            grid=True,
            apart=True,
        ),
    )
}


def closed_rows(profile: ClaimsProfile, machine: Machine) -> list[Spec]:
    """C2, C5 and C7: of the workloads and backends that are asked for; service where any of those waits."""
    names = {workload.name for workload in machine.workloads}
    specs: list[Spec] = []
    for backend in machine.backends:
        if machine.most >= CLERKS and SHELVING in names:
            specs += _unequal_rows(profile, machine, backend)
        if machine.most >= CLERKS and DAY in names:
            specs += _desk_rows(profile, machine, backend)
        if any(workload.waits for workload in machine.workloads):
            specs += _waiting_rows(profile, backend)
            if profile.grid and machine.most >= CLERKS and backend.name == LOOPS:
                specs += _grid_rows(profile)
    return [spec for spec in specs if spec.repetitions]


def _unequal_rows(profile: ClaimsProfile, machine: Machine, backend: Backend) -> list[Spec]:
    if not backend.static or profile.splits and backend.name not in profile.splits:
        return []
    plain = sized(machine, SHELVING, backend, CLERKS, CLERKS)
    specs = []
    for slow in (1, *profile.slow, *profile.slow_beside):
        for fixed in (False, True):
            own = [("slow", str(slow))] * (slow > 1) + [("static", "1")] * fixed
            specs.append(_repeated(profile, plain, slow not in profile.slow_beside, *own))
    return specs


def _desk_rows(profile: ClaimsProfile, machine: Machine, backend: Backend) -> list[Spec]:
    if not backend.roles:
        return []
    workers = backend.workers(BLOCKED * CLERKS, CLERKS)
    plain = sized(machine, DAY, backend, CLERKS, workers)
    verdicts = {0, *desks(profile.desk_shares, workers)}
    return [
        _repeated(profile, plain, desk in verdicts, *([("desk", str(desk))] * (desk > 0)))
        for desk in sorted(verdicts | desks(profile.desk_beside, workers))
    ]


def desks(shares: Iterable[float], workers: int) -> set[int]:
    """How many workers stand at the desk, in each split: one at least, and one in the back office."""
    return {min(workers - 1, max(1, round(share * workers))) for share in shares}


def _waiting_rows(profile: ClaimsProfile, backend: Backend) -> list[Spec]:
    if backend.name == BASELINE:
        plain = Spec(SERVICE, BASELINE, 1, 1, SERVICE_SIZE)
        return [_repeated(profile, plain, wait > 0, ("steps", STEPS[wait])) for wait in profile.waits]
    if backend.name != LOOP:
        return []
    plain = Spec(SERVICE, LOOP, 1, 1)
    most = max(profile.in_flight)
    return [
        _repeated(
            profile, plain, count == most and wait > 0, ("in_flight", str(count)), ("steps", STEPS[wait])
        )
        for wait in profile.waits
        for count in profile.in_flight
    ]


def _grid_rows(profile: ClaimsProfile) -> list[Spec]:
    """As many loops on one core and on as many as there are loops."""
    return [
        _repeated(
            profile,
            Spec(SERVICE, LOOPS, cores, CLERKS, SERVICE_SIZE),
            False,
            ("in_flight", str(count)),
            ("steps", STEPS[wait]),
        )
        for cores in (1, CLERKS)
        for wait in profile.waits
        for count in profile.in_flight
    ]


def _repeated(profile: ClaimsProfile, spec: Spec, verdict: bool, *params: tuple[str, str]) -> Spec:
    repetitions = profile.repetitions if verdict else profile.range_repetitions
    return replace(spec, params=(*spec.params, *params), repetitions=repetitions, gain=verdict)


def open_rows(profile: ClaimsProfile, machine: Machine, basis: Basis) -> list[Spec]:
    """C4, and C5 at arrivals near what one core serves."""
    names = {workload.name for workload in machine.workloads}
    if machine.most < CLERKS:
        return []
    specs: list[Spec] = []
    for backend in machine.backends:
        if CUSTOMERS in names and backend.name == LOOPS:
            specs += _second_clerk_rows(profile, backend, basis)
        if DAY in names and backend.roles and profile.open_day:
            workers = backend.workers(BLOCKED * CLERKS, CLERKS)
            params = (("rate", str(rate_of(basis.base, NEAR))), ("duration", f"{profile.seconds:g}"))
            plain = Spec(DAY, backend.name, CLERKS, workers, params)
            specs += [
                _repeated(profile, plain, True, *([("desk", str(desk))] * (desk > 0)))
                for desk in sorted({0, *desks(profile.desk_shares, workers)})
            ]
    return specs


def _second_clerk_rows(profile: ClaimsProfile, backend: Backend, basis: Basis) -> list[Spec]:
    specs = []
    for share in profile.rates:
        seconds = profile.low_seconds if share == RATES[0] else profile.seconds
        params = (("rate", str(rate_of(basis.base, share))), ("duration", f"{seconds:g}"))
        for cores in (1, CLERKS):
            for workers in (1, CLERKS):
                if cores == workers or profile.apart:
                    plain = Spec(CUSTOMERS, backend.name, cores, workers, params)
                    specs.append(_repeated(profile, plain, cores == workers))
    return [spec for spec in specs if spec.repetitions]


def closed_processes(profile: ClaimsProfile, machine: Machine, seed: int) -> list[schedule.Process]:
    """In a random order within each repetition, as others are."""
    found = schedule.plan(closed_rows(profile, machine), [], [], [], seed)
    return [replace(process, part=CLOSED) for process in found]


def open_processes(
    profile: ClaimsProfile, machine: Machine, basis: Basis, seed: int
) -> list[schedule.Process]:
    """The same of open rows."""
    found = latency_schedule.plan(open_rows(profile, machine, basis), [], 0.0, "", seed)
    return [replace(process, part=OPEN, series=False) for process in found]  # type: ignore[call-arg]


def closed_estimate(profile: ClaimsProfile, machine: Machine) -> float:
    """About how many seconds the closed rows take."""
    rows = closed_rows(profile, machine)
    processes = len(closed_processes(profile, machine, 1))
    return sum(row.repetitions * _seconds(row, machine) for row in rows) + _start_seconds(processes)


def open_estimate(profile: ClaimsProfile, machine: Machine, basis: Basis) -> float:
    """The same of open ones."""
    backends = {backend.name: backend for backend in machine.backends}
    rows = open_rows(profile, machine, basis)
    processes = len(open_processes(profile, machine, basis, 1))
    timed = sum(row.repetitions * latency_grid.seconds(row, backends[row.backend]) for row in rows)
    return timed + latency_grid.PROCESS_SECONDS * processes


def _seconds(row: Spec, machine: Machine) -> float:
    if row.workload == SERVICE:
        return SERVICE_SECONDS
    params = dict(row.params)
    slow = float(params.get("slow", 1))
    even = row.workers / (row.workers - 1 + 1 / slow)  # what is left to do is left to all
    longer = slow if "static" in params else even
    return longer * closed_estimates.seconds(row, machine.overlapped[row.backend], machine.all_cores)


def _start_seconds(processes: int) -> float:
    return closed_estimates.PROCESS_SECONDS * processes
