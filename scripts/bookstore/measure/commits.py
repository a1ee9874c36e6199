"""The commit of a source tree, and what else git knows of it."""

from pathlib import Path

from bookstore.measure import process
from bookstore.terminal.errors import InputError


def git(root: Path, *arguments: str) -> str | None:
    """What git prints, or None if it fails. InputError where there is no git."""
    try:
        done = process.run(["git", "-C", root, *arguments])
    except OSError:
        raise InputError("git is missing; install it with: apt-get install git") from None
    return done.output.strip() if done.status == 0 else None


def tree_commit(root: Path) -> str:
    """The first eight digits of the tree's commit, marked where the tree differs from it; unknown where git is.

    What git does not know is seen by no build, and changes nothing: it may be the results of this very run.
    """
    try:
        commit = git(root, "rev-parse", "--short=8", "HEAD")
        if not commit:
            return "unknown"
        return f"{commit}-dirty" if git(root, "status", "--porcelain", "--untracked-files=no") else commit
    except InputError:
        return "unknown"
