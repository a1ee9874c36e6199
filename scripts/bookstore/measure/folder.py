"""The folder of a run: written under a temporary name, renamed once it is whole, continued where it stopped.

An unfinished run is `<name>.partial/` with `plan.json` (what it is), `lock` (who has it), `raw/` (what each process
wrote) and `run/`. The last becomes `<name>` by one rename, before which all is there to be resumed, and after which all
else is of no more use: a kill at any moment leaves the one or the other.
"""

import fcntl
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bookstore.data.documents import read_json
from bookstore.data.names import TIMER
from bookstore.measure.merge import Finished
from bookstore.plan.schedule import Process
from bookstore.terminal.errors import InputError

PARTIAL = ".partial"
# What is there before the plan is: a run that was ended then has measured nothing.
BEFORE_PLAN = {"lock", "raw", "run", "plan.json.tmp"}


@dataclass(frozen=True)
class Plan:
    """What a run was started with; a resumed run must be the same."""

    profile: str
    backends: list[str]
    workloads: list[str]
    cores: list[int]
    seed: int
    commit: str
    machine: str
    started: str  # UTC
    cpu_speed: float = 1.0  # that default sizes are chosen for
    gain_repetitions: int = 0  # of closed rows that carry a gain; 0: as the profile says
    waits: list[str] = field(default_factory=lambda: [TIMER])  # kinds of waits that are measured


def folder_name(started: str, commit: str) -> str:
    return f"{started.replace(':', '').replace('-', '')}-{commit}"


class RunFolder:
    """The unfinished folder of one run, which only one process has at a time, and the name that it will get."""

    def __init__(self, final: Path, plan: Plan, lock: "Lock") -> None:
        self.final = final
        self.plan = plan
        self.partial = partial_of(final) / "run"
        self._raw = partial_of(final) / "raw"
        self._lock = lock

    @classmethod
    def create(cls, final: Path, plan: Plan) -> "RunFolder":
        refuse_existing(final)
        partial = partial_of(final)
        try:
            partial.mkdir(parents=True, exist_ok=True)
            lock = Lock(partial)
            folder = cls(final, plan, lock)
            folder._raw.mkdir(exist_ok=True)
            folder.partial.mkdir(exist_ok=True)
            write_json(partial / "plan.json", asdict(plan))
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(f"{final}: cannot be written ({reason}); give another --out") from None
        return folder

    @classmethod
    def resume(cls, final: Path) -> "RunFolder":
        """The unfinished run that was to become `final`."""
        plan_file = partial_of(final) / "plan.json"
        document = read_json(plan_file)
        if final.exists() or final.is_symlink():
            raise InputError(f"{final}: exists, and is not the run that is unfinished; move it away first")
        try:
            return cls(final, Plan(**document), Lock(partial_of(final)))
        except TypeError:
            raise InputError(f"{plan_file}: is not written by scripts/run; remove the folder") from None

    @property
    def known_digests(self) -> Path:
        """Digests by row name, for processes that repeat a plan."""
        return self._raw / "known_digests"

    def output(self, process: Process) -> Path:
        """Where the process writes while it runs; `keep` makes it count."""
        return self._raw / f"{process.id}.unfinished"

    def keep(self, process: Process, seconds: float) -> Any:
        """Takes in what a process that ended well has written."""
        output = self.output(process)
        document = read_json(output)
        write_json(self._raw / f"{process.id}.json", {"seconds": seconds, "document": document})
        output.unlink()
        return document

    def finished(self, process: Process) -> Finished | None:
        """What the process measured, if an earlier session of this run has run it.

        What cannot be read is taken for not measured: a machine that lost power leaves files of no length.
        """
        path = self._raw / f"{process.id}.json"
        if not path.exists() or any(not each.stat().st_size for each in self._raw.glob(f"{process.id}.*")):
            return None
        try:
            kept = read_json(path)
            return Finished(process, float(kept["seconds"]), kept["document"])
        except (InputError, KeyError, TypeError, ValueError):
            return None

    def publish(self) -> Path:
        """Gives the folder its name, and drops what only a resumed run needs."""
        self.partial.rename(self.final)
        drop_rest(self.final)
        return self.final


class Lock:
    """Held by the process that measures into a folder, however it ends. InputError if another one holds it."""

    def __init__(self, partial: Path) -> None:
        self._file = (partial / "lock").open("a+", encoding="utf-8")  # as long as it is open, it is held
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            owner = self._file.read(20).strip() or "unknown"
            raise InputError(
                f"{partial}: is being measured by process {owner}; wait for it, or end it and --resume"
            ) from None
        self._file.truncate(0)
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()


def partial_of(final: Path) -> Path:
    """The folder of the unfinished run that is to become `final`."""
    return final.with_name(final.name + PARTIAL)


def is_published(final: Path) -> bool:
    """Whether the run is whole, and only what it needed before is still there: it was ended while dropping that."""
    return final.is_dir() and partial_of(final).is_dir() and not (partial_of(final) / "run").exists()


def drop_rest(final: Path) -> None:
    """Takes away what a whole run needs no more."""
    # Last, what tells that there was a run: until then it is found and dropped again.
    shutil.rmtree(partial_of(final) / "raw", ignore_errors=True)
    shutil.rmtree(partial_of(final), ignore_errors=True)


def refuse_existing(final: Path) -> None:
    """An existing folder is never written into; an unfinished one is to be resumed or removed."""
    partial = partial_of(final)
    if final.exists() or final.is_symlink():
        raise InputError(f"{final}: exists already; give --out a new name")
    if partial.is_symlink() or partial.exists() and not _holds_nothing(partial):
        raise InputError(f"{partial}: is an unfinished run; go on with --resume or remove it")


def _holds_nothing(partial: Path) -> bool:
    """Whether a run was ended before it had a plan: the next one takes its place."""
    if not partial.is_dir() or not {path.name for path in partial.iterdir()} <= BEFORE_PLAN:
        return False
    return not any(any(path.iterdir()) for path in (partial / "raw", partial / "run") if path.is_dir())


def refuse_unwritable(final: Path) -> None:
    """Finds out before anything is measured whether the folder can be made."""
    parent = final.parent
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    # Access rights alone do not tell: root may write everywhere but where the file system itself refuses.
    try:
        with tempfile.TemporaryDirectory(dir=parent):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"{final}: cannot be written ({parent}: {reason}); give another --out") from None


def newest_partial(results: Path) -> Path:
    """The final name of the run that was interrupted last."""
    partials = sorted(results.glob(f"*/*{PARTIAL}/plan.json"), key=lambda path: path.stat().st_mtime)
    if not partials:
        raise InputError(f"nothing to resume in {results}; start with scripts/run")
    folder = partials[-1].parent
    return folder.with_name(folder.name.removesuffix(PARTIAL))


def write_json(path: Path, document: Any) -> None:
    """Writes whole or not at all: a kill in between leaves the old file or none."""
    unfinished = path.with_name(path.name + ".tmp")
    unfinished.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)
