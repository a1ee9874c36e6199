"""What a run keeps of single open runs: percentile curves, and arrivals and tasks in flight over time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookstore.data.results import Row
from bookstore.terminal.errors import InputError


@dataclass(frozen=True)
class Curve:
    """Points of a percentile curve: 1 / (1 - p) and the latency in microseconds, both rising."""

    distances: list[float]
    values_us: list[float]


NUMBER = r"[0-9]+(?:\.[0-9]*)?"

# As bench_latency names the file of a row: systems and tools refuse the others in a file's name.
FILE_LETTERS = str.maketrans(
    {"/": "_", ":": "=", **dict.fromkeys('"\\<>|*?\x7f' + "".join(map(chr, range(32))), "-")}
)


def curve_file(folder: Path, row: Row) -> Path:
    """Where the percentiles of a row's first repetition stand; in older runs the file's name has colons."""
    path = folder / "latency" / f"{row.key.translate(FILE_LETTERS)}.hgrm"
    older = path.with_name(f"{row.key.replace('/', '_')}.hgrm")
    return older if older.exists() and not path.exists() else path


def read_curve(path: Path) -> Curve:
    """Reads HdrHistogram's percentile text; its last point, the maximum, has no distance and is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path}: cannot be read; measure again") from None
    distances, values = [], []
    for line in lines:
        if not line.strip() or line.startswith("#") or "Percentile" in line:
            continue
        if not re.fullmatch(rf"\s*{NUMBER}\s+{NUMBER}\s+[0-9]+(\s+{NUMBER}|\s+inf)?\s*", line):
            raise InputError(f"{path}: is no percentile text ({line.strip()[:40]}); measure again")
        fields = line.split()
        if len(fields) == 4 and fields[3] != "inf":
            values.append(float(fields[0]))
            distances.append(float(fields[3]))
    if not distances:
        raise InputError(f"{path}: holds no percentile; measure again")
    return Curve(distances, values)


def trimmed(curve: Curve, distance: float) -> Curve:
    """The curve up to this distance."""
    kept = [pair for pair in zip(curve.distances, curve.values_us, strict=True) if pair[0] <= distance]
    return Curve([pair[0] for pair in kept], [pair[1] for pair in kept])


@dataclass(frozen=True)
class Series:
    """Arrivals per bin and tasks in flight at its end, over the time of one run."""

    workload: str
    backend: str
    bin_us: float
    arrivals: list[float]
    in_flight: list[float]


def series_of(document: Mapping[str, Any], where: Path) -> list[Series]:
    """The rows of series.json, those of bursts alone."""
    found = []
    try:
        for item in document["rows"]:
            workload, backend, *params = str(item["name"]).split("/")
            if "arrivals:bursts" not in params:
                continue
            numbers = [[float(value) for value in item[name]] for name in ("arrivals", "in_flight")]
            if len(numbers[0]) != len(numbers[1]) or not numbers[0] or not float(item["bin_us"]) > 0:
                raise ValueError("bins")
            found.append(Series(workload, backend, float(item["bin_us"]), *numbers))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(f"{where}: is no series of open runs; measure again") from None
    return found
