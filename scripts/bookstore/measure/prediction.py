"""Foretells a run in virtual time: one core's costs are written down, and the binaries play more cores with them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bookstore.data.documents import read_json
from bookstore.data.played import STEP_SCALE
from bookstore.measure import binary
from bookstore.measure.folder import write_json

COSTS, PREDICTION = "costs.json", "prediction.json"
SCALED = ("step/", "held/")  # what --cpu-scale would make smaller


def foretell(
    folder: Path,
    costs: Mapping[str, Any],
    closed: Sequence[str],
    reach: Sequence[str],
    open_rows: Sequence[str],
    executable: Path,
    latency_binary: Path | None,
) -> Path:
    """Writes costs.json and prediction.json into the folder; returns the second. The rows by their names."""
    write_json(folder / COSTS, costs)
    small = folder / "reach_costs.json"
    write_json(small, {"costs": enlarged(costs["costs"])})
    parts = [(executable, folder / COSTS, closed), (executable, small, reach)]
    if latency_binary is not None:
        parts.append((latency_binary, folder / COSTS, open_rows))
    played: dict[str, Any] = {}
    try:
        for program, file, rows in parts:
            if rows:
                document = _play(program, file, rows, folder / f"{PREDICTION}.part")
                played.setdefault("context", document.get("context", {}))
                played.setdefault("benchmarks", []).extend(document["benchmarks"])
    finally:
        small.unlink()
    write_json(folder / PREDICTION, played)
    return folder / PREDICTION


def enlarged(costs: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The same prices for steps that are run at a part of their size."""
    return {
        name: cost["ns"] / STEP_SCALE if name.startswith(SCALED) else cost["ns"]
        for name, cost in costs.items()
    }


def _play(program: Path, costs: Path, rows: Sequence[str], out: Path) -> dict[str, Any]:
    """Virtual time needs no fresh processes: all rows of a binary in one."""
    arguments = [part for row in rows for part in ("--row", row)]
    arguments += ["--costs", str(costs), f"--benchmark_out={out}", "--benchmark_out_format=json"]
    try:
        binary.run(program, arguments)
        document: dict[str, Any] = read_json(out)
    finally:
        out.unlink(missing_ok=True)
    return document
