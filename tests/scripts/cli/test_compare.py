"""scripts/compare from the outside: verdicts, exit codes, formats and every kind of bad input."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from bookstore.cli import compare as compare_cli
from bookstore.data import history
from bookstore.data.history import Entry, Value

CONTEXT = {
    "date": "2026-01-01T10:00:00+00:00",
    "machine": "m1",
    "commit": "aaaa1111",
    "build_type": "Release",
    "compiler": "g++ 12.2",
    "flags": "-O2",
}
FOREIGN = {
    "date": "2026-01-01T10:00:00+00:00",
    "host_name": "h",
    "num_cpus": 2,
    "library_build_type": "debug",
}
FAST, SLOW = "counter/threads/cores:2/workers:16", "shelving/tbb/cores:2/workers:2"
SUFFIX = "/iterations:1/manual_time"


def times(scale: float, count: int = 7) -> list[float]:
    """Times in ms that differ by a few tenths of a per cent."""
    return [150.0 * scale * (1.0 + 0.001 * i) for i in range(count)]


def make_rows(key: str, values: list[float], **fields: Any) -> list[dict[str, Any]]:
    common = {
        "name": key + SUFFIX,
        "run_type": "iteration",
        "time_unit": "ms",
        "cpu_time": 1.0,
        "tasks": 6000,
    }
    return [
        common | {"real_time": value, "process": i, "repetition_index": i} | fields
        for i, value in enumerate(values)
    ]


def write(path: Path, rows: list[dict[str, Any]], ours: bool = True, **context: Any) -> Path:
    document: dict[str, Any] = {"context": (CONTEXT if ours else FOREIGN) | context, "benchmarks": rows}
    if ours:
        document["processes"] = [{}] * 7
    path.write_text(json.dumps(document))
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of scripts/compare."""
    argv = [str(argument) for argument in arguments]
    try:
        code = compare_cli.guarded(compare_cli.program, lambda: compare_cli.run(argv))
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(result: tuple[int, str, str], *words: str) -> None:
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and err.startswith("scripts/compare")
    for word in words:
        assert word in err


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write(tmp_path / "base.json", make_rows(FAST, times(1.0)) + make_rows(SLOW, times(1.0)))


def verdicts_of(text: str) -> dict[str, str]:
    return {row["row"]: row["verdict"] for row in json.loads(text)["rows"]}


def test_same_improved_and_regressed(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, base, base, "--format", "json")
    assert (code, verdicts_of(out)) == (0, {FAST: "same", SLOW: "same"})
    new = write(tmp_path / "new.json", make_rows(FAST, times(1.0)) + make_rows(SLOW, times(1.1)))
    code, out, _ = run(capsys, base, new, "--format", "json")
    assert (code, verdicts_of(out)) == (1, {FAST: "same", SLOW: "regressed"})
    assert json.loads(out)["rows"][1]["ratio"] == pytest.approx(1.1, abs=0.001)
    code, out, _ = run(capsys, new, base, "--format", "json")
    assert (code, verdicts_of(out)) == (0, {FAST: "same", SLOW: "improved"})


def test_folders_of_runs(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "environment.json").write_text("{}")
    (folder / "throughput.json").write_text(base.read_text())
    write(folder / "latency.json", make_rows("day/tbb/cores:2/workers:2/rate:1000", times(1.0)))
    code, out, _ = run(capsys, folder, folder, "--format", "json")
    assert (code, len(verdicts_of(out))) == (0, 3)
    refused(run(capsys, folder, tmp_path), "environment.json")


def test_process_is_the_unit(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Twenty repetitions in each of two processes are two values a side, too few for a verdict.
    rows = [row | {"process": i % 2} for i, row in enumerate(make_rows(FAST, times(1.2, 40)))]
    new = write(tmp_path / "new.json", rows)
    code, out, _ = run(capsys, base, new)
    assert code == 3
    assert "| 7 + 2 | no history |" in out


def history_of(path: Path, noise: float, runs: int = 12, machine: str = "m1") -> Path:
    for i in range(runs):
        seconds = 0.15 * math.exp(noise * (i % 2))
        rows = {FAST: Value(seconds, seconds, seconds, 3, None)}
        history.append(path, Entry(machine, "c", f"2026-01-{i + 1:02d}", {}, str(i), None, rows))
    return path


def test_few_processes_rest_on_the_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = write(tmp_path / "base.json", make_rows(FAST, times(1.0, 3)))
    new = write(tmp_path / "new.json", make_rows(FAST, times(1.08, 3)))
    assert run(capsys, base, new)[0] == 3
    quiet, loud = history_of(tmp_path / "quiet.jsonl", 0.01), history_of(tmp_path / "loud.jsonl", 0.10)
    short = history_of(tmp_path / "short.jsonl", 0.01, runs=9)
    assert run(capsys, base, new, "--history", quiet)[0] == 1
    assert run(capsys, base, new, "--history", loud)[0] == 3
    assert run(capsys, base, new, "--history", short)[0] == 3
    assert run(capsys, base, base, "--history", quiet)[0] == 0
    # The one beside the results is found without being named.
    quiet.rename(tmp_path / "history.jsonl")
    assert run(capsys, base, new)[0] == 1
    refused(run(capsys, base, new, "--history", tmp_path / "none.jsonl"), "no such history")
    other = history_of(tmp_path / "other.jsonl", 0.01, machine="m2")
    refused(run(capsys, base, new, "--history", other), "machine m2")
    # One that merely lies there and is of another machine says nothing, and stops nothing.
    other.rename(tmp_path / "history.jsonl")
    assert run(capsys, base, new)[0] == 3


def test_foreign_files_say_what_they_cannot_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = ("process", "tasks")
    rows = [
        {k: v for k, v in row.items() if k not in fields} for row in make_rows("BM_sort/8", times(1.0, 10))
    ]
    for name in ("mean", "median", "stddev", "cv"):
        aggregate = {"name": f"{rows[0]['name']}_{name}", "run_name": rows[0]["name"], "aggregate_name": name}
        rows.append(aggregate | {"run_type": "aggregate", "real_time": 1e9, "time_unit": "ns"})
    base = write(tmp_path / "base.json", rows, ours=False)
    slower = [row | {"real_time": row["real_time"] * 1.2} for row in rows[:10]]
    new = write(tmp_path / "new.json", slower, ours=False)
    code, out, _ = run(capsys, base, new)
    assert code == 1
    assert (
        "Repetitions are the unit" in out
        and "`BM_sort/8/iterations:1/manual_time` | regressed" in out
        and "_mean" not in out
    )


def test_rows_that_cannot_be_compared_are_listed(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = make_rows(
        "day/openmp/cores:2/workers:2", times(1.0), error_occurred=True, error_message="out of\nluck"
    )
    limit = make_rows("day/threads/cores:2/workers:256", times(1.0), limit_reached=1)
    memory = make_rows(f"{FAST}/memory:1", times(1.0), peak_memory_bytes=1e6)
    short = make_rows("errands/threads/cores:1/workers:4", times(1.0), too_short=1)
    single = make_rows("grain/tbb/cores:1/workers:1", times(1.0, 1))
    write(base, json.loads(base.read_text())["benchmarks"] + single)
    added = make_rows("stocktake/tbb/cores:2/workers:2", times(1.0))
    new = write(
        tmp_path / "new.json", make_rows(FAST, times(1.0)) + failing + limit + memory + short + single + added
    )
    code, out, _ = run(capsys, base, new, "--format", "json")
    document = json.loads(out)
    assert document["only_in_base"] == [SLOW]
    assert document["only_in_new"] == ["stocktake/tbb/cores:2/workers:2"]
    assert document["not_compared"] == {
        "day/openmp/cores:2/workers:2": "failed: out of luck",
        "day/threads/cores:2/workers:256": "limit reached",
        "errands/threads/cores:1/workers:4": "too short",
        "grain/tbb/cores:1/workers:1": "one repetition",
    }
    # What failed may as well have become slower.
    assert (code, verdicts_of(out)) == (3, {FAST: "same"})
    assert run(capsys, base, new, "--rows", "counter")[0] == 0


def test_other_machine_or_build_is_refused(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("machine", "m2"), ("build_type", "Debug"), ("compiler", "clang"), ("flags", "-O3")):
        new = write(tmp_path / "new.json", make_rows(FAST, times(1.0)), **{name: value})
        refused(run(capsys, base, new), name, value, "--force")
        code, out, _ = run(capsys, base, new, "--force")
        assert code == 0 and f"Forced: base and new differ in {name}" in out
    new = write(tmp_path / "new.json", make_rows(FAST, times(1.0)), commit="bbbb2222")
    assert "base: aaaa1111, new: bbbb2222" in run(capsys, base, new)[1]
    foreign = write(tmp_path / "foreign.json", make_rows(FAST, times(1.0)), ours=False)
    refused(run(capsys, base, foreign), "machine")


def test_other_commit_is_what_it_is_for(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = write(tmp_path / "new.json", make_rows(FAST, times(1.0)), commit="bbbb2222")
    code, out, _ = run(capsys, base, new)
    assert code == 0 and "base: aaaa1111, new: bbbb2222" in out


def test_plans_of_different_size_are_compared_per_task(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = write(tmp_path / "base.json", make_rows(FAST, times(1.0)))
    new = write(tmp_path / "new.json", make_rows(FAST, times(2.0), tasks=12000))
    code, out, _ = run(capsys, base, new)
    assert code == 0 and "per task (6000 and 12000 tasks)" in out


def test_p50_gates_and_p99_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def latency(p50: float, p99: float) -> list[dict[str, Any]]:
        rows = make_rows("counter/tbb/cores:2/workers:2/rate:1000", times(1.0))
        return [
            row | {"latency_p50_us": p50 * (1 + i / 1e3), "latency_p99_us": p99} for i, row in enumerate(rows)
        ]

    base = write(tmp_path / "base.json", latency(900.0, 1000.0))
    code, out, _ = run(capsys, base, write(tmp_path / "new.json", latency(900.0, 2000.0)))
    assert code == 0 and "p99 +100.0 % (not gated)" in out
    assert run(capsys, base, write(tmp_path / "new.json", latency(1000.0, 1000.0)))[0] == 1


def test_the_machine_itself_is_reported_not_gated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ideal = "ideal/processes/cores:2/workers:2"
    base = write(tmp_path / "base.json", make_rows(FAST, times(1.0)) + make_rows(ideal, times(1.0)))
    new = write(tmp_path / "new.json", make_rows(FAST, times(1.0)) + make_rows(ideal, times(1.5)))
    code, out, _ = run(capsys, base, new)
    assert code == 0 and f"The machine itself ({ideal}, no runtime) changed by +50.0 %" in out


def test_too_many_rows_for_their_values_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row for i in range(30) for row in make_rows(f"w{i}/tbb/cores:1", times(1.0, 6))]
    slower = [row | {"real_time": row["real_time"] * 1.2} for row in rows]
    base, new = write(tmp_path / "base.json", rows), write(tmp_path / "new.json", slower)
    code, out, _ = run(capsys, base, new)
    assert code == 3 and "choose at most 23 with --rows" in out
    assert run(capsys, base, new, "--rows", "^w[0-4]/")[0] == 1


def test_output_goes_to_a_file(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "table.md"
    assert run(capsys, base, base, "--output", target) == (0, "", "")
    assert f"| `{FAST}` | same |" in target.read_text()
    assert FAST in json.loads(run(capsys, base, base, "--format", "bencher")[1])
    assert json.loads(run(capsys, base, base, "--format", "customSmallerIsBetter")[1])[0]["name"] == FAST
    refused(run(capsys, base, base, "--output", tmp_path / "no" / "table.md"), "cannot be written")


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "empty"),
        ('{"context": {}, "benchmarks": [', "cut off"),
        ("[]", "no Google Benchmark JSON"),
        ('{"context": {}}', "no Google Benchmark JSON"),
        ('{"context": {}, "benchmarks": []}', "no measured row"),
        ('{"context": {}, "benchmarks": [{"name": "a", "real_time": NaN}]}', "nan"),
        ('{"context": {}, "benchmarks": [{"name": "a", "real_time": 0}]}', "time of 0"),
        ('{"context": {}, "benchmarks": [{"name": "a", "real_time": -1}]}', "time of -1"),
        ('{"context": {}, "benchmarks": [{"name": "a", "real_time": "x"}]}', "no real_time"),
        ('{"context": {}, "benchmarks": [{"name": "a", "real_time": 1}]}', "--benchmark_repetitions"),
    ],
)
def test_bad_files(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(text)
    refused(run(capsys, base, bad), str(bad), words)
    refused(run(capsys, bad, base), str(bad), words)


def test_bad_usage(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(run(capsys, base), "see scripts/compare --help")
    refused(run(capsys, base, tmp_path / "none.json"), "no such file")
    refused(run(capsys, base, base, "--rows", "nothing"), "--rows nothing")
    refused(run(capsys, base, base, "--rows", "("), "no regular expression")
    refused(run(capsys, base, base, "--format", "xml"), "invalid choice")
    other = write(tmp_path / "other.json", make_rows("x/y", times(1.0)))
    refused(run(capsys, base, other), "in common")
