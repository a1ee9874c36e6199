"""scripts/regress on binaries that know nothing of it."""

import ctypes
import json
import re
import sys
import time
from pathlib import Path
from typing import Any
from regress_support import refused, run

import pytest
from conftest import ROOT
from bookstore.gate.driver import Build
from bookstore.gate.foreign import Fate, Foreign, Target, Unfit, drivable, escape

FAKE_GOOGLE = ROOT / "tests" / "scripts" / "fake_google.py"

# All that has a meaning in an expression, in a shell, in Markdown or in JSON.
ODD_NAMES = [
    "BM_Map<int>/8",
    "BM_fill<char[16]>/8",
    "BM_f(a|b)*[x]^$+?{2}.\\d",
    'BM "quoted", comma/x',
    "Write one line, pattern: %d %m%n",
    "-starts_with_minus/1",
    "BM_Ä漢字/1",
    "no slash at all",
]


def make(path: Path, **settings: Any) -> Path:
    text = FAKE_GOOGLE.read_text().replace("SETTINGS: dict = {}", f"SETTINGS: dict = {settings!r}")
    path.write_text(f"#!{sys.executable} -SE\n{text}", encoding="utf-8")
    path.chmod(0o755)
    return path


def compare(
    capsys: pytest.CaptureFixture[str], base: object, new: object, *more: object
) -> tuple[int, str, str]:
    return run(capsys, "--base-binary", base, "--new-binary", new, *more)


def compared(
    capsys: pytest.CaptureFixture[str], base: object, new: object, *more: object
) -> tuple[int, dict[str, Any], str]:
    """Exit code, the document, and standard error."""
    code, out, err = compare(capsys, base, new, *more, "--format", "json")
    return code, json.loads(out), err


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {row["row"]: row["verdict"] for row in document["rows"]}


def test_a_slower_binary_is_red(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, new = make(tmp_path / "base"), make(tmp_path / "new", factor=1.1)
    code, document, err = compared(capsys, base, new, "--rows", "Sort/8|Map")
    assert code == 1, err
    assert verdicts(document) == {"BM_Sort/8": "regressed", "BM_Map<int>/8": "regressed"}
    assert document["rows"][0]["base_seconds"] == pytest.approx(100e-9)
    assert (document["base"], document["new"]) == (str(base), str(new))
    assert "confirmed by a rerun" in document["rows"][0]["note"]  # there is no other layout of it
    assert any(f"--self-check --base-binary {base}" in note for note in document["notes"])


def test_a_binary_in_the_present_folder_needs_no_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "true")  # a name that PATH has, too
    monkeypatch.chdir(tmp_path)
    code, document, err = compared(capsys, "true", "./true", "--row", "BM_Sort/64")
    assert code == 0 and verdicts(document) == {"BM_Sort/64": "same"}, err


@pytest.mark.parametrize(
    ("fate", "code", "reason"),
    [
        ("error", 0, "failed: no device"),
        ("skip", 0, "skipped: not here"),
        ("zero", 0, "has a time of 0 ns"),
        ("nan", 0, "has a time of nan ns"),
        ("no_json", 2, "wrote no usable JSON"),
        ("torn", 2, "wrote no usable JSON"),
        ("fails", 2, "ended with 3: terminate called"),
        ("crash", 2, "was ended by SIGSEGV"),
    ],
)
def test_one_bad_row_costs_the_others_nothing(
    tmp_path: Path, fate: str, code: int, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    both = make(tmp_path / "bench", fates={"BM_Sort/64": fate})
    found, document, err = compared(capsys, both, both, "--rows", "Sort")
    assert found == code and verdicts(document) == {"BM_Sort/8": "same"}
    assert document["not_compared"]["BM_Sort/64"].startswith(reason)
    last = err.splitlines()[-1]
    assert last.startswith(f"scripts/regress: BM_Sort/64: {reason}") == (code == 2)
    assert "suffix" not in err + str(document)  # our own flag's warning is no reason


def test_a_row_that_does_not_end_is_named_and_the_others_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = make(tmp_path / "good"), make(tmp_path / "bad", fates={"BM_Sort/64": "hang"})
    begin = time.monotonic()
    code, document, err = compared(capsys, good, bad, "--rows", "Sort", "--budget", "9s")
    assert (code, verdicts(document)) == (2, {"BM_Sort/8": "same"})
    assert "new did not end within 3 s; its verdict needs --budget" in document["not_compared"]["BM_Sort/64"]
    assert time.monotonic() - begin < 60  # what hangs sleeps as long


def test_output_without_end_is_thrown_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = make(tmp_path / "bench", fates={"BM_Sort/8": "flood"})
    code, document, err = compared(capsys, both, both, "--row", "BM_Sort/8")
    assert (code, verdicts(document)) == (0, {"BM_Sort/8": "same"}), err


def test_what_only_the_new_binary_cannot_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = make(tmp_path / "good")
    for fate, code in (("error", 1), ("skip", 3)):
        bad = make(tmp_path / fate, fates={"BM_Sort/64": fate})
        found, document, _ = compared(capsys, good, bad, "--rows", "Sort")
        assert found == code and document["not_compared"]["BM_Sort/64"].startswith("new ")
        assert compared(capsys, bad, good, "--rows", "Sort")[0] == 0


def test_counters_are_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = make(tmp_path / "bench", fates={"BM_Sort/8": "counters"})
    assert verdicts(compared(capsys, both, both, "--row", "BM_Sort/8")[1]) == {"BM_Sort/8": "same"}


def test_no_row_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = make(tmp_path / "bad", fates={"BM_Sort/8": "crash"})
    result = compare(capsys, bad, bad, "--row", "BM_Sort/8")
    refused(result, "no row is left to compare", "BM_Sort/8: was ended by SIGSEGV")


def test_files_that_cannot_be_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = make(tmp_path / "good")
    text = tmp_path / "text"
    text.write_text("words")
    for bad in (tmp_path / "none", text, tmp_path):
        refused(compare(capsys, good, bad), "--new-binary", "cannot be run")
    refused(compare(capsys, good, "/bin/true"), "lists no benchmarks")
    refused(compare(capsys, good, "/bin/echo"), "lists no benchmarks")


def test_rows_in_question(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, other = make(tmp_path / "good"), make(tmp_path / "other", rows=[["BM_Other", 1.0]])
    refused(compare(capsys, good, good, "--rows", "nonsense"), "--rows nonsense", "none of the 3 rows")
    refused(compare(capsys, good, good, "--row", "BM_None"), "--row BM_None", "no row")
    refused(compare(capsys, good, other), "in common")
    refused(compare(capsys, good, good, "--instructions-only"), "--instructions-only")


def test_a_row_is_known_without_what_google_benchmark_appends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [["a/8/iterations:5/manual_time", 1.0], ["b", 1.0], ["b/real_time", 1.0]]
    both = make(tmp_path / "bench", rows=rows)
    assert verdicts(compared(capsys, both, both, "--row", "a/8")[1]) == {rows[0][0]: "same"}
    assert verdicts(compared(capsys, both, both, "--row", "b")[1]) == {"b": "same"}


def test_how_often_to_run_makes_no_other_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = make(tmp_path / "base", rows=[["a/iterations:5/real_time", 100.0], ["b", 1.0]])
    new = make(tmp_path / "new", rows=[["a/iterations:9/real_time", 110.0], ["b/manual_time", 1.0]])
    code, document, _ = compared(capsys, base, new)
    assert (code, verdicts(document)) == (1, {"a/iterations:9/real_time": "regressed"})
    assert (document["only_in_base"], document["only_in_new"]) == (["b"], ["b/manual_time"])
    assert "`a/iterations:9/real_time` is `a/iterations:5/real_time` in base." in document["notes"]


def test_arguments_reach_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = make(tmp_path / "bench", needs="--data=/tmp/a b")
    row = ["--row", "BM_Sort/8"]
    refused(compare(capsys, both, both, *row), "ended with 64: usage: bench --data", "--args")
    assert compare(capsys, both, both, *row, "--args", "--data='/tmp/a b'")[0] == 0
    assert compare(capsys, both, both, *row, "--", "--data=/tmp/a b")[0] == 0
    refused(compare(capsys, both, both, *row, "--args", "'"), "--args", "cannot be read")
    refused(compare(capsys, both, both, "--", "--benchmark_filter=x"), "--rows")


def test_the_environment_gives_no_orders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHMARK_FORMAT", "json")
    monkeypatch.setenv("BENCHMARK_REPORT_AGGREGATES_ONLY", "true")
    monkeypatch.setenv("BENCHMARK_DATA", "of the program's own")
    both = make(tmp_path / "bench")
    code, document, err = compared(capsys, both, both, "--row", "BM_Sort/8")
    assert code == 0, err
    assert any("`BENCHMARK_FORMAT`, `BENCHMARK_REPORT_AGGREGATES_ONLY`" in note for note in document["notes"])


def test_results_that_are_printed_instead_of_written_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = make(tmp_path / "bench", prints=True, banner=["Loading ..."])
    assert verdicts(compared(capsys, both, both, "--row", "BM_Sort/8")[1]) == {"BM_Sort/8": "same"}


def test_the_time_of_another_row_is_never_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Code may choose what runs after our filter was read: the rows that run beside others are told from these."""
    base = make(tmp_path / "base", ignores=True)
    new = make(tmp_path / "new", ignores=True, factor={"BM_Sort/64": 1.1})
    code, document, err = compared(capsys, base, new, "--rows", "Sort")
    assert (code, verdicts(document)) == (1, {"BM_Sort/8": "same", "BM_Sort/64": "regressed"}), err
    other = Foreign(Build(base, "base"))
    with pytest.raises(Unfit, match="ran BM_Sort/8 and 2 more instead") as caught:
        other.time(Target("BM_None"), 0.01, 10.0)
    assert caught.value.fate is Fate.BROKEN


@pytest.mark.parametrize("lists_json", [False, True])
def test_a_status_that_counts_rows_is_no_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lists_json: bool
) -> None:
    """As of a program whose main returns what RunSpecifiedBenchmarks does."""
    both = make(tmp_path / "bench", returns=True, lists_json=lists_json, fates={"BM_Sort/64": "fails"})
    code, document, err = compared(capsys, both, both, "--rows", "Sort")
    assert (code, verdicts(document)) == (2, {"BM_Sort/8": "same"})
    assert document["not_compared"]["BM_Sort/64"].startswith("ended with 3: terminate called")


def test_the_time_that_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["a", 100.0], ["b/process_time", 100.0], ["c/process_time/real_time", 100.0]]
    base = make(tmp_path / "base", rows=rows, cpu={name: 10.0 for name, _ in rows})
    new = make(tmp_path / "new", rows=rows, cpu={name: 11.0 for name, _ in rows})
    as_asked = {"a": "same", "b/process_time": "regressed", "c/process_time/real_time": "same"}
    code, document, _ = compared(capsys, base, new)
    assert (code, verdicts(document)) == (1, as_asked)
    assert {row["row"]: row["metric"] for row in document["rows"]}["b/process_time"] == "cpu time"
    assert set(verdicts(compared(capsys, base, new, "--time", "cpu")[1]).values()) == {"regressed"}
    assert set(verdicts(compared(capsys, base, new, "--time", "real")[1]).values()) == {"same"}


def test_a_row_that_fails_now_and_then_is_judged_from_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = make(tmp_path / "bench")
    whole, number = Foreign.time, 0
    failing: set[int] = {12}

    def sometimes(self: Foreign, *arguments: Any) -> float:
        nonlocal number
        number += 1
        if number in failing:
            raise Unfit(Fate.FAILED, "failed: no device")
        return whole(self, *arguments)

    monkeypatch.setattr(Foreign, "time", sometimes)
    code, document, _ = compared(capsys, both, both, "--row", "BM_Sort/8")
    assert (code, verdicts(document)) == (0, {"BM_Sort/8": "same"})
    assert any("1 process gave no time (failed: no device)" in note for note in document["notes"])
    number, failing = 0, {5, 9, 17}
    code, document, _ = compared(capsys, both, both, "--row", "BM_Sort/8")
    assert code == 3 and document["not_compared"]["BM_Sort/8"].endswith("failed: no device, again and again")


def names(path: Path) -> list[str]:
    return [target.key for target in Foreign(Build(path, "bench")).rows()]


@pytest.mark.parametrize("lists_json", [False, True])
def test_names_are_what_the_binary_prints(tmp_path: Path, lists_json: bool) -> None:
    rows = [
        [name, 1.0] for name in [*ODD_NAMES, "two\nlines/1", "of\nthree\nlines", "twice", "twice", "last"]
    ]
    expected = [*ODD_NAMES, "two\nlines/1", "of\nthree\nlines", "twice (1 of 2)", "twice (2 of 2)", "last"]
    for number, banner in enumerate(([], ["Loading", "Reading a/b"], ["It is {}", "Loading"])):
        path = make(tmp_path / f"bench{number}", rows=rows, banner=banner, lists_json=lists_json)
        assert names(path) == expected


def test_a_binary_whose_lists_know_no_filter_is_taken_at_its_word(tmp_path: Path) -> None:
    path = tmp_path / "bench"
    path.write_text("#!/bin/sh\necho a\necho 'b c'\n")
    path.chmod(0o755)
    assert names(path) == ["a", "b c"]


def test_odd_names_are_measured_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [[name, 100.0] for name in [*ODD_NAMES, "two\nlines/1"]]
    rows += [["twice", 1.0], ["twice", 50.0]]
    base = make(tmp_path / "base", rows=rows)
    new = make(tmp_path / "new", rows=[*rows[:-1], ["twice", 60.0]])
    code, document, err = compared(capsys, base, new)
    assert code == 1, err
    expected = dict.fromkeys([*ODD_NAMES, "two\nlines/1", "twice (1 of 2)"], "same")
    assert verdicts(document) == expected | {"twice (2 of 2)": "regressed"}
    assert not document["not_compared"] and not document["only_in_base"]


@pytest.mark.parametrize("name", [*ODD_NAMES, "two\nlines", "a]b}c"])
def test_a_filter_takes_one_row(name: str) -> None:
    """In the C library's extended expressions, which some builds of Google Benchmark use, and in Python's."""
    libc = ctypes.CDLL(None)
    compiled = ctypes.create_string_buffer(256)  # a regex_t, and more
    assert libc.regcomp(compiled, escape(name).encode(), 1) == 0
    for other, matches in ((name, True), (name + "8", False), ("x" + name, False)):
        assert (libc.regexec(compiled, other.encode(), 0, None, 0) == 0) is matches
        assert bool(re.search(escape(name), other)) is matches
    libc.regfree(compiled)
    # std::regex refuses a backslash before what has no meaning in an extended expression.
    assert set(re.findall(r"\\(.)", escape(name))) <= set(".[()\\*+?{|^$")


@pytest.mark.parametrize(
    ("options", "closed", "opened"),
    [
        (["drive", "plant-slowdown"], True, False),
        (["drive", "plant-slowdown", "rates"], True, True),
        (["drive", "plant-slowdown", "experiments"], False, False),
        (["driver", "plant-slowdown"], False, False),
        (["help"], False, False),
    ],
)
def test_a_binary_is_driven_by_what_its_help_says(
    tmp_path: Path, options: list[str], closed: bool, opened: bool
) -> None:
    binary = tmp_path / "bench"
    binary.write_text("#!/bin/sh\n" + "".join(f"echo '  --{option}   Some words'\n" for option in options))
    binary.chmod(0o755)
    found = drivable(Build(binary, "some"))
    assert (found is not None) == closed
    if found is not None:
        assert (found.open_path == binary) == opened
