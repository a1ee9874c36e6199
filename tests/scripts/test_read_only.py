"""Disks that are read-only, from the first write on or from some moment on: one line, exit 2, and nothing is lost."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import google_files as google
import pytest
from bookstore.data.results import load_run
from conftest import FAKE, is_one_line, run_module, scripts_environment
from test_regress_foreign import make
from test_run import SMALL

# A mount of the folder onto itself, for this command alone, that takes no writes: $1 is the folder, $2 the seconds
# until then. Permissions would not bind root.
READ_ONLY = """mount --bind "$1" "$1" && cd "$1" || exit 99
remount() { mount -o remount,ro,bind "$1"; }
if [ "$2" = 0 ]; then remount "$1" || exit 99; else (sleep "$2"; remount "$1") & fi
shift 2
exec "$@"
"""


@cache
def may_mount() -> bool:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return False
    words = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", "/tmp", "0", "true"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def on_read_only(
    folder: Path, after: float, module: str, arguments: list[object]
) -> "subprocess.CompletedProcess[str]":
    if not may_mount():
        pytest.skip("this user may not mount a folder read-only")
    words = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", str(folder), str(after)]
    return subprocess.run(
        [*words, sys.executable, "-m", f"bookstore.cli.{module}", *map(str, arguments)],
        env=scripts_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "disk"
    made.mkdir()
    return made


def test_whatever_writes_says_it_before_it_measures(folder: Path, tmp_path: Path, run_folder: Path) -> None:
    file = google.write(tmp_path / "a.json", google.rows("BM_a", google.values()))
    history = folder / "history.jsonl"
    assert run_module("cli.track", ["add", file, "--history", history]).returncode == 0
    held = history.read_bytes()
    shutil.copytree(run_folder, folder / "run")
    shutil.rmtree(folder / "run" / "plots")
    binary = make(tmp_path / "b")
    other = google.write(tmp_path / "b.json", google.rows("BM_a", google.values(1.01)))
    gate = ["--base-binary", binary, "--new-binary", binary, "--budget", "5s"]
    for module, arguments in (
        ("run", [*SMALL, "--out", folder / "new"]),
        ("plot", [folder / "run"]),
        ("regress", [*gate, "--out", folder / "gate"]),
        ("track", ["add", other, "--history", history]),
        ("track", ["plot", "--history", history]),
        ("track", ["export", folder / "data.js", "--history", history]),
    ):
        done = on_read_only(folder, 0, module, list(arguments))
        assert done.returncode == 2 and is_one_line(done.stderr), (module, done.stdout, done.stderr)
        assert str(folder) in done.stderr and "ead-only" in done.stderr, done.stderr
    assert history.read_bytes() == held


@pytest.mark.parametrize("after", [0.5, 1.2])
def test_a_run_whose_disk_becomes_read_only_goes_on_when_it_is_not(folder: Path, after: float) -> None:
    done = on_read_only(folder, after, "run", [*SMALL, "--out", folder / "run"])
    assert done.returncode in (0, 2) and "Traceback" not in done.stderr, done.stderr
    if done.returncode == 2:
        begun = (folder / "run.partial" / "plan.json").exists()
        again = ["--resume", "--no-plots", "--binary", FAKE] if begun else SMALL
        finished = run_module("cli.run", [*again, "--out", folder / "run"])
        assert finished.returncode == 0, finished.stderr
    load_run(folder / "run")
