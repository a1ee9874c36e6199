"""C5: a second clerk may not be trained for the till."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from bookstore.data.results import Row, Run
from bookstore.findings.claims.answer import (
    LATENCY,
    ONE_CORE,
    THROUGHPUT,
    UNDECIDED,
    Answer,
    Claim,
    not_measured,
    undecided,
)
from bookstore.findings.claims.decide import (
    CLOSE,
    MORE,
    backend_order,
    closed_rows,
    keys,
    most_cores,
    open_rows,
    over_all,
    paired,
    passes,
    sound,
    why_open,
)
from bookstore.stats.intervals import Spread, median_rank

CLAIM = Claim(
    "C5",
    "A second clerk may not be trained for the till.",
    "What is lost when some workers serve customers only, and the others shelve, make coffee and fetch the mail only?",
    "day, closed and open: the same number of workers, split between desk and back office, against workers that do"
    " everything.",
    "A mix of tasks that suits the split, or so many workers that each half has enough.",
    "claims_training",
)
WORKLOAD = "day"
LEAST = 6  # repetitions that make an interval: as many are kept to show


@dataclass(frozen=True)
class Specialised:
    """Workers with roles beside as many that do everything."""

    backend: str
    cores: int
    workers: int
    desk: int  # of them at the desk: the split that serves most
    throughput: Spread | None  # of theirs to the others'
    p99: Spread | None  # the same of delay p99, at the same arrivals; None where it was not measured
    closed: tuple[Row, ...]
    open: tuple[Row, ...]

    @property
    def loses(self) -> bool | None:
        """True if a tenth of the throughput is lost or p99 is a tenth longer, False if neither; None if not known."""
        slower = passes(self.throughput, CLOSE) is False
        keeps = passes(self.throughput, CLOSE) is True
        longer = None if self.p99 is None else passes(self.p99, MORE)
        if slower or longer is True:
            return True
        return False if keeps and (self.p99 is None or longer is False) else None


def splits(rows: list[Row]) -> dict[int, list[Row]]:
    """One place's rows by workers at the desk; 0: all do everything."""
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[int(row.counters.get("desk", 0))].append(row)
    return dict(sorted(found.items()))


def places(run: Run) -> dict[tuple[str, int, int], dict[int, list[Row]]]:
    """Closed rows by split, for each backend, cores and workers that was measured both ways."""
    rows = closed_rows(run, WORKLOAD)
    order = backend_order(run, rows)
    groups: dict[tuple[str, int, int], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.backend, row.cores, row.workers].append(row)
    found = {
        place: splits(groups[place])
        for place in sorted(groups, key=lambda each: (order.index(each[0]), each))
    }
    return {place: each for place, each in found.items() if 0 in each and len(each) > 1}


def chosen_split(by_desk: dict[int, list[Row]]) -> tuple[int, frozenset[int]]:
    """The split with the least median time per task, and the repetitions that it was chosen on.

    It stands between the splits that were measured most often. Chosen on are as many of the first repetitions as leave six
    to show, one at least; none where there is nothing to choose.
    """
    tried = {desk: {row.repetition: row for row in sound(rows)} for desk, rows in by_desk.items() if desk}
    most = max(len(rows) for desk, rows in by_desk.items() if desk)
    tried = {desk: rows for desk, rows in tried.items() if rows and len(by_desk[desk]) == most}
    if len(tried) < 2:
        return next(iter(tried), max(by_desk)), frozenset()
    common = sorted(frozenset.intersection(*(frozenset(rows) for rows in tried.values())))
    judged = common[: max(1, len(common) - LEAST)]
    if not judged:
        return max(by_desk), frozenset()
    times = {desk: median(rows[each].time_per_task for each in judged) for desk, rows in tried.items()}
    return min(times, key=lambda desk: times[desk]), frozenset(judged)


def specialised(run: Run) -> list[Specialised]:
    """One for each backend that was measured."""
    found = []
    for (backend, cores, workers), by_desk in places(run).items():
        desk, judged = chosen_split(by_desk)
        theirs = [row for row in by_desk[desk] if row.repetition not in judged]
        open_ = [
            row
            for row in open_rows(run, WORKLOAD)
            if (row.backend, row.cores, row.workers) == (backend, cores, workers)
        ]
        apart = {key: [row for row in open_ if row.counters.get("desk", 0) == key] for key in (0, desk)}
        found.append(
            Specialised(
                backend,
                cores,
                workers,
                desk,
                paired(by_desk[0], theirs, lambda row: row.time_per_task),
                paired(apart[desk], apart[0], lambda row: row.counter("delay_p99_us")),
                tuple(theirs + by_desk[0]),
                tuple(apart[desk] + apart[0]),
            )
        )
    return found


def answer(run: Run) -> Answer:
    """By backend, at the split that serves most (chosen on the first repetitions, shown from the others): training
    matters if the whole interval of throughput lies below 0.9 of the cross-trained one's, or that of delay p99 at or above
    1.1 of theirs; it does not if both lie on the other side. The claim holds if it matters on a backend and on none it
    does not; only on some, where they differ; not at all if it matters nowhere.
    """
    if most_cores(run) == 1:
        return not_measured(CLAIM, ONE_CORE)
    found = specialised(run)
    if not found:
        return not_measured(CLAIM, "the run has no row with workers of one role")
    verdict, condition = over_all({each.backend: each.loses for each in found}, "the workers are")
    if verdict == UNDECIDED:
        condition = why_open(
            [spread for each in found for spread in (each.throughput, each.p99)],
            f"{CLOSE:g} or {MORE:g}",
            [row for each in found for row in (*each.closed, *each.open)],
        )
    if not any(each.throughput for each in found):
        return undecided(CLAIM, condition)
    said: list[str | Spread] = ["Split between desk and back office, "]
    for index, each in enumerate(found):
        said.append(
            "; " * bool(index) + f"{each.workers} workers of {each.backend} ({each.desk} at the desk)"
        )
        said += [" serve ", each.throughput] if each.throughput is not None else [" were not let alone"]
        said += [" times" * (not index), " what cross-trained ones do"] if not index else []
        said += [", delay p99 ", each.p99, " times"] if each.p99 is not None else []
    rows = [(THROUGHPUT, key) for each in found for key in keys(each.closed)]
    rows += [(LATENCY, key) for each in found for key in keys(each.open)]
    return Answer(CLAIM, verdict, condition, (*said, "."), tuple(rows))
