"""The open rows of a run: what bench_latency measures, at rates and worker counts that closed load gave."""

import math
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import Any

from bookstore.data.curves import pooled_text
from bookstore.data.documents import read_json
from bookstore.data.names import BASELINE
from bookstore.measure.binary import Description
from bookstore.measure.disturbance import settled
from bookstore.measure.folder import RunFolder, write_json
from bookstore.measure.merge import Finished
from bookstore.measure.runner import Part
from bookstore.measure.throughput import time_per_task
from bookstore.plan import latency_grid, latency_schedule, schedule
from bookstore.plan.machine import REFERENCE
from bookstore.plan.rates import Basis, rounded
from bookstore.stats.choice import best_count

KEPT_REPETITIONS = 6  # however tight the budget: they make an interval


def part(
    executable: Path, folder: RunFolder, description: Description, closed: Sequence[Finished]
) -> tuple[Part, Basis] | None:
    """None if no workload was asked for that has open rows. Percentile curves go into the folder's latency/."""
    plan = folder.plan
    basis = basis_of(closed)
    if basis is None:
        return None
    backends = [backend for backend in description.backends if backend.name in plan.backends]
    doors = latency_grid.Doors(plan.workloads, backends, plan.cores, basis)
    whole = latency_grid.PROFILES[plan.profile]
    profile = latency_grid.fitted(whole, doors)
    curves = folder.partial / "latency"
    processes = latency_schedule.plan(
        latency_grid.open_rows(profile, doors),
        latency_grid.capacity_rows(profile, doors),
        0.0 if profile.search is None else profile.search.resolution,
        str(curves),
        plan.seed,
    )
    if not processes:
        return None
    for repetition in sorted({process.repetition for process in processes}):
        Path(latency_schedule.curves_folder(str(curves), repetition)).mkdir(parents=True, exist_ok=True)
    made = Part(
        "latency",
        executable,
        processes,
        profile.budget_seconds,
        KEPT_REPETITIONS,
        left_out={"searches for capacity": latency_grid.searches_left_out(whole, doors)},
        beside_seconds=0.0 if profile.search is None else profile.search.budget_seconds,
    )
    used = {
        (each.name, cores): doors.workers(each, cores)
        for each in backends
        for cores in plan.cores
        if (each.name, cores) in basis.workers
    }
    return made, replace(basis, workers=used)


def basis_of(closed: Sequence[Finished]) -> Basis | None:
    """What closed load says of rates and worker counts; None if no workload was measured that has open rows.

    B is what the reference, at its best worker count, did closed on the fewest cores; where it was left out, the first
    pool that waits with its tasks, or whoever else there is.
    """
    times = _times(closed)
    for workload in (latency_grid.CUSTOMERS, latency_grid.DAY):
        found = {(backend, cores): each for (name, backend, cores), each in times.items() if name == workload}
        if found:
            return _basis(workload, found)
    return None


def _basis(workload: str, found: Mapping[tuple[str, int], Mapping[int, Sequence[float]]]) -> Basis:
    best = {place: best_count(counts) for place, counts in found.items()}
    closed = {place: 1 / median(counts[best[place]]) for place, counts in found.items()}
    fewest = min(cores for _, cores in found)
    names = [backend for backend, cores in found if cores == fewest]
    others = [name for name in names if name != BASELINE] or names
    reference = REFERENCE if REFERENCE in names else others[0]
    place = (reference, fewest)
    source = f"{workload}/{reference}/cores:{fewest}/workers:{best[place]}"
    return Basis(rounded(closed[place]), closed[place], source, best, closed)


def _times(closed: Sequence[Finished]) -> dict[tuple[str, str, int], dict[int, list[float]]]:
    """Seconds per task by workload, backend and cores, and by worker count; of plain rows alone."""
    times: dict[tuple[str, str, int], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for item in settled(closed):
        if item.process.kind not in (schedule.TIMED, schedule.CHOICE):
            continue
        for row in item.document["benchmarks"]:
            each = time_per_task(row)
            if math.isfinite(each) and not _is_special(row):
                workload, backend, *_ = str(row["name"]).split("/")
                times[workload, backend, int(row["cores"])][int(row["workers"])].append(each)
    return {place: dict(counts) for place, counts in times.items()}


def _is_special(row: Mapping[str, Any]) -> bool:
    return bool(row.get("in_flight") or row.get("pinned_given") or "locks:1" in str(row["name"]).split("/"))


def rates_account(basis: Basis) -> dict[str, object]:
    """What environment.json says of it."""
    facts = asdict(basis)
    for name in ("workers", "closed"):
        facts[name] = [
            {"backend": backend, "cores": cores, name: round(value)}
            for (backend, cores), value in sorted(facts[name].items())
        ]
    return {**facts, "measured": round(basis.measured)}


def pool_curves(folder: RunFolder) -> None:
    """One percentile text a row, of all tasks of all its processes, in place of one a process."""
    curves = folder.partial / "latency"
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(curves.glob("*/*.hgrm")):
        by_name[path.name].append(path)
    for name, paths in by_name.items():
        (curves / name).write_text(pooled_text(paths), encoding="utf-8")
    for repetition in [path for path in curves.iterdir() if path.is_dir()]:
        shutil.rmtree(repetition)


def write_series(folder: RunFolder, part: Part) -> None:
    """What happened over the time of the rows with bursts: what the others show, their percentiles show better."""
    files = [latency_schedule.series_file(folder.output(process)) for process in part.processes]
    rows = [row for path in files if path.exists() for row in read_json(path)["rows"]]
    bursts = [row for row in rows if "arrivals:bursts" in row["name"].split("/")]
    write_json(folder.partial / "series.json", {"rows": bursts})
