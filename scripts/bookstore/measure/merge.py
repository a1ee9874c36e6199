"""One Google Benchmark JSON file out of the files of many processes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bookstore.data.names import TIMER, waits_of
from bookstore.data.rows import row_key
from bookstore.plan.schedule import CAPACITY, CHOICE, MEMORY, OPEN, OVERHEAD, TIMED, Process
from bookstore.terminal.errors import InputError, WrongResult

# Of a capacity search's row: the first part of its name.
SEARCH_PREFIX = "capacity/"
# How many parts of what was asked for say which workload, backend, cores and workers.
IDENTITY = 4
# Parameters of rows that are measured for the claims, each a counter, with what they are where none is given.
CLAIMED = {"slow": "1", "static": "0", "desk": "0"}
# What a row of the reader's own tasks has in its name, in the form in which it is asked for.
SHAPE = ("steps", "spread")
# What is added to the names of rows of these kinds of process, and is a counter of theirs.
APART = {MEMORY: "memory", CHOICE: "choice"}


@dataclass(frozen=True)
class Finished:
    """A process that has run, and the JSON that it wrote."""

    process: Process
    seconds: float
    document: Mapping[str, Any]


def check(process: Process, document: Any) -> None:
    """Stops if the process did not measure what it was asked for: a parameter without effect spoils everything."""
    if not isinstance(document, dict) or not isinstance(document.get("benchmarks"), list):
        raise InputError(f"process {process.id} wrote no Google Benchmark JSON; build again")
    rows = [row for row in document["benchmarks"] if row.get("run_type", "iteration") == "iteration"]
    for row in rows:
        if row.get("digest_ok", 1) != 1:
            raise WrongResult(f"wrong digest in {row['name']}; its figures are worth nothing")
    if process.kind == OVERHEAD:
        _check_counters(process, rows)
    if process.kind not in (TIMED, CHOICE, MEMORY, OPEN, CAPACITY):
        return
    asked = sorted(_asked(spec.name) for spec in process.rows)
    answered = sorted(_answered(row) for row in rows)
    if process.kind == CAPACITY:  # the rate is what is searched for
        asked = [parts[:IDENTITY] for parts in asked]
        answered = [parts[:IDENTITY] for parts in answered]
    locked = sum("locks:1" in spec.name for spec in process.rows)
    if sum(row.get("locks", 0) == 1 for row in rows) < locked:
        raise WrongResult(f"process {process.id} was asked for locks and measured without")
    if asked != answered:
        missing = [name for name in asked if name not in answered]
        extra = [name for name in answered if name not in asked]
        raise WrongResult(
            f"process {process.id} was asked for {missing[:1] or 'nothing more'} and measured {extra[:1] or 'less'}"
        )


def _check_counters(process: Process, rows: Sequence[Mapping[str, Any]]) -> None:
    """Every row that was asked for was measured, with each of its parameters as a counter, and no other."""
    left = list(rows)
    for spec in process.rows:
        params = dict(spec.params)
        waits = params.pop("waits", TIMER)
        wanted = {"cores": spec.cores, "workers": spec.workers}
        wanted |= {name: float(value) for name, value in params.items()}
        place = [spec.workload, spec.backend]
        found = next(
            (
                row
                for row in left
                if row["name"].split("/")[:2] == place
                and _waits(row) == waits
                and all(abs(row.get(name, math.nan) - value) < 1e-9 for name, value in wanted.items())
            ),
            None,
        )
        if found is None:
            raise WrongResult(f"process {process.id} was asked for {spec.name} and did not measure it")
        left.remove(found)
    if left:
        raise WrongResult(f"process {process.id} was not asked for {left[0]['name']} and measured it")


def _waits(row: Mapping[str, Any]) -> str:
    """What a row waited for; of one that met a limit, what it would have waited for."""
    if row.get("limit_reached") == 1:
        parts = row_key(row["name"]).split("/")
        return next((part.removeprefix("waits:") for part in parts if part.startswith("waits:")), TIMER)
    return waits_of(row)


def merge(finished: Sequence[Finished], machine: str, commit: str, profile: str) -> dict[str, Any]:
    """The merged document. Its context is that of a process on most cores; what differs stands under `processes`."""
    if not finished:
        raise ValueError("nothing was measured")
    ordered = sorted(finished, key=lambda item: item.process.repetition)
    context = public(max(ordered, key=lambda item: item.process.cores).document.get("context", {}))
    context |= {"machine": machine, "commit": commit, "profile": profile}
    repetitions: dict[str, int] = {}
    for item in ordered:
        for row in item.document["benchmarks"]:
            repetitions[_name(item, row)] = repetitions.get(_name(item, row), 0) + 1
    rows = [
        _merged_row(item, index, row, repetitions)
        for index, item in enumerate(ordered)
        for row in item.document["benchmarks"]
    ]
    return {
        "context": context,
        "processes": [_process(index, item, context) for index, item in enumerate(ordered)],
        "benchmarks": rows,
    }


def _merged_row(
    item: Finished, index: int, row: Mapping[str, Any], repetitions: Mapping[str, int]
) -> dict[str, Any]:
    name = _name(item, row)
    apart = APART.get(item.process.kind)
    return {
        **row,
        **({apart: 1} if apart else {}),
        "name": name,
        "run_name": name,
        "repetitions": repetitions[name],
        "repetition_index": item.process.repetition,
        "process": index,
    }


def _name(item: Finished, row: Mapping[str, Any]) -> str:
    """Rows of memory and of choices get keys of their own: taken alone in a process, and used to choose by."""
    name: str = row["name"]
    apart = APART.get(item.process.kind)
    if apart is None:
        return name
    key = row_key(name)
    return f"{key}/{apart}:1{name.removeprefix(key)}"


def public(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context without what names a place or a host: runs are made to be shown to others."""
    kept = {name: value for name, value in context.items() if name != "host_name"}
    if "executable" in kept:
        kept["executable"] = str(kept["executable"]).rsplit("/", 1)[-1]
    return kept


def _process(index: int, item: Finished, context: Mapping[str, Any]) -> dict[str, Any]:
    own = public(item.document.get("context", {}))
    return {
        "index": index,
        "kind": item.process.kind,
        "backend": item.process.backend,
        "cores": item.process.cores,
        "repetition": item.process.repetition,
        "seconds": round(item.seconds, 3),
        "context": {name: value for name, value in own.items() if context.get(name) != value},
    }


def _asked(name: str) -> tuple[str, ...]:
    """What identifies a row that was asked for. The task count is left out: a factor is the binary's to resolve."""
    parts = name.split("/")
    params = dict(part.split(":", 1) for part in parts[2:])
    return (
        parts[0],
        parts[1],
        params["cores"],
        params["workers"],
        params.get("in_flight", "0"),
        f"{float(params.get('rate', 0)):g}",
        f"{float(params.get('duration', 0)):g}",
        str(int(params.get("arrivals") == "bursts")),
        params.get("door", "0"),
        params.get("pinned", ""),
        params.get("waits", TIMER),
        *(params.get(name, usual) for name, usual in CLAIMED.items()),
        *(params.get(name, "") for name in SHAPE),
    )


def _answered(row: Mapping[str, Any]) -> tuple[str, ...]:
    name = row_key(row["name"]).removeprefix(SEARCH_PREFIX)
    if row.get("limit_reached") == 1:  # measured nothing, and so has nothing but its name
        return _asked(name)
    parts = name.split("/")
    counters = ("cores", "workers", "in_flight", "rate", "duration", "arrivals_bursts")
    numbers = (row.get(counter, 0) for counter in counters)
    door = str(int("door:1" in parts))  # many backends have one of their own, which is no parameter
    # What was given and what was done: a backend may pin, or not, without being asked.
    pinned = f"{row.get('pinned', 0):g}" if row.get("pinned_given", 0) else ""
    return (
        parts[0],
        parts[1] if len(parts) > 1 else "",
        *(f"{number:g}" for number in numbers),
        door,
        pinned,
        waits_of(row),
        *(f"{row.get(name, float(usual)):g}" for name, usual in CLAIMED.items()),
        *(
            next((part.removeprefix(f"{name}:") for part in parts if part.startswith(f"{name}:")), "")
            for name in SHAPE
        ),
    )
