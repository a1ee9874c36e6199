"""Starting the sh scripts that users start, with stand-ins for the tools that they call."""

import os
import subprocess
from pathlib import Path

from conftest import SCRIPTS

TOOLS = ("sh", "awk", "cat", "dirname", "env", "grep", "head", "id", "mktemp", "rm", "sed", "tr")


def run_script(name: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(SCRIPTS / name), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def stand_in(folder: Path, name: str, text: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def bare_folder(folder: Path) -> Path:
    """A folder for PATH with no more than the tools that the sh scripts use."""
    folder.mkdir()
    for tool in TOOLS:
        found = next(path for path in (Path("/usr/bin") / tool, Path("/bin") / tool) if path.exists())
        (folder / tool).symlink_to(found)
    return folder
