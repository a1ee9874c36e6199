"""Whoever is stopped, and however: a clean end, and nothing that it started goes on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bookstore.data.results import load_run
from bookstore.measure.folder import partial_of
from conftest import FAKE, SCRIPTS, run_module, scripts_environment
from fronts_support import stand_in
from test_kills import RUN, moments, seconds_of, wait_until_none


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_in_any_phase_of_a_run(tmp_path: Path, number: signal.Signals) -> None:
    """From the first lines to the pictures: a clean end that says how to go on, and it goes on."""
    drawn = [argument for argument in RUN if argument != "--no-plots"]
    whole = seconds_of([*drawn, "--out", tmp_path / "whole"], "cli.run")
    stopped = 0
    for attempt, moment in enumerate(moments(whole, int(number))):
        out = tmp_path / f"run-{attempt}"
        mark = f"{tmp_path}-{attempt}"
        process = subprocess.Popen(
            [sys.executable, "-m", "bookstore.cli.run", *map(str, drawn), "--out", str(out)],
            env=scripts_environment(MARK=mark),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            process.send_signal(number)
            process.send_signal(number)  # who is in a hurry does so twice
        _, errors = process.communicate(timeout=60)
        wait_until_none(mark)
        # By the signal itself only before our own code began.
        assert process.returncode in (0, 128 + number, -number), errors
        assert "Traceback" not in errors or process.returncode == -number, errors
        stopped += process.returncode != 0
        if (partial_of(out) / "plan.json").exists():
            assert "--resume" in errors
            done = run_module("cli.run", ["--resume", "--no-plots", "--binary", FAKE, "--out", out])
            assert done.returncode == 0, done.stderr
            load_run(out)
        elif process.returncode == 0:
            load_run(out)
    assert stopped > 0


BUILD = (
    "import sys; from pathlib import Path; from bookstore.measure import process; process.run(sys.argv[1:])"
)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_what_a_script_started_ends_with_it(tmp_path: Path, number: signal.Signals) -> None:
    """Whatever that is: a build has children and grandchildren, and some of them do not hear."""
    mark, ready = str(tmp_path), tmp_path / "ready"
    deep = f"trap '' TERM HUP INT; sh -c 'sleep 60 & touch {ready}; wait' & wait"
    script = subprocess.Popen(
        [sys.executable, "-c", BUILD, "sh", "-c", deep],
        env=scripts_environment(MARK=mark),
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not ready.exists():
        assert time.monotonic() < deadline and script.poll() is None
        time.sleep(0.01)
    script.send_signal(number)
    script.wait(30)
    wait_until_none(mark)


DRAW = (
    "import os, signal, sys, time\n"
    "from pathlib import Path\n"
    "from bookstore.terminal.errors import guarded\n"
    "from bookstore.parallel.forked import forked_map\n"
    "def draw(what):\n"
    "    Path(sys.argv[1], str(os.getpid())).touch()\n"
    "    if what == 'killed': os.kill(os.getpid(), signal.SIGKILL)\n"
    "    time.sleep(60)\n"
    "sys.exit(guarded('p', lambda: len(list(forked_map(draw, sys.argv[2:])))))\n"
)


def test_forked_work_ends_with_the_script(tmp_path: Path) -> None:
    script = subprocess.Popen(
        [sys.executable, "-c", DRAW, str(tmp_path), "one", "two"],
        env=scripts_environment(MARK=str(tmp_path)),
        stdout=subprocess.PIPE,
    )
    deadline = time.monotonic() + 30
    while not list(tmp_path.iterdir()):
        assert time.monotonic() < deadline and script.poll() is None
        time.sleep(0.01)
    script.kill()
    script.communicate(timeout=30)  # nobody holds its output open
    wait_until_none(str(tmp_path))


def test_forked_work_that_the_system_kills_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DRAW, str(tmp_path), "killed"],
        env=scripts_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "memory is short" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_tests_leave_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    """scripts/test, stopped while a build runs whose compilers do not hear."""
    scripts, tools, temporary, ready = (
        tmp_path / name for name in ("scripts", "tools", "temporary", "ready")
    )
    for folder in (scripts, tools, temporary):
        folder.mkdir()
    shutil.copy(SCRIPTS / "test", scripts / "test")
    stand_in(scripts, "setup", "exit 0")
    stand_in(tools, "cmake", f"sleep 60 & touch '{ready}'; wait")
    mark = str(tmp_path)
    script = subprocess.Popen(
        [str(scripts / "test"), "--release-only"],
        env=scripts_environment(
            MARK=mark, TMPDIR=str(temporary), PATH=f"{tools}{os.pathsep}{os.environ['PATH']}"
        ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not ready.exists():
        assert time.monotonic() < deadline and script.poll() is None
        time.sleep(0.01)
    script.send_signal(number)
    assert script.wait(30) == 128 + number
    wait_until_none(mark)
    assert not list(temporary.iterdir())
