"""scripts/track on other people's files: what is taken and what is left out is said; many rows; names of any kind."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from bookstore.data import history
from bookstore.data.history import Entry, Value
from bookstore.findings.trends import build_trends
from bookstore.plots.trend import file_stems

import google_files as google
from test_track import refused, run

Capture = pytest.CaptureFixture[str]


def entries(series: dict[str, list[float]], **marks: str) -> list[Entry]:
    """A history of rows with these times in seconds."""
    count = len(next(iter(series.values())))
    return [
        Entry(
            "m",
            f"c{i:04d}",
            f"2024-{1 + i // 28:02d}-{1 + i % 28:02d}T00:00:00Z",
            {},
            str(i),
            None,
            {key: Value(*[times[i]] * 3, 1, None, **marks) for key, times in series.items()},
        )
        for i in range(count)
    ]


def test_what_is_taken_and_what_is_left_out_is_said(tmp_path: Path, capsys: Capture) -> None:
    items = google.rows("BM_a", google.values()) + google.rows("BM_once", [5.0])
    items += google.rows("BM_gpu", [0.0] * 10, error_occurred=True, error_message="no device")
    items += google.aggregates("BM_sum", 7.0)
    path = google.write(tmp_path / "run.json", items)
    code, out, _ = run(capsys, "add", path, "--history", tmp_path / "h.jsonl")
    assert code == 0 and "3 rows" in out
    assert "of one repetition: BM_once" in out and "of aggregates: BM_sum" in out
    assert "left out: BM_gpu (failed: no device)" in out
    (entry,) = history.read_history(tmp_path / "h.jsonl")
    assert {key: value.note for key, value in entry.rows.items()} == {
        "BM_a": "",
        "BM_once": "one repetition",
        "BM_sum": "aggregates",
    }
    code, out, _ = run(capsys, "check", "--history", tmp_path / "h.jsonl")
    assert code == 0 and "1 rows have runs of one repetition" in out
    failed = google.write(tmp_path / "failed.json", items[11:21])
    refused(run(capsys, "add", failed, "--history", tmp_path / "h.jsonl"), "no device")


def test_runs_through_a_pipe_are_told_apart(tmp_path: Path, capsys: Capture) -> None:
    """As of a shell's <(...), which can be read but once."""
    said = []
    for time in (1.0, 2.0, 2.0):
        end, other = os.pipe()
        os.write(other, google.text(google.rows("BM_a", [time])).encode())
        os.close(other)
        said.append(run(capsys, "add", f"/dev/fd/{end}", "--history", tmp_path / "h.jsonl")[1])
        os.close(end)
    assert ["nothing added" in out for out in said] == [False, False, True]


def test_a_history_of_single_repetitions(tmp_path: Path, capsys: Capture) -> None:
    rng = np.random.default_rng(1)
    for i in range(24):
        times = [float(100.0 * (1.2 if i >= 12 else 1.0) * np.exp(rng.normal(0.0, 0.01)))]
        date = f"2026-01-{i + 1:02d}T10:00:00+00:00"
        path = google.write(
            tmp_path / f"{i}.json", google.rows("BM_a", times), date=date, host_name=f"{i:012x}"
        )
        asked = ["--machine", "runner", "--history", tmp_path / "h.jsonl", "--commit", f"c{i}"]
        assert run(capsys, "add", path, *asked)[0] == 0
    out = run(capsys, "check", "--history", tmp_path / "h.jsonl")[1]
    assert "24 runs of runner" in out and "BM_a: slower +" in out and "since run 12: c11 -> c12" in out


def test_containers_need_a_name(tmp_path: Path, capsys: Capture) -> None:
    paths = [
        google.write(tmp_path / f"{host}.json", google.rows("BM_a", [1.0]), host_name=host)
        for host in ("f1d2d2f924e9", "0b4e7a0e5fe8")
    ]
    assert "--machine NAME" in run(capsys, "add", paths[0], "--history", tmp_path / "h.jsonl")[1]
    refused(run(capsys, "add", paths[1], "--history", tmp_path / "h.jsonl"), "--machine f1d2d2f924e9")
    named = ["--machine", "f1d2d2f924e9", "--history", tmp_path / "h.jsonl"]
    assert run(capsys, "add", paths[1], *named)[0] == 0


@pytest.mark.parametrize("host", ["fv-az1113-22", "runnervmf4ws1", "runner-ab12cd-project-42-concurrent-0"])
def test_runners_that_are_made_for_a_job_need_a_name(tmp_path: Path, capsys: Capture, host: str) -> None:
    path = google.write(tmp_path / "run.json", google.rows("BM_a", [1.0]), host_name=host)
    assert "--machine NAME" in run(capsys, "add", path, "--history", tmp_path / "h.jsonl")[1]


@pytest.mark.parametrize(
    "date",
    ["2018-06-20T22:40:15Z", "2018-06-20 22:40:15", "2018/06/20-22:40:15", "06/20/18 22:40:15"],
)
def test_dates_of_any_version_are_read(tmp_path: Path, capsys: Capture, date: str) -> None:
    path = google.write(tmp_path / "run.json", google.rows("BM_a", [1.0]), date=date)
    assert run(capsys, "add", path, "--history", tmp_path / "h.jsonl")[0] == 0
    (entry,) = history.read_history(tmp_path / "h.jsonl")
    assert entry.time[:8] == "2018-06-"


def test_unsettled_steps_are_told_with_size_and_first_run(tmp_path: Path, capsys: Capture) -> None:
    noise = np.exp(np.random.default_rng(2).normal(0.0, 0.01, 33))
    times = np.r_[np.full(30, 1e-4), np.full(3, 1.2e-4)] * noise
    history.extend(tmp_path / "h.jsonl", entries({"row": times.tolist()}))
    out = run(capsys, "check", "--history", tmp_path / "h.jsonl")[1]
    assert "row: unsettled: +2" in out and "since run 30, 3 runs so far: c0029 -> c0030" in out
    # Runs keep their number if only the last ones are looked at.
    out = run(capsys, "check", "--history", tmp_path / "h.jsonl", "--last", "20")[1]
    assert "since run 30, 3 runs so far" in out and "without their older runs" in out


def test_of_many_rows_some_move_by_chance_and_are_not_shown() -> None:
    rng = np.random.default_rng(3)
    series = {f"row{i}": np.exp(rng.normal(0.0, 0.02, 40)).tolist() for i in range(120)}
    series["moved"] = np.exp(rng.normal(0.0, 0.02, 40) + np.repeat([0.0, 0.15], 20)).tolist()
    found = build_trends(entries(series), list(series))
    assert [trend.key for trend in found if trend.findings.changes] == ["moved"]
    assert not any(trend.findings.drifts or trend.findings.unsettled for trend in found)


def test_a_row_that_measures_something_else_now_begins_anew() -> None:
    old, new = entries({"row": [1.0] * 20}), entries({"row": [3.0] * 12}, metric="delay p50")
    (trend,) = build_trends(old + new, ["row"])
    assert (len(trend.points), trend.otherwise, trend.findings.changes) == (12, 20, [])


def test_names_of_any_kind_are_drawn(tmp_path: Path, capsys: Capture) -> None:
    names = ["BM_S<int>/8", "BM_S(int)/8", "BM_$x_{1$/\x1b[31m", "BM_" + "long_" * 60, "bm_s<int>/8"]
    history.extend(tmp_path / "h.jsonl", entries({name: [1e-6] * 12 for name in names}))
    code, _, err = run(capsys, "plot", "--history", tmp_path / "h.jsonl", "--out", tmp_path / "out")
    assert code == 0, err
    assert len(list((tmp_path / "out").glob("*.svg"))) == len(names)
    assert len({stem.lower() for stem in file_stems(names)}) == len(names)


def test_ten_thousand_runs_are_looked_at_as_a_whole(tmp_path: Path, capsys: Capture) -> None:
    rng = np.random.default_rng(4)
    times = np.exp(rng.normal(0.0, 0.01, 10_000)) * np.r_[np.full(4, 1.1e-4), np.full(9996, 1e-4)]
    runs = [
        Entry(
            "m", f"c{i}", f"2024-01-01T00:00:{i:06d}Z", {}, str(i), None, {"row": Value(*[time] * 3, 1, None)}
        )
        for i, time in enumerate(times.tolist())
    ]
    assert history.extend(tmp_path / "h.jsonl", runs) == 10_000
    assert history.extend(tmp_path / "h.jsonl", runs[:5]) == 0
    out = run(capsys, "check", "--history", tmp_path / "h.jsonl")[1]
    assert "since run 4: c3 -> c4" in out


def test_a_history_keeps_its_form(tmp_path: Path) -> None:
    """What earlier versions wrote is read, and what they need is written."""
    (entry,) = entries({"row": [1.0]})
    record = json.loads(history.to_line(entry))
    assert set(record["rows"]["row"]) == {"seconds", "low", "high", "processes", "log_ratio"}
    marked = entries({"row": [1.0]}, note="one repetition")
    history.extend(tmp_path / "h.jsonl", marked)
    assert history.read_history(tmp_path / "h.jsonl") == marked
