"""What no run of the sources could show: which clocks nothing is timed by, and that nothing goes through a shell."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
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
        # Somebody sets this clock back and forth: nothing is timed or waited for by it.
        (CPP, r"system_clock|high_resolution_clock|CLOCK_REALTIME|gettimeofday|\btime\(nullptr\)"),
        (PYTHON, r"\btime\.time(_ns)?\("),
        # What came from a file is an argument, never a command.
        (PYTHON, r"shell\s*=\s*True|os\.system|os\.popen|\beval\(|\bexec\(|pickle\.load"),
        (CPP, r"std::system\(|\bpopen\("),
    ],
)
def test_nothing_uses_it(paths: list[Path], pattern: str) -> None:
    assert paths and not lines_with(paths, pattern)
