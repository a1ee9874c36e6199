"""The sh scripts that users start."""

import os
import subprocess
from pathlib import Path

import pytest
from conftest import SCRIPTS, is_one_line


def run_script(name: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(SCRIPTS / name), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("script", ["setup", "test"])
def test_unknown_arguments_are_refused(script: str) -> None:
    done = run_script(script, "--bogus")
    assert done.returncode == 2 and is_one_line(done.stderr) and "--bogus" in done.stderr


@pytest.mark.parametrize("script", ["setup", "test", "run", "plot", "compare", "track", "regress"])
def test_help(script: str) -> None:
    done = run_script(script, "--help")
    assert done.returncode == 0 and "usage: scripts/" in done.stdout and not done.stderr


def test_bad_arguments_stop_the_run_before_it_installs_or_builds() -> None:
    done = run_script("run", "--profile", "huge")
    assert done.returncode == 2 and not done.stdout and is_one_line(done.stderr)


def test_plot_refuses_what_is_no_run(tmp_path: Path) -> None:
    done = run_script("plot", str(tmp_path / "none"))
    assert done.returncode == 2 and is_one_line(done.stderr)


def stand_in(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A PATH with no more than the tools that the sh scripts use."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in ("sh", "grep", "dirname", "id", "head", "mktemp", "rm", "env", "cat"):
        found = next(path for path in (Path("/usr/bin") / tool, Path("/bin") / tool) if path.exists())
        (folder / tool).symlink_to(found)
    return folder


def test_setup_lists_what_is_missing_and_changes_nothing(bare_path: Path) -> None:
    stand_in(bare_path, "dpkg-query", '[ "$4" = cmake ] && exit 1; echo installed')
    stand_in(bare_path, "apt-get", f"echo called > {bare_path}/called")
    done = run_script("setup", "--check", PATH=str(bare_path))
    assert (done.returncode, done.stdout) == (2, "scripts/setup: missing: cmake\n")
    assert not (bare_path / "called").exists()


def test_setup_says_that_all_is_there(bare_path: Path) -> None:
    stand_in(bare_path, "dpkg-query", "echo installed")
    done = run_script("setup", PATH=str(bare_path))
    assert (done.returncode, done.stdout) == (0, "scripts/setup: everything is installed\n")


def test_setup_installs_only_what_is_missing(bare_path: Path) -> None:
    (bare_path / "id").unlink()
    stand_in(bare_path, "id", "echo 0")
    stand_in(
        bare_path, "dpkg-query", f'[ "$4" = cmake ] && [ ! -e {bare_path}/called ] && exit 1; echo installed'
    )
    stand_in(bare_path, "apt-get", f'echo "$@" > {bare_path}/called')
    done = run_script("setup", PATH=str(bare_path))
    assert done.returncode == 0, done.stderr
    assert "installing with apt-get: cmake" in done.stderr
    called = (bare_path / "called").read_text().split()
    assert called[-1] == "cmake" and "install" in called and "--no-install-recommends" in called


def test_setup_fetches_the_package_lists_when_the_first_attempt_fails(bare_path: Path) -> None:
    (bare_path / "id").unlink()
    stand_in(bare_path, "id", "echo 0")
    stand_in(
        bare_path, "dpkg-query", f'[ "$4" = cmake ] && [ ! -e {bare_path}/done ] && exit 1; echo installed'
    )
    stand_in(
        bare_path,
        "apt-get",
        f'case "$*" in *update*) : > {bare_path}/updated ;; *) [ -e {bare_path}/updated ] || exit 100;'
        f" : > {bare_path}/done ;; esac",
    )
    done = run_script("setup", PATH=str(bare_path))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("user", "apt", "complaint"),
    [
        ("1000", "exit 0", "needs root; run as root: apt-get install cmake"),
        ("0", None, "no apt-get here; install by hand: cmake"),
        ("0", "echo 'E: no network' >&2; exit 100", "E: no network"),
        ("0", "exit 0", "left cmake out"),
    ],
)
def test_setup_that_cannot_install_says_what_to_do(
    bare_path: Path, user: str, apt: str | None, complaint: str
) -> None:
    stand_in(bare_path, "dpkg-query", '[ "$4" = cmake ] && exit 1; echo installed')
    (bare_path / "id").unlink()
    stand_in(bare_path, "id", f"echo {user}")
    if apt is not None:
        stand_in(bare_path, "apt-get", apt)
    done = run_script("setup", PATH=str(bare_path))
    assert done.returncode == 2
    assert complaint in done.stderr.splitlines()[-1]


def test_setup_on_another_system_names_the_packages(bare_path: Path) -> None:
    done = run_script("setup", PATH=str(bare_path))
    assert done.returncode == 2 and is_one_line(done.stderr) and "libbenchmark-dev" in done.stderr


def test_python_passes_over_an_interpreter_without_the_packages(bare_path: Path) -> None:
    stand_in(bare_path, "python3", "exit 1")
    done = run_script("python", "-c", "import numpy, bookstore; print('found')", PATH=str(bare_path))
    assert (done.returncode, done.stdout) == (0, "found\n")
