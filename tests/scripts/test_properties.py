"""Whatever is put before what we parse: it is read, or refused in one line, and never anything else."""

import argparse
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bookstore.cli import compare as compare_cli
from bookstore.cli import track as track_cli
from bookstore.cli import values
from bookstore.data import dashboard, history
from bookstore.data.curves import read_curve, series_of
from bookstore.data.documents import decode, read_documents
from bookstore.data.results import load_run
from bookstore.data.samples import load_side, row_filter
from bookstore.gate.formats import Line, Report, writers
from bookstore.gate.limits import read_limits
from bookstore.gate.rule import Verdict
from bookstore.report import markdown
from bookstore.stats import rank_sum
from bookstore.stats.changepoints import find_changes
from bookstore.terminal.errors import InputError, guarded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import google_files as google

# The same examples in every run; how long one takes says nothing about what it finds.
settings.register_profile(
    "project",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("project")

texts = st.text(max_size=30)
numbers = st.one_of(
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from([0, -0.0, 5e-324, 1e308, 10**400, True]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
# What a row of Google Benchmark may hold, mostly of the right kind.
row_fields = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["BM_a", "BM_b", "BM_a_mean", "BM_b_BigO", "x/y/z", ""]) | texts | trees,
        "run_name": st.sampled_from(["BM_a", "BM_b"]) | trees,
        "run_type": st.sampled_from(["iteration", "aggregate"]) | trees,
        "aggregate_name": st.sampled_from(["mean", "median", "stddev", "cv", "BigO"]) | trees,
        "family_index": st.integers(0, 2) | trees,
        "per_family_instance_index": st.integers(0, 1) | trees,
        "repetitions": st.integers(0, 3) | trees,
        "repetition_index": st.integers(0, 3) | trees,
        "real_time": st.floats(1.0, 2.0) | numbers | trees,
        "cpu_time": st.floats(1.0, 2.0) | trees,
        "time_unit": st.sampled_from(["ns", "us", "ms", "s"]) | trees,
        "error_occurred": scalars,
        "error_message": trees,
        "skipped": scalars,
        "skip_message": trees,
        "process": st.integers(0, 3) | trees,
        "tasks": numbers | trees,
        "rate": numbers,
        "latency_p50_us": numbers,
        "delay_p50_us": st.floats(1.0, 2.0) | numbers,
        "peak_memory_bytes": numbers,
        "too_short": scalars,
    },
)
contexts = st.one_of(
    st.just(google.CONTEXT),
    st.just({"machine": "m", "commit": "c", "build_type": "Release", "compiler": "g", "flags": ""}),
    st.dictionaries(st.sampled_from(["date", "host_name", "machine", "num_cpus", "executable"]), trees),
)
documents = st.builds(
    lambda context, rows, processes: {"context": context, "benchmarks": rows} | processes,
    contexts | trees,
    st.lists(row_fields | trees, max_size=8) | trees,
    st.sampled_from([{}, {"processes": [{}]}]),
)


def read_or_refused(read: Callable[[], Any]) -> Any:
    """What was read, None if it was refused."""
    try:
        return read()
    except InputError:
        return None


def ended(capsys: pytest.CaptureFixture[str], program: str, run: Callable[[], int]) -> int:
    """The exit code of a command, whose words are all fit for a terminal."""
    try:
        code = guarded(program, run)
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    assert "Traceback" not in err, err
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out + err)
    if code == 2:
        assert err.count("\n") == 1 and out == ""
    return code


@given(st.binary(max_size=200) | documents.map(lambda document: json.dumps(document).encode()))
def test_any_bytes(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(raw)
    assert isinstance(decode(raw), str)
    read_or_refused(lambda: read_documents(path))
    read_or_refused(lambda: load_side([path]))
    read_or_refused(lambda: history.read_history(path))
    read_or_refused(lambda: dashboard.read(path))
    read_or_refused(lambda: read_limits(path))
    read_or_refused(lambda: read_curve(path))


@given(documents, st.data())
def test_a_document_cut_anywhere(tmp_path: Path, document: Any, data: st.DataObject) -> None:
    text = json.dumps(document, indent=1)
    path = tmp_path / "a.json"
    path.write_text(
        text[: data.draw(st.integers(0, len(text)))] + data.draw(st.sampled_from(["", "}", "\x00", "nan"]))
    )
    read_or_refused(lambda: load_side([path]))


@given(documents)
@settings(max_examples=200)
def test_samples_are_positive_times(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    found = read_or_refused(lambda: load_side([path]))
    for sample in found.samples.values() if found else ():
        assert sample.values.size and np.isfinite(sample.values).all() and (sample.values > 0.0).all()


@given(
    documents, documents, st.sampled_from([*writers]), st.sampled_from([[], ["--time", "cpu"], ["--force"]])
)
@settings(max_examples=150)
def test_compare_ends_as_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], base: Any, new: Any, style: str, more: list[str]
) -> None:
    paths = [tmp_path / "base.json", tmp_path / "new.json"]
    for path, document in zip(paths, (base, new)):
        path.write_text(json.dumps(document))
    arguments = [*map(str, paths), "--format", style, *more]
    assert ended(capsys, "scripts/compare", lambda: compare_cli.run(arguments)) in (0, 1, 2, 3)


@given(
    st.lists(st.sampled_from(["BM_a", "BM_b/8", "BM_\x1b[1m|`"]), min_size=1, max_size=3),
    st.floats(0.5, 2.0),
    st.data(),
)
def test_odd_rows_never_cost_a_good_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], names: list[str], scale: float, data: st.DataObject
) -> None:
    """A row that is slower by half is red, whatever else stands in the files."""
    odd = [data.draw(st.lists(row_fields | trees, max_size=5)) for _ in range(2)]
    odd = [
        [row for row in side if not (isinstance(row, dict) and "BM_good" in str(row.values()))]
        for side in odd
    ]
    base, new = (google.rows("BM_good/8", google.values(factor)) for factor in (1.0, 1.5))
    one = google.write(tmp_path / "base.json", [*odd[0], *base])
    other = google.write(tmp_path / "new.json", [*new, *odd[1]])
    arguments = [str(one), str(other), "--rows", "BM_good"]
    assert ended(capsys, "scripts/compare", lambda: compare_cli.run(arguments)) == 1


@given(documents, st.booleans())
def test_track_adds_or_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], document: Any, named: bool
) -> None:
    path, kept = tmp_path / "a.json", tmp_path / "h.jsonl"
    path.write_text(json.dumps(document))
    kept.unlink(missing_ok=True)
    arguments = ["add", str(path), "--history", str(kept), *(["--machine", "m"] if named else [])]
    code = ended(capsys, "scripts/track", lambda: track_cli.run(arguments))
    assert code in (0, 2) and kept.exists() == (code == 0)
    if code == 0:
        assert ended(capsys, "scripts/track", lambda: track_cli.run(["check", "--history", str(kept)])) == 0


RECORD = json.loads(
    history.to_line(
        history.Entry(
            "m", "c", "2024-01-01T00:00:00Z", {}, "1", "a", {"a": history.Value(1.0, 1.0, 1.0, 1, 0.0)}
        )
    )
)


@given(
    st.lists(
        st.builds(
            lambda changes: RECORD | changes, st.dictionaries(st.sampled_from([*RECORD]), trees, max_size=2)
        )
        | st.builds(
            lambda value: RECORD | {"rows": {"a": value}},
            st.dictionaries(st.sampled_from([*RECORD["rows"]["a"], "note", "metric"]), trees | numbers),
        ),
        max_size=4,
    )
)
def test_lines_of_a_history(tmp_path: Path, capsys: pytest.CaptureFixture[str], records: list[Any]) -> None:
    path = tmp_path / "h.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert ended(capsys, "scripts/track", lambda: track_cli.run(["check", "--history", str(path)])) in (0, 2)
    out = tmp_path / "data.js"
    out.unlink(missing_ok=True)
    arguments = ["export", str(out), "--history", str(path)]
    assert ended(capsys, "scripts/track", lambda: track_cli.run(arguments)) in (0, 2)


BENCH = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["a", "a_mean", "a_stddev", "b"]) | trees,
        "value": st.floats(1.0, 2.0) | numbers | trees,
        "unit": st.sampled_from(["ns/iter", "ops/sec", "Percent", "ms"]) | trees,
    },
)
RUN = st.fixed_dictionaries(
    {},
    optional={
        "commit": st.fixed_dictionaries({"id": texts}) | trees,
        "date": st.integers(0, 2_000_000_000_000) | numbers | trees,
        "tool": trees,
        "benches": st.lists(BENCH | trees, max_size=4) | trees,
    },
)


@given(st.dictionaries(texts, st.lists(RUN | trees, max_size=4) | trees, max_size=2), trees)
def test_what_a_dashboard_may_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], entries: dict[str, Any], url: Any
) -> None:
    path, kept = tmp_path / "data.js", tmp_path / "h.jsonl"
    path.write_text(dashboard.prefix + json.dumps({"entries": entries, "repoUrl": url, "lastUpdate": url}))
    kept.unlink(missing_ok=True)
    arguments = ["import", str(path), "--machine", "m", "--history", str(kept)]
    code = ended(capsys, "scripts/track", lambda: track_cli.run(arguments))
    assert code in (0, 2)
    if code == 0:
        arguments = ["export", str(path), "--history", str(kept)]
        assert ended(capsys, "scripts/track", lambda: track_cli.run(arguments)) in (0, 2)
        assert dashboard.read(path).suites.keys() >= entries.keys()


@given(trees, documents, trees)
def test_what_a_run_folder_may_hold(tmp_path: Path, environment: Any, throughput: Any, timeline: Any) -> None:
    for name, content in (("environment", environment), ("throughput", throughput), ("timeline", timeline)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    read_or_refused(lambda: load_run(tmp_path))
    if isinstance(timeline, dict):
        read_or_refused(lambda: series_of(timeline, tmp_path))


@given(
    st.lists(
        st.lists(st.sampled_from(["1", "0.5", "1.2.3", "inf", "7", "-1", "x", "#"]), max_size=5), max_size=5
    )
)
def test_lines_of_percentile_texts(tmp_path: Path, lines: list[list[str]]) -> None:
    path = tmp_path / "a.hgrm"
    path.write_text("\n".join("  ".join(line) for line in lines))
    read_or_refused(lambda: read_curve(path))


@given(texts)
def test_patterns_and_values_of_options(text: str) -> None:
    read_or_refused(lambda: row_filter(text))
    for kind in (values.seconds, values.count, values.fraction, values.names, values.core_counts):
        try:
            kind(text)
        except argparse.ArgumentTypeError as error:
            assert str(error)


@given(st.lists(texts, min_size=1, max_size=4, unique=True), texts)
def test_any_name_stays_in_its_place(names: list[str], message: str) -> None:
    lines = [
        Line(name, Verdict.REGRESSED, 1.0, 2.0, 0.5, 0.4, 0.6, (1.0, 2.0), note=message, values=(10, 10))
        for name in names
    ]
    report = Report("Comparison", message, message, lines, left_out={name: message for name in names})
    table = [line for line in writers["markdown"](report).split("\n") if line.startswith("| ")]
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in table]
    assert len(table) == len(names) + 2 and len(set(bars)) == 1
    for line in writers["github"](report).splitlines():
        assert re.match(r"::(error|warning|notice) title=[^:,]*::", line)
    for style in ("json", "bencher", "customSmallerIsBetter"):
        json.loads(writers[style](report))


@given(st.text(min_size=1, max_size=40))
def test_code_spans_hold_together(text: str) -> None:
    found = markdown.code(text)
    assert "\n" not in found
    if not found.startswith("<code>"):
        fence = re.match("`+", found)
        assert fence is not None and found.endswith(fence[0])
        assert fence[0] not in re.split(r"(?<!`)" + fence[0] + r"(?!`)", found)[1:-1]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), max_size=60))
def test_any_series_has_findings_within_it(series: list[float]) -> None:
    found = find_changes(series)
    assert all(0 < change.index < len(series) and math.isfinite(change.size) for change in found.changes)
    assert all(0 <= drift.begin < drift.end < len(series) for drift in found.drifts)
    assert found.unsettled is None or 0 < found.unsettled.index < len(series)


samples = st.lists(st.floats(-100.0, 100.0), min_size=1, max_size=12)


@given(samples, samples, st.integers(0, 143))
def test_differences_are_counted_as_if_they_were_all_made(
    base: list[float], new: list[float], rank: int
) -> None:
    made = np.sort(np.subtract.outer(np.array(new), np.array(base)), axis=None)
    rank = min(rank, made.size - 1)
    counted = rank_sum._difference_by_counting(np.sort(base), np.sort(new), rank)
    assert counted == pytest.approx(made[rank], abs=1e-9)
    assert rank_sum.hodges_lehmann(base, new) == pytest.approx(float(np.median(made)))
