"""What the tests of scripts/regress share: stand-in binaries, made-up trials, a small repository."""

import json
import math
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bookstore.cli import regress as regress_cli
from bookstore.gate.driver import Trial

FAKE_DRIVEN = Path(__file__).with_name("fake_driven.py")
ROW = "shelving/sequential/cores:1/workers:1"


def make_fake(path: Path, **settings: Any) -> Path:
    """A stand-in binary of its own behaviour."""
    text = FAKE_DRIVEN.read_text().replace(
        "SETTINGS: dict = {}", f"SETTINGS: dict = json.loads('{json.dumps(settings)}')"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable} -SE\n{text}")
    path.chmod(0o755)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of scripts/regress."""
    argv = [str(argument) for argument in arguments]
    try:
        code = regress_cli.guarded(regress_cli.program, lambda: regress_cli.run(argv))
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(result: tuple[int, str, str], *words: str) -> None:
    """Exit code 2, no result, and a last line that says why; progress may stand before it."""
    code, out, err = result
    assert (code, out) == (2, ""), err
    last = err.splitlines()[-1]
    assert last.startswith("scripts/regress: ") and "Traceback" not in err
    for word in words:
        assert word in last, last


Model = Callable[[str, int], tuple[float, float]]


def made_trials(model: Model) -> Callable[..., Trial]:
    """A stand-in for run_trial: model(row, number of the trial) gives the log-ratios of new and of base again."""
    counts: dict[str, int] = {}

    def run_trial(*arguments: Any) -> Trial:
        row = str(arguments[2])
        counts[row] = counts.get(row, 0) + 1
        new, null = model(row, counts[row] - 1)
        return Trial(new, null, 1000.0, 1000.0 * math.exp(new), 10, 0.5)

    return run_trial


def noise(seed: int, spread: float = 0.003) -> Callable[[], float]:
    order = random.Random(seed)
    return lambda: order.gauss(0.0, spread)


class Repository:
    """A git repository whose build copies bench/fake_driven.py; a commit is one behaviour of that file."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repository"
        self.root.mkdir()
        self.build = folder / "build_command"
        self.build.write_text('#!/bin/sh\necho "error: no fake here" >&2\nexec cp "$1/bench/fake" "$2"\n')
        self.build.chmod(0o755)
        self.git("init", "-q", "-b", "main")
        (self.root / ".gitignore").write_text("/build/\n")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", *identity, "-C", str(self.root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, message: str, **settings: Any) -> str:
        if settings.pop("empty", False):
            (self.root / "README").write_text(message)
        else:
            fake = make_fake(self.root / "bench" / "fake", **settings)
            fake.write_text(fake.read_text() + f'# "--drive" {message.splitlines()[0]}\n')
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def arguments(self, *more: str) -> list[str]:
        common = ["--root", str(self.root), "--build-command", str(self.build), "--row", ROW, "--time-only"]
        return [*common, "--trial-seconds", "0.001", *more]
