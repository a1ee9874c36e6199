"""Pictures in which more lines would meet than an eye can follow show the best of each quadrant, and say so.

Where the reader can choose, in the report, they show all.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bookstore.data.names import family
from bookstore.data.played import played_of
from bookstore.data.results import Results, Run
from bookstore.findings.closed import measurements_of
from bookstore.findings.quadrants import best_of_each
from bookstore.plots.marks import BACKEND

FEW = 7  # backends that can be told apart in one picture


def crowded(svg: str) -> bool:
    """Whether a picture, with what its groups' ids tell, is of more backends than can be told apart."""
    return len({family(name) for name in re.findall(rf'{BACKEND}="([^"]*)"', svg)}) > FEW


def narrowed(run: Run) -> Run:
    """The same run with the best of each quadrant alone; the run itself if that is not known."""
    every = [str(name) for name in run.environment.get("backends", ())]
    kept = best_of_each(measurements_of(run))
    if not kept:
        return run
    others = [name for name in every if name not in kept]
    return replace(
        run,
        environment={**run.environment, "backends": kept},
        throughput=_without(run.throughput, others),
        latency=run.latency and _without(run.latency, others),
        overhead=run.overhead and _without(run.overhead, others),
        claims=run.claims and _without(run.claims, others),
        claims_latency=run.claims_latency and _without(run.claims_latency, others),
        sockets=run.sockets and _without(run.sockets, others),
        sockets_latency=run.sockets_latency and _without(run.sockets_latency, others),
        prediction=run.prediction and _without(run.prediction, others),
        timeline=_listed(run.timeline, others),
        series=_listed(run.series, others),
        excerpt=f"Of {len(every)} backends the best of each quadrant: {', '.join(kept)}; report.html shows all.",
    )


def _without(results: Results, others: Sequence[str]) -> Results:
    """The rows of all but these backends, their twins and who plays them; what is of no backend stays."""
    return replace(
        results, rows=[row for row in results.rows if family(played_of(row).backend) not in others]
    )


def _listed(found: Mapping[str, Any] | None, others: Sequence[str]) -> Mapping[str, Any] | None:
    """The same of a list whose entries tell their backend, or the name of their row."""
    if found is None or not isinstance(found.get("rows"), list):
        return found
    return {**found, "rows": [row for row in found["rows"] if _backend_of(row) not in others]}


def _backend_of(row: Mapping[str, Any]) -> str:
    parts = str(row.get("name", "")).split("/")
    return str(row.get("backend") or (parts[1] if len(parts) > 1 else ""))
