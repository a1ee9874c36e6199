"""C4: with work for one only, the second clerk stands around."""

from collections import defaultdict
from dataclasses import dataclass

from bookstore.data.results import Row, Run
from bookstore.findings.claims.answer import (
    FAILS,
    HOLDS,
    HOLDS_IF,
    LATENCY,
    ONE_CORE,
    OVERHEAD,
    UNDECIDED,
    Answer,
    Claim,
    not_measured,
    undecided,
)
from bookstore.findings.claims.decide import (
    CLOSE,
    backend_order,
    keys,
    most_cores,
    open_rows,
    paired,
    passes,
    why_open,
)
from bookstore.findings.open_figures import OVERLOAD, OpenFigure, open_setting_of
from bookstore.findings.overhead import overhead_of
from bookstore.stats.intervals import Spread, spread

CLAIM = Claim(
    "C4",
    "With work for one only, the second clerk stands around.",
    "What does a second worker change for customers whom one could serve alone?",
    "counter, open, at rates far below what one core serves: one worker on one core against two on two; and what a pool"
    " burns while nobody comes.",
    "Customers who come in crowds, and work in steps so long that one customer waits for another's.",
    "claims_second_clerk",
)
WORKLOAD = "counter"
USUAL = "event_loops"  # one worker of it can serve all, as waits do not keep it


@dataclass(frozen=True)
class SecondClerk:
    """What the second worker on a second core does at one rate, as ratios of two's figure to one's."""

    backend: str
    rate: float
    p50: Spread | None
    p99: Spread | None
    cpu: Spread | None
    for_one: bool  # whether one alone keeps up
    rows: tuple[Row, ...]

    @property
    def stands_around(self) -> bool | None:
        """True if neither percentile falls by a tenth, False if one does; None if it cannot be told."""
        found = [passes(each, CLOSE) for each in (self.p50, self.p99)]
        if False in found:
            return False
        return True if found == [True, True] else None


def second_clerks(run: Run) -> list[SecondClerk]:
    """By backend, in the suite's order, and rising rates."""
    rows = open_rows(run, WORKLOAD)
    groups: dict[tuple[str, float], dict[tuple[int, int], list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        groups[row.backend, row.counter("rate")][row.cores, row.workers].append(row)
    order = backend_order(run, rows)
    found = []
    for backend, rate in sorted(groups, key=lambda place: (order.index(place[0]), place[1])):
        one, two = (groups[backend, rate].get((count, count), []) for count in (1, 2))
        if one and two:
            alone = OpenFigure(open_setting_of(one[0]), one)
            found.append(
                SecondClerk(
                    backend,
                    rate,
                    *(
                        paired(two, one, lambda row, name=name: row.counter(name))  # type: ignore[misc]
                        for name in ("delay_p50_us", "delay_p99_us", "cpu_us_per_task")
                    ),
                    alone.validity != OVERLOAD,
                    (*one, *two),
                )
            )
    return found


def idle_ms(run: Run) -> dict[str, Spread]:
    """CPU of a pool while nobody comes, ms a second, by backend; once it has come to rest."""
    overhead = overhead_of(run)
    if overhead is None:
        return {}
    found: dict[str, Spread] = {}
    for figure in overhead.select("idle", active=0):
        values = [
            1000 * row.counter("idle_cpu_later_ms") / row.counters.get("watch_ms", 1000.0)
            for row in figure.rows
            if not row.disturbed
        ]
        if values:
            found[figure.setting.backend] = spread(values)
    return found


def answer(run: Run) -> Answer:
    """On event_loops, or the first other backend where that was left out. At a rate that one worker keeps up with, the
    second stands around if neither delay p50 nor p99 falls by a tenth (both whole intervals of two's over one's lie at or
    above 0.9), and helps if one of them does (an interval lies below). The claim holds if he stands around at a rate and
    helps at none; up to a rate if he helps at higher ones alone; not at all if he helps at every rate.
    """
    if most_cores(run) == 1:
        return not_measured(CLAIM, ONE_CORE)
    every = second_clerks(run)
    backend = (
        USUAL if any(each.backend == USUAL for each in every) else next((each.backend for each in every), "")
    )
    found = [each for each in every if each.backend == backend and each.for_one]
    if not found:
        why = (
            "one worker alone keeps up with no rate"
            if every
            else "the run has no open row with one worker and two"
        )
        return not_measured(CLAIM, why)
    verdict, condition, shown = _verdict(found)
    if shown.p50 is None or shown.p99 is None:
        return undecided(CLAIM, condition)
    said: list[str | Spread] = [f"At {shown.rate:,.0f} customers/s a second worker of {backend} multiplies"]
    parts = [
        (f" {what} by ", each)
        for what, each in (("delay p50", shown.p50), ("p99", shown.p99), ("CPU per customer", shown.cpu))
        if each is not None
    ]
    for index, (words, each) in enumerate(parts):
        said += ["," * bool(index) + words, each]
    idle = idle_ms(run)
    rows = [(LATENCY, key) for key in keys(shown.rows)]
    if idle:
        name = next(iter(idle))
        said += [f"; an idle pool ({name}) burns ", idle[name], " ms of CPU a second"]
        overhead = overhead_of(run)
        assert overhead is not None
        rows += [(OVERHEAD, key) for key in keys(overhead.select("idle", active=0)[0].rows)]
    return Answer(CLAIM, verdict, condition, (*said, "."), tuple(rows))


def _verdict(found: list[SecondClerk]) -> tuple[str, str, SecondClerk]:
    """And the rate that it turns on."""
    around = [each for each in found if each.stands_around is True]
    helping = [each for each in found if each.stands_around is False]
    if around and not helping:
        return HOLDS, "", around[-1]
    if around and around[-1].rate < helping[0].rate:
        return HOLDS_IF, f"at most {around[-1].rate:,.0f} customers/s come", around[-1]
    if around:
        return UNDECIDED, "rates contradict each other", helping[0]
    if len(helping) == len(found):
        return FAILS, "", helping[0]
    open_ = [each for each in found if each.stands_around is None]
    why = why_open(
        [spread_ for each in open_ for spread_ in (each.p50, each.p99)],
        f"{CLOSE:g}",
        [row for each in open_ for row in each.rows],
    )
    return UNDECIDED, why, open_[0]
