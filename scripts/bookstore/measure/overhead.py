"""Measures the rows of bench_overhead of a run, and writes what it found."""

import time
from collections.abc import Mapping
from pathlib import Path

from bookstore.measure import binary
from bookstore.plan import overhead_grid
from bookstore.plan import overhead_schedule
from bookstore.measure import runner
from bookstore.measure.merge import merge
from bookstore.plan.overhead_profiles import PROFILES
from bookstore.terminal.progress import Progress, duration
from bookstore.measure.folder import Plan, RunFolder, write_json
from bookstore.plan.schedule import Process


def plan_processes(
    plan: Plan, description: binary.Description, experiments: Mapping[str, Mapping[str, int]]
) -> list[Process]:
    """All processes of bench_overhead, in their order; of the raw twins those of the run's backends."""
    profile = PROFILES[plan.profile]
    chosen = [backend for backend in description.backends if backend.name in plan.backends]
    rows = overhead_grid.rows(profile, plan.workloads, chosen, experiments, plan.cores)
    return overhead_schedule.plan(rows, plan.seed)


def measure(
    executable: Path, folder: RunFolder, description: binary.Description, progress: Progress
) -> Mapping[str, object]:
    """Measures what is left and writes overhead.json; says how, for environment.json."""
    plan = folder.plan
    profile = PROFILES[plan.profile]
    processes = plan_processes(plan, description, binary.describe_experiments(executable))
    budget = profile.budget(len(plan.cores))
    begin = time.monotonic()
    measured = runner.measure(executable, folder, processes, budget, profile.kept_repetitions, progress)
    progress.say(f"measured overhead in {duration(time.monotonic() - begin)}")
    write_json(
        folder.partial / "overhead.json", merge(measured.finished, plan.machine, plan.commit, plan.profile)
    )
    return {
        "budget": duration(budget),
        "measured_seconds": round(measured.seconds, 1),
        "process_order": measured.order,
        "dropped": measured.dropped,
    }
