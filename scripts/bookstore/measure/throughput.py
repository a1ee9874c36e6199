"""The closed rows of a run, and the timeline: what bench_throughput measures."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bookstore.measure.binary import Description
from bookstore.measure.folder import Plan, RunFolder, write_json
from bookstore.measure.runner import Measured, Part
from bookstore.plan import grid, schedule


def part(executable: Path, plan: Plan, description: Description) -> Part:
    profile = grid.PROFILES[plan.profile]
    backends = [backend for backend in description.backends if backend.name in plan.backends]
    workloads = [workload for workload in description.workloads if workload.name in plan.workloads]
    processes = schedule.plan(
        grid.rows(profile, workloads, backends, plan.cores),
        grid.memory_rows(profile, workloads, backends, plan.cores),
        grid.timeline_rows(workloads, backends, plan.cores),
        plan.cores,
        plan.seed,
    )
    return Part(
        "throughput",
        executable,
        [replace(process, cpu_speed=plan.cpu_speed) for process in processes],
        profile.budget(len(plan.cores)),
        profile.kept_repetitions,
    )


def write_timeline(folder: RunFolder, measured: Measured) -> None:
    rows = [row for item in measured.timeline for row in item.document["rows"]]
    write_json(folder.partial / "timeline.json", {"rows": rows})


def facts(plan: Plan, description: Description) -> Mapping[str, object]:
    """What environment.json says of the run as a whole: of what it is, and on what it was made."""
    return {
        "machine": plan.machine,
        "commit": plan.commit,
        "profile": plan.profile,
        "started": plan.started,
        "seed_of_process_order": plan.seed,
        "cores": plan.cores,
        "cpu_speed": plan.cpu_speed,
        "backends": plan.backends,
        "workloads": plan.workloads,
        "left_out": description.left_out,
        "context": description.context,
    }
