"""scripts/track from the outside: add, check and plot."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bookstore.data import history
from bookstore.cli import track as track_cli

IDEAL = "ideal/processes/cores:1/workers:1"
STEPS, DRIFTS, CALM = (
    "counter/threads/cores:2/workers:16",
    "shelving/tbb/cores:2/workers:2",
    "day/event_loop/cores:1",
)
RUNS = 30


def write_run(
    path: Path, number: int, factors: dict[str, float], machine: str = "m1", **context: Any
) -> Path:
    rng = np.random.default_rng(number)
    # All rows of a session share its speed, as on a machine whose clock varies.
    speed = math.exp(rng.normal(0.0, 0.05))
    rows = [
        {
            "name": f"{key}/iterations:1/manual_time",
            "run_type": "iteration",
            "real_time": 150.0 * speed * factor * math.exp(rng.normal(0.0, 0.01)),
            "time_unit": "ms",
            "process": process,
            "repetition_index": process,
        }
        for key, factor in factors.items()
        for process in range(5)
    ]
    date = f"2026-{1 + number // 28:02d}-{1 + number % 28:02d}T12:00:00+02:00"
    facts = {"machine": machine, "commit": f"c{number:07d}", "date": date} | context
    path.write_text(json.dumps({"context": facts, "processes": [{}] * 5, "benchmarks": rows}))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    argv = [str(argument) for argument in arguments]
    try:
        code = track_cli.guarded(track_cli.program, lambda: track_cli.run(argv))
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(result: tuple[int, str, str], *words: str) -> None:
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and err.startswith("scripts/track")
    for word in words:
        assert word in err


def factors(number: int) -> dict[str, float]:
    step = 1.12 if number >= 16 else 1.0
    drift = math.exp(0.006 * number)
    outlier = 1.5 if number == 9 else 1.0
    return {IDEAL: 1.0, STEPS: step, DRIFTS: drift, CALM: outlier}


@pytest.fixture
def tracked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A history of `RUNS` runs, added in two halves, the later one first."""
    path = tmp_path / "results" / "m1" / "history.jsonl"
    runs = [write_run(tmp_path / f"run{i}.json", i, factors(i)) for i in range(RUNS)]
    for half in (runs[15:], runs[:15]):
        assert run(capsys, "add", *half, "--history", path)[0] == 0
    return path


def test_check_says_what_changed_when_by_how_much_and_how_sure(
    tracked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, "check", "--history", tracked)
    assert code == 0
    (change,) = [line for line in out.splitlines() if line.startswith(STEPS)]
    assert "slower +1" in change and "since run 16: c0000015 -> c0000016" in change and "p <= 0.001" in change
    assert "2026-01-17T10:00:00Z" in change
    (drift,) = [line for line in out.splitlines() if line.startswith(DRIFTS)]
    assert "drift, slower" in drift and "no single commit" in drift
    (outlier,) = [line for line in out.splitlines() if line.startswith(CALM)]
    assert "outlier run 9: c0000009" in outlier
    assert not any(line.startswith(IDEAL) for line in out.splitlines())
    # The reference itself has no ratio to look at; all others are judged by theirs.
    assert "1 rows are judged by plain times" in out


def test_rows_can_be_chosen_and_few_runs_say_so(tracked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "--history", tracked, "--rows", "^counter", "--last", 9)
    assert code == 0 and "1 rows have fewer than 10 usable runs" in out
    refused(run(capsys, "check", "--history", tracked, "--rows", "nothing"), "matches no row")
    refused(run(capsys, "check", "--history", tracked, "--last", 0), "--last")


def test_values_are_kept_with_their_log_ratio(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.jsonl"
    source = write_run(tmp_path / "a.json", 1, {IDEAL: 1.0, STEPS: 2.0})
    run(capsys, "add", source, "--history", path)
    (entry,) = history.read_history(path)
    value, reference = entry.rows[STEPS], entry.rows[IDEAL]
    assert (entry.reference, entry.machine, entry.commit) == (IDEAL, "m1", "c0000001")
    assert value.log_ratio == pytest.approx(math.log(value.seconds / reference.seconds))
    assert reference.log_ratio == 0.0
    assert value.low < value.seconds < value.high and value.processes == 5


def test_reference_can_be_chosen_or_absent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_run(tmp_path / "a.json", 1, {STEPS: 1.0, CALM: 1.0})
    run(capsys, "add", source, "--history", tmp_path / "none.jsonl")
    assert history.read_history(tmp_path / "none.jsonl")[0].reference is None
    run(capsys, "add", source, "--history", tmp_path / "calm.jsonl", "--reference", CALM)
    assert history.read_history(tmp_path / "calm.jsonl")[0].reference == CALM
    refused(run(capsys, "add", source, "--history", tmp_path / "x.jsonl", "--reference", "x"), "no such row")
    baseline = "shelving/sequential/cores:1/workers:1"
    source = write_run(tmp_path / "b.json", 2, {STEPS: 1.0, baseline: 1.0})
    run(capsys, "add", source, "--history", tmp_path / "b.jsonl")
    assert history.read_history(tmp_path / "b.jsonl")[0].reference == baseline


def test_a_run_is_added_once(tracked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tracked.read_bytes()
    code, out, _ = run(capsys, "add", tmp_path / "run3.json", "--history", tracked)
    assert code == 0 and "already" in out
    assert tracked.read_bytes() == before


def test_default_place_is_the_machine_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(track_cli, "RESULTS", tmp_path / "results")
    refused(run(capsys, "check"), "no history", "--history")
    run(capsys, "add", write_run(tmp_path / "a.json", 1, factors(1)))
    assert (tmp_path / "results" / "m1" / "history.jsonl").is_file()
    assert run(capsys, "check")[0] == 0
    run(capsys, "add", write_run(tmp_path / "b.json", 2, factors(2), machine="m2"))
    refused(run(capsys, "check"), "2 histories")
    refused(
        run(capsys, "add", write_run(tmp_path / "c.json", 3, factors(3), machine="../m3")), "folder's name"
    )


def test_plot_draws_each_row(tracked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "plot", "--history", tracked, "--rows", "counter|shelving|day")
    folder = tracked.parent / "trend"
    assert code == 0 and str(folder) in out
    assert len(list(folder.glob("*.png"))) == len(list(folder.glob("*.svg"))) == 3
    (picture,) = folder.glob("counter*.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    (tmp_path / "file").write_text("")
    refused(run(capsys, "plot", "--history", tracked, "--out", tmp_path / "file" / "x"), "cannot be written")


def test_torn_and_foreign_histories_lose_nothing(
    tracked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = tracked.read_bytes()
    other = write_run(tmp_path / "other.json", 1, factors(1), machine="m2")
    refused(run(capsys, "add", other, "--history", tracked), "machine m1", "m2")
    assert tracked.read_bytes() == whole
    tracked.write_bytes(whole[:-9])
    fresh = write_run(tmp_path / "fresh.json", 50, factors(1))
    for command in (("add", fresh), ("check",), ("plot",)):
        refused(run(capsys, *command, "--history", tracked), f"line {RUNS} is torn")
    assert tracked.read_bytes() == whole[:-9]


def test_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(run(capsys), "see scripts/track")
    refused(run(capsys, "add"), "see scripts/track")
    refused(run(capsys, "add", tmp_path / "none.json"), "no such file")
    refused(run(capsys, "check", "--history", tmp_path / "none.jsonl"), "no such history")
    dateless = write_run(tmp_path / "a.json", 1, factors(1), date="soon")
    refused(run(capsys, "add", dateless, "--history", tmp_path / "h.jsonl"), "no date")
    nameless = write_run(tmp_path / "b.json", 1, factors(1), machine="")
    refused(run(capsys, "add", nameless, "--history", tmp_path / "h.jsonl"), "no machine")
    (tmp_path / "empty.jsonl").write_text("")
    refused(run(capsys, "check", "--history", tmp_path / "empty.jsonl"), "is empty")
