"""The table of a self-check, and whether the gate reached what it must."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bookstore.gate.instructions import Count
from bookstore.gate.replay import Levels, Rates, allowed, undecided_share
from bookstore.gate.rule import Verdict
from bookstore.report import markdown
from bookstore.report.numbers import percent
from bookstore.stats.intervals import rate_interval

most_false = 0.01
most_undecided = 0.10
least_found = 0.95


def _rate(share: float, trials: int) -> str:
    """A rate, with the interval that so many real trials allow: redrawing them adds no knowledge."""
    low, high = rate_interval(round(share * trials), trials)
    return f"{100 * share:.2f} % ({100 * low:.1f} to {100 * high:.1f} %)"


def _real(levels: Levels, planted: float) -> int:
    return sum(pool.size for pool in levels[planted].values())


def found_share(rates: Rates, in_time: bool = True) -> float:
    hits = rates.in_time if in_time else rates.found
    return sum(hits.values()) / max(1, sum(rates.tries.values()))


def _summary(rates: Rates, levels: Levels) -> list[list[str]]:
    """What is asked, what came out, what it must be."""
    trials = _real(levels, rates.planted)
    real = percent(float(np.median(list(rates.real.values()))))
    if rates.planted == 0:
        false = rates.false_alarms / max(1, rates.played)
        undecided = undecided_share(rates)
        return [
            [
                "false `regressed`, of all comparisons",
                _rate(false, trials),
                f"at most {100 * most_false:g} %",
            ],
            ["`inconclusive` or `void`", _rate(undecided, trials), f"at most {100 * most_undecided:g} %"],
            ["`void` alone", _rate(rates.void / max(1, rates.played), trials), ""],
        ]
    limit = allowed.get(rates.planted)
    within = f" within {limit:.0f} s a row" if limit else ""
    must = f"at least {100 * least_found:g} %" if limit else ""
    what = f"{100 * rates.planted:g} % planted (measured {real}) found{within}"
    return [[what, _rate(found_share(rates), trials), must]]


def _per_row(all_rates: Sequence[Rates], levels: Levels) -> str:
    planted = [rates for rates in all_rates if rates.planted > 0]
    header = ["row", "spread of a trial", "seconds a trial"]
    header += [f"{100 * rates.planted:g} %: measured, found, seconds" for rates in planted]
    rows = []
    for row, pool in levels[0.0].items():
        cells = [row, f"{100 * float(np.std(pool.new)):.2f} %", f"{pool.seconds:.2f}"]
        for rates in planted:
            tries = max(1, rates.tries.get(row, 0))
            found = 100 * rates.found.get(row, 0) / tries
            seconds = rates.seconds.get(row, 0.0) / tries
            cells.append(f"{percent(rates.real[row])}, {found:.1f} %, {seconds:.0f} s")
        rows.append(cells)
    return markdown.table(header, rows)


def _instructions(counted: Sequence[Count]) -> list[list[str]]:
    planted = [one for one in counted if one.note != "0 %"]
    plain = [one for one in counted if one.note == "0 %"]
    found = sum(one.verdict is Verdict.REGRESSED for one in planted)
    differing = sum(one.base != one.new for one in plain)
    return [
        ["1 % planted in instructions found", f"{found} of {len(planted)} rows", "always"],
        ["counts that differ from run to run", f"{differing} of {len(plain)} rows", "none"],
    ]


def to_markdown(
    all_rates: Sequence[Rates],
    levels: Levels,
    counted: Sequence[Count],
    commit: str,
    recorded: Mapping[float, tuple[int, int]],
) -> str:
    """`recorded`: per planted slowdown how many trials a row has, and how many it is to have."""
    sizes = ", ".join(
        f"{taken} of {size} at {100 * planted:g} %" for planted, (taken, size) in recorded.items()
    )
    rows = [line for rates in all_rates for line in _summary(rates, levels)]
    rows += _instructions(counted) if counted else []
    played = all_rates[0].played if all_rates else 0
    return markdown.page(
        [
            "### The gate, measured by itself",
            f"{commit}; real trials per row: {sizes}.",
            markdown.table(["what", "rate (95 % interval)", "must be"], rows),
            _per_row(all_rates, levels) if 0.0 in levels else "",
            f"Rates are over {played} comparisons each, redrawn from the real trials by blocks of 5 neighbours; intervals"
            " are Clopper-Pearson for the number of real trials. Time and rate include the confirmation.",
        ]
    )


def reached(all_rates: Sequence[Rates], counted: Sequence[Count]) -> bool:
    by_level = {rates.planted: rates for rates in all_rates}
    null = by_level.get(0.0)
    if null is None or null.false_alarms > most_false * null.played:
        return False
    if undecided_share(null) > most_undecided:
        return False
    if any(found_share(by_level[level]) < least_found for level in allowed if level in by_level):
        return False
    planted = [one for one in counted if one.note != "0 %"]
    plain = [one for one in counted if one.note == "0 %"]
    return all(one.verdict is Verdict.REGRESSED for one in planted) and all(
        one.base == one.new for one in plain
    )
