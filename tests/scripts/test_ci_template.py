"""The workflow that the README gives to other projects: its steps, in order, on a project made from an empty folder."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

README = ROOT / "README.md"
ACTION = ROOT / ".github" / "actions" / "regress" / "action.yml"
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
    ".gitignore": "build/\n.base/\ngate/\n",
}


def workflow() -> str:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return text


def inputs() -> dict[str, str]:
    """What the workflow gives to the action, and the action's defaults for the rest."""
    defaults = re.findall(
        r"^  (\w+):\n    description: .*\n    default: \"(.*)\"$", ACTION.read_text(), re.MULTILINE
    )
    uses = workflow().partition("/.github/actions/regress")[2]
    given = re.findall(r"(\w+): ([^,}]+)", re.findall(r"with: \{(.*)\}", uses)[0])
    return {**dict(defaults), **dict(given)}


def steps() -> list[tuple[str, dict[str, str]]]:
    """The scripts of the action's steps, in their order, each with its environment."""
    found = []
    for step in ACTION.read_text().split("    - shell: bash\n")[1:]:
        script = re.findall(r"^      run: (?:\|\n((?:(?: {8}.*)?\n)+)|(.*)\n)", step, re.MULTILINE)[0]
        environment = dict(
            re.findall(r"^        (\w+): (\$.*)$", step.partition("      env:\n")[2], re.MULTILINE)
        )
        found.append((script[0] or script[1], {name: expanded(value) for name, value in environment.items()}))
    return found


def expanded(text: str) -> str:
    """GitHub's expressions, as far as the action has any."""
    given = {f"inputs.{name}": value for name, value in inputs().items()}
    known = given | {"github.action_path": str(ACTION.parent)}
    return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known[found[1]], text)


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
    return mine


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, "-C", folder, *arguments], check=True, capture_output=True)


def run(checkout: Path, script: str, given: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """One step as the runner runs it."""
    environment = {
        **os.environ,
        **given,
        "GITHUB_BASE_REF": "main",
        "GITHUB_STEP_SUMMARY": str(checkout / "build" / "summary"),
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_ten_lines_name_the_action_and_the_target() -> None:
    assert len(workflow().splitlines()) == 10
    assert (ROOT / ".github" / "actions" / "regress").is_dir() and inputs()["target"] == "my_benchmarks"
    install, add, build, compare = (script for script, _ in steps())
    assert "apt-get install" in install and "libbenchmark-dev" in install
    assert add.startswith("git worktree add") and "cmake --build" in build and "scripts/regress" in compare


def test_a_change_that_makes_a_row_slower_is_red(checkout: Path) -> None:
    source = checkout / "bench.cpp"
    source.write_text(source.read_text().replace("2e-4", "2.2e-4"))
    git(checkout, "commit", "-q", "-a", "-m", "slower")
    _, *others = steps()  # what it installs is here, or we would not be
    *before, compare = others
    for step in before:
        done = run(checkout, *step)
        assert done.returncode == 0, done.stderr
    done = run(checkout, *compare)
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
    *_, build, compare = steps()
    assert run(checkout, *build).returncode == 0
    done = run(checkout, *compare)
    assert done.returncode == 0 and "::error" not in done.stdout, done.stderr
