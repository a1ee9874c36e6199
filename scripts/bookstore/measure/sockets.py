"""The rows that show what a wait costs that is real: closed ones, and open ones at the rate that closed load gave."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bookstore.measure.binary import Description
from bookstore.measure.folder import Plan
from bookstore.measure.latency import basis_of
from bookstore.measure.merge import Finished
from bookstore.measure.runner import Part
from bookstore.measure.throughput import machine_of
from bookstore.plan import sockets
from bookstore.plan.schedule import Process


def parts(
    executable: Path,
    latency_binary: Path | None,
    plan: Plan,
    description: Description,
    closed: Sequence[Finished],
) -> list[Part]:
    """None without customers, or without a socket to wait at; `closed`: what the run measured of closed load."""
    basis = basis_of(closed)
    if basis is None:
        return []
    profile = sockets.PROFILES[plan.profile]
    asked = sockets.Asked(machine_of(plan, description), basis, plan.waits)
    fits = sockets.fitted_closed(profile, asked)
    processes = [
        replace(each, cpu_speed=plan.cpu_speed) for each in sockets.closed_processes(fits, asked, plan.seed)
    ]
    found = [_part(sockets.CLOSED, executable, processes, profile.closed_seconds, fits)]
    if latency_binary is not None:
        fits = sockets.fitted_open(profile, asked)
        processes = sockets.open_processes(fits, asked, plan.seed)
        found.append(_part(sockets.OPEN, latency_binary, processes, profile.open_seconds, fits))
    return [part for part in found if part.processes]


def _part(
    name: str,
    executable: Path,
    processes: Sequence[Process],
    seconds: float,
    profile: sockets.SocketsProfile,
) -> Part:
    kept = min(sockets.LEAST_REPETITIONS, profile.main_repetitions)
    return Part(name, executable, processes, seconds, kept)
