"""The history file: nothing is lost, whoever writes and whenever he is killed."""

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from bookstore.data import history
from bookstore.terminal.errors import InputError
from bookstore.data.history import Entry, Value


def entry(digest: str, machine: str = "m1") -> Entry:
    rows = {"a/b": Value(0.15, 0.14, 0.16, 7, 0.0), "c/d": Value(0.3, 0.29, 0.31, 7, 0.693)}
    return Entry(machine, "abcd1234", "2026-01-01T00:00:00Z", {"build_type": "Release"}, digest, "a/b", rows)


def add_many(path: Path, name: str, count: int) -> None:
    for i in range(count):
        history.append(path, entry(f"{name}-{i}"))


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "machine" / "history.jsonl"
    assert history.append(path, entry("1"))
    assert history.append(path, entry("2"))
    assert history.read_history(path) == [entry("1"), entry("2")]
    assert len(path.read_text().splitlines()) == 2


def test_a_run_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    assert history.append(path, entry("1"))
    assert not history.append(path, entry("1"))
    assert len(history.read_history(path)) == 1


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    writers = [multiprocessing.Process(target=add_many, args=(path, name, 40)) for name in "xyz"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    expected = {f"{name}-{i}" for name in "xyz" for i in range(40)}
    found = [known.digest for known in history.read_history(path)]
    assert len(found) == len(expected) and set(found) == expected


def test_a_kill_at_any_moment_tears_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    sure = 0
    for attempt in range(25):
        writer = multiprocessing.Process(target=add_many, args=(path, f"k{attempt}", 100_000))
        writer.start()
        start = time.monotonic()
        while not path.exists() and time.monotonic() - start < 30.0:
            time.sleep(0.001)
        time.sleep(0.0007 * attempt)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        found = history.read_history(path)
        assert len(found) >= sure
        sure = len(found)
    # And the next writer goes on, whatever the killed ones left behind.
    assert history.append(path, entry("last"))
    assert len(history.read_history(path)) == sure + 1


@pytest.mark.parametrize("moment", ["write", "fsync", "replace"])
def test_a_failure_at_each_step_leaves_the_old_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    path = tmp_path / "history.jsonl"
    history.append(path, entry("1"))
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if moment == "write":
        monkeypatch.setattr("builtins.open", fail)
    else:
        monkeypatch.setattr(os, moment, fail)
    with pytest.raises(InputError, match="No space left"):
        history.append(path, entry("2"))
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert history.append(path, entry("2"))


def test_torn_last_line_is_reported_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history.append(path, entry("1"))
    history.append(path, entry("2"))
    torn = path.read_bytes()[:-20]
    path.write_bytes(torn)
    for use in (lambda: history.read_history(path), lambda: history.append(path, entry("3"))):
        with pytest.raises(InputError, match="line 2 is torn") as error:
            use()
        assert "\n" not in str(error.value)
        assert path.read_bytes() == torn


def test_foreign_machine_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    history.append(path, entry("1"))
    before = path.read_bytes()
    with pytest.raises(InputError, match="machine m1.*of m2"):
        history.append(path, entry("2", "m2"))
    assert path.read_bytes() == before
    path.write_text(history.to_line(entry("1")) + history.to_line(entry("2", "m2")))
    with pytest.raises(InputError, match="line 2 is of machine m2"):
        history.read_history(path)


def record(**changes: object) -> str:
    return json.dumps(json.loads(history.to_line(entry("1"))) | changes) + "\n"


@pytest.mark.parametrize(
    "line",
    [
        "{}\n",
        "[]\n",
        "\n",
        "null\n",
        "not json\n",
        record(schema="other/1"),
        record(machine=7),
        record(rows=[]),
        record(rows={"a/b": {"seconds": 1.0}}),
        record(reference="missing"),
        record(build="Release"),
        history.to_line(entry("1")).replace("0.15", "NaN"),
        history.to_line(entry("1")).replace("0.15", "-1"),
        history.to_line(entry("1")).replace("0.15", "0"),
        history.to_line(entry("1")).replace("0.15", "1" + "0" * 400),
        record(machine="\ud800"),
        history.to_line(entry("1")).replace("0.693", "Infinity"),
        history.to_line(entry("1")).replace("0.693", '"x"'),
    ],
)
def test_line_of_another_kind_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "history.jsonl"
    path.write_text(history.to_line(entry("0")) + line)
    with pytest.raises(InputError, match="line 2"):
        history.read_history(path)


def test_missing_and_unreadable_histories(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such history"):
        history.read_history(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        history.read_history(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not text"):
        history.read_history(tmp_path / "binary")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        history.append(tmp_path / "file" / "history.jsonl", entry("1"))
