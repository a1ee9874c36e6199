"""C2: ... provided both work at about the same speed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bookstore.data.results import Row, Run
from bookstore.findings.claims.answer import (
    FAILS,
    HOLDS,
    HOLDS_IF,
    ONE_CORE,
    THROUGHPUT,
    UNDECIDED,
    Answer,
    Claim,
    listed,
    not_measured,
    undecided,
)
from bookstore.findings.claims.decide import (
    CLOSE,
    backend_order,
    closed_rows,
    keys,
    most_cores,
    paired,
    passes,
    why_open,
)
from bookstore.stats.intervals import Spread

CLAIM = Claim(
    "C2",
    "... provided both work at about the same speed.",
    "What is lost when one of the clerks is slower than the others?",
    "shelving, closed, one worker's CPU work repeated k times: shares fixed beforehand against tasks claimed one by one,"
    " on every runtime that offers both.",
    "Tasks so long that the slow worker is left with the last one, or so short that claiming them costs more than it"
    " evens out.",
    "claims_unequal",
)
WORKLOAD = "shelving"
Sweep = Mapping[
    tuple[int, bool], list[Row]
]  # rows by how many times slower one is, and whether shares are fixed


@dataclass(frozen=True)
class Loss:
    """What a split reaches of what the workers are worth, (n - 1 + 1/k) / n of as many equal ones."""

    backend: str
    cores: int
    workers: int
    slow: int
    fixed: Spread | None
    claimed: Spread | None

    @property
    def whole(self) -> bool:
        """Whether both splits have an interval."""
        return all(each is not None and each.is_interval for each in (self.fixed, self.claimed))

    @property
    def judged(self) -> str:
        """Holds if both splits lose a tenth; only if shares are fixed, if but they do; not at all if neither does."""
        verdicts = {
            (False, True): HOLDS_IF,
            (False, False): HOLDS,
            (True, True): FAILS,
        }
        return verdicts.get(
            (passes(self.fixed, CLOSE), passes(self.claimed, CLOSE)), UNDECIDED  # type: ignore[arg-type]
        )


def ideal(workers: int, slow: float) -> float:
    """Throughput of n workers of which one is k times slower, over that of n equal ones."""
    return (workers - 1 + 1 / slow) / workers


def losses(run: Run) -> list[Loss]:
    """Every backend at every k that was measured, backends in their order and k rising."""
    rows = closed_rows(run, WORKLOAD)
    sweeps: dict[tuple[str, int, int], dict[tuple[int, bool], list[Row]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in rows:
        key = (int(row.counters.get("slow", 1)), row.counters.get("static", 0) == 1)
        sweeps[row.backend, row.cores, row.workers][key].append(row)
    order = backend_order(run, rows)
    places = sorted(sweeps, key=lambda place: (order.index(place[0]), *place[1:]))
    return [
        Loss(
            *place,
            slow,
            _reached(sweeps[place], place[2], slow, True),
            _reached(sweeps[place], place[2], slow, False),
        )
        for place in places
        for slow in sorted({slow for slow, _ in sweeps[place]} - {1})
    ]


def _reached(sweep: Sweep, workers: int, slow: int, fixed: bool) -> Spread | None:
    equal, unequal = sweep.get((1, fixed), []), sweep.get((slow, fixed), [])
    found = paired(equal, unequal, lambda row: row.time_per_task)
    return None if found is None else found.times(1 / ideal(workers, slow))


def deciding(found: list[Loss]) -> list[Loss]:
    """Of each backend the largest k with an interval on both sides, else the largest."""
    best: dict[str, Loss] = {}
    for loss in [*found, *(loss for loss in found if loss.whole)]:  # of several the last one stays
        best[loss.backend] = loss
    return list(best.values())


def answer(run: Run) -> Answer:
    """By backend: a split keeps up if its whole interval lies at or above 0.9 of the ideal for unequal workers, and
    loses if it lies below. The claim holds if both splits lose, only if shares are fixed where those alone do, and not at
    all where neither loses. Backends that are undecided do not count beside others; where the others disagree, the claim
    holds only for some.
    """
    if most_cores(run) == 1:
        return not_measured(CLAIM, ONE_CORE)
    found = deciding(losses(run))
    if not found:
        return not_measured(CLAIM, "the run has no row with a slower worker")
    verdict, condition = _verdict(found, closed_rows(run, WORKLOAD))
    if not any(loss.fixed or loss.claimed for loss in found):
        return undecided(CLAIM, condition)
    agreeing = [loss for loss in found if loss.judged == verdict] or found
    first = agreeing[0]
    said: list[str | Spread] = [f"With one of {first.workers} clerks {first.slow} times slower, "]
    if first.fixed is not None:
        said += ["shares fixed beforehand reach ", first.fixed, " of what they are worth"]
    if first.claimed is not None:
        said += [", " * (first.fixed is not None), "tasks claimed one by one ", first.claimed]
    said.append(f" ({first.backend}{_likewise(found, first)}).")
    rows = [
        (THROUGHPUT, key)
        for key in keys(
            row
            for row in closed_rows(run, WORKLOAD)
            if (row.backend, row.cores, row.workers) == (first.backend, first.cores, first.workers)
            and row.counters.get("slow", 1) in (1, first.slow)
        )
    ]
    return Answer(CLAIM, verdict, condition, tuple(said), tuple(rows))


def _likewise(found: list[Loss], first: Loss) -> str:
    same = [loss.backend for loss in found if loss is not first and loss.judged == first.judged]
    open_ = [loss.backend for loss in found if loss.judged == UNDECIDED != first.judged]
    return "".join(
        [
            f"; likewise {listed(same)}" if same else "",
            f"; undecided: {listed(open_)}" if open_ else "",
        ]
    )


def _verdict(found: list[Loss], rows: list[Row]) -> tuple[str, str]:
    decided = {loss.backend: loss.judged for loss in found if loss.judged != UNDECIDED}
    kinds = set(decided.values())
    fixed = "shares are fixed beforehand"
    if not kinds:
        return UNDECIDED, why_open([loss.fixed for loss in found], f"{CLOSE:g} of the ideal", rows)
    if len(kinds) == 1:
        kind = kinds.pop()
        return kind, fixed if kind == HOLDS_IF else ""
    if FAILS not in kinds:
        return HOLDS_IF, fixed
    losing = [name for name, kind in decided.items() if kind != FAILS]
    return HOLDS_IF, f"{fixed} under {listed(losing)}"
