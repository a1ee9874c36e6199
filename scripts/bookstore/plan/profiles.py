"""How much of closed load each profile measures, and how often."""

from dataclasses import dataclass

IN_FLIGHT = (1, 4, 16, 64, 256, 1024)


@dataclass(frozen=True)
class Profile:
    """How much of the grid is measured, and how often."""

    name: str
    budget_seconds: float
    gain_repetitions: int
    kept_repetitions: int  # of rows that carry a gain, however tight the budget; of all others one is kept
    size_repetitions: int  # of the baseline's plan of twice the size, which every gain of a workload stands on
    range_repetitions: int
    memory_repetitions: int
    choice_repetitions: int  # that the best worker count is chosen on; figures come from others
    multiples: tuple[int, ...]  # workers a core, of pools whose workers wait
    most_workers: int  # of a pool
    left_out: tuple[str, ...] = ()  # workloads that are measured only where they are asked for
    between: tuple[
        str, ...
    ] = ()  # workloads measured on core counts between the fewest and the most; empty: all
    few_core_counts: bool = True  # of a large machine
    every_backend: bool = False  # not the usual ones alone
    every_wait: bool = False  # not timers alone
    memory_workloads: tuple[str, ...] = ()  # whose memory is measured; empty: all
    in_flight: tuple[int, ...] = ()
    placements: bool = False  # whether pools that pin their workers are measured without pins, too

    @property
    def chooses(self) -> bool:
        """Whether there is anything to choose from."""
        return len(self.multiples) > 1


# Seven repetitions make [smallest, largest] a 98.4 % interval of the median, six a 96.9 % one; three make none.
PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            name="smoke",
            budget_seconds=18,
            gain_repetitions=1,
            kept_repetitions=1,
            size_repetitions=1,
            range_repetitions=1,
            memory_repetitions=1,
            choice_repetitions=0,
            multiples=(64,),
            most_workers=1024,
            left_out=("errands",),
            between=("shelving",),
            memory_workloads=("day",),
        ),
        Profile(
            name="quick",
            budget_seconds=100,
            gain_repetitions=7,
            kept_repetitions=6,
            size_repetitions=7,
            range_repetitions=2,
            memory_repetitions=1,
            choice_repetitions=2,
            multiples=(32, 64, 128),
            most_workers=4096,
            left_out=("errands",),
            between=("shelving", "counter"),
            memory_workloads=("day",),
            in_flight=IN_FLIGHT[::2] + IN_FLIGHT[-1:],
        ),
        Profile(
            name="full",
            budget_seconds=600,
            gain_repetitions=7,
            kept_repetitions=6,
            size_repetitions=7,
            range_repetitions=3,
            memory_repetitions=3,
            choice_repetitions=3,
            multiples=(1, 2, 4, 8, 16, 32, 64, 128),
            most_workers=16_384,
            few_core_counts=False,
            every_backend=True,
            every_wait=True,
            in_flight=IN_FLIGHT,
            placements=True,
        ),
    )
}


def larger_profile(profile: str) -> str:
    """Which one has room for what this leaves out, as a remedy is said; empty for the largest."""
    largest = max(PROFILES.values(), key=lambda each: each.budget_seconds).name
    return "" if profile == largest else f"--profile {largest} has room"
