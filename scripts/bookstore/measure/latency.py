"""Measures the open rows of a run, and writes what bench_latency found."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bookstore.measure import binary
from bookstore.plan import latency_grid
from bookstore.plan import latency_schedule
from bookstore.measure import runner
from bookstore.measure.merge import merge
from bookstore.terminal.progress import Progress, duration
from bookstore.data.results import read_json
from bookstore.measure.folder import Plan, RunFolder, write_json
from bookstore.plan.schedule import Process

KEPT_REPETITIONS = 1  # however tight the budget


def plan_processes(plan: Plan, description: binary.Description, curves: Path) -> list[Process]:
    """All processes of bench_latency, in their order; none if no workload was asked for that has open rows."""
    profile = latency_grid.PROFILES[plan.profile]
    backends = [backend for backend in description.backends if backend.name in plan.backends]
    return latency_schedule.plan(
        latency_grid.open_rows(profile, plan.workloads, backends, plan.cores),
        latency_grid.capacity_rows(profile, plan.workloads, backends, plan.cores),
        0.0 if profile.search is None else profile.search.resolution,
        str(curves),
        plan.seed,
    )


def measure(
    executable: Path, folder: RunFolder, description: binary.Description, progress: Progress
) -> Mapping[str, object] | None:
    """Measures what is left and writes latency.json, latency/ and series.json; says how, for environment.json."""
    curves = folder.partial / "latency"
    processes = plan_processes(folder.plan, description, curves)
    if not processes:
        return None
    curves.mkdir(exist_ok=True)
    plan = folder.plan
    budget = latency_grid.PROFILES[plan.profile].budget(len(plan.cores))
    begin = time.monotonic()
    measured = runner.measure(executable, folder, processes, budget, KEPT_REPETITIONS, progress)
    progress.say(f"measured latency in {duration(time.monotonic() - begin)}")
    write_json(
        folder.partial / "latency.json", merge(measured.finished, plan.machine, plan.commit, plan.profile)
    )
    write_json(folder.partial / "series.json", {"rows": _series(folder, processes)})
    return {
        "budget": duration(budget),
        "measured_seconds": round(measured.seconds, 1),
        "process_order": measured.order,
        "dropped": measured.dropped,
    }


def _series(folder: RunFolder, processes: list[Process]) -> list[Any]:
    """Arrivals and tasks in flight of the rows with bursts: what the others show, their percentiles show better."""
    files = [latency_schedule.series_file(folder.output(process)) for process in processes]
    rows = [row for path in files if path.exists() for row in read_json(path)["rows"]]
    return [row for row in rows if "arrivals:bursts" in row["name"].split("/")]
