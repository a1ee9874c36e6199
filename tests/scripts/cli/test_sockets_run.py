"""scripts/run with waits over sockets, with stand-ins for the binaries; then what else reads such a run."""

import json
from pathlib import Path

import pytest

from bookstore.cli.values import kinds_of_waits
from bookstore.data.results import Run, load_run
from conftest import FAKE, run_module

BINARIES = ["--binary", FAKE, "--latency-binary", FAKE.with_name("fake_bench_latency.py")]
BINARIES += ["--overhead-binary", FAKE.with_name("fake_bench_overhead.py")]
SMALL = [*BINARIES, "--profile", "smoke", "--backends", "threads,event_loop", "--workloads", "counter"]
SOCKETS = {"sockets.json", "sockets_latency.json"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sockets") / "run"
    # quick, because smoke has one repetition of all.
    words = ["quick" if word == "smoke" else word for word in SMALL]
    done = run_module("cli.run", [*words, "--waits", "unix,tcp", "--out", out], FAKE_NO_URING="1")
    assert done.returncode == 0, done.stderr
    assert "measured sockets in" in done.stderr and "measured sockets_latency in" in done.stderr
    return out


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return load_run(folder)


def test_timers_are_always_measured_and_each_kind_once() -> None:
    assert kinds_of_waits("tcp,unix,tcp") == ["timer", "unix", "tcp"]
    assert kinds_of_waits("unix") == ["timer", "unix"] and kinds_of_waits("timer") == ["timer"]


def test_all_kinds_were_measured_by_the_same_processes(folder: Path, run: Run) -> None:
    for name in SOCKETS:
        document = json.loads((folder / name).read_text())
        kinds: dict[int, set[str]] = {}
        for row in document["benchmarks"]:
            kind = "unix" if row["waits_unix"] else "tcp" if row["waits_tcp"] else "timer"
            kinds.setdefault(row["process"], set()).add(kind)
            assert (f"/waits:{kind}" in row["name"]) == (kind != "timer")
        assert kinds and all(each == {"timer", "unix", "tcp"} for each in kinds.values())
    assert run.environment["waits"] == ["timer", "unix", "tcp"]
    for name in ("sockets", "sockets_latency"):
        assert run.environment[name]["process_order"]


def test_a_loop_that_the_kernel_forbids_is_a_marked_row(run: Run) -> None:
    assert run.overhead is not None
    trips = [row for row in run.overhead.rows if row.workload == "round_trip"]
    assert {row.backend for row in trips if row.limit_reached} == {"event_loop_uring"}
    assert {(row.backend, row.waits) for row in trips if not row.limit_reached} == {
        (backend, kind) for backend in ("threads", "event_loop") for kind in ("timer", "unix", "tcp")
    }


def test_the_report_has_the_section_and_the_picture(folder: Path) -> None:
    assert '<figure id="sockets">' in (folder / "report.html").read_text()
    assert {path.name for path in (folder / "plots").glob("sockets.*")} == {"sockets.svg", "sockets.png"}
    assert "io_uring" in (folder / "summary.md").read_text()


@pytest.mark.parametrize("name", sorted(SOCKETS))
def test_such_files_can_be_compared(folder: Path, name: str) -> None:
    done = run_module("cli.compare", [folder / name, folder / name])
    assert done.returncode in (0, 3) and "Traceback" not in done.stderr, done.stderr
    assert "waits:unix" in done.stdout


def test_without_sockets_there_is_no_trace_of_them(tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = run_module("cli.run", [*SMALL, "--no-plots", "--out", out])
    assert done.returncode == 0, done.stderr
    assert not SOCKETS & {path.name for path in out.iterdir()}
    assert "Waits that are real" not in (out / "summary.md").read_text()
    assert "round_trip" not in (out / "overhead.json").read_text()


def test_an_unfinished_run_goes_on_with_the_same_waits_alone(tmp_path: Path) -> None:
    out, name = tmp_path / "run", "counter/event_loop/cores:1/workers:1/waits:tcp"
    asked = [*SMALL, "--no-plots", "--waits", "tcp", "--out", out]
    stopped = run_module("cli.run", asked, FAKE_CRASH=name, FAKE_CRASH_BY="9")
    assert stopped.returncode == 2 and not out.exists()
    again = [*BINARIES, "--no-plots", "--resume", "--out", out]
    other = run_module("cli.run", [*again, "--waits", "unix"])
    assert other.returncode == 2 and "the unfinished run has --waits timer,tcp" in other.stderr
    assert run_module("cli.run", again).returncode == 0
    assert SOCKETS <= {path.name for path in out.iterdir()}
    assert load_run(out).environment["waits"] == ["timer", "tcp"]


def test_customers_that_were_left_out_are_said(tmp_path: Path) -> None:
    words = ["shelving" if word == "counter" else word for word in SMALL]
    done = run_module("cli.run", [*words, "--no-plots", "--waits", "unix", "--out", tmp_path / "run"])
    assert done.returncode == 0, done.stderr
    assert "counter over sockets (--workloads counter measures them)" in done.stderr
    assert not SOCKETS & {path.name for path in (tmp_path / "run").iterdir()}
    assert "a round trip to the service" in (tmp_path / "run" / "summary.md").read_text()
