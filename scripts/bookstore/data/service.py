"""What somebody wants served: tasks of a shape, so many a second, within a delay; and what may serve them."""

import re
from dataclasses import dataclass
from functools import cached_property

from bookstore.terminal.errors import InputError

WORKLOAD = "service"  # whose tasks have a shape that the user gives
CONSTANT = "constant"  # the spread that stands in no name
SPREADS = (CONSTANT, "exponential", "lognormal")
UNITS_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}  # the longest first
# As the binaries have them.
MOST_STEPS = 16
MOST_CPU_NS = 1_000_000_000
MOST_WAIT_NS = 60_000_000_000


@dataclass(frozen=True)
class Step:
    cpu_ns: int
    wait_ns: int = 0


@dataclass(frozen=True)
class Shape:
    """The steps of every task, and how their times lie about these means."""

    steps: tuple[Step, ...]
    spread: str = CONSTANT

    @cached_property
    def cpu(self) -> float:
        """Seconds of CPU of a task, in the mean."""
        return sum(step.cpu_ns for step in self.steps) * 1e-9

    @cached_property
    def wait(self) -> float:
        """Seconds that a task asks to wait, in the mean."""
        return sum(step.wait_ns for step in self.steps) * 1e-9

    @property
    def stay(self) -> float:
        """Seconds of a task that nothing delays: so long it keeps a worker that waits with it."""
        return self.cpu + self.wait

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """As they stand in the name of a row."""
        text = ",".join(_step_text(step) for step in self.steps)
        return (("steps", text), *((("spread", self.spread),) if self.spread != CONSTANT else ()))


@dataclass(frozen=True)
class Wish:
    """Tasks of a shape, so many a second, of which 99 in 100 are delayed no longer than the limit."""

    shape: Shape
    rate: float
    limit: float  # seconds

    @property
    def load(self) -> float:
        """CPU-seconds a second of the work itself: so many cores it keeps busy whoever does it."""
        return self.rate * self.shape.cpu


@dataclass(frozen=True)
class Setting:
    """What may serve it."""

    backend: str
    cores: int
    workers: int

    def __str__(self) -> str:
        return f"{self.backend}, workers {self.workers:,}, cores {self.cores}"


WORK, LIMIT, CORES, ONE_THREAD, WAITING_THREAD, WORKERS = (
    "work",
    "limit",
    "cores",
    "one thread",
    "waiting thread",
    "workers",
)


@dataclass(frozen=True)
class RuledOut:
    """Who cannot serve it whatever the machine, and by which ceiling."""

    reason: str  # one of the words above
    who: str  # a backend; empty: all
    ceiling: float  # tasks a second that it can do at most; of a LIMIT, seconds of delay that it has at least
    amount: int = 0  # of the cores or workers that give the ceiling


def time_ns(text: str, most: int, what: str, least: int = 1) -> int:
    """Of 20us, 1.5ms or 1s. InputError with what one looks like."""
    found = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)(ns|us|ms|s)", text.strip())
    if found is None and least == 0 and text.strip() == "0":
        return 0
    if found is None:
        raise InputError(f"{what} is {text!r}, no time; give a number and ns, us, ms or s, such as 20us")
    value = round(float(found[1]) * UNITS_NS[found[2]])
    if not least <= value <= most:
        raise InputError(f"{what} is {text!r}; give 1ns to {time_text(most)}")
    return value


def steps_of(text: str) -> tuple[Step, ...]:
    """Of 20us+1ms,5us: CPU and wait, then CPU. InputError if it is none."""
    steps = []
    for part in text.split(","):
        cpu, plus, wait = part.partition("+")
        cpu_ns = time_ns(cpu, MOST_CPU_NS, "the CPU time of a step")
        steps.append(Step(cpu_ns, time_ns(wait, MOST_WAIT_NS, "the wait of a step") if plus else 0))
    if len(steps) > MOST_STEPS:
        raise InputError(f"{len(steps)} steps are given; give at most {MOST_STEPS}")
    return tuple(steps)


def time_text(ns: int) -> str:
    """A whole number of the largest unit in which it is one, as the binaries write it."""
    unit, size = next((unit, size) for unit, size in UNITS_NS.items() if ns % size == 0)
    return f"{ns // size}{unit}"


def _step_text(step: Step) -> str:
    return time_text(step.cpu_ns) + (f"+{time_text(step.wait_ns)}" if step.wait_ns else "")
