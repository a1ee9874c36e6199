"""Builds a commit and the present tree with the same flags, each in two layouts of its code.

A commit is built in a git work tree under build/regress/ that is removed afterwards; its binaries are kept by commit.
The second layout is the same objects linked with their functions in another order.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bookstore.gate.driver import Build, closed_binary, open_binary
from bookstore.measure import process
from bookstore.measure.commits import git, tree_commit
from bookstore.terminal.errors import InputError

kept_commits = 4
# The linker sorts sections by name: template functions, which are most of what runs, change places.
relinking = "-Wl,--sort-section=name"
build_seconds = 1800.0


@dataclass(frozen=True)
class Binaries:
    """One side, in both layouts, named by its commit; `relinked` is None where the linker cannot."""

    plain: Build
    relinked: Build | None
    commit: str


def resolve(root: Path, ref: str) -> str:
    """The commit that a REF names."""
    commit = None
    if not ref.startswith("-"):
        commit = git(root, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    if commit is None:
        raise InputError(f"--base {ref}: no such commit here; give one that git log shows (fetch it first)")
    return commit


def default_base(root: Path) -> str | None:
    """Where this branch left the main one; on the main branch, what was last committed; None without a parent."""
    head = git(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head is None:
        raise InputError(f"{root}: has no commit to compare with; commit first")
    for name in ("origin/HEAD", "origin/main", "origin/master", "main", "master"):
        fork = git(root, "merge-base", "HEAD", name)
        if fork and fork != head:
            return fork
    if git(root, "status", "--porcelain", "--untracked-files=no"):
        return head
    return git(root, "rev-parse", "--verify", "--quiet", "HEAD~1^{commit}")


def knows_drive(root: Path, commit: str) -> bool:
    """Whether that commit's binaries can be driven."""
    return bool(git(root, "grep", "-l", "-E", "-e", '"(--)?drive"', commit, "--", "bench"))


class Builder:
    """Builds under `root`/build/regress. `command`, if given, replaces CMake: it is run as `command SOURCE OUTPUT`.

    Without `with_open` nothing is built for open rows; commits that have nothing for them are built without it anyway.
    """

    def __init__(self, root: Path, command: str | None = None, *, with_open: bool = True) -> None:
        self._root = root
        self._folder = root / "build" / "regress"
        self._command = command
        self._jobs = os.cpu_count() or 1
        self._wanted = (closed_binary, open_binary) if with_open else (closed_binary,)

    def tree(self) -> Binaries:
        """The present tree, with what is not committed."""
        commit = tree_commit(self._root)
        with self._alone():
            return self._build(self._root, self._folder / "working", commit, "the present tree")

    def commit(self, commit: str) -> Binaries:
        folder = self._folder / f"{commit}-{self._fingerprint()}"
        with self._alone():
            if (folder / "built").exists():
                os.utime(folder)
                return self._binaries(folder, commit[:8])
            return self._build_commit(commit, folder)

    def _build_commit(self, commit: str, folder: Path) -> Binaries:
        tree = folder / "tree"
        self._remove_trees()
        folder.mkdir(exist_ok=True)
        if git(self._root, "worktree", "add", "--detach", "--force", str(tree), commit) is None:
            raise InputError(f"git worktree add {tree} {commit[:8]} fails; run it by hand to see why")
        try:
            found = self._build(tree, folder, commit[:8], commit[:8])
        finally:
            self._remove_trees()
        (folder / "built").touch()
        self._forget_old()
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One builder at a time: a second one waits, and then finds the commit built."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / "lock").open("w", encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"{self._folder}: cannot be written ({error.strerror}); make it writable"
            ) from None
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _fingerprint(self) -> str:
        """Of what decides the build beside the commit: the compiler and its flags."""
        compiler = os.environ.get("CXX", "c++")
        try:
            version = process.run([compiler, "--version"]).output
        except OSError:
            version = ""
        names = ("CXX", "CXXFLAGS", "LDFLAGS", "CMAKE_PREFIX_PATH")
        parts = [version.encode(), *(os.environ.get(name, "").encode() for name in names), relinking.encode()]
        parts += [name.encode() for name in self._wanted]
        return hashlib.sha256(b"\0".join([*parts, (self._command or "").encode()])).hexdigest()[:8]

    def _build(self, source: Path, folder: Path, commit: str, what: str) -> Binaries:
        folder.mkdir(exist_ok=True)
        log = folder / "build.log"
        log.write_bytes(b"")
        # A commit from before open rows has no such binary.
        known = source / "bench" / "latency.cpp"
        targets = [name for name in self._wanted if name == closed_binary or known.exists()]
        for name in set(self._wanted) - set(targets):
            _forget(folder / name)
        if self._command is not None:
            for name in targets:
                self._run([self._command, str(source), str(folder / name)], log, what)
                _install(folder / name, folder / f"{name}.relinked")
            return self._binaries(folder, commit)
        # In the same place of every tree: a compiler cache then knows what did not change.
        objects = source / "build" / "compared"
        for flags, ending in ((relinking, ".relinked"), ("", "")):
            configure = ["cmake", "-S", str(source), "-B", str(objects), "-G", "Ninja"]
            configure += ["-DCMAKE_BUILD_TYPE=Release", "-DBOOKSTORE_TESTS=OFF"]
            inherited = os.environ.get("LDFLAGS", "")
            configure.append(
                f"-DCMAKE_EXE_LINKER_FLAGS={' '.join(part for part in (inherited, flags) if part)}"
            )
            build = ["cmake", "--build", str(objects), f"-j{self._jobs}", "--target", *targets]
            try:
                self._run(configure, log, what)
                self._run(build, log, what)
            except InputError:
                # Not every linker can reorder; the plain build says whether it is the code.
                for name in targets:
                    (folder / f"{name}{ending}").unlink(missing_ok=True)
                if not flags:
                    raise
                continue
            for name in targets:
                _install(objects / name, folder / f"{name}{ending}")
        return self._binaries(folder, commit)

    def _binaries(self, folder: Path, commit: str) -> Binaries:
        def layout(ending: str) -> Build | None:
            closed, opened = (folder / f"{name}{ending}" for name in (closed_binary, open_binary))
            wanted = open_binary in self._wanted and opened.exists()
            return Build(closed, commit, open_path=opened if wanted else None) if closed.exists() else None

        plain = layout("")
        if plain is None:
            raise InputError(f"{folder}: lost its binaries; remove the folder and build again")
        return Binaries(plain, layout(".relinked"), commit)

    def _run(self, command: Sequence[str], log: Path, what: str) -> None:
        try:
            done = process.run(command, seconds=build_seconds, log=log)
        except OSError as error:
            raise InputError(
                f"{command[0]} cannot be run ({error.strerror}); install it with scripts/setup"
            ) from None
        except process.TooLong:
            raise InputError(
                f"{what} does not build within {build_seconds:.0f} s; the log is {log}"
            ) from None
        if done.status != 0:
            raise InputError(f"{what} does not build: {_first_error(log)}; the log is {log}")

    def _remove_trees(self) -> None:
        """Takes away every work tree below our folder, those that a kill left behind included.

        Git itself keeps one that was killed while it was added: it is locked, and its folder may be missing. Nobody but
        the holder of our lock has any there.
        """
        ours = self._folder.resolve()
        common = git(self._root, "rev-parse", "--git-common-dir") or ".git"
        for pointer in (self._root / common / "worktrees").glob("*/gitdir"):
            tree = (pointer.parent / pointer.read_text(encoding="utf-8", errors="replace").strip()).parent
            if tree.resolve().is_relative_to(ours):
                shutil.rmtree(tree, ignore_errors=True)
                shutil.rmtree(pointer.parent, ignore_errors=True)
        for tree in ours.glob("*/tree"):  # killed before git knew of it
            shutil.rmtree(tree, ignore_errors=True)
        git(self._root, "worktree", "prune")

    def _forget_old(self) -> None:
        built = sorted(self._folder.glob("*/built"), key=lambda path: path.parent.stat().st_mtime)
        for old in built[:-kept_commits]:
            shutil.rmtree(old.parent, ignore_errors=True)


def _install(made: Path, final: Path) -> None:
    """Puts a copy in place at once: a comparison that still runs the old file keeps it."""
    fresh = final.with_name(final.name + ".new")
    shutil.copy2(made, fresh)
    os.replace(fresh, final)


def _forget(made: Path) -> None:
    """What was built of a tree that had more."""
    for path in (made, made.with_name(made.name + ".relinked")):
        path.unlink(missing_ok=True)


def _first_error(log: Path) -> str:
    lines = [
        " ".join(line.split()) for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    lines = [line for line in lines if line] or ["no output"]
    return next((line for line in lines if "error" in line.lower()), lines[-1])[:200]
