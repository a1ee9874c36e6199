"""SIGKILL at random moments: nothing is torn or half under its final name, nothing goes on, and the next one works.

BOOKSTORE_KILLS says how many moments are tried of each command (default 4).
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from bookstore.data import history
from bookstore.data.results import load_run
from bookstore.measure.folder import Plan, RunFolder, drop_rest, is_published, partial_of
from conftest import FAKE, run_module, scripts_environment
from regress_support import Repository
from test_track import write_run

KILLS = int(os.environ.get("BOOKSTORE_KILLS", "4"))


def processes_marked(mark: str) -> list[int]:
    """Those that have inherited MARK=<mark>."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"MARK={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:  # ended, or another user's
            continue
    return found


def wait_until_none(mark: str) -> None:
    deadline = time.monotonic() + 30
    while left := processes_marked(mark):
        assert time.monotonic() < deadline, f"{left} still run"
        time.sleep(0.02)


def seconds_of(arguments: Sequence[object], module: str, **extra: str) -> float:
    begin = time.monotonic()
    done = run_module(module, arguments, **extra)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - begin


def killed_after(seconds: float, module: str, arguments: Sequence[object], mark: str, **extra: str) -> bool:
    """Kills a command so long after its start, and answers whether that came before its end; nothing of it is left."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"bookstore.{module}", *map(str, arguments)],
        env=scripts_environment(MARK=mark, **extra),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    process.kill()
    killed = process.wait() == -signal.SIGKILL
    wait_until_none(mark)
    return killed


def moments(seconds: float, seed: int) -> list[float]:
    order = random.Random(seed)
    return [order.uniform(0.05, 1.05) * seconds for _ in range(KILLS)]


RUN = [
    *("--profile", "smoke", "--binary", FAKE, "--no-plots", "--cores", "1"),
    *("--backends", "threads", "--workloads", "shelving"),
]


def test_of_a_run(tmp_path: Path) -> None:
    whole = seconds_of([*RUN, "--out", tmp_path / "whole"], "cli.run")
    expected = load_run(tmp_path / "whole")
    interrupted = 0
    for number, moment in enumerate(moments(whole, 1)):
        out = tmp_path / f"run-{number}"
        begin: list[object] = [*RUN, "--out", out]
        resume: list[object] = ["--resume", "--no-plots", "--binary", FAKE, "--out", out]
        interrupted += killed_after(moment, "cli.run", begin, f"{tmp_path}-{number}")
        kept = {path.stem for path in partial_of(out).glob("raw/*.json")}
        if out.exists():
            load_run(out)
        log = tmp_path / f"log-{number}"
        if (partial_of(out) / "plan.json").exists():
            done = run_module("cli.run", resume, FAKE_LOG=str(log))
        elif not out.exists():
            done = run_module("cli.run", begin)
        else:
            continue
        assert done.returncode == 0, done.stderr
        assert not log.exists() or not kept & set(log.read_text().split())
        found = load_run(out)
        assert found.environment["process_order"] == expected.environment["process_order"]
        assert {path.name for path in out.iterdir()} == {path.name for path in expected.folder.iterdir()}
        assert not partial_of(out).exists()
    assert interrupted > 0


def test_of_a_comparison(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit("one")
    repository.commit("two")
    out = tmp_path / "out"
    arguments = [*repository.arguments("--base", "HEAD~1", "--time-only"), "--out", out]
    shutil.rmtree(repository.root / "build", ignore_errors=True)
    whole = seconds_of(arguments, "cli.regress")
    interrupted = 0
    for number, moment in enumerate(moments(whole, 2)):
        if number % 2:  # the other half finds the commit built
            shutil.rmtree(repository.root / "build", ignore_errors=True)
        for path in out.iterdir():
            path.write_text("an older verdict")
        killed = killed_after(moment, "cli.regress", arguments, f"{tmp_path}-{number}")
        interrupted += killed
        for path in out.glob(
            "*.json"
        ):  # what it wrote, it wrote whole; the older stands only if it never began
            text = path.read_text()
            assert text == "an older verdict" or json.loads(text) is not None
        texts = [path.read_text() for path in out.iterdir() if not path.name.endswith(".new")]
        assert killed or "an older verdict" not in texts
    done = run_module("cli.regress", arguments)
    assert done.returncode == 0, done.stderr
    assert repository.git("worktree", "list").count("\n") == 0
    assert interrupted > 0


def test_of_adding_to_a_history(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    rows = {"ideal/processes/cores:1/workers:1": 1.0, "counter/threads/cores:2/workers:16": 1.0}

    def arguments(number: int) -> list[object]:
        return ["add", write_run(tmp_path / f"{number}.json", number, rows), "--history", path]

    whole = seconds_of(arguments(0), "cli.track")
    known = 1
    for number, moment in enumerate(moments(whole, 3), start=1):
        killed_after(moment, "cli.track", arguments(number), f"{tmp_path}-{number}")
        entries = history.read_history(path)
        assert known <= len(entries) <= known + 1
        assert run_module("cli.track", arguments(number)).returncode == 0
        entries = history.read_history(path)
        assert len(entries) == known + 1
        known = len(entries)


class Killed(BaseException):
    """What stands for the kill: nothing catches it, and nothing is done after it."""


def small_folder(final: Path) -> RunFolder:
    folder = RunFolder.create(final, Plan("quick", ["threads"], ["counter"], [2], 1, "abc", "box", "now"))
    (folder.partial / "environment.json").write_text("{}")
    (partial_of(final) / "raw" / "0.json").write_text("{}")
    return folder


def break_at(patch: pytest.MonkeyPatch, where: object, name: str, after: bool) -> None:
    whole: Callable[..., object] = getattr(where, name)

    def broken(*arguments: object, **options: object) -> object:
        if after:
            whole(*arguments, **options)
        raise Killed

    patch.setattr(where, name, broken)


@pytest.mark.parametrize(
    ("name", "after", "resumed"),
    [("rename", False, True), ("rename", True, False), ("rmtree", False, False), ("rmtree", True, False)],
)
def test_while_a_run_gets_its_name(tmp_path: Path, name: str, after: bool, resumed: bool) -> None:
    final = tmp_path / "run"
    folder = small_folder(final)
    with pytest.MonkeyPatch.context() as patch:
        break_at(patch, Path if name == "rename" else shutil, name, after)
        with pytest.raises(Killed):
            folder.publish()
    del folder  # and with it the lock, as in the process that was killed
    if resumed:
        assert not final.exists() and not is_published(final)
        assert RunFolder.resume(final).publish() == final
    else:
        assert is_published(final)
        done = run_module("cli.run", ["--resume", "--no-plots", "--binary", FAKE, "--out", final])
        assert (done.returncode, done.stdout) == (0, f"{final}\n"), done.stderr
    assert [path.name for path in final.iterdir()] == ["environment.json"]
    assert not partial_of(final).exists()


def test_a_folder_that_somebody_made_meanwhile_costs_nothing(tmp_path: Path) -> None:
    final = tmp_path / "run"
    folder = small_folder(final)
    final.mkdir()
    (final / "mine").write_text("")
    with pytest.raises(OSError):
        folder.publish()
    assert not is_published(final)
    del folder
    done = run_module("cli.run", ["--resume", "--no-plots", "--binary", FAKE, "--out", final])
    assert done.returncode == 2 and "move it away" in done.stderr
    assert (partial_of(final) / "raw" / "0.json").exists()
    shutil.move(final, tmp_path / "elsewhere")
    RunFolder.resume(final).publish()
    drop_rest(final)
    assert (final / "environment.json").exists()
