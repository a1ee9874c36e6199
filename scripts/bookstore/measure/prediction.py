"""Rows in virtual time, played by the binaries at costs that they are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bookstore.data.documents import read_json
from bookstore.data.played import STEP_SCALE
from bookstore.measure import binary
from bookstore.measure.folder import write_json

COSTS, PREDICTION = "costs.json", "prediction.json"
SCALED = ("step/", "held/")  # what cpu_scale makes smaller


@dataclass(frozen=True)
class Batch:
    """Rows by their names, which one process plays: virtual time needs no fresh ones."""

    program: Path
    rows: Sequence[str]
    costs: Mapping[str, float]  # nanoseconds, of steps at their full size
    marks: Mapping[str, float] = field(default_factory=dict)  # that each row is given beside its counters
    options: Sequence[str] = ()


def play(batches: Sequence[Batch]) -> dict[str, Any]:
    """One document of all rows, in the order of the batches."""
    played: dict[str, Any] = {"benchmarks": []}
    for batch in batches:
        if batch.rows:
            document = _play(batch)
            played.setdefault("context", document.get("context", {}))
            played["benchmarks"] += [{**row, **batch.marks} for row in document["benchmarks"]]
    return played


def enlarged(costs: Mapping[str, float]) -> dict[str, float]:
    """The same prices for steps that are run at a part of their size."""
    return {name: ns / STEP_SCALE if name.startswith(SCALED) else ns for name, ns in costs.items()}


def _play(batch: Batch) -> dict[str, Any]:
    with TemporaryDirectory(prefix="bookstore-") as folder:
        costs, out = Path(folder, COSTS), Path(folder, PREDICTION)
        arguments = [part for row in batch.rows for part in ("--row", row)] + list(batch.options)
        arguments += ["--costs", str(costs), f"--benchmark_out={out}", "--benchmark_out_format=json"]
        write_json(costs, {"costs": enlarged(batch.costs)})
        binary.run(batch.program, arguments)
        document: dict[str, Any] = read_json(out)
    return document
