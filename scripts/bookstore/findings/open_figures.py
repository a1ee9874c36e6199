"""The figures of one setting of open load, over all processes that measured it.

The figure is the delay, latency less the waits that were asked for: what a backend answers for. A percentile is the
median of the processes' own, with its exact interval over processes; all processes count, whatever rule one of them
broke, as those that break one are the worse. Older runs know the latency alone, which is said where it is shown.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median_low

from bookstore.data.curves import Curve
from bookstore.data.names import TIMER
from bookstore.data.results import Row
from bookstore.stats.intervals import Spread, spread

VALID, INVALID, OVERLOAD = "VALID", "INVALID", "OVERLOAD"


PERCENTILES = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
SHOWN = {"p50": "p50", "p99": "p99", "p999": "p99.9"}
FIGURES = ("delay", "latency")  # what percentiles are of, the better first


@dataclass(frozen=True)
class OpenSetting:
    """What the latency of one figure was measured with; the length of the run apart."""

    workload: str
    backend: str
    cores: int
    workers: int
    rate: float
    bursts: bool = False
    door: bool = (
        False  # arrivals handed over by a thread that is no worker, where the backend does without one
    )
    waits: str = TIMER


@dataclass(frozen=True)
class Percentile:
    """A percentile in us: the median of the processes', with its interval or range, and what is to be known of it."""

    us: Spread
    few: bool  # half of the processes or more had too few effective samples for it by themselves
    instrument: bool  # mostly the door's lateness, likewise

    @property
    def mark(self) -> str:
        """What stands beside the figure: f for few, i for instrument; empty for nothing."""
        return "f" * self.few + "i" * self.instrument


@dataclass(frozen=True)
class Tail:
    """What lies far out, of all tasks of all processes together."""

    p999_us: float
    largest_us: float
    tasks: int
    processes: int


@dataclass(frozen=True)
class OpenFigure:
    """All repetitions of one setting."""

    setting: OpenSetting
    rows: Sequence[Row]

    @cached_property
    def validity(self) -> str:
        """OVERLOAD if at least half of the repetitions that are not INVALID are; else VALID if one is; else INVALID."""
        validities = [validity_of(row) for row in self.rows]
        overloads, valids = validities.count(OVERLOAD), validities.count(VALID)
        if overloads and overloads >= valids:
            return OVERLOAD
        return VALID if valids else INVALID

    @cached_property
    def speaking(self) -> list[Row]:
        """The repetitions that the figures come from: those of the setting's own validity."""
        return [row for row in self.rows if validity_of(row) == self.validity]

    @property
    def reason(self) -> str:
        """The first rule that a repetition broke, as the instrument said it."""
        return next((part.strip() for row in self.speaking for part in row.label.split(";")[1:]), "")

    @property
    def validity_text(self) -> str:
        """VALID, or VALID 2/3 where not all repetitions agree."""
        agree = len(self.speaking)
        return self.validity if agree == len(self.rows) else f"{self.validity} {agree}/{len(self.rows)}"

    @property
    def kind_of_figure(self) -> str:
        """delay; latency of rows that know nothing else. One that was ended before its window filled has neither."""
        better, other = (any(f"{name}_p50_us" in row.counters for row in self.rows) for name in FIGURES)
        return FIGURES[1] if other and not better else FIGURES[0]

    @property
    def disturbed(self) -> int:
        """In how many of the processes others took the CPUs."""
        return sum(row.counter("disturbed") == 1 for row in self.rows)

    def percentile(self, name: str) -> Percentile | None:
        """Over all processes; None where none has it, as of a run that was ended before its window filled."""
        key = f"{self.kind_of_figure}_{name}"
        rows = [row for row in self.rows if f"{key}_us" in row.counters]
        if not rows:
            return None

        def most(flag: str) -> bool:
            return 2 * sum(row.counter(f"{key}_{flag}") == 1 for row in rows) >= len(rows)

        return Percentile(spread([row.counter(f"{key}_us") for row in rows]), most("few"), most("instrument"))

    def of_kind(self, kind: str, name: str) -> Spread | None:
        """The latency of a kind of task, us; `name` is p50, p99 or max."""
        values = [row.counter(f"latency_{kind}_{name}_us") for row in self.rows]
        kept = [value for value in values if math.isfinite(value)]
        return spread(kept) if kept else None

    def tail(self, curve: Curve | None) -> Tail | None:
        """p99.9 and the maximum of all tasks together; the maximum and counts alone without a pooled curve."""
        key = f"{self.kind_of_figure}_max_us"
        largest = [row.counter(key) for row in self.rows if key in row.counters]
        counts = [row.counter("delay_samples") for row in self.rows if "delay_samples" in row.counters]
        if curve is not None and curve.figure == self.kind_of_figure:
            return Tail(curve.percentile(0.999), curve.largest_us, curve.count, curve.processes)
        if not largest:
            return None
        return Tail(math.nan, max(largest), round(sum(counts)), len(largest))

    def middle(self, name: str) -> float:
        """The median repetition's counter; nan if there is none of that name."""
        values = [row.counter(name) for row in self.speaking if name in row.counters]
        return median_low(values) if values else math.nan

    @cached_property
    def median_row(self) -> Row:
        """The repetition whose mean is the median: its parts belong together."""
        name = f"{self.kind_of_figure}_mean_us"
        ordered = sorted(self.speaking, key=lambda row: row.counters.get(name, math.inf))
        return ordered[(len(ordered) - 1) // 2]


def validity_of(row: Row) -> str:
    if row.counter("valid") == 1:
        return VALID
    return OVERLOAD if row.counter("overload") == 1 else INVALID


def open_setting_of(row: Row) -> OpenSetting:
    bursts = row.counter("arrivals_bursts") == 1
    door = "door:1" in row.name.split("/")
    rate = row.counter("rate")
    return OpenSetting(row.workload, row.backend, row.cores, row.workers, rate, bursts, door, row.waits)
