"""The folder of a run: written under a temporary name, renamed once it is whole, continued where it stopped."""

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bookstore.data.documents import read_json
from bookstore.measure.merge import Finished
from bookstore.plan.schedule import Process
from bookstore.terminal.errors import InputError

PARTIAL = ".partial"


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


def folder_name(started: str, commit: str) -> str:
    return f"{started.replace(':', '').replace('-', '')}-{commit}"


class RunFolder:
    """The unfinished folder of one run, and the name that it will get."""

    def __init__(self, final: Path, plan: Plan) -> None:
        self.final = final
        self.plan = plan
        self.partial = final.with_name(final.name + PARTIAL)
        self._raw = self.partial / "raw"

    @classmethod
    def create(cls, final: Path, plan: Plan) -> "RunFolder":
        folder = cls(final, plan)
        refuse_existing(final)
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            folder.partial.mkdir()
            folder._raw.mkdir()
            write_json(folder.partial / "plan.json", asdict(plan))
        except OSError as error:
            reason = error.strerror or str(error)
            raise InputError(f"{final}: cannot be written ({reason}); give another --out") from None
        return folder

    @classmethod
    def resume(cls, final: Path) -> "RunFolder":
        """The unfinished run that was to become `final`."""
        plan_file = final.with_name(final.name + PARTIAL) / "plan.json"
        document = read_json(plan_file)
        try:
            return cls(final, Plan(**document))
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
        """What the process measured, if an earlier session of this run has run it."""
        path = self._raw / f"{process.id}.json"
        if not path.exists():
            return None
        kept = read_json(path)
        return Finished(process, float(kept["seconds"]), kept["document"])

    def publish(self) -> Path:
        """Drops what only a resumed run needs, and gives the folder its name."""
        shutil.rmtree(self._raw)
        (self.partial / "plan.json").unlink()
        self.partial.rename(self.final)
        return self.final


def refuse_existing(final: Path) -> None:
    """An existing folder is never written into; an unfinished one is to be resumed or removed."""
    partial = final.with_name(final.name + PARTIAL)
    if final.exists() or final.is_symlink():
        raise InputError(f"{final}: exists already; give --out a new name")
    if partial.exists():
        raise InputError(f"{partial}: is an unfinished run; go on with --resume or remove it")


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
