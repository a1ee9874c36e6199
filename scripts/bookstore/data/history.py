"""The history of one machine: JSON lines, one run a line.

A run is added by writing the whole file anew beside the old one and renaming it, under a lock: readers need no lock,
two writers lose nothing, and a kill at any moment leaves either the old history or the new one.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import math
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bookstore.data.places import replace_file
from bookstore.terminal.errors import InputError

schema = "bookstore-history/1"


@dataclass(frozen=True)
class Value:
    """One row of one run: the median over processes in seconds, the range, and the log-ratio to the reference row.

    `note` marks a value that rests on less (one repetition, aggregates); `metric` names what is no time of a run.
    """

    seconds: float
    low: float
    high: float
    processes: int
    log_ratio: float | None
    note: str = ""
    metric: str = ""


@dataclass(frozen=True)
class Entry:
    """One run. `digest` is that of the result file, so that no run counts twice."""

    machine: str
    commit: str
    time: str
    build: dict[str, str]
    digest: str
    reference: str | None
    rows: dict[str, Value]


def digest_of(path: Path, otherwise: str) -> str:
    """Of a result file; of what came through a pipe, which is read but once, that of the text `otherwise`."""
    content = path.read_bytes() if path.is_file() else otherwise.encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()[:16]


def read_history(path: Path) -> list[Entry]:
    """All runs, in the order of the file. An unusable line is a user's error that names it; the file is left as it is."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise InputError(f"{path}: no such history; make one with scripts/track add RUN") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not text; give a history that scripts/track wrote") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from None
    return _parse(path, text)


def _parse(path: Path, text: str) -> list[Entry]:
    lines = text.split("\n")
    if lines[-1]:
        raise InputError(
            f"{path}: line {len(lines)} is torn (no end of line); nothing was changed:"
            " remove that line and add its run again"
        )
    entries = [_entry(path, number, line) for number, line in enumerate(lines[:-1], 1)]
    for number, entry in enumerate(entries, 1):
        if entry.machine != entries[0].machine:
            raise InputError(
                f"{path}: line {number} is of machine {entry.machine}, the others of {entries[0].machine};"
                " keep one history per machine"
            )
    return entries


def _entry(path: Path, number: int, line: str) -> Entry:
    try:
        item = json.loads(line)
        if "\\u" in line:  # half of a surrogate pair is no text, and has no other way in
            json.dumps(item, ensure_ascii=False).encode()
        if item["schema"] != schema:
            raise ValueError
        rows = {str(key): _value(value) for key, value in item["rows"].items()}
        texts = [item[name] for name in ("machine", "commit", "time", "digest")]
        build, reference = item["build"], item["reference"]
        if not all(isinstance(text, str) for text in texts) or not isinstance(build, dict):
            raise ValueError
        if reference is not None and reference not in rows:
            raise ValueError
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError(
            f"{path}: line {number} is no {schema} record; nothing was changed: mend or remove that line"
        ) from None
    machine, commit, time, digest = texts
    return Entry(machine, commit, time, build, digest, reference, rows)


def _value(item: Mapping[str, Any]) -> Value:
    ratio = item["log_ratio"]
    value = Value(
        float(item["seconds"]),
        float(item["low"]),
        float(item["high"]),
        int(item["processes"]),
        None if ratio is None else float(ratio),
        str(item.get("note", "")),
        str(item.get("metric", "")),
    )
    times = (value.seconds, value.low, value.high)
    if not all(math.isfinite(time) and time > 0 for time in times) or not math.isfinite(ratio or 0.0):
        raise ValueError
    return value


def to_line(entry: Entry) -> str:
    record: dict[str, Any] = {"schema": schema, **asdict(entry)}
    for value in record["rows"].values():
        for name in ("note", "metric"):  # few rows have any
            if not value[name]:
                del value[name]
    return json.dumps(record, sort_keys=True, allow_nan=False) + "\n"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Holds the history's lock file. The history itself cannot be locked: a rename replaces it."""
    descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def append(path: Path, entry: Entry) -> bool:
    """Adds a run; False if its result file is there already. Refuses a torn history and one of another machine."""
    return extend(path, [entry]) == 1


def extend(path: Path, entries: Sequence[Entry]) -> int:
    """Adds all runs that are not there yet, at once, and returns how many these are."""
    path = Path(os.path.realpath(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            old = path.read_bytes() if path.exists() else b""
            present = read_history(path) if old else []
            known = {entry.digest for entry in present}
            machines = [entry.machine for entry in (*present, *entries)]
            other = next((machine for machine in machines if machine != machines[0]), None)
            if other is not None:
                raise InputError(
                    f"{path}: is the history of machine {machines[0]}, the run is of {other}; give another --history,"
                    f" or --machine {shlex.quote(machines[0])} if it is one machine"
                )
            fresh: dict[str, Entry] = {}
            for entry in entries:
                if entry.digest not in known:
                    fresh.setdefault(entry.digest, entry)
            if fresh:
                replace_file(path, old + "".join(map(to_line, fresh.values())).encode("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); give another --history") from None
    return len(fresh)
