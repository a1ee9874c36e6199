"""Which clock nothing is timed by, and that nothing goes through a shell."""

import re
import subprocess
from pathlib import Path

import pytest
from bookstore.data.results import load_run
from conftest import FAKE, ROOT, run_module

CPP = [path for folder in ("bench", "workloads") for path in (ROOT / folder).rglob("*.[ch]pp")]
PYTHON = list((ROOT / "scripts" / "bookstore").rglob("*.py"))


def lines_with(paths: list[Path], pattern: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in paths
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize(
    ("paths", "pattern"),
    [
        # Somebody may set this clock: nothing is timed or waited for by it.
        (CPP, r"system_clock|high_resolution_clock|CLOCK_REALTIME|gettimeofday|\btime\(nullptr\)"),
        (PYTHON, r"\btime\.time(_ns)?\("),
        # What came from a file is an argument, never a command.
        (PYTHON, r"shell\s*=\s*True|os\.system|os\.popen|\beval\(|\bexec\(|pickle\.load"),
        (CPP, r"std::system\(|\bpopen\("),
    ],
)
def test_nothing_uses_it(paths: list[Path], pattern: str) -> None:
    assert paths and not lines_with(paths, pattern)


def test_a_run_goes_on_while_somebody_sets_the_clock_back_and_forth(tmp_path: Path) -> None:
    source, library = ROOT / "tests" / "support" / "jumping_clock.cpp", tmp_path / "jumping_clock.so"
    subprocess.run(["c++", "-shared", "-fPIC", "-o", library, source], check=True)
    out = tmp_path / "run"
    done = run_module(
        "cli.run",
        [
            *("--profile", "smoke", "--binary", FAKE, "--no-plots", "--cores", "1", "--out", out),
            *("--backends", "threads", "--workloads", "shelving"),
        ],
        LD_PRELOAD=str(library),
    )
    assert done.returncode == 0, done.stderr
    # By the other clock no time is left for any process, or half a day.
    assert load_run(out).throughput.rows and "no room" not in done.stdout + done.stderr
