"""A request to end is heard wherever it falls, and whatever other people's code makes of it."""

import subprocess
import sys

import pytest
from bookstore.terminal.interrupts import Interrupted, behind
from conftest import scripts_environment

ENDS = (
    "import os, signal, sys, time\n"
    "from bookstore.terminal import interrupts\n"
    "from bookstore.terminal.errors import guarded\n"
    "def stop(): os.kill(os.getpid(), signal.SIGTERM)\n"
    "class Named:\n"
    "    def __set_name__(self, owner, name): stop()\n"
    "class Finalized:\n"
    "    def __del__(self): stop()\n"
    "def plainly(): stop()\n"
    "def while_a_class_names_its_members(): type('Owner', (), {'member': Named()})\n"
    "def in_a_destructor():\n"
    "    made = Finalized()\n"
    "    del made\n"
    "    time.sleep(60)\n"
    "def twice():\n"
    "    try: stop()\n"
    "    finally: stop()\n"
    "def main():\n"
    "    interrupts.listen()\n"
    "    globals()[sys.argv[1]]()\n"
    "    return 0\n"
    "sys.exit(guarded('p', main))\n"
)


@pytest.mark.parametrize("where", ["plainly", "while_a_class_names_its_members", "in_a_destructor", "twice"])
def test_a_script_ends_wherever_the_signal_falls(where: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ENDS, where],
        env=scripts_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (130, "p: interrupted\n")


def test_what_is_behind_an_error() -> None:
    interrupt = Interrupted(15)
    hidden = RuntimeError("of a class")
    hidden.__cause__ = interrupt
    later = ValueError("of a library")
    later.__context__ = hidden
    assert behind(interrupt, Interrupted) is interrupt
    assert behind(later, Interrupted) is interrupt and interrupt.exit_code == 143
    assert behind(KeyboardInterrupt(), Interrupted) is None
    assert behind(ValueError("of our own"), KeyboardInterrupt) is None
    hidden.__cause__ = None
    hidden.__context__ = later  # a ring, as careless code makes one
    assert behind(later, KeyboardInterrupt) is None
