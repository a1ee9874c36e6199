"""The table of a self-check, and whether the gate reached what it must."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from bookstore.gate.instructions import Count
from bookstore.gate.replay import Levels, Play, Rates, Share
from bookstore.gate.rule import Verdict
from bookstore.report import markdown
from bookstore.report.numbers import percent

most_false = 0.01
most_undecided = 0.10
least_found = 0.95


# Seconds a row, confirmation included, within which a slowdown is to be found.
allowed = {0.03: 60.0, 0.05: 30.0}


def rate(share: Share) -> str:
    return f"{100 * share.value:.2f} % ({100 * share.low:.1f} to {100 * share.high:.1f} %)"


def undecided(one: Play) -> bool:
    """Whether the comparison ended inconclusive or void."""
    return one.exit_code in (3, 4)


def found(rates: Rates, row: str | None = None) -> Share:
    """Slowed rows that were found in the time allowed: all of them, or one of them in any time."""
    limit = allowed.get(rates.planted, math.inf) if row is None else math.inf
    return rates.share(lambda one: one.found and one.seconds <= limit, lambda one: row in (None, one.victim))


def null_summary(rates: Rates) -> list[list[str]]:
    """What is asked of comparisons in which nothing is slowed, what came out, what it must be."""
    false = rates.share(lambda one: one.false_alarm)
    return [
        ["false `regressed`, of all comparisons", rate(false), f"at most {100 * most_false:g} %"],
        ["`inconclusive` or `void`", rate(rates.share(undecided)), f"at most {100 * most_undecided:g} %"],
        ["`void` alone", rate(rates.share(lambda one: one.void)), ""],
    ]


def _summary(rates: Rates) -> list[list[str]]:
    if rates.planted == 0:
        return null_summary(rates)
    real = percent(float(np.median(list(rates.real.values()))))
    limit = allowed.get(rates.planted)
    within = f" within {limit:.0f} s a row" if limit else ""
    must = f"at least {100 * least_found:g} %" if limit else ""
    what = f"{100 * rates.planted:g} % planted (measured {real}) found{within}"
    return [[what, rate(found(rates)), must]]


def _per_row(all_rates: Sequence[Rates], levels: Levels) -> str:
    planted = [rates for rates in all_rates if rates.planted > 0]
    header = ["row", "spread of a trial", "seconds a trial"]
    header += [f"{100 * rates.planted:g} %: measured, found, seconds" for rates in planted]
    rows = []
    for row, pool in levels[0.0].items():
        cells = [row, f"{100 * float(np.std(pool.new)):.2f} %", f"{pool.seconds:.2f}"]
        for rates in planted:
            share, seconds = found(rates, row), rates.seconds(row)
            cells.append(f"{percent(rates.real[row])}, {rate(share)}, {seconds:.0f} s")
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
    rows = [line for rates in all_rates for line in _summary(rates)]
    rows += _instructions(counted) if counted else []
    return markdown.page(
        [
            "### The gate, measured by itself",
            f"{commit}; real trials per row: {sizes}.",
            markdown.table(["what", "rate (95 % interval)", "must be"], rows),
            _per_row(all_rates, levels) if 0.0 in levels else "",
            how_played(all_rates),
        ]
    )


def how_played(all_rates: Sequence[Rates]) -> str:
    played = len(all_rates[0].plays) if all_rates else 0
    groups = len(all_rates[0].groups) if all_rates else 0
    return (
        f"Rates are over {played} comparisons each, played with the recorded trials by blocks of 5 neighbours, confirmation"
        f" included. Their intervals are by bootstrap: the trials were drawn anew {groups} times, and comparisons played"
        " with each draw; what they leave out is how the machine may be on another day."
    )


def reached(all_rates: Sequence[Rates], counted: Sequence[Count]) -> bool:
    by_level = {rates.planted: rates for rates in all_rates}
    null = by_level.get(0.0)
    if null is None or null.share(lambda one: one.false_alarm).value > most_false:
        return False
    if null.share(undecided).value > most_undecided:
        return False
    if any(found(by_level[level]).value < least_found for level in allowed if level in by_level):
        return False
    planted = [one for one in counted if one.note != "0 %"]
    plain = [one for one in counted if one.note == "0 %"]
    return all(one.verdict is Verdict.REGRESSED for one in planted) and all(
        one.base == one.new for one in plain
    )
