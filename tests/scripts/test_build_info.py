"""What a build says of itself, wherever the tree lies and whatever its flags are."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "bench/measure/machine/build_info.cmake"
PRINT = """#include <cstdio>
#include <initializer_list>
#include "bench/measure/machine/build_info.hpp"
using namespace bookstore::measure;
int main() { for (const char* fact : {build::type, build::compiler, build::flags, build::libraries}) std::puts(fact); }
"""


def facts_in(source: Path, work: Path) -> list[str]:
    """Type, compiler, flags, libraries: as a program sees them that is linked with the source."""
    (work / "print.cpp").write_text(PRINT)
    program = work / "print"
    subprocess.run(
        ["c++", "-std=c++20", f"-I{ROOT}", work / "print.cpp", source, "-o", program], check=True, timeout=60
    )
    return subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()


def test_facts_come_out_as_they_went_in(tmp_path: Path) -> None:
    flags = r'-DNAME="a \"b\" \\ #c;d" -O2 @e@ $<f> ${g}'
    (tmp_path / "facts.cmake").write_text(
        f"set(source [==[{tmp_path}]==])\n"
        "set(compiler [==[Some 1.2]==])\nset(libraries [==[one 1; two 2]==])\n"
        f"set(flags [==[{flags}]==])\nset(flags_Debug [==[-g]==])\nset(sanitize [==[address]==])\n"
    )
    output = tmp_path / "build_info.cpp"
    command = [
        "cmake",
        f"-DFACTS={tmp_path / 'facts.cmake'}",
        "-DCONFIGURATION=Debug",
        f"-DOUTPUT={output}",
        "-P",
        SCRIPT,
    ]
    subprocess.run(command, check=True, timeout=60)
    assert facts_in(output, tmp_path) == [
        "Debug",
        "Some 1.2",
        f"{flags} -g -fsanitize=address",
        "one 1; two 2",
    ]
    before = output.stat().st_mtime_ns
    subprocess.run(command, check=True, timeout=60)
    assert output.stat().st_mtime_ns == before, "touched although nothing changed"


@pytest.mark.parametrize("name", ["clone", "clone #1"])
def test_a_tree_of_several_configurations_anywhere_with_any_flags(tmp_path: Path, name: str) -> None:
    tree, build = tmp_path / name, tmp_path / name / "build"
    for part in ("bench", "workloads"):
        shutil.copytree(ROOT / part, tree / part)
    shutil.copy(ROOT / "CMakeLists.txt", tree)
    environment = {**os.environ, "CXXFLAGS": '-DNAME="a b"'}
    configure = ["cmake", "-G", "Ninja Multi-Config", "-S", tree, "-B", build, "-DBOOKSTORE_TESTS=OFF"]
    subprocess.run(configure, check=True, env=environment, stdout=subprocess.DEVNULL, timeout=300)
    for configuration in ("Debug", "Release"):
        if "#" not in name:
            subprocess.run(
                ["cmake", "--build", build, "--config", configuration, "--target", "bookstore_build_info"],
                check=True,
                stdout=subprocess.DEVNULL,
                timeout=60,
            )
        source = build / "bench/build_info" / configuration / "build_info.cpp"
        kind, _, flags, libraries = facts_in(source, tmp_path)
        assert kind == configuration
        assert flags.startswith('-DNAME="a b" ') and ("-O3" in flags) == (configuration == "Release")
        assert "benchmark 1." in libraries
