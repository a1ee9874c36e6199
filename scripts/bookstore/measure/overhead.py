"""The costs beside the work: what bench_overhead measures."""

from pathlib import Path

from bookstore.measure.binary import Description, describe_experiments
from bookstore.measure.folder import Plan
from bookstore.measure.runner import Part
from bookstore.plan import overhead_grid, overhead_schedule
from bookstore.plan.overhead_profiles import PROFILES


def part(executable: Path, plan: Plan, description: Description) -> Part:
    """Of the raw twins those of the run's backends."""
    profile = PROFILES[plan.profile]
    backends = [backend for backend in description.backends if backend.name in plan.backends]
    experiments = describe_experiments(executable)
    rows = overhead_grid.rows(profile, plan.workloads, backends, experiments, plan.cores, plan.waits)
    processes = overhead_schedule.plan(rows, plan.seed)
    budget = overhead_schedule.budget_seconds(profile, rows)
    return Part("overhead", executable, processes, budget, profile.kept_repetitions)
