"""Which processes of bench_latency a run starts, and in which order: pure functions."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bookstore.plan.latency_grid import SLO, search_seconds
from bookstore.plan.machine import Spec
from bookstore.plan.schedule import CAPACITY, OPEN, Process

PATIENCE = 2.0  # a search may take so many times what it usually takes


@dataclass(frozen=True)
class OpenProcess(Process):
    """One fresh process of bench_latency: open rows, or one capacity search."""

    curves: str = ""  # a folder for the percentile curves of each repetition; empty: none are written
    series: bool = False  # whether arrivals, tasks in flight and delay over time are written
    resolution: float = 0.0  # of a search

    @property
    def time_limit(self) -> float | None:
        """A search has no end of its own on a machine that disturbs every run."""
        return None if self.usual_seconds is None else PATIENCE * self.usual_seconds

    @property
    def usual_seconds(self) -> float | None:
        return search_seconds(self.rows[0]) if self.kind == CAPACITY else None

    def arguments(self, output: str) -> list[str]:
        chosen = self.chosen
        written = [f"--benchmark_out={output}", "--benchmark_out_format=json"]
        # A machine may not give the most workers of a sweep: such a row is marked and the others are measured.
        if self.kind == CAPACITY:
            return chosen + ["--sweep", "--slo", SLO, "--resolution", f"{self.resolution:g}", *written]
        beside = ["--hgrm", curves_folder(self.curves, self.repetition)] if self.curves else []
        beside += ["--series", str(series_file(Path(output)))] if self.series else []
        return chosen + ["--sweep", *beside, *written]


def curves_folder(curves: str, repetition: int) -> str:
    """Where the processes of a repetition write their curves, which are pooled in the end."""
    return f"{curves}/{repetition}"


def series_file(output: Path) -> Path:
    """Where a process writes what happened over time."""
    return output.with_suffix(".series")


def plan(
    rows: Sequence[Spec], searches: Sequence[Spec], resolution: float, curves: str, seed: int
) -> list[Process]:
    """At random within each repetition, so that a slow minute hits all alike; searches come last."""
    processes: list[Process] = []
    for repetition in range(max((spec.repetitions for spec in rows), default=0)):
        generator = random.Random(f"{seed}/open/{repetition}")
        groups: dict[tuple[str, int], list[Spec]] = defaultdict(list)
        for spec in rows:
            if repetition < spec.repetitions:
                groups[spec.backend, spec.cores].append(spec)
        group = []
        for (backend, cores), specs in groups.items():
            generator.shuffle(specs)
            first = repetition == 0
            group.append(
                OpenProcess(OPEN, backend, cores, repetition, tuple(specs), curves=curves, series=first)
            )
        generator.shuffle(group)
        processes += group
    last = [
        OpenProcess(CAPACITY, spec.backend, spec.cores, 0, (spec,), resolution=resolution)
        for spec in searches
    ]
    random.Random(f"{seed}/capacity").shuffle(last)
    return processes + last
