"""The workflow that the README gives to other projects: its steps, in order, on a project made from an empty folder."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

README = ROOT / "README.md"
PROJECT = {
    "CMakeLists.txt": """cmake_minimum_required(VERSION 3.16)
project(mine CXX)
find_package(benchmark REQUIRED)
add_executable(my_benchmarks bench.cpp)
target_link_libraries(my_benchmarks benchmark::benchmark_main)
""",
    # Times that the program sets itself: no verdict hangs on how fast the machine is.
    "bench.cpp": """#include <benchmark/benchmark.h>
static void timed(benchmark::State& state, double seconds) {
  for (auto _ : state) state.SetIterationTime(seconds);
}
template <class T>
static void fill(benchmark::State& state) {
  timed(state, 1e-4);
}
BENCHMARK_TEMPLATE(fill, int)->Arg(8)->Arg(8)->UseManualTime()->Iterations(5);
BENCHMARK_TEMPLATE(fill, char[16])->UseManualTime()->Iterations(5);
static void sort(benchmark::State& state) { timed(state, 2e-4); }
BENCHMARK(sort)->Name("sort {a|b}, \\"quoted\\"")->UseManualTime()->Iterations(5);
""",
    ".gitignore": "build/\n.base/\n.suite\ngate/\n",
}


def workflow() -> str:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return text


def steps(text: str) -> list[str]:
    """The scripts of its steps that run something, in their order."""
    found = re.findall(r"^( *)- run: (?:\|\n((?:\1 {4,}.*\n)+)|(.*)\n)", text, re.MULTILINE)
    return [block or line for _, block, line in found]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a runner has checked out: a branch with one commit more than main, and the suite beside it."""
    if shutil.which("cmake") is None or not any(
        Path("/usr").glob("lib*/**/cmake/benchmark/benchmarkConfig.cmake")
    ):
        pytest.skip("no CMake or no Google Benchmark here")
    folder = tmp_path_factory.mktemp("project")
    upstream, mine = folder / "upstream", folder / "checkout"
    upstream.mkdir()
    for name, text in PROJECT.items():
        (upstream / name).write_text(text)
    git(upstream, "init", "-q", "-b", "main")
    git(upstream, "add", "-A")
    git(upstream, "commit", "-q", "-m", "benchmarks")
    subprocess.run(["git", "clone", "-q", upstream, mine], check=True)
    (mine / ".suite").symlink_to(ROOT)
    return mine


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, "-C", folder, *arguments], check=True, capture_output=True)


def run(checkout: Path, script: str) -> "subprocess.CompletedProcess[str]":
    """One step as the runner runs it."""
    environment = {
        **os.environ,
        "GITHUB_BASE_REF": "main",
        "GITHUB_STEP_SUMMARY": str(checkout / "build" / "summary"),
    }
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_steps_are_found() -> None:
    install, add, build, compare = steps(workflow())
    assert "apt-get install" in install and "libbenchmark-dev" in install
    assert add.startswith("git worktree add") and "cmake --build" in build and "scripts/regress" in compare
    assert 15 <= len(workflow().splitlines()) <= 30


def test_a_change_that_makes_a_row_slower_is_red(checkout: Path) -> None:
    source = checkout / "bench.cpp"
    source.write_text(source.read_text().replace("2e-4", "2.2e-4"))
    git(checkout, "commit", "-q", "-a", "-m", "slower")
    _, *others = steps(workflow())  # what it installs is here, or we would not be
    *before, compare = others
    for script in before:
        done = run(checkout, script)
        assert done.returncode == 0, done.stderr
    done = run(checkout, compare)
    assert done.returncode == 1, done.stderr
    assert (
        '::error title=sort {a|b}%2C "quoted"/iterations%3A5/manual_time%3A regressed::+10.0 %25'
        in done.stdout
    )
    summary = (checkout / "build" / "summary").read_text()
    assert "**1 regressed, 3 same**" in summary
    for name in ("fill<char[16]>/iterations:5/manual_time", "fill<int>/8/iterations:5/manual_time (2 of 2)"):
        assert f"`{name}` | same" in summary


def test_a_change_that_changes_nothing_is_green(checkout: Path) -> None:
    source = checkout / "bench.cpp"
    source.write_text(source.read_text().replace("2.2e-4", "2e-4") + "// nothing\n")
    *_, build, compare = steps(workflow())
    assert run(checkout, build).returncode == 0
    done = run(checkout, compare)
    assert done.returncode == 0 and "::error" not in done.stdout, done.stderr
