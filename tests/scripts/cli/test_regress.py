"""scripts/regress from the outside: verdicts, exit codes, formats, budget, interruption, bad arguments."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import scripts_environment
from regress_support import ROW, Model, made_trials, make_fake, noise, refused, run

from bookstore.gate import comparison

SLOW = "counter/event_loop/cores:1/workers:1"


@pytest.fixture
def binaries(tmp_path: Path) -> list[object]:
    fakes = [make_fake(tmp_path / name) for name in ("base", "new")]
    return ["--base-binary", fakes[0], "--new-binary", fakes[1], "--row", ROW, "--row", SLOW, "--time-only"]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def use(given: Model) -> None:
        monkeypatch.setattr(comparison, "run_trial", made_trials(given))

    return use


def verdicts(text: str) -> dict[str, str]:
    return {row["row"].split("/tasks")[0]: row["verdict"] for row in json.loads(text)["rows"]}


def shifted(row: str, by: float) -> Model:
    """Base and base again alike; one row of new shifted."""
    small = noise(1)
    return lambda name, _: ((by if name.startswith(row) else 0.0) + small(), small())


def test_same(binaries, model, capsys) -> None:  # type: ignore[no-untyped-def]
    model(shifted(SLOW, 0.0))
    code, out, _ = run(capsys, *binaries, "--format", "json")
    assert (code, verdicts(out)) == (0, {ROW: "same", SLOW: "same"})


def test_regressed_and_confirmed(binaries, model, capsys) -> None:  # type: ignore[no-untyped-def]
    model(shifted(SLOW, 0.05))
    code, out, _ = run(capsys, *binaries, "--format", "json")
    assert (code, verdicts(out)) == (1, {ROW: "same", SLOW: "regressed"})
    slow = next(row for row in json.loads(out)["rows"] if row["row"].startswith(SLOW))
    assert slow["ratio"] == pytest.approx(1.051, abs=0.003)
    assert slow["ratio_low"] < slow["ratio"] < slow["ratio_high"]
    assert "confirmed by a rerun" in slow["note"]
    code, out, _ = run(capsys, *binaries, "--report-only")
    assert code == 0 and "| regressed |" in out


def test_red_of_one_layout_alone_is_not_red(binaries, model, capsys) -> None:  # type: ignore[no-untyped-def]
    small = noise(2)
    # The first look takes 20 trials of each row; what comes after is the confirmation of the one that was red.
    model(lambda row, number: ((0.05 if row.startswith(SLOW) and number < 20 else 0.0) + small(), small()))
    code, out, _ = run(capsys, *binaries, "--format", "json")
    assert (code, verdicts(out)[SLOW]) == (3, "inconclusive")
    assert "not confirmed by a rerun" in out


def test_improved_is_fine(binaries, model, capsys) -> None:  # type: ignore[no-untyped-def]
    model(shifted(SLOW, -0.05))
    code, out, _ = run(capsys, *binaries, "--format", "json")
    assert (code, verdicts(out)[SLOW]) == (0, "improved")


def test_inconclusive(binaries, model, capsys) -> None:  # type: ignore[no-untyped-def]
    # As often much slower as much faster: neither proved.
    model(lambda row, number: ((-0.2 if number % 2 else 0.2) if row.startswith(SLOW) else 0.0, 0.0))
    code, out, _ = run(capsys, *binaries, "--format", "json")
    assert (code, verdicts(out)) == (3, {ROW: "same", SLOW: "inconclusive"})
    assert "20 to 40 trials a row" in out


def test_void_beats_regressed(binaries, model, capsys) -> None:  # type: ignore[no-untyped-def]
    small = noise(3)
    model(lambda row, _: (0.1 + small(), (0.05 if row.startswith(ROW) else 0.0) + small()))
    code, out, _ = run(capsys, *binaries)
    assert code == 4
    assert re.search(rf"\*\*void: base differs from base in `{ROW}", out)


def test_interrupted_says_what_it_knows(binaries, model, capsys) -> None:  # type: ignore[no-untyped-def]
    small = noise(4)

    def interrupt(row: str, number: int) -> tuple[float, float]:
        if number == 7:
            raise KeyboardInterrupt
        return small(), small()

    model(interrupt)
    code, out, err = run(capsys, *binaries)
    assert code == 130
    assert "7 of 20 trials" in out and "Interrupted: this is what was known then." in out
    assert err.splitlines()[-1].startswith("scripts/regress: interrupted")


def test_interrupted_confirmation_leaves_no_red(binaries, model, capsys) -> None:  # type: ignore[no-untyped-def]
    def interrupt(row: str, number: int) -> tuple[float, float]:
        if number == 25:
            raise KeyboardInterrupt
        return 0.1, 0.0

    model(interrupt)
    code, out, _ = run(capsys, *binaries, "--format", "json")
    assert (code, set(verdicts(out).values())) == (130, {"inconclusive"})


def test_ctrl_c_ends_it_in_order(tmp_path: Path) -> None:
    fake = make_fake(tmp_path / "fake")
    command = [sys.executable, "-m", "bookstore.cli.regress", "--base-binary", fake, "--new-binary", fake]
    process = subprocess.Popen(
        [*command, "--row", ROW],
        env=scripts_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    while "trials: " not in (line := process.stderr.readline()):
        assert line, "it ended early"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err and "interrupted" in err.splitlines()[-1]
    assert "of 20 trials" in out or "| row |" not in out


def test_all_formats(binaries, model, capsys, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    model(shifted(SLOW, 0.05))
    code, out, _ = run(capsys, *binaries, "--out", tmp_path / "made" / "here")
    made = {path.name: path.read_text() for path in (tmp_path / "made" / "here").iterdir()}
    assert set(made) == {
        "regress.md",
        "regress.json",
        "customSmallerIsBetter.json",
        "bencher.json",
        "github.txt",
    }
    assert made["regress.md"] == out
    document = json.loads(made["regress.json"])
    assert document["exit_code"] == code == 1
    assert {row["name"] for row in json.loads(made["customSmallerIsBetter.json"])} == {
        f"{row}/tasks:100" for row in (ROW, SLOW)
    }
    for name, text in made.items():
        # Annotations name what is not the same, and it alone.
        assert (SLOW.replace(":", "%3A") if name == "github.txt" else ROW) in text


def test_a_budget_too_small_for_the_first_look_is_refused(binaries, capsys) -> None:  # type: ignore[no-untyped-def]
    refused(run(capsys, *binaries, "--budget", "10s"), "--budget 10 s", "2 rows need at least")


def test_progress_names_the_time_left(binaries, model, capsys) -> None:  # type: ignore[no-untyped-def]
    model(shifted(SLOW, 0.0))
    _, _, err = run(capsys, *binaries)
    assert re.search(r"trials: 0 of 4 of each of 2 rows, about \d.* until then", err)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--budget", "soon"], ["'soon' is no time"]),
        (["--budget", "0"], ["'0' is no time"]),
        (["--live", "0"], ["'0' is no count"]),
        (["--plant", "fast"], ["'fast' is no fraction"]),
        (["--plant", "0.05"], ["--plant goes with --live"]),
        (["--base-binary", "/bin/true"], ["--base-binary and --new-binary go together"]),
        (["--base", "HEAD", "--base-binary", "a", "--new-binary", "b"], ["give one of them"]),
        (["--instructions-only", "--time-only"], ["exclude each other"]),
        (["--rows", "a", "--row", "b"], ["--rows matches names"]),
        (["--self-check", "--base-binary", "a", "--new-binary", "b"], ["give --base-binary alone"]),
        (["--live", "1", "--base-binary", "a", "--new-binary", "b"], ["leave the binaries out"]),
        (["--args", "x"], ["for binaries"]),
        (["--", "x"], ["for binaries"]),
        (["--limit", "a=5"], ["--limit a=5"]),
        (["--out", "/proc/here"], ["--out /proc/here", "cannot be written"]),
        (["--frobnicate"], ["--frobnicate"]),
    ],
)
def test_bad_arguments(arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and err.startswith("scripts/regress: ")
    for word in words:
        assert word in err


def test_rows_that_match_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fake = make_fake(tmp_path / "fake")
    both = ["--base-binary", fake, "--new-binary", fake]
    refused(run(capsys, *both, "--rows", "nonsense"), "--rows nonsense", "matches no row")
    refused(run(capsys, *both, "--rows", "("), "--rows (", "no regular expression")
    refused(run(capsys, *both, "--row", "nonsense", "--instructions-only"), "none of the rows")


def test_rows_beyond_the_default_ones(tmp_path: Path, model, capsys) -> None:  # type: ignore[no-untyped-def]
    fake = make_fake(tmp_path / "fake")
    model(lambda row, _: (0.0, 0.0))
    both = ["--base-binary", fake, "--new-binary", fake, "--time-only", "--format", "json"]
    assert set(verdicts(run(capsys, *both, "--rows", "^shelving/(seq|thr)")[1])) == {
        ROW,
        next(row for row in verdicts(run(capsys, *both)[1]) if row.startswith("shelving/threads")),
    }
    assert "counter/tbb/cores:1/workers:2" in verdicts(run(capsys, *both, "--rows", "^counter/tbb")[1])


def test_the_default_rows_fit_the_default_budget() -> None:
    from bookstore.gate.driver import Limits
    from bookstore.gate.trials import check_budget
    from bookstore.gate.rows import default_rows

    rows = default_rows(2)
    assert len(rows) == len(set(rows)) <= 8
    check_budget(rows, comparison.default_budget, Limits())
