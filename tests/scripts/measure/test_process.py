"""Processes that end, that do not, that print without end, and that leave others behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from bookstore.measure import process
from conftest import scripts_environment

PYTHON = sys.executable


def python(text: str, **options: object) -> process.Ended:
    return process.run([PYTHON, "-c", text], **options)  # type: ignore[arg-type]


def is_gone(number: int) -> bool:
    """Whether a process has ended; one that waits to be taken notice of has."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_gone(number: int) -> None:
    deadline = time.monotonic() + 10
    while not is_gone(number):
        assert time.monotonic() < deadline, f"{number} still runs"
        time.sleep(0.01)


def test_what_it_prints_and_how_it_ended() -> None:
    done = python("import sys; print('out'); print('one\\n two  words \\n', file=sys.stderr); sys.exit(3)")
    assert (done.status, done.output, done.how) == (3, "out\n", "ended with 3")
    assert done.last_words == "two words"


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGSEGV, "SIGSEGV"), (signal.SIGRTMIN + 3, f"signal {signal.SIGRTMIN + 3}")]
)
def test_a_signal_has_its_name(number: int, name: str) -> None:
    done = python(f"import os; os.kill(os.getpid(), {int(number)})")
    assert (done.how, done.last_words) == (f"was ended by {name}", "it said nothing")


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert python("import os; os.write(1, b'a\\xff')").output == "a\N{REPLACEMENT CHARACTER}"


def test_more_than_a_pipe_holds_is_kept_whole() -> None:
    done = python("import sys; sys.stdout.write('x' * 3_000_000); sys.stderr.write('y' * 2_000_000)")
    assert (len(done.output), len(done.errors)) == (3_000_000, 2_000_000)


def test_it_has_no_input_and_its_own_folder_and_environment(tmp_path: Path) -> None:
    text = "import os, sys; print(sys.stdin.read(), os.getcwd(), os.environ.get('A'), os.getpgid(0) == os.getpid())"
    done = python(text, folder=tmp_path, environment={"A": "b"})
    assert done.output == f" {tmp_path} b True\n"


def test_output_can_go_to_a_log_instead(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    done = python("import sys; print('out', flush=True); print('err', file=sys.stderr)", log=log)
    assert (done.status, done.output, log.read_text()) == (0, "", "before\nout\nerr\n")


def test_what_cannot_be_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        process.run([tmp_path / "nothing"])


def test_too_long_ends_it_and_what_it_started(tmp_path: Path) -> None:
    children = tmp_path / "children"
    text = (
        "import os, signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(children)!r} + '.new', 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        f"os.rename({str(children)!r} + '.new', {str(children)!r})\n"
        "time.sleep(60)"
    )
    with pytest.raises(process.TooLong):
        python(text, seconds=2.0)
    for number in children.read_text().split():
        wait_until_gone(int(number))


def test_too_much_ends_it() -> None:
    with pytest.raises(process.TooMuch):
        python("while True: print('x' * 65536)", seconds=60.0)


def test_what_is_more_than_wanted_can_be_thrown_away() -> None:
    text = "import sys; sys.stdout.write('a' + 'b' * 30_000_000); sys.stderr.write('c' * 1_000_000 + 'd')"
    done = python(text, kept_bytes=1000)
    assert done.output == "a" + 999 * "b" and done.errors == 999 * "c" + "d"
    assert python(text, kept_bytes=10, muted=True).output == ""


def test_a_child_that_prints_for_ever_does_not_hold_it() -> None:
    text = "import os\nif os.fork() == 0:\n    while True: os.write(1, b'x' * 65536)"
    assert len(python(text, seconds=30.0, kept_bytes=5).output) <= 5


def test_its_end_is_the_end_though_its_child_holds_the_pipes() -> None:
    done = python("import subprocess; print(subprocess.Popen(['sleep', '60']).pid)", seconds=30.0)
    assert done.status == 0
    wait_until_gone(int(done.output))


KILLED_AS_IT_STARTS = """
import os, signal, subprocess
from bookstore.measure import process
real = subprocess.Popen
def popen(*arguments, **options):
    print(real(*arguments, **options).pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
subprocess.Popen = popen
process.start(["sleep", "60"], stdout=subprocess.DEVNULL)
"""


def test_a_script_that_is_killed_as_it_starts_one_leaves_nothing() -> None:
    done = subprocess.run(
        [PYTHON, "-c", KILLED_AS_IT_STARTS],
        env=scripts_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    wait_until_gone(int(done.stdout))


GUARDIAN_KILLED = """
import os, signal, time
from bookstore.measure import process
process.run(["true"])
for number in filter(str.isdigit, os.listdir("/proc")):
    try:
        parent = open(f"/proc/{number}/stat").read().rsplit(")", 1)[1].split()[1]
    except OSError:
        continue
    if int(parent) == os.getpid():
        os.kill(int(number), signal.SIGKILL)
        os.waitpid(int(number), 0)
print(process.run(["echo", "done"]))
"""


def test_without_its_guardian_a_script_goes_on() -> None:
    done = subprocess.run(
        [PYTHON, "-c", GUARDIAN_KILLED], env=scripts_environment(), capture_output=True, text=True, timeout=60
    )
    assert "Ended(status=0, output='done" in done.stdout, done


def test_a_signal_while_it_starts_ends_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    whole = subprocess.Popen

    def slowly(*arguments: Any, **options: Any) -> "subprocess.Popen[bytes]":
        made = whole(*arguments, **options)
        started.append(made.pid)
        os.kill(os.getpid(), signal.SIGTERM)
        return made

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    monkeypatch.setattr(subprocess, "Popen", slowly)
    try:
        with pytest.raises(KeyboardInterrupt):
            process.run(["sleep", "60"])
        assert signal.getsignal(signal.SIGTERM) is stop
    finally:
        signal.signal(signal.SIGTERM, before)
    wait_until_gone(started[0])


def test_a_signal_to_the_script_ends_the_process(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    inner = (
        f"import os, time; open({str(mark)!r} + '.new', 'w').write(str(os.getpid()));"
        f" os.rename({str(mark)!r} + '.new', {str(mark)!r}); time.sleep(60)"
    )
    outer = (
        "import signal, sys\n"
        "from bookstore.measure import process\n"
        "def stop(*_): raise KeyboardInterrupt\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        f"process.run([sys.executable, '-c', {inner!r}])"
    )
    script = subprocess.Popen([PYTHON, "-c", outer], env=scripts_environment(), stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not mark.exists():
        assert time.monotonic() < deadline and script.poll() is None
        time.sleep(0.01)
    os.kill(script.pid, signal.SIGTERM)
    assert script.wait(30) != 0
    wait_until_gone(int(mark.read_text()))
