"""What one core foretold of more: beside what was measured there, and as far as no machine here goes."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from bookstore.data.played import Played
from bookstore.data.results import Run
from bookstore.findings import prediction
from bookstore.findings.closed import Measurements, measurements_of
from bookstore.findings.scaling import fitted
from bookstore.report.numbers import number
from bookstore.report.spreads import between, spread_text
from bookstore.report.tables import Table
from bookstore.stats.scaling import FITTED_FROM

UNKNOWN = (
    "predicted by the shop in virtual time (simulated), which was fed with rows of one core alone (the last table says which,"
    " and what of it is nominal). It knows nothing of what cores share but a counter and the shelves' locks: no caches, no"
    " memory bandwidth, no host that takes a core away, no neighbour. Wake-ups are late by their median, so that p99 comes out"
    " too low; who is woken takes any free core, where a kernel may leave it behind another; idle workers sleep, where a"
    " runtime's may look for work on cores that one core has not. Of each pool the worker count is played that did best where it"
    " was measured. What misses stands here as it is: nothing is fitted to it."
)


def tables(run: Run) -> list[Table]:
    """None where nothing was foretold."""
    if run.prediction is None:
        return []
    rows = run.prediction.rows
    measured = prediction.to_foretell(run)
    compared = prediction.compare(rows, measured)
    return [
        errors_table(compared, list(measured.keys() - {each.played for each in compared})),
        reach_table(prediction.reached_of(run)),
        law_table(measurements_of(run)),
        *cost_tables(run),
    ]


def errors_table(compared: list[prediction.Compared], left_out: list[Played]) -> Table:
    headers = [
        "workload",
        "backend",
        "cores",
        "workers",
        "arrivals/s",
        "figure",
        "predicted",
        "measured",
        "error",
    ]
    lines = [
        [
            each.played.workload,
            each.played.backend,
            str(each.played.cores),
            str(each.played.workers),
            number(each.played.rate) if each.played.rate else "closed",
            each.figure,
            number(each.predicted),
            spread_text(each.measured),
            f"{100 * each.error:+.0f} %{'!' * each.missed}",
        ]
        for each in sorted(compared, key=_closed_first)
    ]
    notes = [summary(compared), goal(compared), UNKNOWN] if lines else [NOT_MEASURED]
    if left_out:
        names = sorted({f"{each.workload}/{each.backend} on {each.cores}" for each in left_out})
        notes.append(f"not played, without a price or with too large a plan: {', '.join(names)}.")
    return Table(headers if lines else [], lines, notes, "predicted, measured, error")


def _closed_first(each: prediction.Compared) -> tuple[bool, str, str, int, float]:
    """Open rows were measured in a random order; closed ones stay as they are."""
    played = each.played
    if not played.rate:
        return False, "", "", 0, 0.0
    return True, played.workload, played.backend, played.workers, played.rate


NOT_MEASURED = (
    "no sound row of more than one core was measured and played, so that no prediction can be judged."
)


def summary(compared: list[prediction.Compared]) -> str:
    """How far off each figure is, in the middle and at worst."""
    parts = []
    for figure in dict.fromkeys(each.figure for each in compared):
        off = sorted(abs(each.error) for each in compared if each.figure == figure)
        parts.append(f"{figure} {100 * median(off):.0f} % (at worst {100 * off[-1]:.0f} %, of {len(off)})")
    return f"off by, at the median: {'; '.join(parts)}."


def goal(compared: list[prediction.Compared]) -> str:
    """How often the goals are met; what misses them has a mark."""
    parts = []
    for figure, most in prediction.GOALS.items():
        judged = [each for each in compared if each.figure == figure]
        if judged:
            met = sum(not each.missed for each in judged)
            parts.append(f"{figure} within {100 * most:.0f} % in {met} of {len(judged)}")
    return (
        f"!: beyond the goal ({'; '.join(parts)}). A machine whose rows are beyond it in one direction does something that one"
        " core could not tell."
    )


def reach_table(reached: list[prediction.Reached]) -> Table:
    headers = [
        "workload",
        "backend",
        "cores",
        "workers",
        "tasks/s",
        "interleaving gain",
        "parallel gain",
        "holds/s to fails/s",
        "what ends tasks/s",
        "what ends holds/s",
    ]
    lines = [
        [
            each.played.workload,
            each.played.backend,
            str(each.played.cores),
            str(each.played.workers),
            number(each.tasks_per_second),
            number(each.interleaving) if each.interleaving else "-",
            number(each.parallel),
            f"{number(each.holds)} to {number(each.fails)}" if each.holds else "-",
            each.limit or "-",
            each.held_by or "-",
        ]
        for each in reached
    ]
    return Table(headers, lines, [REACH] if lines else [], "as far as virtual time goes")


REACH = (
    "workers follow the cores. interleaving gain: on one core, over the baseline; parallel gain: over one core. holds/s to"
    " fails/s: arrivals a second, from the highest that kept a delay p99 of at most 1 ms in a trial to the lowest that did not,"
    " where that was searched; what lies between them is open. what ends them: only one can have it at a time, it is busy nine"
    " tenths of the time (of arrivals: would be at those that fail), and more cores bring less than three quarters of their"
    " part. What cores share (claim, lock_handover) has its price from rows of more than one core here. No machine was asked."
)


def law_table(measured: Measurements) -> Table:
    """The scaling law through what was measured, not through what was foretold."""
    headers = ["workload", "backend", "core counts", "alpha", "beta", "gamma, tasks/s"]
    lines = [
        [each.workload, each.backend, str(len(each.cores))]
        + [
            between(*(getattr(law, name) for law in (each.law, each.low, each.high)))
            for name in ("alpha", "beta", "gamma")
        ]
        for each in fitted(measured)
    ]
    count = len(measured.core_counts)
    few = f"not fitted: {count} point{'s' * (count != 1)}, {FITTED_FROM} core counts are needed."
    return Table(
        headers if lines else [], lines, [LAW if lines else few], "the Universal Scalability Law, as measured"
    )


LAW = (
    "throughput on N cores: gamma N / (1 + alpha (N - 1) + beta N (N - 1)); alpha: what cores stand in line for, beta: what they"
    " have to agree on; both are zero or more. [ ]: as any one core count is left out."
)


def cost_tables(run: Run) -> list[Table]:
    """What was paid, and where the prices come from."""
    if run.costs is None:
        return []
    lines = [
        [part, name, number(cost["ns"]), interval(cost), str(cost["from"])]
        for part, costs in (("all", run.costs["costs"]), ("reach", run.costs["of_more_cores"]))
        for name, cost in costs.items()
    ]
    return [Table(["used for", "cost", "ns", "[ ]", "from"], lines, [COSTS], "costs")]


COSTS = (
    "[ ]: the median's exact interval over the processes, or the range where there are fewer than 6. nominal: an estimate that"
    " was made before anything was measured; what cores share cannot be told from one core, and for the reach alone comes from"
    " rows of more."
)


def interval(cost: Mapping[str, Any]) -> str:
    if cost["low"] == cost["high"]:
        return "-"
    return between(cost["ns"], cost["low"], cost["high"]).partition(" ")[2]
