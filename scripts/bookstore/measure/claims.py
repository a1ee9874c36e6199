"""The rows that are measured for the essay's claims alone: closed ones, and open ones at rates that closed load gave."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bookstore.measure.binary import Description
from bookstore.measure.folder import Plan
from bookstore.measure.latency import basis_of
from bookstore.measure.merge import Finished
from bookstore.measure.runner import Part
from bookstore.measure.throughput import machine_of
from bookstore.plan import claims


def closed_part(executable: Path, plan: Plan, description: Description) -> Part | None:
    """None if nothing that was asked for bears on a claim."""
    profile = claims.PROFILES[plan.profile]
    processes = [
        # The work of service is so long on any CPU: its plans do not grow.
        replace(each, cpu_speed=1.0 if each.rows[0].workload == claims.SERVICE else plan.cpu_speed)
        for each in claims.closed_processes(profile, machine_of(plan, description), plan.seed)
    ]
    if not processes:
        return None
    return Part(claims.CLOSED, executable, processes, profile.closed_seconds, profile.kept_repetitions)


def open_part(
    executable: Path, plan: Plan, description: Description, closed: Sequence[Finished]
) -> Part | None:
    """The same; of `closed`, what the run measured of closed load, the rates are multiples."""
    profile, basis = claims.PROFILES[plan.profile], basis_of(closed)
    if basis is None:
        return None
    processes = claims.open_processes(profile, machine_of(plan, description), basis, plan.seed)
    if not processes:
        return None
    return Part(claims.OPEN, executable, processes, profile.open_seconds, profile.kept_repetitions)
