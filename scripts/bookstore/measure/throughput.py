"""The closed rows of a run, and the timeline: what bench_throughput measures."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bookstore.measure.binary import Description
from bookstore.measure.disturbance import settled
from bookstore.measure.folder import Plan, RunFolder, write_json
from bookstore.measure.merge import Finished
from bookstore.measure.runner import Measured, Part
from bookstore.plan import grid, machine, profiles, schedule, worker_counts
from bookstore.terminal.errors import InputError


def machine_of(plan: Plan, description: Description) -> machine.Machine:
    """What the run's rows are made for."""
    return machine.Machine(
        [workload for workload in description.workloads if workload.name in plan.workloads],
        [backend for backend in description.backends if backend.name in plan.backends],
        plan.cores,
        description.cores,
    )


def part(executable: Path, plan: Plan, description: Description) -> Part:
    """First worker counts are chosen; then all is measured with those."""
    profile = profiles.PROFILES[plan.profile]
    if plan.gain_repetitions:
        profile = replace(profile, gain_repetitions=plan.gain_repetitions)
    machine = machine_of(plan, description)

    def follow(finished: Sequence[Finished]) -> list[schedule.Process]:
        return [
            replace(each, cpu_speed=plan.cpu_speed)
            for each in next_batch(profile, machine, plan.seed, finished)
        ]

    return Part(
        "throughput",
        executable,
        follow([]),
        profile.budget_seconds,
        profile.kept_repetitions,
        follow,
    )


def next_batch(
    profile: profiles.Profile, machine: machine.Machine, seed: int, finished: Sequence[Finished]
) -> list[schedule.Process]:
    """The next rung or repetition of choosing; then everything else; then nothing."""
    if any(item.process.kind != schedule.CHOICE for item in finished):
        return []
    times = choice_times(finished)
    done = {(item.process.repetition, item.process.turn) for item in finished}
    repetition, turn = max(done, default=(0, -1))
    following = [(0, turn + 1)] if repetition == 0 else []
    following += [(later, 0) for later in range(repetition + 1, profile.choice_repetitions)]
    for step in following if profile.choice_repetitions else []:
        rows = worker_counts.choice_rows(profile, machine, times, *step)
        if rows:
            return schedule.choice(rows, *step, seed)
    return schedule.plan(
        grid.rows(profile, machine, worker_counts.chosen(profile, machine, times)),
        grid.memory_rows(profile, machine),
        grid.timeline_rows(machine),
        machine.cores,
        seed,
    )


def choice_times(finished: Iterable[Finished]) -> dict[worker_counts.Place, dict[int, list[float]]]:
    """Seconds per task of the rows that a choice is made on, by worker count."""
    times: dict[worker_counts.Place, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for item in settled(list(finished)):
        if item.process.kind == schedule.CHOICE:
            for row in item.document["benchmarks"]:
                each = time_per_task(row)
                if math.isfinite(each):
                    workload, backend, *_ = str(row["name"]).split("/")
                    times[workload, backend, int(row["cores"])][int(row["workers"])].append(each)
    return {place: dict(found) for place, found in times.items()}


def time_per_task(row: Mapping[str, Any]) -> float:
    """Seconds; nan for a row that counts for nothing: a limit of the machine, too short, fewer workers than asked."""
    if any(row.get(name) == 1 for name in ("limit_reached", "too_short", "error_occurred", "fewer_workers")):
        return math.nan
    rate = float(row.get("tasks_per_second", 0.0))
    return 1 / rate if rate > 0 else math.nan


def require_figures(measured: Measured) -> None:
    """InputError where nothing was measured, because the machine refused what every row needs."""
    runs = [item for item in measured.finished if item.process.kind != schedule.IDEAL]
    rows = [row for item in runs for row in item.document["benchmarks"]]
    if all(row.get("limit_reached") == 1 for row in rows):
        raise InputError(
            "every row met a limit of the machine, which gives too few threads or too little memory (ulimit, control"
            " groups); allow more, and start a new run"
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
        "machine_cores": description.cores,
        "cpu_speed": plan.cpu_speed,
        "backends": plan.backends,
        "workloads": plan.workloads,
        "waits": plan.waits,
        "left_out": description.left_out,
        "context": description.context,
    }
