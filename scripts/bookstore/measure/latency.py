"""The open rows of a run: what bench_latency measures."""

from pathlib import Path

from bookstore.data.documents import read_json
from bookstore.measure.binary import Description
from bookstore.measure.folder import RunFolder, write_json
from bookstore.measure.runner import Part
from bookstore.plan import latency_grid, latency_schedule

KEPT_REPETITIONS = 1  # however tight the budget


def part(executable: Path, folder: RunFolder, description: Description) -> Part | None:
    """None if no workload was asked for that has open rows. Percentile curves go into the folder's latency/."""
    plan = folder.plan
    profile = latency_grid.PROFILES[plan.profile]
    backends = [backend for backend in description.backends if backend.name in plan.backends]
    curves = folder.partial / "latency"
    processes = latency_schedule.plan(
        latency_grid.open_rows(profile, plan.workloads, backends, plan.cores),
        latency_grid.capacity_rows(profile, plan.workloads, backends, plan.cores),
        0.0 if profile.search is None else profile.search.resolution,
        str(curves),
        plan.seed,
    )
    if not processes:
        return None
    curves.mkdir(exist_ok=True)
    return Part("latency", executable, processes, profile.budget(len(plan.cores)), KEPT_REPETITIONS)


def write_series(folder: RunFolder, part: Part) -> None:
    """Arrivals and tasks in flight of the rows with bursts: what the others show, their percentiles show better."""
    files = [latency_schedule.series_file(folder.output(process)) for process in part.processes]
    rows = [row for path in files if path.exists() for row in read_json(path)["rows"]]
    bursts = [row for row in rows if "arrivals:bursts" in row["name"].split("/")]
    write_json(folder.partial / "series.json", {"rows": bursts})
