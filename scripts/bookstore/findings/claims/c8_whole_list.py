"""C8: one clerk can run the whole list: open, coffee, mail, rent, return, coffee, close."""

from collections.abc import Mapping
from typing import Any

from bookstore.data.names import BASELINE, in_order
from bookstore.data.results import Row, Run
from bookstore.findings.claims.answer import FAILS, HOLDS, THROUGHPUT, Answer, Claim, listed, not_measured
from bookstore.findings.claims.decide import keys
from bookstore.findings.closed import ClosedSetting, measurements_of, tasks_per_second
from bookstore.stats.intervals import Spread, spread

CLAIM = Claim(
    "C8",
    "One clerk can run the whole list: open, coffee, mail, rent, return, coffee, close.",
    "Is the shop the same in the end, whoever ran the day?",
    "day under every backend: every book on its shelf and every cent in the till as after one task after the other,"
    " and opening first, closing last.",
    "Nothing but a defect: a run with another final shop fails.",
    "timeline",
)
WORKLOAD, LOOP = "day", "event_loop"
FIRST, LAST = "open_shop", "close_shop"


def answer(run: Run) -> Answer:
    """Holds if every run of a day gave the digest that doing its plan directly gives, runs of one thread (an event loop,
    or one task after the other) are among them, and in every day that was drawn nothing began before the opening was over
    or ended after the closing began. It does not hold if one run gave another digest, or failed.
    """
    rows = [row for row in run.throughput.rows if row.workload == WORKLOAD and not row.limit_reached]
    clerks = [name for name in (LOOP, BASELINE) if any(row.backend == name for row in rows)]
    if not clerks:
        return not_measured(CLAIM, f"{WORKLOAD} was left out, or every backend of one thread was")
    wrong = [row for row in rows if row.error or row.counter("digest_ok") != 1]
    days = [row for row in (run.timeline or {}).get("rows", ()) if row.get("workload") == WORKLOAD]
    disordered = [str(each.get("backend")) for each in days if not in_sequence(each)]
    backends = in_order((row.backend for row in rows), ())
    if wrong or disordered:
        names = in_order([*(row.backend for row in wrong), *disordered], ())
        said: tuple[str | Spread, ...] = (
            f"{len(wrong)} of {len(rows)} days did not end with the shop that they should have"
            f" ({listed(names)}).",
        )
        return Answer(CLAIM, FAILS, "", said, _rows(wrong or rows))
    measured = measurements_of(run)
    mine = measured.rows(ClosedSetting(WORKLOAD, clerks[0], measured.core_counts[0], 1))
    said = (
        f"{len(rows)} days under {len(backends)} backends all ended with the same shop, to the last book and cent; one clerk"
        f" ({clerks[0]}) serves ",
        spread([tasks_per_second(row) for row in mine]),
        " tasks/s.",
    )
    return Answer(CLAIM, HOLDS, "", said, _rows(mine))


def _rows(rows: list[Row]) -> tuple[tuple[str, str], ...]:
    return tuple((THROUGHPUT, key) for key in keys(rows))


def in_sequence(day: Mapping[str, Any]) -> bool:
    """Whether a drawn day's opening was over before anything else began, and all else before its closing began."""
    spans = day.get("spans", ())
    opened = [span["end_us"] for span in spans if span["kind"] == FIRST]
    closing = [span["begin_us"] for span in spans if span["kind"] == LAST]
    between = [span for span in spans if span["kind"] not in (FIRST, LAST)]
    if not opened or not closing:
        return False
    begun = min((span["begin_us"] for span in between), default=max(opened))
    ended = max((span["end_us"] for span in between), default=min(closing))
    return max(opened) <= begun and ended <= min(closing)
