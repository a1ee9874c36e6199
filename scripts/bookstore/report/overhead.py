"""The tables of overhead: tasks, forks and the price of the seam, and those of the other experiments between them."""

import math
from collections.abc import Mapping, Sequence

from bookstore.data.results import Run
from bookstore.findings.overhead import LEVELS, CostFigure, EfficiencyCurve, Overhead, SeamPrice, overhead_of
from bookstore.report import pools
from bookstore.report.numbers import NOTHING, number
from bookstore.report.phrases import dropped_notes, limit_notes
from bookstore.report.spreads import between, median_text, spread_note, spread_text
from bookstore.report.tables import Table
from bookstore.stats.intervals import Spread, spread
from bookstore.stats.metg import BELOW_SMALLEST, NOT_REACHED, Metg


def tables(run: Run) -> list[Table]:
    """Everything that was found; an experiment that was not measured has no table."""
    overhead = overhead_of(run)
    if overhead is None:
        return []
    made = [
        _grain_table(overhead),
        _crowd_table(overhead),
        _forms_table(overhead),
        _stocktake_table(overhead),
        pools.handover_table(overhead),
        pools.gaps_table(overhead),
        pools.waiting_table(overhead),
        pools.timer_table(overhead),
        pools.contention_table(overhead),
        pools.day_table(overhead),
        _seam_table(overhead.seams),
    ]
    notes = limit_notes(overhead.limits) + dropped_notes(run.environment.get("overhead"))
    return [table for table in made if table.lines] + ([Table([], [], notes)] if notes else [])


def _grain_table(overhead: Overhead) -> Table:
    """A task of no work and of 1 us, and the sizes from which a backend is efficient."""
    headers = ["tasks", "backend", "workers", "cores", "ns, no work", "ns, 1 us of work"]
    headers += [f"METG({100 * level:.0f} %)" for level in LEVELS]
    curves = {(curve.backend, curve.cores): curve for curve in overhead.curves}
    lines, shown = [], []
    for figure in overhead.select("grain", work_ns=0):
        setting = figure.setting
        if setting.raw:
            continue
        curve = curves.get((setting.backend, setting.cores))
        cost = figure.spread("ns_per_task")
        long = _same_place(overhead, figure, work_ns=1000)
        lines.append(
            [
                "grain",
                setting.backend,
                str(setting.workers),
                str(setting.cores),
                spread_text(cost),
                spread_text(long.spread("ns_per_task") if long else None),
                *([metg_text(each, curve) for each in curve.metg] if curve else [NOTHING] * len(LEVELS)),
            ]
        )
        shown.append(cost)
    notes = [
        "ns: wall time by number of tasks. METG(x): the task size from which efficiency, against a plain loop on the"
        " same tasks and what the cores are worth at best, stays at x; each process has one of its own.",
        spread_note(shown),
    ]
    worth = [f"{value.median:.2f} on {cores}" for cores, value in overhead.speedups.items() if cores > 1]
    if worth:
        notes.append(f"what the cores are worth at best: {', '.join(worth)}.")
    return Table(headers, lines, notes, "what a task costs, and how long it must be")


def metg_text(found: Metg, curve: EfficiencyCurve) -> str:
    """A size in ns with its interval; or beyond which of the measured sizes it lies."""
    sizes = [size for size in curve.efficiencies if size > 0]

    def text(ns: float) -> str:
        if ns == BELOW_SMALLEST:
            return f"< {min(sizes):,.0f}"
        return f"> {max(sizes):,.0f}" if ns == NOT_REACHED else number(ns)

    ends = found.ns.median, found.ns.low, found.ns.high
    if found.ns.count == 1 or found.ns.low == found.ns.high:
        return f"{text(found.ns.median)} ns"
    if all(0 < end < math.inf for end in ends):
        return f"{between(*ends)} ns"
    return f"{text(ends[0])} [{text(ends[1])}, {text(ends[2])}] ns"


def _same_place(overhead: Overhead, figure: CostFigure, **params: float) -> CostFigure | None:
    """The figure of the same experiment, backend, cores and workers with other parameters."""
    place = (figure.setting.backend, figure.setting.cores, figure.setting.workers)
    found = overhead.select(figure.setting.experiment, **params)
    return next(
        (each for each in found if (each.setting.backend, each.setting.cores, each.setting.workers) == place),
        None,
    )


def _crowd_table(overhead: Overhead) -> Table:
    """Tasks of 1 us under more and more workers on the most cores; nothing if only their equal was measured."""
    by_backend: dict[str, dict[int, CostFigure]] = {}
    for figure in overhead.select("grain", work_ns=1000):
        if figure.setting.cores == overhead.most_cores and not figure.setting.raw:
            by_backend.setdefault(figure.setting.backend, {})[figure.setting.workers] = figure
    crowds = {backend: found for backend, found in by_backend.items() if len(found) > 1 and 1 in found}
    counts = sorted({count for found in crowds.values() for count in found})
    headers = ["more workers", "backend", "cores", *(f"ns, {count}" for count in counts), "slowest against 1"]
    lines, shown = [], []
    for backend, found in crowds.items():
        costs = {count: figure.spread("ns_per_task") for count, figure in found.items()}
        ratios = [ratio for count in found if count > 1 if (ratio := _against_one(found, count))]
        slowest = max(ratios, key=lambda each: each.median, default=None)
        cells = [median_text(costs.get(count)) for count in counts]
        lines.append(["1 us task", backend, str(overhead.most_cores), *cells, spread_text(slowest)])
        shown.append(slowest)
    notes = ["wall time by number of tasks, by workers; the ratio is formed within each repetition."]
    return Table(headers, lines, [*notes, spread_note(shown)], "more workers than cores")


def _against_one(found: Mapping[int, CostFigure], count: int) -> Spread | None:
    ones = {row.repetition: row.counter("ns_per_task") for row in found[1].rows}
    ratios = [
        row.counter("ns_per_task") / ones[row.repetition]
        for row in found[count].rows
        if row.repetition in ones
    ]
    return spread(ratios) if ratios else None


def _forms_table(overhead: Overhead) -> Table:
    """The same tasks written by hand, in each of the ways that a runtime offers."""
    headers = ["by hand", "form", "workers", "cores", "ns, no work", "ns, 1 us of work"]
    lines, shown = [], []
    for figure in overhead.select("grain", work_ns=0):
        setting = figure.setting
        if not setting.raw:
            continue
        cost = figure.spread("ns_per_task")
        long = _same_place(overhead, figure, work_ns=1000)
        lines.append(
            [
                "raw",
                setting.backend.removeprefix("raw_"),
                str(setting.workers),
                str(setting.cores),
                spread_text(cost),
                spread_text(long.spread("ns_per_task") if long else None),
            ]
        )
        shown.append(cost)
    notes = ["without our headers, one opaque call a task.", spread_note(shown)]
    return Table(headers, lines, notes, "the same tasks by hand")


def _stocktake_table(overhead: Overhead) -> Table:
    headers = [
        "stocktake",
        "backend",
        "workers",
        "cores",
        "tree",
        "ns/fork",
        "ns/fork, cut-off",
        "below depth",
    ]
    lines, shown = [], []
    for figure in overhead.select("stocktake", cutoff=0):
        setting = figure.setting
        fanout = setting.param("fanout")
        cost = figure.spread("ns_per_fork")
        cut = next(
            (
                each
                for each in overhead.select("stocktake", fanout=fanout)
                if each.setting.param("cutoff") > 0
                and (each.setting.backend, each.setting.cores) == (setting.backend, setting.cores)
            ),
            None,
        )
        lines.append(
            [
                "forks",
                setting.backend,
                str(setting.workers),
                str(setting.cores),
                f"{fanout:.0f}-fold",
                spread_text(cost),
                spread_text(cut.spread("ns_per_fork")) if cut else NOTHING,
                f"{cut.setting.param('cutoff'):.0f}" if cut else NOTHING,
            ]
        )
        shown.append(cost)
    notes = [
        "plain recursion (sequential, event_loop) forks nothing: what counting costs.",
        spread_note(shown),
    ]
    return Table(headers, lines, notes, "what a fork costs")


def _seam_table(seams: Sequence[SeamPrice]) -> Table:
    headers = [
        "seam",
        "backend",
        "workers",
        "align",
        "raw ns",
        "seam - raw ns",
        "seam / raw",
        "limit",
        "kept",
    ]
    lines = []
    for seam in sorted(seams, key=lambda seam: (seam.setting.experiment, seam.by_ratio)):
        align = seam.setting.param("align")
        lines.append(
            [
                seam_kind(seam),
                seam.setting.backend,
                str(seam.setting.workers),
                NOTHING if math.isnan(align) else f"{align:.0f}",
                median_text(seam.raw),
                spread_text(seam.difference),
                spread_text(seam.ratio, digits=4),
                f"{seam.limit:.3g}" if seam.by_ratio else f"{seam.limit:.2f} ns",
                seam.answer,
            ]
        )
    notes = [
        "our seam against the same work by hand in one process, in turn, under each alignment of the code (bytes); the"
        " workers of either side on a CPU each, both sides built anew every five rounds, elsewhere in memory.",
        spread_note([seam.difference for seam in seams]),
        "limit: of the difference max(5 % of raw, 1 ns) without work, of the ratio 1.01 with 1 us of work. kept: the"
        " whole interval lies within it; NOT KEPT: beyond it; undecided: it lies on both sides, too wide to tell, or there"
        " are too few processes for an interval.",
    ]
    return Table(headers, lines, notes, "what our seam adds to the runtime by hand")


def seam_kind(seam: SeamPrice) -> str:
    """What was measured on both sides."""
    if seam.setting.experiment == "seam_stocktake":
        return "fork"
    return "1 us task" if seam.by_ratio else "empty task"
