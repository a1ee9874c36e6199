"""Small result files made in code, and a stand-in for the measuring binary."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
FAKE = Path(__file__).with_name("fake_bench_throughput.py")
sys.path.insert(0, str(SCRIPTS))
# What a test of one room makes is used by tests of others.
sys.path += [str(room) for room in Path(__file__).parent.iterdir() if room.is_dir()]
# The stand-ins start hundreds of times: with this interpreter, not with whatever looks one up first.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])

# A shell's background command ignores Ctrl-C, one under nohup a hang-up, and so would all that the tests start and stop.
for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    if signal.getsignal(ignored) == signal.SIG_IGN:
        signal.signal(ignored, signal.default_int_handler if ignored == signal.SIGINT else signal.SIG_DFL)

from bookstore.data.results import Row  # noqa: E402


def made_row(name: str, ms: float = 100.0, repetition: int = 0, **counters: float) -> Row:
    """A row as results.py loads it; cores and workers are taken from the name, as the binary would count them."""
    params = dict(part.split(":") for part in name.split("/")[2:])
    numbers = {key: float(value) for key, value in params.items()}
    return Row(name, ms / 1000, {"tasks": 1000.0} | numbers | counters, repetition=repetition)


def raw_row(name: str = "counter/threads/cores:1/workers:2", **fields: Any) -> dict[str, Any]:
    """A row as Google Benchmark writes it."""
    return {"name": name, "run_type": "iteration", "real_time": 1.5, "time_unit": "ms"} | fields


@pytest.fixture
def json_file(tmp_path: Path) -> Callable[[Any], Path]:
    """Writes a document, or a text as it is, and returns the file."""

    def write(document: Any) -> Path:
        path = tmp_path / "results.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        return path

    return write


def scripts_environment(**extra: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SCRIPTS), "PYTHONDONTWRITEBYTECODE": "1", **extra}


def run_module(module: str, arguments: Sequence[object], **extra: str) -> "subprocess.CompletedProcess[str]":
    """Runs one of the scripts' modules in this interpreter, as its sh front would."""
    return subprocess.run(
        [sys.executable, "-m", f"bookstore.{module}", *map(str, arguments)],
        env=scripts_environment(**extra),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def is_one_line(text: str) -> bool:
    return text.count("\n") == 1 and "Traceback" not in text


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run, measured by the stand-in."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    done = run_module("cli.run", ["--profile", "smoke", "--binary", FAKE, "--out", folder])
    assert done.returncode == 0, done.stderr
    return folder
