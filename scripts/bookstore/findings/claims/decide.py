"""How figures become verdicts: an interval against a limit that was set beforehand."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from bookstore.data.names import in_order
from bookstore.data.results import Row, Run
from bookstore.findings.claims.answer import FAILS, HOLDS, HOLDS_IF, NO_INTERVAL, OTHERS, UNDECIDED, listed
from bookstore.findings.gains import paired_ratios
from bookstore.findings.open_figures import INVALID, validity_of
from bookstore.stats.intervals import Spread, spread

# What is nearer than a tenth is called alike: twice is "about twice" from 1.8 on, and less than a tenth is no loss.
CLOSE = 0.9
MORE = 1.1
ABOVE, BELOW, STRADDLES = "above", "below", "straddles"


def place(found: Spread | None, limit: float) -> str:
    """Where the whole interval lies; what has no interval is as good as one that straddles."""
    if found is None or not found.is_interval or found.low < limit <= found.high:
        return STRADDLES
    return ABOVE if found.low >= limit else BELOW


def passes(found: Spread | None, limit: float) -> bool | None:
    """True if the whole interval lies at or above the limit, False if below, None if it cannot be told."""
    return {ABOVE: True, BELOW: False, STRADDLES: None}[place(found, limit)]


def why_open(found: Iterable[Spread | None], limit: str, rows: Iterable[Row] = ()) -> str:
    """Why figures of which none is decided are not; `rows` are all that they would have come from."""
    if any(each is not None and each.is_interval for each in found):
        return f"the interval holds {limit}"
    return why_unsound(rows) or NO_INTERVAL


def why_unsound(rows: Iterable[Row]) -> str:
    """What keeps rows out of verdicts; empty if nothing does."""
    known = list(rows)
    if any(row.disturbed for row in known):
        return OTHERS
    if any(row.fewer_workers for row in known):
        return "it ran on fewer workers than asked"
    if any(map(_is_invalid, known)):
        return "its open rows are INVALID"
    return "it was too short to count" if any(row.too_short for row in known) else ""


def over_all(passed: Mapping[str, bool | None], condition: str) -> tuple[str, str]:
    """Verdict and condition over backends, each of which passes, fails, or is undecided (None).

    One that passes shows that it can be, if none fails; where some fail, it takes one of those that pass.
    """
    good = [name for name, each in passed.items() if each is True]
    bad = [name for name, each in passed.items() if each is False]
    open_ = [name for name, each in passed.items() if each is None]
    if good and bad:
        return HOLDS_IF, f"{condition} {listed(good, 'or')}"
    if good:
        return HOLDS, ""
    if bad and not open_:
        return FAILS, ""
    return UNDECIDED, f"no interval clear of the limit for {listed(open_)}"


def sound(rows: Iterable[Row]) -> list[Row]:
    """Rows that may enter a verdict: let alone, long enough, and run on the workers that were asked for."""
    return [
        row
        for row in rows
        if not (row.disturbed or row.too_short or row.fewer_workers) and not _is_invalid(row)
    ]


def _is_invalid(row: Row) -> bool:
    """Whether an open row may not be believed."""
    return "valid" in row.counters and validity_of(row) == INVALID


def paired(top: Sequence[Row], bottom: Sequence[Row], value: Callable[[Row], float]) -> Spread | None:
    """value(top) / value(bottom) in each repetition that has both, of sound rows alone; None if there is none."""
    ratios = [
        each for each in paired_ratios(sound(top), sound(bottom), value) if math.isfinite(each) and each > 0
    ]
    return spread(ratios) if ratios else None


def keys(rows: Iterable[Row]) -> list[str]:
    """The rows' keys, each once."""
    return list(dict.fromkeys(row.key for row in rows))


def closed_rows(run: Run, workload: str) -> list[Row]:
    """Of the rows that were measured for the claims alone, the closed ones of a workload; limits met are left out."""
    return [] if run.claims is None else run.claims.select(lambda row: row.workload == workload)


def open_rows(run: Run, workload: str) -> list[Row]:
    """The same of open load."""
    return (
        [] if run.claims_latency is None else run.claims_latency.select(lambda row: row.workload == workload)
    )


def most_cores(run: Run) -> int:
    """The most cores that the run measured on."""
    counts = run.environment.get("cores")
    known = [count for count in counts if isinstance(count, int)] if isinstance(counts, list) else []
    return max([*known, *(row.cores for row in run.throughput.rows)], default=1)


def backend_order(run: Run, rows: Iterable[Row]) -> list[str]:
    """The rows' backends in the suite's own order."""
    order = run.environment.get("backends", ())
    return in_order((row.backend for row in rows), [str(each) for each in order])
