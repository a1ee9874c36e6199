"""What one core foretold of more: beside what was measured there, and as far as no machine here goes."""

from statistics import median

from bookstore.data.results import Run
from bookstore.findings import prediction
from bookstore.report.numbers import number
from bookstore.report.spreads import spread_text
from bookstore.report.tables import Table

UNKNOWN = (
    "predicted by the shop in virtual time (simulated), which was fed with rows of one core alone (costs.json says which, and"
    " what of it is nominal). It knows nothing of what cores share but a counter and the shelves' locks: no caches, no memory"
    " bandwidth, no host that takes a core away, no neighbour; wake-ups are late by their median; who is woken finds a core by"
    " turns, where a kernel has favourites. What misses stands here as it is: nothing is fitted to it."
)


def tables(run: Run) -> list[Table]:
    """None where nothing was foretold."""
    if run.prediction is None:
        return []
    rows = run.prediction.select()
    return [
        errors_table(prediction.compare(rows, prediction.to_foretell(run))),
        reach_table(prediction.reached(rows)),
    ]


def errors_table(compared: list[prediction.Compared]) -> Table:
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
            f"{100 * each.error:+.0f} %",
        ]
        for each in compared
    ]
    return Table(headers, lines, [summary(compared), UNKNOWN] if lines else [], "predicted, measured, error")


def summary(compared: list[prediction.Compared]) -> str:
    """How far off each figure is, in the middle and at worst."""
    parts = []
    for figure in dict.fromkeys(each.figure for each in compared):
        off = sorted(abs(each.error) for each in compared if each.figure == figure)
        parts.append(f"{figure} {100 * median(off):.0f} % (at worst {100 * off[-1]:.0f} %, of {len(off)})")
    return f"off by, at the median: {'; '.join(parts)}."


def reach_table(reached: list[prediction.Reached]) -> Table:
    headers = ["workload", "backend", "cores", "workers", "tasks/s", "what ends the growth"]
    lines = [
        [
            each.played.workload,
            each.played.backend,
            str(each.played.cores),
            str(each.played.workers),
            number(each.tasks_per_second),
            each.limit or "-",
        ]
        for each in reached
    ]
    return Table(headers, lines, [REACH] if lines else [], "as far as virtual time goes")


REACH = (
    "what ends the growth: busy nine tenths of the time, only one worker can have it at a time, and more cores bring less than"
    " three quarters of their part. No machine was asked: the"
    " counter's price between cores and the shelves' locks are nominal."
)
