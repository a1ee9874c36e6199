"""Who serves what somebody wants served, the cheapest first, from runs of just that.

The figure is the delay, as everywhere: latency less the asked waits. A setting holds the limit if the whole interval of
its processes' p99 does, fails it if none of it does (and nobody else took the CPUs), and is unsettled else.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from bookstore.data.results import Row
from bookstore.data.service import Setting, Wish
from bookstore.findings.closed import MEMORY_COUNTER
from bookstore.findings.open_figures import OVERLOAD, OpenFigure, open_setting_of
from bookstore.stats.intervals import Spread, spread

HOLDS, UNSETTLED, FAILS, GLANCED = "holds", "unsettled", "fails", "looked at once"
ORDER = (HOLDS, UNSETTLED, FAILS, GLANCED)
US = 1e-6


@dataclass(frozen=True)
class Tried:
    """What was measured of a setting: one short look, then runs that count, then closed ones."""

    setting: Setting
    look: Row | None
    runs: Sequence[Row] = ()
    closed: Sequence[Row] = ()
    memory_rows: Sequence[Row] = ()

    @cached_property
    def rows(self) -> Sequence[Row]:
        """Those that the figures are from: the look only where there is nothing else."""
        rows = self.runs or ([self.look] if self.look is not None else [])
        return [row for row in rows if not row.limit_reached]

    @cached_property
    def _figure(self) -> OpenFigure | None:
        return OpenFigure(open_setting_of(self.rows[0]), self.rows) if self.rows else None

    @property
    def limited(self) -> bool:
        """Whether the machine did not give what it needs."""
        return any(row.limit_reached for row in [*self.runs, *([self.look] if self.look is not None else [])])

    @property
    def overload(self) -> bool:
        """Whether it did not keep up with the arrivals."""
        return self._figure is not None and self._figure.validity == OVERLOAD

    @property
    def disturbed(self) -> int:
        """In how many of its processes others took the CPUs."""
        return self._figure.disturbed if self._figure is not None else 0

    @property
    def mostly_disturbed(self) -> bool:
        return bool(self.rows) and 2 * self.disturbed >= len(self.rows)

    @cached_property
    def delay(self) -> Spread | None:
        """Seconds: p99, the median of the processes', with its interval or range."""
        found = self._figure.percentile("p99") if self._figure is not None else None
        return found.us.times(US) if found is not None else None

    @cached_property
    def cpu_per_task(self) -> Spread | None:
        """Seconds of CPU of the whole process a task."""
        values = [row.counter("cpu_us_per_task") * US for row in self.rows]
        kept = [value for value in values if math.isfinite(value)]
        return spread(kept) if kept else None

    @property
    def capacity(self) -> float:
        """Tasks a second with all of them there at once: the median; nan if it was not measured."""
        values = [1 / row.time_per_task for row in self.closed if row.has_time and row.time_per_task > 0]
        return median(values) if values else math.nan

    @property
    def memory(self) -> float:
        """Bytes, with as many tasks as are there in the mean; nan if it was not measured."""
        values = [row.counter(MEMORY_COUNTER) for row in self.memory_rows]
        kept = [value for value in values if math.isfinite(value)]
        return median(kept) if kept else math.nan


@dataclass(frozen=True)
class Judged:
    tried: Tried
    wish: Wish
    verdict: str

    @property
    def setting(self) -> Setting:
        return self.tried.setting

    @property
    def cpu_per_second(self) -> Spread | None:
        """CPU-seconds a second at the rate."""
        found = self.tried.cpu_per_task
        return found.times(self.wish.rate) if found is not None else None

    @property
    def headroom(self) -> float:
        """Capacity over the rate."""
        return self.tried.capacity / self.wish.rate


def judge(tried: Tried, wish: Wish) -> Judged:
    return Judged(tried, wish, _verdict(tried, wish))


def _verdict(tried: Tried, wish: Wish) -> str:
    """Whoever holds the limit although others took the CPUs holds it; who fails it then may not have to."""
    if not tried.runs:
        return FAILS if tried.overload and not tried.disturbed else GLANCED
    delay = tried.delay
    if not tried.overload and (delay is None or delay.count < 2):
        return UNSETTLED
    if delay is not None and not tried.overload and delay.high <= wish.limit:
        return HOLDS
    failed = tried.overload or (delay is not None and delay.low > wish.limit)
    return FAILS if failed and not tried.mostly_disturbed else UNSETTLED


def ranked(judged: Sequence[Judged]) -> list[Judged]:
    """Those that hold first, the cheapest of them on top; each other verdict likewise after them.

    As cheap as the cheapest is whoever's interval of CPU meets its own; among those the least memory decides, then the
    fewest cores and workers.
    """
    found = []
    for verdict in ORDER:
        rest = sorted((each for each in judged if each.verdict == verdict), key=_cost)
        alike = as_cheap(rest)
        found += sorted(alike, key=_beside) + [each for each in rest if each not in alike]
    return found


def as_cheap(judged: Sequence[Judged]) -> list[Judged]:
    """Those whose CPU cannot be told from that of the cheapest, which is the first of them."""
    if not judged:
        return []
    least = min(judged, key=_cost).cpu_per_second
    if least is None:
        return list(judged[:1])
    spreads = [(each, each.cpu_per_second) for each in judged]
    return [each for each, cpu in spreads if cpu is not None and cpu.low <= least.high]


def choice(judged: Sequence[Judged]) -> Judged | None:
    """Who is advised; None where nobody is sure to hold the limit."""
    first = next(iter(ranked(judged)), None)
    return first if first is not None and first.verdict == HOLDS else None


def is_settled(judged: Sequence[Judged]) -> bool:
    """Whether there is an answer: somebody holds the limit, or nobody who was measured could."""
    return choice(judged) is not None or all(each.verdict == FAILS for each in judged)


def _cost(judged: Judged) -> tuple[float, float]:
    cpu = judged.cpu_per_second
    return (cpu.median if cpu is not None else math.inf, _or_most(judged.tried.memory))


def _beside(judged: Judged) -> tuple[float, int, int]:
    return (_or_most(judged.tried.memory), judged.setting.cores, judged.setting.workers)


def _or_most(value: float) -> float:
    return value if math.isfinite(value) else math.inf
