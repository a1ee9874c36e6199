"""Which processes of bench_overhead a run starts, and in which order: pure functions."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bookstore.data.names import ROUND_TRIP
from bookstore.plan.overhead_estimates import PROCESS_SECONDS, seconds, total_seconds
from bookstore.plan.overhead_grid import OverheadSpec
from bookstore.plan.overhead_profiles import OverheadProfile
from bookstore.plan.schedule import OVERHEAD, Process

# Experiments that share a process, if backend and cores are the same; all others have one for themselves.
TOGETHER = {"seam_grain": "seam", "seam_stocktake": "seam", "handover": "pool", "burst": "pool"}


@dataclass(frozen=True)
class OverheadProcess(Process):
    """One fresh process of bench_overhead."""

    group: str = ""  # what tells it from the others of its backend, core count and repetition

    @property
    def id(self) -> str:
        return f"{super().id}-{self.group}"

    @property
    def measured_rows(self) -> float:
        """Rows differ by a factor of a thousand, so that their cost counts, not their number."""
        return PROCESS_SECONDS + sum(map(seconds, self.rows))

    def arguments(self, output: str) -> list[str]:
        # A machine may not give the most workers of a sweep: such a row is marked and the others are measured.
        return [*self.chosen, "--sweep", f"--benchmark_out={output}", "--benchmark_out_format=json"]


def plan(rows: Sequence[OverheadSpec], seed: int) -> list[Process]:
    """At random within each repetition, so that a slow minute hits all alike."""
    processes: list[Process] = []
    for repetition in range(max((spec.repetitions for spec in rows), default=0)):
        generator = random.Random(f"{seed}/overhead/{repetition}")
        groups: dict[tuple[str, str, int], list[OverheadSpec]] = defaultdict(list)
        for spec in rows:
            if repetition < spec.repetitions:
                groups[_group(spec), spec.backend, spec.cores].append(spec)
        group: list[Process] = []
        for (name, backend, cores), specs in groups.items():
            generator.shuffle(specs)
            group.append(OverheadProcess(OVERHEAD, backend, cores, repetition, tuple(specs), group=name))
        generator.shuffle(group)
        processes += group
    return processes


def budget_seconds(profile: OverheadProfile, rows: Sequence[OverheadSpec]) -> float:
    """The profile's own, and what round trips take where sockets were asked for: nothing gives way to these."""
    trips = [spec for spec in rows if spec.workload == ROUND_TRIP]
    return profile.budget_seconds + total_seconds(trips, sum(spec.repetitions for spec in trips))


def _group(spec: OverheadSpec) -> str:
    if spec.alone:
        return "_".join(
            [spec.workload, f"{spec.workers}", *(f"{name}{value}" for name, value in spec.params)]
        )
    return TOGETHER.get(spec.workload, spec.workload)
