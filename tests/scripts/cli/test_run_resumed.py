"""scripts/run --resume: what is kept of an unfinished run, and what goes on from it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bookstore.measure.folder import PARTIAL, newest_partial
from bookstore.terminal.errors import InputError
from bookstore.data.results import load_run
from conftest import FAKE, is_one_line, run_module, scripts_environment
from test_run import SMALL, last_line


def interrupted_run(out: Path, number: int) -> "subprocess.CompletedProcess[str]":
    """Starts a slow run and sends it a signal once it has kept a few processes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bookstore.cli.run", *map(str, SMALL), "--out", str(out)],
        env=scripts_environment(FAKE_SLEEP="0.1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    raw = out.with_name(out.name + PARTIAL) / "raw"
    deadline = time.monotonic() + 60
    while len(list(raw.glob("*.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    output, errors = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)


def whole_order(folder: Path) -> list[str]:
    """Of all its processes: what they measured first, and for the claims."""
    environment = load_run(folder).environment
    return [*environment["process_order"], *environment["claims"]["process_order"]]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_can_be_resumed(tmp_path: Path, number: signal.Signals) -> None:
    out = tmp_path / "run"
    stopped = interrupted_run(out, number)
    assert stopped.returncode == 128 + number
    assert "--resume" in last_line(stopped.stderr) and "Traceback" not in stopped.stderr
    assert not out.exists()
    kept = [path.stem for path in (tmp_path / "run.partial" / "raw").glob("*.json")]

    log = tmp_path / "log"
    again = run_module(
        "cli.run", ["--resume", "--no-plots", "--binary", FAKE, "--out", out], FAKE_LOG=str(log)
    )
    assert again.returncode == 0, again.stderr
    order = whole_order(out)
    started = log.read_text().split()
    assert len(kept) >= 2 and sorted([*kept, *started]) == sorted(order)

    whole = tmp_path / "whole"
    assert run_module("cli.run", [*SMALL, "--out", whole]).returncode == 0
    assert order == whole_order(whole)


def test_a_resumed_run_must_be_what_it_was(tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run_module("cli.run", [*SMALL, "--out", out], FAKE_CRASH="counter/threads").returncode == 1
    resume = ["--resume", "--no-plots", "--binary", FAKE, "--out", out]
    other = run_module("cli.run", [*resume, "--profile", "quick"])
    assert other.returncode == 2 and "--profile smoke" in last_line(other.stderr)
    assert run_module("cli.run", [*resume, "--profile", "smoke"]).returncode == 0


def test_an_unfinished_run_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "run.partial").mkdir()
    (tmp_path / "run.partial" / "plan.json").write_text("{}")
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "run"])
    assert done.returncode == 2 and is_one_line(done.stderr) and "--resume" in done.stderr


def test_a_run_without_a_plan_is_none(tmp_path: Path) -> None:
    """Ended before it had measured anything, it can be begun anew; a folder of somebody else's is left alone."""
    (tmp_path / "run.partial" / "raw").mkdir(parents=True)
    assert run_module("cli.run", [*SMALL, "--out", tmp_path / "run"]).returncode == 0
    (tmp_path / "other.partial").mkdir()
    (tmp_path / "other.partial" / "letters").write_text("mine")
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "other"])
    assert done.returncode == 2 and is_one_line(done.stderr)
    assert (tmp_path / "other.partial" / "letters").read_text() == "mine"


def test_a_file_of_no_length_is_measured_again(tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert run_module("cli.run", [*SMALL, "--out", out], FAKE_CRASH="counter/threads").returncode == 1
    raw = tmp_path / "run.partial" / "raw"
    kept = sorted(raw.glob("*.json"))
    assert kept
    kept[0].write_bytes(b"")
    (raw / "known_digests").write_bytes(b"")
    log = tmp_path / "log"
    resume = ["--resume", "--no-plots", "--binary", FAKE, "--out", out]
    done = run_module("cli.run", resume, FAKE_LOG=str(log))
    assert done.returncode == 0, done.stderr
    started = log.read_text().split()
    assert kept[0].stem in started and not {path.stem for path in kept[1:]} & set(started)


def test_a_run_has_one_process_at_a_time(tmp_path: Path) -> None:
    out = tmp_path / "run"
    live = subprocess.Popen(
        [sys.executable, "-m", "bookstore.cli.run", *map(str, SMALL), "--out", str(out)],
        env=scripts_environment(FAKE_SLEEP="60"),
        stderr=subprocess.DEVNULL,
    )
    lock = tmp_path / "run.partial" / "lock"
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "run.partial" / "plan.json").exists():
            assert time.monotonic() < deadline and live.poll() is None
            time.sleep(0.01)
        for arguments in (["--resume"], ["--profile", "smoke"]):
            done = run_module("cli.run", [*arguments, "--no-plots", "--binary", FAKE, "--out", out])
            assert done.returncode == 2 and is_one_line(done.stderr)
            assert "--resume" in done.stderr
            if arguments == ["--resume"]:
                assert f"by process {live.pid};" in done.stderr
        assert lock.read_text() == f"{live.pid}\n"
    finally:
        live.kill()
        live.wait()
    assert run_module("cli.run", ["--resume", "--no-plots", "--binary", FAKE, "--out", out]).returncode == 0


def test_the_newest_unfinished_run_is_resumed(tmp_path: Path) -> None:
    for age, name in ((200, "old"), (100, "new")):
        plan = tmp_path / "box" / f"{name}.partial" / "plan.json"
        plan.parent.mkdir(parents=True)
        plan.write_text("{}")
        os.utime(plan, (1e9 - age, 1e9 - age))
    assert newest_partial(tmp_path) == tmp_path / "box" / "new"
    with pytest.raises(InputError, match="nothing to resume"):
        newest_partial(tmp_path / "box")
