"""One side of a comparison, or a run for a history: the rows of its files, pooled by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from bookstore.data.figures import Found, LeftOut, Sample, of_process, of_run
from bookstore.data.results import load_documents, load_results, load_run
from bookstore.data.rows import SIZING_SUFFIXES
from bookstore.terminal.errors import InputError

# What must agree before two files are compared: the keys of our own context, and those of Google Benchmark's.
own_identity = ("machine", "build_type", "compiler", "flags")
foreign_identity = ("host_name", "num_cpus", "library_build_type")
# Of Google Benchmark before 1.5.1: of the first versions, and of all on Windows.
date_forms = ("%Y/%m/%d-%H:%M:%S", "%m/%d/%y %H:%M:%S")


@dataclass(frozen=True)
class Measured:
    """What the files or the run of one side hold for comparison; `left_out` names the rows that have no sample."""

    paths: tuple[Path, ...]
    ours: bool
    context: Mapping[str, Any]
    samples: dict[str, Sample]
    ideal: dict[str, Sample] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    others: tuple[Mapping[str, Any], ...] = ()  # contexts of the further files

    @property
    def path(self) -> Path:
        return self.paths[0]

    @property
    def identity(self) -> dict[str, str]:
        return identity_of(self.context)

    @property
    def machine(self) -> str:
        """The machine's name; for a foreign file its host's. InputError if there is neither."""
        name = self.context.get("machine") or self.context.get("host_name")
        if not name:
            raise InputError(
                f"{self.path}: its context names no machine; name it with --machine, or measure again with its context"
            )
        return str(name)

    @property
    def time(self) -> str:
        """When it was measured, in UTC, so that runs added late still come in order. InputError if nobody can say."""
        text = str(self.context.get("date", "")).strip()
        for read in (datetime.fromisoformat, *(partial(_dated, form) for form in date_forms)):
            try:
                return read(text).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            except (ValueError, OverflowError):
                continue
        raise InputError(f"{self.path}: its context has no date that can be read; measure again")

    @property
    def commit(self) -> str:
        return str(self.context.get("commit", ""))

    @property
    def named(self) -> str:
        """How the side is called where it has no commit."""
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        return f"{self.path}{more}"


def _dated(form: str, text: str) -> datetime:
    return datetime.strptime(text, form)


def identity_of(context: Mapping[str, Any]) -> dict[str, str]:
    names = own_identity
    if "machine" not in context:
        names = foreign_identity
    elif "host_name" in context:  # scripts/run writes none: the machine was named with --benchmark_context
        names = ("machine", *foreign_identity[1:])
    return {name: str(context.get(name, "")) for name in names}


def load_measured(path: Path | str, time: str | None = None) -> Measured:
    """Reads a run's folder or a Google Benchmark JSON file, as `load_side` does."""
    return load_side([Path(path)], time)


def load_side(paths: Sequence[Path], time: str | None = None) -> Measured:
    """Reads one side of a comparison: the folders of runs, or Google Benchmark JSON files, their rows pooled by name.

    `time` is "real", "cpu" or None for the one that each row asks for. InputError if no row has a usable time.
    """
    if len(set(map(Path.resolve, paths))) < len(paths):
        raise InputError(f"{_repeated(paths)}: is given twice for one side; give each file once")
    files = [_read(path, time) for path in paths]
    first = files[0]
    if any(one.ours != first.ours for one in files):
        raise InputError("one side mixes runs of this suite with other files; give files of one kind")
    samples, left_out = _pooled([(one.samples, one.left_out) for one in files])
    if not samples and not any(why.duplicate for why in left_out.values()):
        # Of a file of fits alone (BigO) there is not even a row that failed.
        key, why = next(iter(left_out.items()), ("no row", LeftOut("nothing was measured")))
        raise InputError(
            f"{first.named}: holds no row with a usable time ({key}: {why.reason}); measure again"
        )
    ideal = {key: samples.pop(key) for key in list(samples) if key.startswith("ideal/") and first.ours}
    others = tuple(context for one in files for context in (one.context, *one.others))[1:]
    return Measured(tuple(paths), first.ours, first.context, samples, ideal, left_out, others)


def _repeated(paths: Sequence[Path]) -> Path:
    return next(path for path, count in Counter(map(Path.resolve, paths)).items() if count > 1)


def _read(path: Path, time: str | None) -> Measured:
    if path.is_dir():
        documents = [load_run(path).throughput]
        if (path / "latency.json").exists():
            documents.append(load_results(path / "latency.json"))
    else:
        documents = load_documents(path)
    ours = documents[0].ours
    if ours:
        # The files of one run hold different rows.
        samples: dict[str, Sample] = {}
        left_out: dict[str, LeftOut] = {}
        for document in documents:
            found, lost = of_run(document, time)
            samples, left_out = samples | found, left_out | lost
        return Measured((path,), True, documents[0].context, samples, {}, left_out)
    processes = [of_process(document, time) for document in documents]
    programs = [program_of(document.context) for document in documents]
    samples, left_out = _pooled(_told_apart(processes, programs))
    others = tuple(document.context for document in documents[1:])
    return Measured((path,), False, documents[0].context, samples, {}, left_out, others)


def program_of(context: Mapping[str, Any]) -> str:
    """The file name of what was run."""
    return re.split(r"[/\\]", str(context.get("executable", "")))[-1]


def _told_apart(documents: Sequence[Found], programs: Sequence[str]) -> list[Found]:
    """The rows of the documents of one file; to a name that several programs use the program's is added."""
    users: dict[str, set[str]] = {}
    for found, program in zip(documents, programs, strict=True):
        for key in (key for part in found for key in part):
            users.setdefault(key, set()).add(program)

    def named(key: str, program: str) -> str:
        return key if len(users[key]) == 1 else f"{key} of {program or 'no program'}"

    return [
        (
            {named(key, program): sample for key, sample in samples.items()},
            {named(key, program): why for key, why in left_out.items()},
        )
        for (samples, left_out), program in zip(documents, programs, strict=True)
    ]


def _pooled(files: Sequence[Found]) -> Found:
    """The rows of several files under their names; a row that one file lacks or has in vain is that of the others."""
    gathered: dict[str, list[Sample]] = {}
    lost: dict[str, list[LeftOut]] = {}
    for found, in_vain in files:
        for key, sample in found.items():
            gathered.setdefault(key, []).append(sample)
        for key, why in in_vain.items():
            lost.setdefault(key, []).append(why)
    samples: dict[str, Sample] = {}
    left_out = {key: _worst(whys) for key, whys in lost.items() if key not in gathered}
    for key, parts in gathered.items():
        if len({part.metric for part in parts}) > 1:
            left_out[key] = LeftOut("measured otherwise from file to file", failed=True)
            continue
        remarks = [part.remark for part in parts] + [f"in one file {why.reason}" for why in lost.get(key, [])]
        whole = [part for part in parts if not part.precision]
        kept = whole or parts  # aggregates are taken only where nothing else is there
        samples[key] = replace(
            parts[0],
            files=tuple(values for part in kept for values in part.files),
            precision=tuple(known for part in kept for known in part.precision),
            tasks=max(part.tasks for part in parts),
            remark="; ".join(dict.fromkeys(filter(None, remarks))),
        )
    return samples, left_out


def _worst(whys: Sequence[LeftOut]) -> LeftOut:
    """Of several reasons that of a failure, which may hide a change."""
    return next((why for why in whys if why.failed), whys[0])


def sized_otherwise(base: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """By new's name that of base, where they differ in how often to run only (`/iterations:5`), which is no other row."""
    left = [
        [name for name in side if name not in other] for side, other in ((base, set(new)), (new, set(base)))
    ]
    counts = [Counter(SIZING_SUFFIXES.sub("", name) for name in side) for side in (base, new)]
    of_base = {SIZING_SUFFIXES.sub("", name): name for name in left[0]}
    names = {}
    for name in left[1]:
        bare = SIZING_SUFFIXES.sub("", name)
        if bare in of_base and counts[0][bare] == counts[1][bare] == 1:
            names[name] = of_base[bare]
    return names


def row_filter(pattern: str | None) -> re.Pattern[str]:
    """The rows that a user asked for, as a regular expression searched for in the key."""
    try:
        return re.compile(pattern or "")
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError(f"--rows {pattern}: is no regular expression ({error}); mend it") from None
