"""The rows that two measured sides have in common, each with what its verdict is taken from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bookstore.data.figures import LeftOut, Sample
from bookstore.data.samples import Measured, sized_otherwise
from bookstore.gate.unpaired import Centre, Comparison, RankComparison, WelchComparison, least_processes
from bookstore.terminal.errors import InputError

Array = NDArray[np.float64]

no_spread = "one repetition"


@dataclass(frozen=True)
class Pair:
    """One row of both sides. With files enough on both, a file is the unit: the median of its values."""

    key: str
    base: Sample
    new: Sample
    notes: tuple[str, ...] = ()

    @property
    def aggregated(self) -> bool:
        """True where one side has aggregates only, and is judged by them; not against a value that shows no spread."""
        return bool(self.base.precision or self.new.precision) and not (self.by_process or self.single)

    @property
    def single(self) -> bool:
        return self.base.single or self.new.single

    @property
    def by_process(self) -> bool:
        return min(len(self.base.files), len(self.new.files)) >= least_processes

    @property
    def counts(self) -> tuple[int, int] | None:
        """Values that count on each side; of aggregates the repetitions, None where these are not said."""
        base, new = (self._count(side) for side in (self.base, self.new))
        return None if base is None or new is None else (base, new)

    def _count(self, side: Sample) -> int | None:
        if self.by_process:
            return len(side.files)
        if not side.precision:
            return int(side.values.size)
        repetitions = [known.repetitions for known in side.precision]
        return None if None in repetitions else sum(count or 0 for count in repetitions)

    @property
    def between(self) -> float:
        """By how much, as a log-ratio, the files of one side differ where they are too few to be the unit."""
        if self.by_process:
            return 0.0
        medians = [[math.log(np.median(values)) for values in side.files] for side in (self.base, self.new)]
        return max(max(side) - min(side) for side in medians)

    @cached_property
    def comparison(self) -> Comparison:
        if self.aggregated:
            return WelchComparison(_centre(self.base), _centre(self.new))
        if self.by_process:
            base, new = ([np.median(values) for values in side.files] for side in (self.base, self.new))
            return RankComparison(np.log(base), np.log(new))
        return RankComparison(np.log(self.base.values), np.log(self.new.values))


def _centre(side: Sample) -> Centre:
    if not side.precision:
        return Centre.of_sample(np.log(side.values))
    return Centre.of_aggregates(
        np.log(side.values),
        [known.variation for known in side.precision],
        [known.repetitions for known in side.precision],
    )


@dataclass
class Paired:
    """`missing` rows are in base only, `added` ones in new only; `left_out` holds what cannot be compared, and why."""

    pairs: list[Pair] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    left_out: dict[str, LeftOut] = field(default_factory=dict)

    def leave_out_single(self, known: Mapping[str, float | None]) -> None:
        """Rows of a single value, which show no spread, unless their noise is known otherwise."""
        single = {pair.key for pair in self.pairs if pair.single and known.get(pair.key) is None}
        self.left_out |= {pair.key: LeftOut(no_spread) for pair in self.pairs if pair.key in single}
        self.pairs = [pair for pair in self.pairs if pair.key not in single]


def pair_up(base: Measured, new: Measured, wanted: Callable[[str], object]) -> Paired:
    """The rows that match, under new's names."""
    names = _names_in_base(base, new)
    found = Paired()
    for key, sample in new.samples.items():
        if not wanted(key):
            continue
        other = names.get(key, key)
        if other in base.samples:
            _add(found, key, other, base.samples[other], sample)
        elif other not in base.left_out:
            found.added.append(key)
    matched = set(names.values()) | set(new.samples)
    found.missing = [
        key for key in base.samples if key not in matched and key not in new.left_out and wanted(key)
    ]
    for key in dict.fromkeys([*base.left_out, *new.left_out]):
        if wanted(key):
            found.left_out[key] = _why(key, base, new)
    return found


def _add(found: Paired, key: str, other: str, base: Sample, new: Sample) -> None:
    if base.metric != new.metric:
        found.left_out[key] = LeftOut(f"base has its {base.metric}, new its {new.metric}", failed=True)
        return
    notes = [f"in base {other}" if other != key else ""]
    if base.metric in ("time", "cpu time") and base.tasks != new.tasks and base.tasks and new.tasks:
        notes.append(f"per task ({base.tasks} and {new.tasks} tasks)")
        base, new = base.per_task(), new.per_task()
    notes += [f"in base {base.remark}" if base.remark else "", f"in new {new.remark}" if new.remark else ""]
    if any(known.repetitions is None for side in (base, new) for known in side.precision):
        notes.append("how often it was repeated is not said: the least, twice, is assumed")
    found.pairs.append(Pair(key, base, new, tuple(note for note in notes if note)))


def _names_in_base(base: Measured, new: Measured) -> dict[str, str]:
    """By new's name that of base, where these differ and are one row."""
    if base.ours or new.ours:
        return {}
    return sized_otherwise(*([*side.samples, *side.left_out] for side in (base, new)))


def _why(key: str, base: Measured, new: Measured) -> LeftOut:
    """Why a row cannot be compared. What failed before as well as now hides nothing new."""
    before, now = base.left_out.get(key), new.left_out.get(key)
    if before is not None and now is not None:
        same = before.reason == now.reason
        reason = now.reason if same else f"in base {before.reason}; in new {now.reason}"
        return LeftOut(reason, failed=now.duplicate or (now.failed and not before.failed))
    one = before if before is not None else now
    assert one is not None
    side, other = ("base", new) if before is not None else ("new", base)
    measured = key in other.samples
    return LeftOut(f"in {side} {one.reason}" if measured else one.reason, failed=one.failed and side == "new")


def without_spread(side: Measured) -> InputError:
    remedy = "--profile quick" if side.ours else "--benchmark_repetitions=10"
    return InputError(
        f"{side.named}: has one repetition of each row, which shows no spread; measure with {remedy}"
    )


def nothing(base: Measured, new: Measured, found: Paired, rows: str | None) -> InputError:
    """What is wrong where not a single row can be compared, and none is a duplicate."""
    reasons = [why.reason for why in found.left_out.values()]
    if reasons and all(reason == no_spread for reason in reasons):
        return without_spread(base if all(one.single for one in base.samples.values()) else new)
    if reasons:
        key = next(iter(found.left_out))
        return InputError(f"no row can be compared ({key}: {reasons[0]}); measure again")
    what = f"--rows {rows} matches none of the rows" if rows else "no row"
    return InputError(
        f"{what} that {base.named} and {new.named} have in common; give two runs of the same rows"
    )
