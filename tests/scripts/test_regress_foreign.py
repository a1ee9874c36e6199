"""scripts/regress on binaries that know nothing of it."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from regress_support import refused, run

from bookstore.gate.foreign import escape

FAKE_GOOGLE = Path(__file__).with_name("fake_google.py")


def make(path: Path, **settings: Any) -> Path:
    text = FAKE_GOOGLE.read_text().replace("SETTINGS: dict = {}", f"SETTINGS: dict = {settings!r}")
    path.write_text(f"#!{sys.executable} -SE\n{text}")
    path.chmod(0o755)
    return path


def compare(
    capsys: pytest.CaptureFixture[str], base: object, new: object, *more: object
) -> tuple[int, str, str]:
    return run(capsys, "--base-binary", base, "--new-binary", new, *more)


def test_a_slower_binary_is_red(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, new = make(tmp_path / "base"), make(tmp_path / "new", factor=1.1)
    code, out, err = compare(capsys, base, new, "--rows", "Sort/8|Map", "--format", "json")
    document = json.loads(out)
    assert code == 1, err
    assert {row["row"]: row["verdict"] for row in document["rows"]} == {
        "BM_Sort/8": "regressed",
        "BM_Map<int>/8": "regressed",
    }
    assert any("no error rate is promised" in note for note in document["notes"])
    assert document["rows"][0]["base_seconds"] == pytest.approx(100e-9)


def test_a_binary_in_the_present_folder_needs_no_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "true")  # a name that PATH has, too
    monkeypatch.chdir(tmp_path)
    code, out, err = compare(capsys, "true", "./true", "--row", "BM_Sort/64")
    assert code == 0 and "| `BM_Sort/64` | same |" in out, err


def test_one_binary_is_the_same_as_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = make(tmp_path / "base")
    code, out, _ = compare(capsys, base, base, "--row", "BM_Sort/64")
    assert code == 0 and "| `BM_Sort/64` | same |" in out


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("no_list", ["lists no benchmarks"]),
        ("no_json", ["wrote no JSON for BM_Sort/8"]),
        ("torn", ["wrote no usable JSON"]),
        ("nan", ["failed on BM_Sort/8", "a time of nan"]),
        ("error", ["failed on BM_Sort/8", "no device"]),
        ("fails", ["ended with 3", "terminate called"]),
        ("hang", ["did not end within 1 s"]),
        ("crash", ["was ended by SIGSEGV"]),
        ("flood", ["prints without end"]),
    ],
)
def test_bad_binaries(
    tmp_path: Path, mode: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = make(tmp_path / "good"), make(tmp_path / "bad", mode=mode)
    result = compare(capsys, good, bad, "--row", "BM_Sort/8", "--answer-seconds", "1")
    refused(result, "--new-binary", *words)


def test_files_that_cannot_be_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = make(tmp_path / "good")
    text = tmp_path / "text"
    text.write_text("words")
    for bad in (tmp_path / "none", text, tmp_path):
        refused(compare(capsys, good, bad), "--new-binary", "cannot be run")
    refused(compare(capsys, good, "/bin/true"), "lists no benchmarks")


def test_rows_in_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = make(tmp_path / "good")
    refused(compare(capsys, good, good, "--rows", "nonsense"), "--rows nonsense", "none of the 3 rows")
    refused(compare(capsys, good, good, "--row", "BM_None"), "in common")
    refused(compare(capsys, good, good, "--instructions-only"), "--instructions-only")


@pytest.mark.parametrize("name", ["BM_Map<int>/8", "BM_f(a|b)*/x:1.5", "BM_[0]^$+?\\{2}"])
def test_a_filter_takes_one_row(name: str) -> None:
    assert re.search(escape(name), name)
    assert not re.search(escape(name), name + "8") and not re.search(escape(name), "x" + name)
