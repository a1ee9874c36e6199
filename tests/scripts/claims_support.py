"""Runs made in code, of rows that say what a claim shall be answered."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bookstore.data.results import Results, Row, Run
from conftest import made_row

BACKENDS = ["sequential", "threads", "tbb", "openmp", "event_loop", "event_loops"]
# What seven processes differ by; the median is as it should be.
NOISE = (0.97, 0.98, 0.99, 1.0, 1.01, 1.02, 1.03)
WIDE = (0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0)


def results(rows: Sequence[Row]) -> Results | None:
    return Results(Path("made_up.json"), {}, list(rows)) if rows else None


def made_run(
    throughput: Sequence[Row] = (),
    claims: Sequence[Row] = (),
    claims_latency: Sequence[Row] = (),
    overhead: Sequence[Row] = (),
    cores: Sequence[int] = (1, 2),
    timeline: Mapping[str, object] | None = None,
) -> Run:
    closed = Results(Path("throughput.json"), {}, list(throughput))
    facts = {"machine": "made-up", "profile": "quick", "cores": list(cores), "backends": BACKENDS}
    facts["workloads"] = ["shelving", "counter", "day"]
    return Run(
        Path("run"),
        facts,
        closed,
        timeline,
        overhead=results(overhead),
        claims=results(claims),
        claims_latency=results(claims_latency),
    )


def repeated(name: str, ms: float = 100.0, noise: Sequence[float] = NOISE, **counters: float) -> list[Row]:
    """A row in as many processes as there is noise, whose times differ by it."""
    whole = {"digest_ok": 1.0} | counters
    return [made_row(name, ms * each, index, **whole) for index, each in enumerate(noise)]


def varied(
    name: str, counter: str, value: float, noise: Sequence[float] = NOISE, **counters: float
) -> list[Row]:
    """The same, where a counter differs and times do not."""
    return [
        row
        for index, each in enumerate(noise)
        for row in repeated(name, 100.0, [1.0], **{counter: value * each}, **counters)
        for row in [replace(row, repetition=index)]
    ]


def steady(name: str, ms: float, like: Sequence[float] = NOISE, **counters: float) -> list[Row]:
    """As many processes, all alike."""
    return repeated(name, ms, [1.0] * len(like), **counters)
