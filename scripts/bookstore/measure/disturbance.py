"""Closed rows during which others took the CPUs: measured again later in the round, or kept and marked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bookstore.data.rows import row_key
from bookstore.measure.merge import Finished
from bookstore.plan.schedule import CHOICE, MEMORY, TIMED, Process

REPEATED = (TIMED, CHOICE, MEMORY)  # kinds of processes whose rows can be measured again one by one
ATTEMPTS = 2  # of a row in a repetition, the first included


def is_disturbed(row: Mapping[str, Any]) -> bool:
    return row.get("disturbed", 0) == 1


def again(finished: Finished) -> Process | None:
    """A process for the disturbed rows of one that has run; None if there are none, or no attempt is left."""
    process = finished.process
    attempt = process.attempt + 1
    if process.kind not in REPEATED or attempt >= ATTEMPTS:
        return None
    # Rows are written in the order in which they were asked for, whatever their plans are called in the end.
    written = [
        row for row in finished.document["benchmarks"] if row.get("run_type", "iteration") == "iteration"
    ]
    rows = tuple(spec for spec, row in zip(process.rows, written, strict=True) if is_disturbed(row))
    return replace(process, rows=rows, attempt=attempt) if rows else None


def settled(finished: Sequence[Finished]) -> list[Finished]:
    """The same without rows for which another attempt stands: of each row the attempt that others took least from."""
    best: dict[tuple[str, int, str], tuple[float, int]] = {}
    for item in finished:
        for place, others in _attempts(item):
            mine = (others, item.process.attempt)
            best[place] = min(best.get(place, mine), mine)
    return [
        replace(item, document={**item.document, "benchmarks": _standing(item, best)}) for item in finished
    ]


def _attempts(item: Finished) -> list[tuple[tuple[str, int, str], float]]:
    """Each row's kind, repetition and key, with what others took while it ran."""
    process = item.process
    return [
        ((process.kind, process.repetition, row_key(row["name"])), float(row.get("others_fraction", 0.0)))
        for row in item.document["benchmarks"]
    ]


def _standing(item: Finished, best: Mapping[tuple[str, int, str], tuple[float, int]]) -> list[Any]:
    rows = item.document["benchmarks"]
    if item.process.kind not in REPEATED:
        return list(rows)
    return [
        row
        for row, (place, _) in zip(rows, _attempts(item), strict=True)
        if best[place][1] == item.process.attempt
    ]


def account(finished: Sequence[Finished]) -> dict[str, object]:
    """How much of what stands was disturbed, as environment.json says it; empty if the binary does not tell."""
    rows = [
        row for item in settled(finished) for row in item.document["benchmarks"] if "others_fraction" in row
    ]
    if not rows:
        return {}
    attempts = sum(item.process.attempt > 0 for item in finished)
    shares = [float(row["others_fraction"]) for row in rows]
    weights = [float(row.get("real_time", 0.0)) for row in rows]
    mean = sum(share * weight for share, weight in zip(shares, weights, strict=True)) / (sum(weights) or 1.0)
    return {
        "others_fraction": round(mean, 4),
        "disturbed_rows": sum(map(is_disturbed, rows)),
        "rows": len(rows),
        "measured_again": attempts,
    }
