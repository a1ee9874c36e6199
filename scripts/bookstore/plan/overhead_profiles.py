"""How much each profile measures of bench_overhead, and with what."""

from collections.abc import Mapping
from dataclasses import dataclass

from bookstore.data.names import CONTENDED

ALIGNMENTS = (16, 32, 64)
MILLION = 1_000_000
EQUAL_DEADLINES, SHOP_DEADLINES = 1, 2  # all equal, the shop's four wait lengths; 0: uniform over the span


@dataclass(frozen=True)
class OverheadProfile:
    """How much is measured."""

    name: str
    budget_seconds: float
    interval_repetitions: int  # of rows that claim an interval
    kept_repetitions: int  # of these, however tight the budget; of all others one is kept
    range_repetitions: int
    sizes: tuple[int, ...]  # ns of work of a task
    grain_seconds: float  # of one timed run
    crowds: tuple[int, ...]  # workers of a pool on all cores, for tasks of 1 us
    alignments: tuple[int, ...]
    seam_repetitions: int  # 9: the interval leaves out the least and the largest
    rounds: int  # of the seam: each runs both sides
    fork_rounds: int  # the same of stocktake, whose runs are shorter
    trees: Mapping[int, int]  # leaves by fan-out
    seam_leaves: int
    handovers: int
    bursts: int
    waiting: tuple[int, ...]  # tasks at once on an overlapped backend
    shop_waits: int  # tasks with the shop's wait lengths, which must be stretched until all wait at once
    blocked: tuple[int, ...]  # workers of a pool, each with one waiting task
    span_ms: int  # over which deadlines are spread, but for the million
    contended: tuple[str, ...]
    skews: tuple[float, ...]
    days: tuple[int, ...]  # tasks
    all_deadlines: bool  # the most waits also with equal deadlines, and with exact ones
    idle: bool  # four seconds a pool
    gaps: int  # between bursts of 64 tasks, each filled with work; with nothing half as many
    active_idle: bool  # and once more under the other idle policy, where there is one
    core_counts: int  # how many are measured at most, the fewest and the most among them


PROFILES: Mapping[str, OverheadProfile] = {
    profile.name: profile
    for profile in (
        OverheadProfile(
            name="smoke",
            budget_seconds=15,
            interval_repetitions=1,
            kept_repetitions=1,
            range_repetitions=1,
            sizes=(0, 100, 1000, 10_000, 100_000),
            grain_seconds=0.003,
            crowds=(),
            alignments=(64,),
            seam_repetitions=1,
            rounds=5,
            fork_rounds=5,
            trees={10: 100_000, 2: 100_000},
            seam_leaves=10_000,
            handovers=100,
            bursts=2,
            waiting=(1000, 100_000),
            shop_waits=10_000,
            blocked=(64, 256),
            span_ms=100,
            contended=(),
            skews=(0.0, 1.5),
            days=(10_000,),
            all_deadlines=False,
            idle=False,
            gaps=0,
            active_idle=False,
            core_counts=2,
        ),
        OverheadProfile(
            name="quick",
            budget_seconds=50,
            interval_repetitions=7,
            kept_repetitions=6,
            range_repetitions=1,
            sizes=(0, 30, 100, 300, 1000, 3000, 100_000),
            grain_seconds=0.003,
            crowds=(),
            alignments=(64,),
            seam_repetitions=7,
            rounds=5,
            fork_rounds=10,
            trees={10: 300_000, 2: 100_000},
            seam_leaves=10_000,
            handovers=150,
            bursts=2,
            waiting=(1000, 100_000, MILLION),
            shop_waits=10_000,
            blocked=(64, 256, 4096),
            span_ms=200,
            contended=("short shelving",),  # where there is most to see
            skews=(0.0, 1.5),
            days=(100_000,),
            all_deadlines=False,
            idle=True,
            gaps=50,
            active_idle=False,
            core_counts=2,
        ),
        OverheadProfile(
            name="full",
            budget_seconds=450,
            interval_repetitions=7,
            kept_repetitions=6,
            range_repetitions=3,
            sizes=(0, 10, 100, 300, 1000, 3000, 10_000, 30_000, 100_000),
            grain_seconds=0.02,
            crowds=(1, 4, 16, 64),
            alignments=ALIGNMENTS,
            seam_repetitions=9,
            rounds=50,
            fork_rounds=100,
            trees={10: MILLION, 2: MILLION},
            seam_leaves=30_000,
            handovers=1000,
            bursts=10,
            waiting=(1000, 10_000, 100_000, MILLION),
            shop_waits=MILLION,
            blocked=(256, 1024, 4096, 16_384),
            span_ms=200,
            contended=tuple(CONTENDED),
            skews=(0.0, 1.0, 1.5),
            days=(100_000, 10_000_000),
            all_deadlines=True,
            idle=True,
            gaps=200,
            active_idle=True,
            core_counts=3,
        ),
    )
}
