"""scripts/regress on commits: what is built, what is refused, what a trailer lets through."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, scripts_environment
from regress_support import ROW, Repository, refused, run
from test_process import wait_until_gone

from bookstore.gate import builds as worktrees
from bookstore.gate import trailers
from bookstore.gate import builds
from bookstore.measure.commits import git


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_slower_commit_is_red(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    base = repository.commit("fast")
    repository.commit("slow", factor=1.1)
    code, out, err = run(capsys, *repository.arguments("--base", "HEAD~1"))
    assert code == 1, err
    assert f"base: base ({base[:8]})" in out and "| regressed |" in out and "+10.0 %" in out
    assert "confirmed under another layout" in out  # this build has one
    # Neither work tree nor objects stay; the binaries do.
    assert repository.git("worktree", "list").count("\n") == 0
    assert not list((repository.root / "build").rglob("tree"))
    # The same base is not built again: its build command may be gone.
    repository.build.write_text('#!/bin/sh\n[ "$1" = "$ROOT" ] || exec cp "$1/bench/fake" "$2"\n')
    assert run(capsys, *repository.arguments("--base", "HEAD~1"))[0] == 1


@pytest.mark.parametrize("state", ["locked", "half", "gone", "unknown"])
def test_a_work_tree_that_a_kill_left_behind_is_no_hindrance(
    repository: Repository, state: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `git worktree add` leaves it when it is killed: locked and whole, half made, its folder gone, not yet known."""
    base = repository.commit("one")
    repository.commit("two")
    builder = worktrees.Builder(repository.root, str(repository.build))
    folder = repository.root / "build" / "regress" / f"{base}-{builder._fingerprint()}"
    tree = folder / "tree"
    tree.parent.mkdir(parents=True)
    repository.git("worktree", "add", "--detach", str(tree), base)
    (known,) = (repository.root / ".git" / "worktrees").iterdir()
    (known / "locked").write_text("initializing")
    if state == "half":
        (known / "HEAD").unlink()
        (tree / ".git").unlink()
    if state == "gone":
        shutil.rmtree(tree)
    if state == "unknown":
        (known / "gitdir").unlink()
    other = repository.root.parent / "other tree"
    repository.git("worktree", "add", "--detach", str(other), base)  # somebody else's stays
    code, out, err = run(capsys, *repository.arguments("--base", "HEAD~1"))
    assert (code, "same" in out) == (0, True), err
    left = {path.parent.name for path in (repository.root / ".git" / "worktrees").glob("*/gitdir")}
    assert not tree.exists() and left == {"other-tree"}
    assert (other / "bench" / "fake").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_build_that_is_stopped(repository: Repository, number: int, tmp_path: Path) -> None:
    """What the build started ends with it, and the next comparison works."""
    repository.commit("one")
    repository.commit("two")
    mark = tmp_path / "pid"
    whole = repository.build.read_text()
    repository.build.write_text(
        f'#!/bin/sh\ncase $1 in */tree) sleep 60 & echo $! >"{mark}"; wait;; esac\nexec cp "$1/bench/fake" "$2"\n'
    )
    out = tmp_path / "out"
    out.mkdir()
    (out / "regress.json").write_text("{}")
    command = [sys.executable, "-m", "bookstore.cli.regress", *repository.arguments("--base", "HEAD~1")]
    process = subprocess.Popen(
        [*command, "--out", out], env=scripts_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not mark.exists() or not mark.read_text().strip():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=60)
    sleeper = int(mark.read_text())
    wait_until_gone(sleeper)
    if number != signal.SIGKILL:
        assert process.returncode == 130 and err.decode().splitlines()[-1].startswith(
            "scripts/regress: interrupted"
        )
        assert repository.git("worktree", "list").count("\n") == 0
    assert not (out / "regress.json").exists()  # an older verdict is none of this comparison
    repository.build.write_text(whole)
    done = subprocess.run(
        [*command, "--out", out], env=scripts_environment(), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "regress.json").read_text())["exit_code"] == 0


def test_this_suites_own_commits_can_be_driven() -> None:
    if git(ROOT, "rev-parse", "HEAD") is None:
        pytest.skip("not in a checkout")
    assert builds.knows_drive(ROOT, "HEAD")


def test_the_same_code_is_the_same(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit("one")
    repository.commit("two")
    code, out, err = run(capsys, *repository.arguments())
    assert (code, "| same |" in out) == (0, True), err


def test_what_is_not_committed_is_compared_with_the_last_commit(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit("one")
    fake = repository.root / "bench" / "fake"
    fake.write_text(fake.read_text().replace("1000.0 * factor", "1200.0 * factor"))
    code, out, _ = run(capsys, *repository.arguments())
    assert code == 1 and "-dirty)" in out


def test_a_branch_is_compared_with_where_it_left_the_main_one(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    fork = repository.commit("fork")
    repository.git("checkout", "-q", "-b", "change")
    repository.commit("half", factor=1.2)
    repository.commit("whole", factor=1.3)
    code, out, _ = run(capsys, *repository.arguments())
    assert code == 1 and fork[:8] in out and "+30.0 %" in out


@pytest.mark.parametrize("ref", ["nonsense", "--all", "HEAD~99", "deadbeef"])
def test_no_such_ref(repository: Repository, ref: str, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit("one")
    refused(run(capsys, *repository.arguments(f"--base={ref}")), f"--base {ref}", "no such commit")


def test_a_ref_that_does_not_build(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    base = repository.commit("one")
    (repository.root / "bench" / "other").write_text('"--drive"')
    repository.git("rm", "-q", "--cached", "bench/fake")
    repository.git("add", "bench/other")
    repository.git("commit", "-q", "-m", "broken")
    repository.commit("mended")
    broken = repository.git("rev-parse", "HEAD~1")
    refused(
        run(capsys, *repository.arguments("--base", "HEAD~1")),
        f"{broken[:8]} does not build",
        "error: no fake",
    )
    assert base != broken and repository.git("worktree", "list").count("\n") == 0


def test_a_ref_without_the_binaries(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit("nothing to drive", empty=True)
    repository.commit("one")
    arguments = repository.arguments("--base", "HEAD~1")
    refused(run(capsys, *arguments), "has no bench_throughput --drive")
    arguments.remove("--time-only")
    code, out, err = run(capsys, *arguments, "--instructions-only")
    assert (code, out) == (0, "") and "has no bench_throughput --drive" in err


def test_the_first_commit_has_nothing_to_count_against(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit("one")
    arguments = repository.arguments()
    refused(run(capsys, *arguments), "the first commit has no parent")
    arguments.remove("--time-only")
    for base in ([], ["--base", "HEAD~1"]):
        code, _, err = run(capsys, *arguments, *base, "--instructions-only")
        assert code == 0 and "the first commit has no parent" in err


def test_a_changed_workload_is_not_compared(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit("one", digest="a")
    repository.commit("two", digest="b", factor=2.0)
    code, out, err = run(capsys, *repository.arguments("--base", "HEAD~1", "--format", "json"))
    assert code == 3, err
    assert "the workload itself changed" in out


def test_rows_that_only_one_side_has(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit("one", refuse=["counter/"])
    repository.commit("two", refuse=["day/"])
    rows = ["--row", "counter/event_loop/workers:1", "--row", "day/event_loop/workers:1"]
    code, out, _ = run(capsys, *repository.arguments("--base", "HEAD~1", *rows))
    assert code == 3
    assert "only in base: `day/event_loop" in out and "only in new: `counter/event_loop" in out


def test_a_row_that_nobody_knows(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit("one", refuse=["shelving"])
    repository.commit("two", refuse=["shelving"])
    refused(run(capsys, *repository.arguments("--base", "HEAD~1")), f"unknown row '{ROW}'")


def test_what_is_no_row_is_refused_before_anything_is_built(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit("one")
    repository.commit("two")
    refused(run(capsys, *repository.arguments("--base", "HEAD~1", "--row", "nonsense")), "--row nonsense")
    assert not (repository.root / "build").exists()


def test_a_pattern_that_matches_nothing_waits_for_one_build(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit("one")
    repository.commit("two")
    arguments = [part for part in repository.arguments("--base", "HEAD~1", "--rows", "zzz")]
    at = arguments.index("--row")
    refused(run(capsys, *arguments[:at], *arguments[at + 2 :]), "--rows zzz")
    built = [path for path in (repository.root / "build" / "regress").iterdir() if path.is_dir()]
    assert [path.name for path in built] == ["working"]


def test_a_trailer_lets_a_row_through(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit("fast")
    repository.commit(f"slow\n\nSlowdown-Accepted: {ROW} it is safer now", factor=1.1)
    code, out, _ = run(capsys, *repository.arguments("--base", "HEAD~1"))
    assert code == 0
    assert "| regressed |" in out and "accepted: it is safer now" in out


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (ROW, "gives no reason"),
        ("counter/tbb it is safer", "names no row"),
        ("shelving it is safer", "names no row"),
    ],
)
def test_a_trailer_that_lets_nothing_through(
    repository: Repository, capsys: pytest.CaptureFixture[str], value: str, why: str
) -> None:
    repository.commit("fast")
    repository.commit(f"slow\n\nSlowdown-Accepted: {value}", factor=1.1)
    code, out, _ = run(capsys, *repository.arguments("--base", "HEAD~1"))
    assert code == 1 and why in out


def test_trailers_older_than_the_base_count_no_more(repository: Repository) -> None:
    repository.commit(f"old\n\nSlowdown-Accepted: {ROW} long ago")
    repository.commit(f"new\n\nSlowdown-Accepted: {ROW} a reason\nSlowdown-Accepted: day/tbb two\n words")
    assert trailers.read(repository.root, "HEAD~1") == [f"{ROW} a reason", "day/tbb two words"]


def test_rows_are_covered_by_whole_parts_of_their_names() -> None:
    full = ROW + "/tasks:417"
    assert (
        trailers.covers(full, full)
        and trailers.covers(ROW, full)
        and trailers.covers("shelving/sequential", full)
    )
    assert not trailers.covers("shelving", full)
    assert not trailers.covers("shelving/seq", full)
    assert not trailers.covers("shelving/sequential/cores:1/workers:1/tasks:41", full)
