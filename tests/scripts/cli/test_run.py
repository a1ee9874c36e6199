"""scripts/run from its arguments to its folder, with a stand-in for the binary."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bookstore.measure.commits import tree_commit
from bookstore.data.results import load_run
from conftest import FAKE, is_one_line, run_module, scripts_environment

SMALL = [
    *("--profile", "smoke", "--binary", FAKE, "--no-plots"),
    *("--backends", "threads,sequential", "--workloads", "counter"),
]


def last_line(text: str) -> str:
    return text.rstrip("\n").rpartition("\n")[2]


def test_a_run_leaves_a_whole_folder(run_folder: Path) -> None:
    assert {path.name for path in run_folder.iterdir()} == {
        "environment.json",
        "throughput.json",
        "claims.json",
        "timeline.json",
        "plots",
        "report.html",
        "summary.md",
    }
    assert not list(run_folder.parent.glob("*.partial"))
    environment = json.loads((run_folder / "environment.json").read_text())
    assert environment["seed_of_process_order"] == 1
    assert environment["context"]["build_type"] == "Release"
    processes = json.loads((run_folder / "throughput.json").read_text())["processes"]
    timeline = [name for name in environment["process_order"] if "timeline" in name]
    assert len(environment["process_order"]) == len(processes) + len(timeline)


def test_a_run_ends_with_the_table_and_the_folder(tmp_path: Path) -> None:
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "run"])
    assert done.returncode == 0, done.stderr
    assert last_line(done.stdout) == str(tmp_path / "run")
    assert not (tmp_path / "run" / "plots").exists()  # as was asked for
    assert "I(n)" in done.stdout and str(tmp_path / "run" / "report.html") in done.stdout
    assert done.stdout.count("\n") <= 51 and max(map(len, done.stdout.splitlines()[:-2])) <= 100
    assert " left" in done.stderr and "\r" not in done.stderr
    rows = load_run(tmp_path / "run").throughput.rows
    assert {row.workload for row in rows} <= {"counter", "ideal"}
    assert {row.backend for row in rows} <= {"threads", "sequential", "processes"}


def test_one_cpu_is_enough_and_what_it_cannot_show_is_said(tmp_path: Path) -> None:
    words = [*SMALL[:4], *SMALL[5:], "--out", tmp_path / "run"]
    mask = ["taskset", "-c", str(min(os.sched_getaffinity(0)))]
    done = subprocess.run(
        [*mask, sys.executable, "-m", "bookstore.cli.run", *map(str, words)],
        env=scripts_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "One core: there is no parallel gain, and no map of the gains is drawn." in done.stdout
    drawn = {path.stem for path in (tmp_path / "run" / "plots").iterdir()}
    assert "map" not in drawn and "cpu_per_task" in drawn


def test_plans_grow_with_the_machines_speed(tmp_path: Path) -> None:
    for name, speed in (("usual", "1.1"), ("fast", "2.2")):
        done = run_module("cli.run", [*SMALL, "--out", tmp_path / name], FAKE_CPU_SPEED=speed)
        assert done.returncode == 0, done.stderr
    usual, fast = (load_run(tmp_path / name) for name in ("usual", "fast"))
    assert (usual.environment["cpu_speed"], fast.environment["cpu_speed"]) == (1.0, 2.0)
    tasks = [
        {row.counter("tasks") for row in run.throughput.rows if row.backend != "processes"}
        for run in (usual, fast)
    ]
    assert tasks[1] == {2 * count for count in tasks[0]}


def test_a_plan_is_done_directly_once_but_by_the_baseline(run_folder: Path) -> None:
    direct: dict[tuple[str, float], list[str]] = {}
    for row in load_run(run_folder).throughput.rows:
        if row.backend != "processes" and row.counter("work_us_per_task") > 0:
            direct.setdefault((row.workload, row.counter("tasks")), []).append(row.backend)
    others = [[name for name in names if name != "sequential"] for names in direct.values()]
    # Rows of one process do not know of each other's digests yet.
    assert others and all(len(set(names)) <= 1 for names in others)


def test_the_seed_makes_the_order(tmp_path: Path) -> None:
    orders = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        done = run_module("cli.run", [*SMALL, "--cores", "1", "--seed", seed, "--out", tmp_path / name])
        assert done.returncode == 0, done.stderr
        orders.append(load_run(tmp_path / name).environment["process_order"])
    assert orders[0] == orders[1] != orders[2]


def test_a_wrong_digest_ends_the_run_with_its_line(tmp_path: Path) -> None:
    done = run_module(
        "cli.run", [*SMALL, "--out", tmp_path / "run"], FAKE_WRONG_DIGEST="counter/threads/cores:1/workers:64"
    )
    assert done.returncode == 1
    assert "wrong digest in counter/threads/cores:1/workers:64" in last_line(done.stderr)
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_crash_is_no_result(tmp_path: Path) -> None:
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "run"], FAKE_CRASH="counter/threads")
    assert done.returncode == 1
    assert "SIGABRT" in last_line(done.stderr)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("number", "words"), [(signal.SIGKILL, "memory is short"), (signal.SIGXFSZ, "larger than is allowed")]
)
def test_what_the_system_refused_is_no_wrong_result(
    tmp_path: Path, number: signal.Signals, words: str
) -> None:
    crash = {"FAKE_CRASH": "counter/threads", "FAKE_CRASH_BY": str(int(number))}
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "run"], **crash)
    assert done.returncode == 2
    assert number.name in last_line(done.stderr) and words in last_line(done.stderr)
    resume = ["--resume", "--no-plots", "--binary", FAKE, "--out", tmp_path / "run"]
    assert run_module("cli.run", resume).returncode == 0


@pytest.mark.parametrize(
    "name", ["a b", 'it\'s "so"', "two\nlines", "Bücher 漢", "\x1b[31mred", "$(touch x)", "-n"]
)
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    out = tmp_path / name / "run"
    done = run_module("cli.run", [*SMALL, "--out", out])
    assert done.returncode == 0 and "\x1b" not in done.stdout + done.stderr, done.stderr
    load_run(out)
    again = run_module("cli.run", [*SMALL, "--out", out])
    assert again.returncode == 2 and is_one_line(again.stderr) and "\x1b" not in again.stderr


def test_a_name_that_is_too_long_is_one_line(tmp_path: Path) -> None:
    for out in (tmp_path / ("x" * 260), tmp_path / ("x" * 250), tmp_path / "\udcff"):
        done = run_module("cli.run", [*SMALL, "--out", out])
        assert done.returncode in (0, 2) and "Traceback" not in done.stderr
        assert (done.returncode == 0) == os.path.isdir(out)


def test_a_file_that_may_not_grow_loses_nothing(tmp_path: Path) -> None:
    """As on a full disk, at whatever it writes: one line, and what fitted is kept for --resume."""
    for blocks in (1, 8, 20, 40):
        out = tmp_path / f"run-{blocks}"
        command = [sys.executable, "-m", "bookstore.cli.run", *map(str, SMALL), "--out", str(out)]
        done = subprocess.run(
            ["bash", "-c", f'ulimit -f {blocks}; exec "$@"', "bash", *command],
            env=scripts_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode in (0, 2) and "Traceback" not in done.stderr, done.stderr
        assert blocks > 1 or done.returncode == 2
        if done.returncode == 2:
            assert not out.exists()
            again = ["--resume", "--no-plots", "--binary", FAKE, "--out", out]
            if not (tmp_path / f"run-{blocks}.partial" / "plan.json").exists():
                again = [*SMALL, "--out", out]
            assert run_module("cli.run", again).returncode == 0
        load_run(out)


def test_a_limit_of_the_machine_is_a_marked_row(tmp_path: Path) -> None:
    """Whether it is met by a row that is timed, or by one whose memory is measured: the others are measured."""
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "run"], FAKE_LIMIT="counter/threads")
    assert done.returncode == 0, done.stderr
    rows = load_run(tmp_path / "run").throughput.rows
    met = {row.key for row in rows if row.limit_reached}
    assert all(key.startswith("counter/threads/") for key in met)
    assert {"/memory:1" in key for key in met} == {False, True}
    assert any(row.backend == "sequential" and not row.limit_reached for row in rows)


def test_limits_of_the_machine_everywhere_are_no_run(tmp_path: Path) -> None:
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "run"], FAKE_LIMIT="counter/")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "every row met a limit of the machine" in last_line(done.stderr)


def test_a_parameter_without_effect_is_found(tmp_path: Path) -> None:
    done = run_module("cli.run", [*SMALL, "--out", tmp_path / "run"], FAKE_IGNORE_WORKERS="1")
    assert done.returncode == 1
    assert "was asked for" in last_line(done.stderr)


def test_results_inside_the_clone_do_not_change_what_it_is(tmp_path: Path) -> None:
    """A run's own unfinished folder is no part of what is measured: it can be resumed."""
    git(tmp_path, "init")
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--no-verify", "-m", "first")
    clean = tree_commit(tmp_path)
    (tmp_path / "mine.partial").mkdir()
    (tmp_path / "mine.partial" / "plan.json").write_text("{}")
    assert tree_commit(tmp_path) == clean and len(clean) == 8


def test_two_runs_at_once_are_told_of_each_other(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-m", "bookstore.cli.run", *map(str, SMALL), "--out", str(tmp_path / "first")],
        env=scripts_environment(FAKE_SLEEP="0.3"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("first.partial/raw/*.json")):
        assert time.monotonic() < deadline and first.poll() is None
        time.sleep(0.01)
    second = subprocess.Popen(
        [sys.executable, "-m", "bookstore.cli.run", *map(str, SMALL), "--out", str(tmp_path / "second")],
        env=scripts_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    for run, other in ((second, first), (first, second)):
        _, errors = run.communicate(timeout=120)
        said = [line for line in errors.splitlines() if "measures on this machine at the same time" in line]
        assert run.returncode == 0 and said and str(other.pid) in said[-1]
    for name in ("first", "second"):
        assert load_run(tmp_path / name).environment["other_runs"] >= 1


@pytest.mark.parametrize("where", ["| true", ">/dev/full", ">&-"])
def test_a_run_is_kept_whoever_reads_what_it_prints(tmp_path: Path, where: str) -> None:
    words = [sys.executable, "-m", "bookstore.cli.run", *map(str, SMALL), "--out", str(tmp_path / "run")]
    done = subprocess.run(
        ["bash", "-c", f'set -o pipefail; "$@" {where}', "bash", *words],
        env=scripts_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == (0 if where == "| true" else 2)
    load_run(tmp_path / "run")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--profile", "huge"], "invalid choice: 'huge'"),
        (["--no-such-flag"], "unrecognized arguments"),
        (["--cores", "0"], "no list of core counts"),
        (["--cores", "-1"], "no list of core counts"),
        (["--cores", "two"], "no list of core counts"),
        (["--cores", "100000"], "may be used here"),
        (["--cores", "1,,2"], "no list of core counts"),
        (["--backends", ""], "no list"),
        (["--workloads", "a b"], "no list"),
        (["--waits", "timer,udp"], "'udp' is no kind of wait; there are timer, unix, tcp"),
        (["--waits", ""], "'' is no kind of wait"),
        (["--seed", "x"], "invalid int"),
        (["--out", ""], "--out needs"),
        (["--out", "/proc/nowhere/run"], "cannot be written"),
        (["--out", __file__ + "/run"], "cannot be written"),
        (["--resume", "--out", "/nowhere/at/all"], "nothing to resume"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_done(arguments: list[str], complaint: str) -> None:
    done = run_module("cli.run", ["--check-arguments", *arguments])
    assert done.returncode == 2
    assert is_one_line(done.stderr) and complaint in done.stderr
    assert done.stderr.startswith("scripts/run: ")


def test_an_existing_folder_is_refused(tmp_path: Path) -> None:
    done = run_module("cli.run", ["--check-arguments", "--out", tmp_path])
    assert done.returncode == 2 and "exists already" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--backends", "threads,fibers"], "unknown backend 'fibers'; there are sequential, threads"),
        (["--workloads", "cinema"], "unknown workload 'cinema'; there are shelving"),
    ],
)
def test_unknown_names_are_refused_before_anything_is_written(
    tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    done = run_module("cli.run", ["--binary", FAKE, "--out", tmp_path / "run", *arguments])
    assert done.returncode == 2
    assert is_one_line(done.stderr) and complaint in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_missing_binary_is_one_line(tmp_path: Path) -> None:
    done = run_module("cli.run", ["--binary", tmp_path / "none", "--out", tmp_path / "run"])
    assert done.returncode == 2 and is_one_line(done.stderr)


def test_a_missing_compiler_is_one_line(tmp_path: Path) -> None:
    done = run_module("cli.run", ["--out", tmp_path / "run"], PATH=str(tmp_path), CXX="")
    assert done.returncode == 2
    assert "cmake is missing; install it" in last_line(done.stderr) and "Traceback" not in done.stderr


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *identity, *arguments], check=True, capture_output=True)


def test_a_changed_tree_is_marked(tmp_path: Path) -> None:
    assert tree_commit(tmp_path) == "unknown"
    git(tmp_path, "init")
    (tmp_path / "file").write_text("1")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--no-verify", "-m", "first")
    clean = tree_commit(tmp_path)
    assert len(clean) == 8
    (tmp_path / "file").write_text("2")
    assert tree_commit(tmp_path) == f"{clean}-dirty"
