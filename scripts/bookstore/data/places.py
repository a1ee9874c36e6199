"""Where this suite lies, where its commands write, and how a file there is replaced."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "results"


def replace_file(path: Path, content: bytes) -> None:
    """Puts the content in place of the file at once, and on the disk before returning.

    Raises OSError; then the file is as it was, and nothing lies beside it.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        with open(fresh, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
