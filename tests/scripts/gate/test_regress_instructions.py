"""The instruction gate: on made-up counts, and with callgrind on the real binary where both are there."""

import json
import os
from pathlib import Path

import pytest
from conftest import ROOT
from regress_support import ROW, make_fake, run

from bookstore.gate import instructions
from bookstore.gate.driver import Build
from bookstore.gate.instructions import Count, Uncountable
from bookstore.gate.selfcheck import slowed
from bookstore.gate.rule import Verdict

BINARIES = [ROOT / "build" / preset / "bench_throughput" for preset in ("test", "release")]
ROWS = ["shelving/sequential/tasks:200", "counter/event_loop/tasks:200", "day/event_loop/tasks:1000"]


@pytest.fixture(scope="session")
def binary() -> Path:
    given = os.environ.get("BOOKSTORE_BENCH_THROUGHPUT")
    for path in [Path(given)] if given else BINARIES:
        if path.exists() and instructions.available():
            return path
    pytest.skip("needs valgrind and a built bench_throughput")


@pytest.mark.parametrize("row", ROWS)
def test_counts_are_equal_from_run_to_run_and_one_per_cent_is_seen(
    binary: Path, row: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        first = instructions.count(Build(binary, "first"), row)
    except Uncountable as error:
        pytest.skip(str(error))
    again = [instructions.count(Build(binary, "again"), row) for _ in range(4)]
    assert again == [first] * 4
    # Neither the caller's environment nor the length of the path matters.
    monkeypatch.setenv("SOME_VARIABLE", "x" * 3000)
    elsewhere = tmp_path / ("long" * 20) / "other_name"
    elsewhere.parent.mkdir()
    elsewhere.symlink_to(binary)
    assert instructions.count(Build(elsewhere, "elsewhere"), row) == first
    planted = Count(row, first, instructions.count(slowed(Build(binary, "slow"), 0.01), row))
    assert planted.verdict is Verdict.REGRESSED


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        (1004, Verdict.SAME),
        (996, Verdict.SAME),
        (1006, Verdict.REGRESSED),
        (994, Verdict.IMPROVED),
    ],
)
def test_the_margin_is_half_a_per_cent(new: float, verdict: Verdict) -> None:
    assert Count(ROW, 1000, new).verdict is verdict


def test_only_rows_of_one_thread_are_counted() -> None:
    rows = [
        "day/event_loop/cores:1",
        "day/threads/workers:1",
        "shelving/sequential",
        "sequential",
        "day/sequentially",
    ]
    assert instructions.single_threaded(rows) == ["day/event_loop/cores:1", "shelving/sequential"]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Two stand-in binaries, and a count of each that the test gives."""

    def use(base: float | Exception, new: float | Exception) -> list[object]:
        def count(build: Build, row: str) -> float:
            found = base if build.name.startswith("--base") else new
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(instructions, "count", count)
        monkeypatch.setattr(instructions, "available", lambda: True)
        fakes = [make_fake(tmp_path / name) for name in ("base", "new")]
        return ["--base-binary", fakes[0], "--new-binary", fakes[1], "--row", ROW, "--trial-seconds", "0.001"]

    return use


def test_more_instructions_alone_are_red(counted, capsys) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(capsys, *counted(1000, 1010))
    assert code == 1
    assert "1 same" in out and "+1.00 %" in out
    code, out, _ = run(capsys, *counted(1000, 1010), "--instructions-only", "--format", "json")
    document = json.loads(out)
    assert (code, document["exit_code"], document["rows"]) == (1, 1, [])
    assert document["instructions"][0]["ratio"] == pytest.approx(1.01)


def test_as_many_instructions_are_fine(counted, capsys) -> None:  # type: ignore[no-untyped-def]
    code, out, _ = run(capsys, *counted(1000, 1000), "--instructions-only")
    assert code == 0 and "| same |" in out


def test_a_base_that_cannot_be_counted(counted, capsys) -> None:  # type: ignore[no-untyped-def]
    code, out, err = run(
        capsys, *counted(Uncountable("base knows no --instructions"), 1000), "--instructions-only"
    )
    assert (code, out) == (0, "") and "base knows no --instructions" in err
    code, out, _ = run(capsys, *counted(Uncountable("base knows no --instructions"), 1000))
    assert code == 0 and "Instructions were not counted: base knows no --instructions" in out


def test_a_new_binary_that_cannot_be_counted_is_a_fault(counted, capsys) -> None:  # type: ignore[no-untyped-def]
    code, _, err = run(capsys, *counted(1000, Uncountable("no valgrind headers")), "--instructions-only")
    assert code == 2 and err.splitlines()[-1] == "scripts/regress: no valgrind headers"
