"""A run made in code that measured customers by what they wait for, and round trips."""

from collections.abc import Sequence
from dataclasses import replace

from bookstore.data.names import KNOWN, SOCKETS, WAITS
from bookstore.data.results import Row, Run
from claims_support import NOISE, made_run, repeated, results

ASKING = {"timer": 0.0, "unix": 5.0, "tcp": 6.0}  # us of CPU for a wait
EVERY = ["sequential", *sorted(name for name in KNOWN if name != "sequential")]
SINGLE = ("sequential", "event_loop")
RATE = 35_000.0


def waiting(kind: str, outside: bool, per: str, beyond: float = 0.0) -> dict[str, float]:
    """What a row tells of its waits and of the service; `beyond`: what this takes more than it usually does, us."""
    found = {f"waits_{each}": float(kind == each) for each in SOCKETS}
    if kind == "timer":
        return found
    found |= {"service_outside": float(outside), f"service_cpu_us_per_{per}": ASKING[kind] - 0.5 + beyond}
    return found | {"service_late_p50_us": 6.0, "service_late_p99_us": 40.0}


def named(rows: Sequence[Row], kind: str) -> list[Row]:
    """The rows under the name that their kind of waits gives them."""
    suffix = "" if kind == "timer" else f"/waits:{kind}"
    return [replace(row, name=row.name + suffix) for row in rows]


def cpu_of(backend: str) -> float:
    return 110.0 if backend == "thread_per_task" else 7.0 + len(backend) / 4


def closed(backends: Sequence[str], kinds: Sequence[str], counts: Sequence[int]) -> list[Row]:
    rows: list[Row] = []
    for backend in backends:
        for cores in counts if backend not in SINGLE else counts[:1]:
            for kind in kinds:
                cpu = cpu_of(backend) + ASKING[kind]
                name = f"counter/{backend}/cores:{cores}/workers:{1 if backend in SINGLE else cores}"
                told = waiting(kind, cores == 1, "task", 2.0 * (backend == "threads"))
                made = [
                    repeated(name, 100.0, [each], cpu_us_per_task=cpu * each, **told)[0] for each in NOISE
                ]
                rows += named([replace(row, repetition=index) for index, row in enumerate(made)], kind)
    return rows


def opened(backends: Sequence[str], kinds: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for backend in backends:
        for kind in kinds:
            served = backend != "sequential"
            figures = {"delay_p50_us": 40.0 + 2 * ASKING[kind], "delay_p99_us": 160.0 + 2 * ASKING[kind]}
            told = {"valid": float(served), "overload": float(not served)}
            told |= waiting(kind, True, "task", 2.0 * (backend == "threads"))
            name = f"counter/{backend}/cores:1/workers:1/rate:{RATE:.0f}"
            rows += named(repeated(name, 500.0, **figures, **told), kind)
    return rows


def trips(backends: Sequence[str], kinds: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    for backend in [*backends, *(["event_loop_uring"] if "event_loop" in backends else [])]:
        for kind in kinds if backend != "event_loop_uring" else kinds[1:]:
            took = 2.0 + 2 * ASKING[kind]
            figures = {"round_trip_p50_us": took, "round_trip_p99_us": 3 * took}
            told = waiting(kind, True, "round_trip")
            name = f"round_trip/{backend}/cores:1/workers:1"
            rows += named(
                repeated(name, 300.0, NOISE[:3], cpu_us_per_round_trip=took, **figures, **told), kind
            )
    return rows


def run_over_sockets(
    backends: Sequence[str] = ("sequential", "threads", "event_loop", "event_loops"),
    kinds: Sequence[str] = WAITS,
    counts: Sequence[int] = (1, 2),
) -> Run:
    made = made_run(closed(backends, ["timer"], counts), overhead=trips(backends, kinds), cores=counts)
    return replace(
        made,
        environment={**made.environment, "backends": list(backends), "waits": list(kinds)},
        sockets=results(closed(backends, kinds, counts)),
        sockets_latency=results(opened(backends, kinds)),
    )
