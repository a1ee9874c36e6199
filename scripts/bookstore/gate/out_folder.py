"""Where --out puts the formats of a comparison."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from bookstore.data.places import replace_file
from bookstore.terminal.errors import InputError

names = {
    "markdown": "regress.md",
    "json": "regress.json",
    "github": "github.txt",
    "customSmallerIsBetter": "customSmallerIsBetter.json",
    "bencher": "bencher.json",
    "self-check": "self-check.md",
}


def prepare(folder: Path) -> None:
    """Makes the folder and takes an older verdict out of it: none may stand there if this comparison is killed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        for name in names.values():
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"--out {folder}: cannot be written ({error.strerror}); give another") from None


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Texts by format; each file is there whole, or not at all."""
    for name, text in texts.items():
        path = folder / names[name]
        try:
            replace_file(path, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise InputError(
                f"{path}: cannot be written ({error.strerror}); make room, or give another --out"
            ) from None
