"""The sh scripts that users start."""

from pathlib import Path

import pytest
from conftest import is_one_line
from fronts_support import bare_folder, run_script, stand_in


@pytest.mark.parametrize("script", ["setup", "test"])
def test_unknown_arguments_are_refused(script: str) -> None:
    done = run_script(script, "--bogus")
    assert done.returncode == 2 and is_one_line(done.stderr) and "--bogus" in done.stderr


@pytest.mark.parametrize(
    "script", ["setup", "test", "run", "plot", "compare", "track", "regress", "advise", "predict"]
)
def test_help(script: str) -> None:
    done = run_script(script, "--help")
    assert done.returncode == 0 and "usage: scripts/" in done.stdout and not done.stderr


def test_bad_arguments_stop_the_run_before_it_installs_or_builds() -> None:
    done = run_script("run", "--profile", "huge")
    assert done.returncode == 2 and not done.stdout and is_one_line(done.stderr)


def test_plot_refuses_what_is_no_run(tmp_path: Path) -> None:
    done = run_script("plot", str(tmp_path / "none"))
    assert done.returncode == 2 and is_one_line(done.stderr)


def test_python_passes_over_an_interpreter_without_the_packages(tmp_path: Path) -> None:
    bare_path = bare_folder(tmp_path / "bin")
    stand_in(bare_path, "python3", "exit 1")
    done = run_script("python", "-c", "import numpy, bookstore; print('found')", PATH=str(bare_path))
    assert (done.returncode, done.stdout) == (0, "found\n")
