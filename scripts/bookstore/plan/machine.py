"""What rows are made of: backends and workloads, on so many of a machine's cores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bookstore.plan.closed_estimates import size_factor

SAME_PLAN_CORES = (
    2  # up to so many the plan for all of them is run on each: its gains are formed on equal plans
)
# TBB's workers search for work before they sleep, so that a crowd of them takes long to come to rest: 1,024 take 2 s,
# 4,096 a minute.
MOST_WORKERS: Mapping[str, int] = {"tbb": 1024}
REFERENCE = "threads"  # whose throughput on the fewest cores the rates of open load are multiples of
CUSTOMERS = "counter"
# How many times faster than nominal a CPU is taken to be. The steps are wide, so that a machine has the same plans
# from day to day; between them runs may be so many times shorter than meant: 125 ms become 108, never less than 100.
CPU_SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
SHORTENED = 1.15


@dataclass(frozen=True)
class Backend:
    name: str
    overlapped: bool  # a waiting task gives its worker back
    max_workers: int
    roles: bool = False  # honours what a worker is trained for
    static: bool = False  # deals out shares beforehand where it is asked to
    pins: bool = False  # keeps each worker to a CPU of its own unless it is asked not to

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


def sized(
    machine: Machine, workload: str, backend: Backend, cores: int, workers: int, times: float = 1.0
) -> Spec:
    """A row whose plan is made for the cores that run it, times a factor."""
    made_for = machine.most if machine.most <= SAME_PLAN_CORES else cores
    factor = times * size_factor(workload, backend.overlapped, workers, made_for, machine.all_cores)
    params = () if abs(factor - 1) < 0.01 else (("tasks", f"x{factor:.3g}"),)
    return Spec(workload, backend.name, cores, workers, params)
