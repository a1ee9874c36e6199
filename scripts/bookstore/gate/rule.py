"""The verdict rule of the regression gate, for paired trials. Pure functions.

A trial gives one log-ratio per row, ln(t_new / t_base), and one of base against base. Trials are the statistical
unit. The tests are exact sign tests: they assume nothing about the noise but that trials are independent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from statistics import median

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bookstore.stats.holm import holm
from bookstore.stats.intervals import median_interval
from bookstore.stats.sign_test import sign_test

Array = NDArray[np.float64]


class Verdict(str, Enum):
    """What is known of one row. `SAME` is proved, not merely unproved."""

    REGRESSED = "regressed"
    SAME = "same"
    IMPROVED = "improved"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Rule:
    """The constants of the gate. Margins are log-ratios; noise never widens them.

    `alpha` holds for a whole family of rows and for each direction; it is split evenly over the looks, and so is
    `alpha_same`, which holds for each row.
    """

    looks: tuple[int, ...] = (20, 40)
    alpha: float = 0.025
    alpha_same: float = 0.05
    null_margin: float = math.log(1.01)
    least_effect: float = math.log(1.02)
    same_margin: float = math.log(1.03)

    @property
    def look_alpha(self) -> float:
        return self.alpha / len(self.looks)

    @property
    def look_alpha_same(self) -> float:
        return self.alpha_same / len(self.looks)


# Of short processes more are to be had than of driven ones, and their noise is not known beforehand: more looks, each at
# its share of the level, so that quiet rows are done with early and noisy ones go on as long as the budget does. What the
# quiet ones leave of the usual budget is hundreds of trials for a few noisy rows.
short_processes = Rule(looks=(10, 20, 80, 320))


@dataclass(frozen=True)
class Trials:
    """Log-ratios of one row, one value per trial: new against base, and base against base."""

    new: Array
    null: Array

    @classmethod
    def of(cls, new: ArrayLike, null: ArrayLike) -> Trials:
        """Raises ValueError unless both are finite, flat and of one length."""
        trials = cls(np.asarray(new, dtype=float), np.asarray(null, dtype=float))
        if trials.new.ndim != 1 or trials.new.shape != trials.null.shape:
            raise ValueError("a row needs as many base-against-base values as new-against-base ones")
        if not (np.isfinite(trials.new).all() and np.isfinite(trials.null).all()):
            raise ValueError("a log-ratio is not a finite number")
        return trials


@dataclass(frozen=True)
class RowVerdict:
    """One row: log-ratio estimate and simultaneous interval; an end is infinite where the trials are too few."""

    verdict: Verdict
    estimate: float
    low: float
    high: float
    trials: int
    decided_at: int | None = None
    note: str = ""

    def scaled(self, factor: float) -> RowVerdict:
        """The same verdict on log-ratios that are larger by a factor."""
        return replace(self, estimate=self.estimate * factor, low=self.low * factor, high=self.high * factor)


@dataclass(frozen=True)
class Judgement:
    """All gated rows, and the same rule applied to the base-against-base arm."""

    rows: dict[str, RowVerdict]
    null: dict[str, RowVerdict]
    void: list[str] = field(default_factory=list)

    @property
    def undecided(self) -> list[str]:
        """Rows that further trials may still decide."""
        return [key for key, row in self.rows.items() if row.verdict is Verdict.INCONCLUSIVE]

    @property
    def exit_code(self) -> int:
        return exit_code([row.verdict for row in self.rows.values()], void=bool(self.void))


def exit_code(
    verdicts: Sequence[Verdict],
    void: bool = False,
    failing: frozenset[Verdict] = frozenset((Verdict.REGRESSED,)),
) -> int:
    """4 void, 1 a failing verdict, 3 inconclusive, 0: the first that applies. No row at all is inconclusive."""
    if void:
        return 4
    if failing & set(verdicts):
        return 1
    return 3 if Verdict.INCONCLUSIVE in verdicts or not verdicts else 0


def is_same(values: Array, rule: Rule, alpha: float) -> bool:
    """Both one-sided tests put the median inside the margin of equivalence."""
    above = sign_test(values, -rule.same_margin)
    below = sign_test(-values, -rule.same_margin)
    return max(above, below) <= alpha


def _slower(
    values: Mapping[str, Array],
    family: Sequence[str],
    closed: Mapping[str, Verdict],
    found: Verdict,
    rule: Rule,
) -> set[str]:
    """Rows of one look whose median is proved above the null margin, and large enough to matter.

    A row that is not in this look keeps its place in the family: as rejected if this test closed it, else as kept.
    """
    p_values = [
        sign_test(values[key], rule.null_margin) if key in values else float(closed.get(key) is not found)
        for key in family
    ]
    adjusted = dict(zip(family, holm(p_values)))
    return {
        key
        for key, array in values.items()
        if adjusted[key] <= rule.look_alpha and median(array.tolist()) >= rule.least_effect
    }


def _look(values: Mapping[str, Array], family: Sequence[str], closed: dict[str, Verdict], rule: Rule) -> None:
    """Closes the rows that one look decides."""
    slower = _slower(values, family, closed, Verdict.REGRESSED, rule)
    mirrored = {key: -array for key, array in values.items()}
    faster = _slower(mirrored, family, closed, Verdict.IMPROVED, rule)
    for key, array in values.items():
        if key in slower:
            closed[key] = Verdict.REGRESSED
        elif key in faster:
            closed[key] = Verdict.IMPROVED
        elif is_same(array, rule, rule.look_alpha_same):
            closed[key] = Verdict.SAME


def judge_arm(values: Mapping[str, Array], rule: Rule = Rule()) -> dict[str, RowVerdict]:
    """The rule on one arm. Looks are replayed from the start, so the same trials always give the same verdicts.

    A row takes part in a look if it has that many trials; a row decided at an early look needs no more.
    """
    closed: dict[str, Verdict] = {}
    decided_at: dict[str, int] = {}
    for look in rule.looks:
        taking_part = {
            key: array[:look] for key, array in values.items() if key not in closed and array.size >= look
        }
        _look(taking_part, list(values), closed, rule)
        for key in closed:
            decided_at.setdefault(key, look)
    tail = rule.look_alpha / max(1, len(values))
    verdicts = {}
    for key, array in values.items():
        low, high = median_interval(array, tail)
        estimate = median(array.tolist()) if array.size else math.nan
        found = closed.get(key, Verdict.INCONCLUSIVE)
        note = "" if array.size >= rule.looks[0] else f"{array.size} of {rule.looks[0]} trials"
        verdicts[key] = RowVerdict(found, estimate, low, high, array.size, decided_at.get(key), note)
    return verdicts


def judge(trials: Mapping[str, Trials], rule: Rule = Rule()) -> Judgement:
    """Verdicts of all gated rows; void if the rule sees a difference between base and base."""
    rows = judge_arm({key: row.new for key, row in trials.items()}, rule)
    null = judge_arm({key: row.null for key, row in trials.items()}, rule)
    seen = (Verdict.REGRESSED, Verdict.IMPROVED)
    return Judgement(rows, null, [key for key, row in null.items() if row.verdict in seen])


def confirm(
    first: Judgement, rerun: Judgement, confirmed: frozenset[Verdict] = frozenset((Verdict.REGRESSED,))
) -> Judgement:
    """Verdicts that are `confirmed` stand only if an independent rerun gives them, too.

    The rerun holds the rows that had one. A void rerun confirms and clears nothing: the whole is void.
    """
    rows = dict(first.rows)
    for key, row in first.rows.items():
        if row.verdict not in confirmed:
            continue
        again = rerun.rows.get(key)
        if again is None or again.verdict is not row.verdict:
            short = again.note if again is not None else "no trials"
            what = "slower" if row.verdict is Verdict.REGRESSED else "faster"
            note = f"{what}, but not confirmed in time ({short})" if short else "not confirmed by a rerun"
            rows[key] = replace(row, verdict=Verdict.INCONCLUSIVE, note=note)
    return Judgement(rows, first.null, first.void + [key for key in rerun.void if key not in first.void])
