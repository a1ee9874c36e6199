"""Moving in with a history that github-action-benchmark kept, and moving out again."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bookstore.data import dashboard, history
from bookstore.terminal.errors import InputError

from test_track import refused, run

Capture = pytest.CaptureFixture[str]
PERSON = {"email": "a@b.c", "name": "n", "username": "u"}


def entry(number: int, benches: list[dict[str, Any]], tool: str = "googlecpp") -> dict[str, Any]:
    commit = {
        "author": PERSON,
        "committer": PERSON,
        "distinct": True,
        "id": f"{number:040x}",
        "message": "change",
        "timestamp": "2023-07-30T13:52:50+05:30",
        "tree_id": "t",
        "url": "https://example.org/commit",
    }
    return {
        "commit": commit,
        "date": 1_690_705_390_969 + 86_400_000 * number,
        "tool": tool,
        "benches": benches,
    }


def bench(name: str, value: object, unit: object = "ns/iter", **more: object) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "extra": "iterations: 1\ncpu: 1 ns\nthreads: 1",
    } | more


def write(path: Path, suites: dict[str, list[Any]], prefix: str = dashboard.prefix) -> Path:
    document = {"lastUpdate": 1, "repoUrl": "https://example.org", "entries": suites}
    path.write_text(prefix + json.dumps(document, indent=2), encoding="utf-8")
    return path


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text().removeprefix(dashboard.prefix))
    return found


def test_a_history_moves_in_and_its_changes_are_found(tmp_path: Path, capsys: Capture) -> None:
    rng = np.random.default_rng(1)
    runs = [
        entry(i, [bench("BM_a/8", 100.0 * (1.3 if i >= 15 else 1.0) * float(np.exp(rng.normal(0, 0.01))))])
        for i in range(30)
    ]
    kept = write(tmp_path / "data.js", {"C++": runs})
    for path in (kept, tmp_path / "h.jsonl"):
        if path != kept:
            out = run(capsys, "import", kept, "--machine", "runner", "--history", path)[1]
            assert "added 30 of 30 runs" in out
            assert (
                "added 0 of 30 runs"
                in run(capsys, "import", kept, "--machine", "runner", "--history", path)[1]
            )
        out = run(capsys, "check", "--history", path)[1]
        assert "BM_a/8: slower +" in out and "since run 15: 000000000000 -> 000000000000" in out
    (first, *_) = history.read_history(tmp_path / "h.jsonl")
    assert (first.machine, first.time) == ("runner", "2023-07-30T08:23:10.969Z")
    assert first.rows["BM_a/8"].seconds == pytest.approx(1e-7, rel=0.1)


def test_rows_are_told_from_aggregates_and_times_from_other_things(tmp_path: Path) -> None:
    benches = [
        *(bench("BM_r", value) for value in (9.0, 10.0, 11.0)),
        bench("BM_r_mean", 10.0),
        bench("BM_r_cv", 0.1),
        *(
            bench(f"BM_s_{kind}", value, "us/iter")
            for kind, value in (("mean", 3.0), ("median", 2.0), ("stddev", 0.1))
        ),
        bench("go", 7.0, "ns/op\t 12 B/op"),
        bench("jmh", 5.0, "ms/op"),
        bench("catch", 1.5, "s"),
        bench("js", 200.0, "ops/sec"),
        bench("size", 50, "Percent"),
        bench("broken", None),
        bench("failed", 0.0),
        bench("odd", float("nan")),
        {"name": 7},
        "x",
    ]
    (found,), left_out = dashboard.to_history([entry(1, benches)], "s", "m")
    seconds = {key: value.seconds for key, value in found.rows.items()}
    assert seconds == pytest.approx(
        {"BM_r": 10e-9, "BM_s": 2e-6, "go": 7e-9, "jmh": 5e-3, "catch": 1.5, "js": 5e-3}
    )
    assert found.rows["BM_r"].processes == 3 and found.rows["BM_r"].low == pytest.approx(9e-9)
    assert found.rows["go"].note == "one repetition" and found.rows["BM_s"].note == "aggregates"
    assert set(left_out) == {"size", "broken", "failed", "odd"}
    assert left_out["size"] == "is in Percent, which is no time"


def test_what_is_written_is_what_was_read(tmp_path: Path, capsys: Capture) -> None:
    runs = [
        entry(i, [bench("BM_a", 100.0 + i), bench("BM_b", 3.0, "us/iter"), bench("js", 200.0, "ops/sec")])
        for i in range(3)
    ]
    kept = write(tmp_path / "data.js", {"C++": runs, "other": [entry(9, [bench("x", 1.0)])]})
    before = document(kept)
    refused(run(capsys, "import", kept), "2 suites", "--suite", "'C++'")
    refused(run(capsys, "import", kept, "--suite", "none"), "no suite 'none'")
    assert run(capsys, "import", kept, "--suite", "C++", "--history", tmp_path / "h.jsonl")[0] == 0
    # What it holds already stays as it is, to the last field; other suites too.
    assert "added 0 of 3 runs" in run(capsys, "export", kept, "--history", tmp_path / "h.jsonl")[1]
    assert document(kept) == before
    # A new run is added in the unit that its row has there.
    (*_, last) = history.read_history(tmp_path / "h.jsonl")
    fresh = history.Entry(last.machine, "abc", "2024-01-01T00:00:00Z", last.build, "new", None, last.rows)
    history.append(tmp_path / "h.jsonl", fresh)
    assert "added 1 of 4 runs" in run(capsys, "export", kept, "--history", tmp_path / "h.jsonl")[1]
    after = document(kept)
    assert after["entries"]["C++"][:3] == runs and after["entries"]["other"] == before["entries"]["other"]
    added = after["entries"]["C++"][3]
    values = {one["name"]: (one["value"], one["unit"]) for one in added["benches"]}
    assert values["BM_b"] == (pytest.approx(3.0), "us/iter") and values["js"] == (
        pytest.approx(200.0),
        "ops/sec",
    )
    assert (added["commit"]["id"], added["date"]) == ("abc", 1_704_067_200_000)
    assert after["lastUpdate"] == added["date"]
    # And from nothing.
    made = tmp_path / "made.js"
    assert run(capsys, "export", made, "--history", tmp_path / "h.jsonl", "--repo-url", "https://r")[0] == 0
    assert document(made)["repoUrl"] == "https://r" and len(document(made)["entries"]["C++"]) == 4
    assert made.read_text().startswith("window.BENCHMARK_DATA = {")
    again, _ = dashboard.read_history(made, None, "m")
    assert [one.rows["BM_a"].seconds for one in again] == pytest.approx([100e-9, 101e-9, 102e-9, 102e-9])


@pytest.mark.parametrize(
    "unit, seconds",
    [
        *((unit, 8e-9) for unit in ("ns", "nanoseconds", "nsec")),
        *((unit, 8e-6) for unit in ("us/iter", "µs", "microseconds", "usecs", "Microsec / call")),
        *((unit, 8e-3) for unit in ("ms", "milliseconds", "Millisecond", "msec")),
        *((unit, 8.0) for unit in ("s", "secs", "seconds per run")),
        *((unit, 1 / 8.0) for unit in ("M items / s", "1/second", "iter/s (mean)")),
        ("calls/µs", 1e-6 / 8.0),
    ],
)
def test_units_of_any_tool_are_read(unit: str, seconds: float) -> None:
    (found,), left_out = dashboard.to_history([entry(1, [bench("a", 8.0, unit)])], "s", "m")
    assert found.rows["a"].seconds == pytest.approx(seconds) and not left_out


@pytest.mark.parametrize(
    "prefix",
    [
        "window.BENCHMARK_DATA=",
        "const BENCHMARK_DATA = ",
        'window["BENCHMARK_DATA"] = ',
        "// x\n/* y */\nwindow.BENCHMARK_DATA = ",
        "",
    ],
)
def test_whatever_stands_before_the_document(tmp_path: Path, prefix: str) -> None:
    kept = write(tmp_path / "data.js", {"s": [entry(1, [bench("a", 1.0)])]}, prefix)
    assert len(dashboard.read_history(kept, None, None)[0]) == 1


def test_the_file_of_external_data_is_plain_json(tmp_path: Path, capsys: Capture) -> None:
    kept = write(tmp_path / "benchmark-data.json", {"s": [entry(1, [bench("a", 1.0)])]}, prefix="")
    assert "1 runs of s" in run(capsys, "check", "--history", kept)[1]
    assert run(capsys, "import", kept, "--history", tmp_path / "h.jsonl")[0] == 0
    made = tmp_path / "made.json"
    assert run(capsys, "export", made, "--history", tmp_path / "h.jsonl")[0] == 0
    assert list(json.loads(made.read_text())["entries"]) == ["s"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "window.BENCHMARK_DATA",
        "window.BENCHMARK_DATA = ",
        "window.BENCHMARK_DATA = {",
        "window.BENCHMARK_DATA = []",
        'window.BENCHMARK_DATA = {"entries": []}',
        'window.BENCHMARK_DATA = {"entries": {"a": {}}}',
        "window.BENCHMARK_DATA = " + '{"entries":' * 5000,
    ],
)
def test_what_is_no_dashboard_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.js"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        dashboard.read(path)
    assert "\n" not in str(caught.value)


def test_entries_that_cannot_be_read_cost_the_others_nothing(tmp_path: Path, capsys: Capture) -> None:
    good = entry(3, [bench("BM_a", 1.0)])
    odd: list[Any] = [
        3,
        {},
        {"date": "soon"},
        {**good, "date": 1e300},
        {**good, "commit": None},
        {**good, "benches": []},
    ]
    kept = write(tmp_path / "data.js", {"s": [*odd, good]}, prefix="BENCHMARK_DATA=")
    out = run(capsys, "import", kept, "--history", tmp_path / "h.jsonl")[1]
    assert "added 1 of 1 runs" in out and out.count("left out: entry") == len(odd)
    assert run(capsys, "check", "--history", kept)[1].count("left out: entry") == len(odd)
    none = write(tmp_path / "none.js", {"s": odd})
    refused(run(capsys, "import", none, "--history", tmp_path / "h.jsonl"), "no run that can be read")
    refused(run(capsys, "add", tmp_path / "x.json", "--history", kept))
