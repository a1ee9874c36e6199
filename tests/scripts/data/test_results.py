import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bookstore.terminal.errors import InputError
from bookstore.data.results import group_by_key, load_results, load_run
from bookstore.data.rows import row_key
from conftest import is_one_line, raw_row, run_module

Write = Callable[[Any], Path]
OURS = {"context": {"machine": "m1"}, "processes": [{}]}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("day/tbb/cores:2/workers:4/iterations:1/manual_time", "day/tbb/cores:2/workers:4"),
        ("day/tbb/cores:2/tasks:60/iterations:1/repeats:3/manual_time_median", "day/tbb/cores:2/tasks:60"),
        ("BM_sort/1024/real_time", "BM_sort/1024"),
        ("BM_sort/1024/process_time/threads:2", "BM_sort/1024/threads:2"),
        ("BM_sort/min_time:0.500", "BM_sort"),
        ("BM_real_time_clock/iterations_max:3", "BM_real_time_clock/iterations_max:3"),
    ],
)
def test_row_key_drops_only_the_suffixes_of_google_benchmark(name: str, key: str) -> None:
    assert row_key(name) == key


@pytest.mark.parametrize(("unit", "seconds"), [("ns", 2e-9), ("us", 2e-6), ("ms", 2e-3), ("s", 2.0)])
def test_times_are_in_seconds_whatever_the_unit(json_file: Write, unit: str, seconds: float) -> None:
    rows = load_results(json_file({"benchmarks": [raw_row(real_time=2, time_unit=unit)]})).rows
    assert rows[0].real_time == pytest.approx(seconds)


def test_parameters_come_from_counters(json_file: Write) -> None:
    document = OURS | {
        "benchmarks": [raw_row(cores=4, workers=16, tasks=300, in_flight=8, locks=1, too_short=1)]
    }
    row = load_results(json_file(document)).rows[0]
    assert (row.workload, row.backend) == ("counter", "threads")
    assert (row.cores, row.workers, row.tasks, row.in_flight) == (4, 16, 300, 8)
    assert row.locks and row.too_short and not row.limit_reached
    assert row.time_per_task == pytest.approx(1.5e-3 / 300)
    assert math.isnan(row.counter("no_such_counter"))


def test_aggregates_are_left_out(json_file: Write) -> None:
    rows = [raw_row(), raw_row("counter/threads/cores:1/workers:2_mean", run_type="aggregate")]
    assert len(load_results(json_file({"benchmarks": rows})).rows) == 1


def test_failed_and_limited_rows_are_kept_without_a_time(json_file: Write) -> None:
    rows: list[dict[str, Any]] = [
        raw_row("a/b", error_occurred=True, error_message="no room", real_time=0),
        raw_row("c/d", limit_reached=1, real_time=0),
        raw_row("e/f"),
    ]
    results = load_results(json_file(OURS | {"benchmarks": rows}))
    assert [row.error for row in results.rows] == ["no room", "", ""]
    assert [row.name for row in results.select()] == ["e/f"]


def test_a_foreign_file_is_read_and_known_as_foreign(json_file: Write) -> None:
    results = load_results(json_file({"context": {"num_cpus": 2}, "benchmarks": [raw_row("BM_x/8")]}))
    assert not results.ours
    assert results.rows[0].key == "BM_x/8"


def test_rows_are_grouped_by_key(json_file: Write) -> None:
    rows = [raw_row("a/b/manual_time", repetition_index=index) for index in range(2)] + [raw_row("c/d")]
    groups = group_by_key(load_results(json_file({"benchmarks": rows})).rows)
    assert {key: len(group) for key, group in groups.items()} == {"a/b": 2, "c/d": 1}


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        ("", "is empty"),
        ('{"benchmarks": [{"name"', "cut off"),
        ("[1, 2]", "no Google Benchmark JSON"),
        ({"rows": []}, "no Google Benchmark JSON"),
        ({"benchmarks": []}, "no measured row"),
        ("[" * 100000, "nesting"),
    ],
)
def test_bad_files_are_refused_in_one_line(json_file: Write, document: Any, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        load_results(json_file(document))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"real_time": 1}, "has no name"),
        (3, "has no name"),
        (raw_row(real_time=float("nan")), "has a time of nan ms"),
        (raw_row(real_time=0), "has a time of 0 ms"),
        (raw_row(real_time=-1), "has a time of -1 ms"),
        (raw_row(real_time=10**400), "has a time of inf ms"),
        (raw_row(real_time=5e-324, time_unit="ns"), "has a time of 4.94066e-324 ns"),
        (raw_row(real_time=None), "has no real_time"),
        (raw_row(real_time="fast"), "has no real_time"),
        (raw_row(time_unit="hours"), "has no real_time"),
        (raw_row(time_unit=["ms"]), "has no real_time"),
        (raw_row(skipped=True, skip_message="no AVX\nhere", real_time=0), "skipped: no AVX here"),
    ],
)
def test_an_odd_row_is_kept_with_its_reason_and_costs_the_others_nothing(
    json_file: Write, item: Any, reason: str
) -> None:
    odd, good = load_results(json_file({"benchmarks": [item, raw_row("BM_ok")]})).rows
    assert odd.odd.startswith(reason) and not odd.has_time
    assert good.has_time and not good.odd


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"steal": float("inf")}, "counter steal is inf"),
        ({"process": -1}, "process is -1"),
        ({"repetition_index": 0.5}, "repetition_index is 0.5"),
    ],
)
def test_what_a_file_of_ours_never_holds_is_damage(json_file: Write, fields: Any, reason: str) -> None:
    (row,) = load_results(json_file(OURS | {"benchmarks": [raw_row(**fields)]})).rows
    assert row.odd.startswith(reason)


def test_counters_of_a_foreign_file_are_never_read(json_file: Write) -> None:
    document = {"benchmarks": [raw_row("BM_x", process=3.5, tasks=7, limit_reached=1, ratio=float("nan"))]}
    (row,) = load_results(json_file(document)).rows
    assert row.has_time and not row.counters and row.process == 0


def test_missing_and_binary_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_results(tmp_path / "none.json")
    with pytest.raises(InputError, match="cannot be read"):
        load_results(tmp_path)
    (tmp_path / "binary").write_bytes(b"\x7fELF\x02\x01\x01\x00\x00")
    with pytest.raises(InputError, match="not text"):
        load_results(tmp_path / "binary")


def test_a_run_is_loaded_whole(run_folder: Path) -> None:
    run = load_run(run_folder)
    assert run.throughput.ours
    assert run.environment["profile"] == "smoke"
    assert "fake-machine" in run.caption() and "smoke" in run.caption()
    assert run.timeline is not None


@pytest.mark.parametrize("damage", ["missing", "foreign", "no_environment", "bad_timeline", "partial"])
def test_a_damaged_run_is_refused(run_folder: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / ("run.partial" if damage == "partial" else "run")
    if damage != "missing":
        shutil.copytree(run_folder, copy)
    if damage == "foreign":
        (copy / "throughput.json").write_text(json.dumps({"benchmarks": [raw_row()]}))
    if damage == "no_environment":
        (copy / "environment.json").unlink()
    if damage == "bad_timeline":
        (copy / "timeline.json").write_text('{"rows": 3}')
    done = run_module("cli.plot", [copy])
    assert done.returncode == 2
    assert is_one_line(done.stderr) and str(copy) in done.stderr
