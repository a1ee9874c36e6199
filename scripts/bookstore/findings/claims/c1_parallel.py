"""C1: two clerks shelve books about twice as fast as one."""

from bookstore.data.names import BASELINE
from bookstore.data.results import Run
from bookstore.findings import gains
from bookstore.findings.claims.answer import (
    FAILS,
    HOLDS,
    HOLDS_IF,
    NO_INTERVAL,
    ONE_CORE,
    OTHERS,
    THROUGHPUT,
    UNDECIDED,
    Answer,
    Claim,
    joined,
    not_measured,
)
from bookstore.findings.claims.decide import CLOSE, keys, over_all, passes
from bookstore.findings.closed import ClosedSetting, measurements_of
from bookstore.findings.gains import Gain
from bookstore.stats.intervals import Spread

CLAIM = Claim(
    "C1",
    "Two clerks shelve books about twice as fast as one.",
    "How much faster is the same work done by as many workers as there are cores?",
    "shelving, which never waits, closed: the same number of workers on one core and on all, under every pool.",
    "Cores that share a physical one, a clock that falls under load, or work that is bound by memory.",
    "throughput_vs_cores",
)
WORKLOAD = "shelving"
SHOWN = 4  # pools in the sentence; the others stand in the table


def answer(run: Run) -> Answer:
    """Holds if a pool's parallel gain on p cores lies wholly at or above 0.9 p, and no pool's wholly below.

    Where the machine's own ideal is less than p, a gain of 0.9 of that ideal makes it hold only against the ideal. It
    does not hold if every pool's interval lies below both.
    """
    measured = measurements_of(run)
    if WORKLOAD not in measured.workloads:
        return not_measured(CLAIM, f"{WORKLOAD} was left out")
    cores = measured.most_cores
    if cores == 1:
        return not_measured(CLAIM, ONE_CORE)
    pools = [
        name
        for name in measured.backends
        if name != BASELINE and cores in measured.worker_counts(WORKLOAD, name, cores)
    ]
    found = {name: gains.parallel(measured, WORKLOAD, name, cores, cores) for name in pools}
    shown = {name: gain.spread for name, gain in found.items() if gain.spread is not None}
    if not shown:
        why = next((gain.withheld for gain in found.values()), "no pool was measured")
        return not_measured(CLAIM, why)
    said: list[str | Spread] = [f"{cores} cores shelve ", *joined(_parts(shown)), " times what one does"]
    ideal = measured.ideal(cores)
    said += ["; the machine's own ideal is ", ideal, "."] if ideal is not None else ["."]
    rows = [
        (THROUGHPUT, key)
        for name in list(shown)[:SHOWN]
        for count in (1, cores)
        for key in keys(measured.rows(ClosedSetting(WORKLOAD, name, count, cores)))
    ]
    verdict, condition = _verdict(found, cores, ideal)
    return Answer(CLAIM, verdict, condition, tuple(said), tuple(rows))


def _parts(shown: dict[str, Spread]) -> list[list[str | Spread]]:
    return [[each, f" ({name})"] for name, each in list(shown.items())[:SHOWN]]


def _verdict(found: dict[str, Gain], cores: int, ideal: Spread | None) -> tuple[str, str]:
    sound = {name: gain.spread for name, gain in found.items() if gain.sound}
    if not sound:
        return UNDECIDED, _why_unsound(list(found.values()))
    nominal = over_all({name: passes(each, CLOSE * cores) for name, each in sound.items()}, "the pool is")
    if ideal is None or ideal.median >= CLOSE * cores or nominal[0] != FAILS:
        return nominal
    own = over_all({name: passes(each, CLOSE * ideal.median) for name, each in sound.items()}, "the pool is")
    if own[0] == HOLDS:
        return HOLDS_IF, f"it is measured against what {cores} cores of this machine are worth"
    return own if own[0] == UNDECIDED else nominal


def _why_unsound(found: list[Gain]) -> str:
    if any(gain.disturbed for gain in found):
        return OTHERS
    if any(gain.above_ideal for gain in found):
        return "gains lie above what the cores are worth: something else than parallelism is in them"
    return NO_INTERVAL
