"""How a command ends: one line and its exit code, whatever happens to it or to its output; 1 only for what was found."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from bookstore.terminal.errors import InputError, WrongResult, guarded

import google_files as google
from conftest import is_one_line, scripts_environment


def raising(error: BaseException) -> Callable[[], int]:
    def main() -> int:
        raise error

    return main


@pytest.mark.parametrize(
    "error, code, words",
    [
        (InputError("a.json: is\x1b[2J empty"), 2, "p: a.json: is\\x1b[2J empty"),
        (WrongResult("row x"), 1, "p: row x"),
        (KeyboardInterrupt(), 130, "p: interrupted"),
        (OSError(28, "No space left on device", "/tmp/x"), 2, "p: stopped: No space left on device (/tmp/x)"),
        (MemoryError(), 2, "p: stopped: out of memory"),
    ],
)
def test_errors_end_in_one_line(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, words: str
) -> None:
    assert guarded("p", raising(error)) == code
    assert capsys.readouterr().err == words + "\n"


def test_a_fault_of_our_own_is_no_regression(capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded("p", raising(ZeroDivisionError())) == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        ("ImportError('no such\\nlibrary')", 70, "cannot start (ImportError: no such library)"),
        ("MemoryError()", 70, "cannot start (MemoryError: )"),
        ("KeyboardInterrupt()", 130, "interrupted"),
    ],
)
def test_a_command_that_cannot_load_is_no_regression(
    tmp_path: Path, error: str, code: int, words: str
) -> None:
    """A numpy that is broken, too little memory for it, Ctrl-C meanwhile: one line, and never 1."""
    (tmp_path / "numpy.py").write_text(f"raise {error}\n")
    environment = scripts_environment()
    environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{environment['PYTHONPATH']}"
    command = [sys.executable, "-m", "bookstore.cli.compare", "a", "b"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == code
    assert is_one_line(done.stderr) and done.stderr.startswith(f"scripts/compare: {words}")


@pytest.fixture
def slower(tmp_path: Path) -> list[Path]:
    """Two files of so many rows that their table does not fit a pipe; one of them regressed."""
    paths = []
    for name, scale in (("base", 1.0), ("new", 1.2)):
        times = google.rows("BM_slow", google.values(scale))
        rows = [
            row for i in range(1500) for row in google.rows(f"BM_{i}/" + "x" * 100, google.values(count=7))
        ]
        paths.append(google.write(tmp_path / f"{name}.json", times + rows))
    return paths


def command(arguments: list[Path], shell: str) -> "subprocess.CompletedProcess[str]":
    """Runs scripts/compare with its output as the shell's words say."""
    words = [sys.executable, "-m", "bookstore.cli.compare", *map(str, arguments)]
    return subprocess.run(
        ["bash", "-c", f'set -o pipefail; "$@" {shell}', "bash", *words],
        env=scripts_environment(PYTHONIOENCODING="ascii"),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_reader_that_went_away_changes_no_verdict(slower: list[Path]) -> None:
    done = command(slower, "| head -n 1")
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("where", [">/dev/full", ">&-"])
def test_output_that_cannot_be_written_is_said(slower: list[Path], where: str) -> None:
    if where == ">/dev/full" and not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    done = command(slower, where)
    assert done.returncode == 2 and is_one_line(done.stderr)


def test_names_that_the_terminal_cannot_show(tmp_path: Path) -> None:
    path = google.write(tmp_path / "a.json", google.rows("BM_Ä漢/1", google.values()))
    done = command([path, path], "")
    assert done.returncode == 0 and "BM_\\xc4\\u6f22/1" in done.stdout
