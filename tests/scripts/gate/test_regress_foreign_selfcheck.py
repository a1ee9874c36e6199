"""What the gate says of itself on a binary of others."""

from pathlib import Path

import pytest
from regress_support import make_fake, refused, run
from test_regress_foreign import make

from bookstore.gate import foreign_selfcheck, replay


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_selfcheck, "trials_a_row", 20)
    monkeypatch.setattr(replay, "samples", 10)
    monkeypatch.setattr(replay, "plays", 5)
    monkeypatch.setattr(replay, "tries", 20)


def check(
    capsys: pytest.CaptureFixture[str], root: Path, binary: Path, *more: object
) -> tuple[int, str, str]:
    return run(capsys, "--self-check", "--base-binary", binary, "--root", root, "--seed", 1, *more)


def recorded(root: Path) -> list[str]:
    (path,) = (root / "build" / "regress" / "self-check").glob("foreign-*.jsonl")
    return path.read_text().splitlines()


def test_rates_and_the_smallest_change_of_every_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    binary = make(tmp_path / "bench", noise=0.003, fates={"BM_Sort/64": "skip"})
    code, out, err = check(capsys, tmp_path, binary, "--out", tmp_path / "out")
    assert code == 0, err
    assert (
        "20 of 20 trials" in out and "| false `regressed`, of all comparisons | 0.00 % (0.0 to 7.1 %)" in out
    )
    row = next(line for line in out.splitlines() if line.startswith("| `BM_Sort/8`"))
    found = float(row.split("|")[-2].strip().removesuffix(" %"))
    assert 2.0 <= found <= 3.5
    assert "left out: `BM_Sort/64` (skipped: not here)" in out
    assert (tmp_path / "out" / "self-check.md").read_text() == out
    assert len(recorded(tmp_path)) == 40  # and the same again records nothing more
    assert check(capsys, tmp_path, binary)[:2] == (0, out) and len(recorded(tmp_path)) == 40


def test_too_few_trials_are_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = make(tmp_path / "bench", noise=0.003)
    row = ["--row", "BM_Sort/8"]
    whole, left = foreign_selfcheck.ShortTrials.trial, iter(range(12))

    def interrupted(self, row):  # type: ignore[no-untyped-def]
        if next(left, None) is None:
            raise KeyboardInterrupt
        return whole(self, row)

    monkeypatch.setattr(foreign_selfcheck.ShortTrials, "trial", interrupted)
    code, out, err = check(capsys, tmp_path, binary, *row)
    assert (code, out) == (3, "") and "the same command goes on" in err
    monkeypatch.setattr(foreign_selfcheck.ShortTrials, "trial", whole)
    assert check(capsys, tmp_path, binary, *row)[0] == 0 and len(recorded(tmp_path)) == 20


def test_trials_made_otherwise_are_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    binary = make(tmp_path / "bench", noise=0.003)
    row = ["--row", "BM_Sort/8"]
    assert check(capsys, tmp_path, binary, *row)[0] == 0
    assert check(capsys, tmp_path, binary, *row, "--args", "x")[0] == 0
    assert len(list((tmp_path / "build" / "regress" / "self-check").iterdir())) == 2


def test_a_row_that_is_lost_on_the_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = make(tmp_path / "bench", noise=0.003)
    whole, count = foreign_selfcheck.ShortTrials.trial, iter(range(1000))

    def trial(self, row):  # type: ignore[no-untyped-def]
        if row == "BM_Sort/64" and next(count) == 3:
            raise foreign_selfcheck.RowLost("base was ended by SIGSEGV")
        return whole(self, row)

    monkeypatch.setattr(foreign_selfcheck.ShortTrials, "trial", trial)
    code, out, err = check(capsys, tmp_path, binary, "--rows", "Sort")
    assert code == 0 and "left out: `BM_Sort/64` (base was ended by SIGSEGV)" in out, err


def test_what_is_no_benchmark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(check(capsys, tmp_path, Path("/bin/true")), "lists no benchmarks")
    refused(check(capsys, tmp_path, tmp_path / "none"), "cannot be run")
    refused(check(capsys, tmp_path, make_fake(tmp_path / "ours")), "one of this suite")
