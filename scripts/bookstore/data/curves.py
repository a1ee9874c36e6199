"""What a run keeps of single open runs: percentile curves, and arrivals and tasks in flight over time."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookstore.data.results import Row
from bookstore.terminal.errors import InputError


# A line of a percentile text: value, percentile, how many are no larger, and 1 / (1 - p) but at the end.
LINE = re.compile(
    r"\s*\d{1,18}(\.\d*)?\s+\d{1,18}(\.\d*)?\s+\d{1,18}(\s+\d{1,18}(\.\d*)?|\s+inf)?\s*", re.ASCII
)
FINE = 1.02  # from point to point of a pooled curve, 1 / (1 - p) rises so much at least
DELAY = "delay"  # what a percentile text is of, as its last line says; in older runs without one it is the latency
LATENCY = "latency"


@dataclass(frozen=True)
class Curve:
    """Points of a percentile curve: 1 / (1 - p) and the value in microseconds, both rising; then all that it is of."""

    distances: list[float]
    values_us: list[float]
    count: int = 0  # tasks
    largest_us: float = math.nan
    figure: str = LATENCY
    processes: int = 1

    def percentile(self, p: float) -> float:
        """The least point that so large a part does not exceed; the largest where no point is so far out."""
        wanted = 1 / (1 - p)
        found = (
            value
            for distance, value in zip(self.distances, self.values_us, strict=True)
            if distance >= wanted
        )
        return next(found, self.largest_us)


# As bench_latency names the file of a row: systems and tools refuse the others in a file's name.
FILE_LETTERS = str.maketrans(
    {"/": "_", ":": "=", **dict.fromkeys('"\\<>|*?\x7f' + "".join(map(chr, range(32))), "-")}
)


def curve_file(folder: Path, row: Row) -> Path:
    """Where a row's percentiles stand, of its processes together; in older runs the file's name has colons."""
    path = folder / "latency" / f"{row.key.translate(FILE_LETTERS)}.hgrm"
    older = path.with_name(f"{row.key.replace('/', '_')}.hgrm")
    return older if older.exists() and not path.exists() else path


def read_curve(path: Path) -> Curve:
    """Reads HdrHistogram's percentile text; its last point, the largest, has no distance and stands apart."""
    points, footer = _read(path)
    inner = [(value, distance) for value, _, distance in points if math.isfinite(distance)]
    if not inner:
        raise InputError(f"{path}: holds no percentile; measure again")
    largest, count, _ = points[-1]
    figure = DELAY if f"Figure  = {DELAY}" in footer else LATENCY
    processes = re.search(r"Processes = +(\d+)", footer)
    return Curve(
        [distance for _, distance in inner],
        [value for value, _ in inner],
        count,
        largest,
        figure,
        int(processes[1]) if processes else 1,
    )


def _read(path: Path) -> tuple[list[tuple[float, int, float]], str]:
    """Value in us, how many are no larger, and 1 / (1 - p) of each line; and the footer."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path}: cannot be read; measure again") from None
    points, footer = [], []
    for line in lines:
        if line.startswith("#"):
            footer.append(line)
        if not line.strip() or line.startswith("#") or "Percentile" in line:
            continue
        if not LINE.fullmatch(line):
            raise InputError(f"{path}: is no percentile text ({line.strip()[:40]}); measure again")
        fields = line.split()
        distance = float(fields[3]) if len(fields) == 4 else math.inf
        points.append((float(fields[0]), int(fields[2]), distance))
    return points, "\n".join(footer)


def pooled_text(paths: Sequence[Path]) -> str:
    """One percentile text of all tasks of several processes, of the texts that each of them wrote.

    A process that was ended before its window filled has none.
    """
    counts: dict[float, int] = {}
    footer = ""
    for path in paths:
        points, footer = _read(path)
        below = 0
        for value, count, _ in points:
            counts[value] = counts.get(value, 0) + count - below
            below = count
    total = sum(counts.values())
    lines = ["       Value     Percentile TotalCount 1/(1-Percentile)", ""]
    below, last = 0, 0.0
    for value in sorted(counts):
        below += counts[value]
        if below == total:
            lines.append(f"{value:12.3f} {1:.12f} {total:10d}")
        elif (distance := total / (total - below)) >= last * FINE:
            lines.append(f"{value:12.3f} {below / total:.12f} {below:10d} {distance:14.2f}")
            last = distance
    kept = [line for line in footer.splitlines() if "Figure" in line]
    return "\n".join([*lines, *kept, f"#[Processes = {len(paths):12d}]"]) + "\n"


@dataclass(frozen=True)
class Series:
    """Arrivals per bin and tasks in flight at its end, over the time of one run; delay of those who came in a bin."""

    workload: str
    backend: str
    bin_us: float
    arrivals: list[float]
    in_flight: list[float]
    delay_bin_us: float = math.nan
    delay_p50_us: tuple[float, ...] = ()  # nan where nobody came; empty in older runs
    delay_max_us: tuple[float, ...] = ()


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
            delays = [
                tuple(math.nan if value is None else float(value) for value in item.get(name, ()))
                for name in ("delay_p50_us", "delay_max_us")
            ]
            bins = float(item.get("delay_bin_us", math.nan))
            found.append(Series(workload, backend, float(item["bin_us"]), *numbers, bins, *delays))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InputError(f"{where}: is no series of open runs; measure again") from None
    return found
