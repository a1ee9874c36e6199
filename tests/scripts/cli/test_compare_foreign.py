"""scripts/compare on files of other people's programs: one odd row costs the others nothing, and nothing is silent."""

import json
from pathlib import Path
from typing import Any

import pytest

import google_files as google
from bookstore.cli.track import to_entry
from bookstore.data import history
from bookstore.data.samples import load_measured
from test_compare import refused, run

Capture = pytest.CaptureFixture[str]
SLOWER = 1.2


def compare(
    tmp_path: Path, capsys: Capture, base: Any, new: Any, *more: object
) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON of a comparison of two lists of rows."""
    one, other = (
        google.write(tmp_path / f"{name}.json", rows) for name, rows in (("base", base), ("new", new))
    )
    code, out, err = run(capsys, one, other, "--format", "json", *more)
    assert code in (0, 1, 3), err
    return code, json.loads(out)


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {row["row"]: row["verdict"] for row in document["rows"]}


def ok(scale: float = 1.0) -> list[dict[str, Any]]:
    return google.rows("BM_ok/8", google.values(scale))


@pytest.mark.parametrize(
    "odd, reason",
    [
        (google.rows("BM_odd", [0.0] * 10, skipped=True, skip_message="no AVX"), "skipped: no AVX"),
        (google.rows("BM_odd", [0.0] * 10, error_occurred=True, error_message="no\ngpu"), "failed: no gpu"),
        (google.rows("BM_odd", [0.0] * 10), "has a time of 0 ns"),
        (google.rows("BM_odd", [-3.0] * 10), "has a time of -3 ns"),
        (google.rows("BM_odd", [None] * 10), "has no real_time"),
        (google.rows("BM_odd", [float("nan")] * 10), "has a time of nan ns"),
        (google.rows("BM_odd", google.values(), time_unit="fortnights"), "has no real_time"),
    ],
)
def test_one_odd_row_is_listed_and_the_others_are_judged(
    tmp_path: Path, capsys: Capture, odd: Any, reason: str
) -> None:
    code, document = compare(tmp_path, capsys, ok() + odd, ok(SLOWER) + odd)
    assert (code, verdicts(document)) == (1, {"BM_ok/8": "regressed"})
    assert document["not_compared"]["BM_odd"].startswith(reason)
    # What was odd before hides nothing new.
    assert compare(tmp_path, capsys, ok() + odd, ok() + odd)[0] == 0
    assert compare(tmp_path, capsys, ok() + odd, ok() + odd, "--rows", "ok")[1]["not_compared"] == {}
    # What was measured before and is odd now may have become slower, unless it was left out on purpose.
    good = google.rows("BM_odd", google.values())
    code, document = compare(tmp_path, capsys, ok() + good, ok() + odd)
    assert code == (0 if reason.startswith("skipped") else 3)
    assert document["not_compared"]["BM_odd"].startswith(f"in new {reason}")


@pytest.mark.parametrize(
    "fields", [{"error_occurred": True, "error_message": "x", "real_time": 0.0}, {"real_time": -3.0}]
)
def test_a_row_is_judged_by_the_repetitions_that_are_left(
    tmp_path: Path, capsys: Capture, fields: Any
) -> None:
    base = ok()
    base[0] |= fields
    code, document = compare(tmp_path, capsys, base, ok(SLOWER))
    (row,) = document["rows"]
    assert (code, row["verdict"], row["values"]) == (1, "regressed", [9, 10])
    assert "in base 1 of 10 repetitions" in row["note"]


@pytest.mark.parametrize(
    "counters",
    [
        {"bytes_per_second": float("inf"), "ratio": float("nan")},
        {"process": 3.5},
        {"peak_memory_bytes": 1e6},
        {"rate": 1e9},
        {"limit_reached": 1, "too_short": 1, "slo_limit_us": 5.0},
        {"latency_p50_us": 7.0, "delay_p50_us": 7.0},
        {"skipped": 12.0, "error_occurred": 3.0},
    ],
)
def test_counters_of_others_mean_nothing(tmp_path: Path, capsys: Capture, counters: Any) -> None:
    base, new = (google.rows("BM_q/8", google.values(scale), **counters) for scale in (1.0, SLOWER))
    assert verdicts(compare(tmp_path, capsys, base, new)[1]) == {"BM_q/8": "regressed"}
    more = google.rows("BM_q/8", google.values(SLOWER), tasks=1200)
    code, document = compare(tmp_path, capsys, google.rows("BM_q/8", google.values(), tasks=1000), more)
    assert code == 1 and document["rows"][0]["ratio"] == pytest.approx(SLOWER, abs=0.01)


def test_rows_are_told_apart_by_their_names_and_families(tmp_path: Path, capsys: Capture) -> None:
    def sides(scale: float) -> list[dict[str, Any]]:
        names = ("BM_t/threads:2", "BM_t/real_time/threads:2", "BM_i", "BM_i_mean")
        parts = [google.rows(name, google.values(100.0 * i + 1.0)) for i, name in enumerate(names)]
        twins = google.rows("BM_twin", google.values(), 7) + google.rows(
            "BM_twin", google.values(scale * 9), 8
        )
        return [row for part in parts for row in part] + twins

    code, document = compare(tmp_path, capsys, sides(1.0), sides(SLOWER))
    found = verdicts(document)
    assert code == 1 and len(found) == 6
    assert [key for key, verdict in found.items() if verdict == "regressed"] == ["BM_twin (2 of 2)"]


def test_true_duplicates_are_listed_and_never_merged(tmp_path: Path, capsys: Capture) -> None:
    twice = google.rows("BM_twin", google.values()) + google.rows("BM_twin", google.values(5.0))
    code, document = compare(tmp_path, capsys, ok() + twice, ok() + twice)
    assert (code, verdicts(document)) == (3, {"BM_ok/8": "same"})
    assert document["not_compared"]["BM_twin"].startswith("duplicate: 2 rows of this name are repetition 0")
    code, document = compare(tmp_path, capsys, twice, twice)
    assert (code, document["rows"]) == (3, [])


def test_how_often_to_run_makes_no_other_row(tmp_path: Path, capsys: Capture) -> None:
    base = google.rows("BM_a/8/iterations:5/real_time", google.values())
    new = google.rows("BM_a/8/iterations:9/real_time", google.values(SLOWER))
    code, document = compare(tmp_path, capsys, ok() + base, ok() + new)
    row = document["rows"][1]
    assert (code, row["row"]) == (1, "BM_a/8/iterations:9/real_time")
    assert row["note"].startswith("in base BM_a/8/iterations:5/real_time")
    # Another clock does, and so does a name that several share.
    other = google.rows("BM_a/8/iterations:9", google.values(SLOWER))
    assert compare(tmp_path, capsys, ok() + base, ok() + other)[1]["only_in_new"] == ["BM_a/8/iterations:9"]
    both = base + google.rows("BM_a/8/iterations:7/real_time", google.values())
    assert len(compare(tmp_path, capsys, ok() + both, ok() + new)[1]["only_in_base"]) == 2


@pytest.mark.parametrize("version", [lambda items: items, google.old], ids=["now", "old"])
@pytest.mark.parametrize("scale, verdict", [(1.2, "regressed"), (1.0, "same"), (0.8, "improved")])
def test_aggregates_are_used_where_nothing_else_is_there(
    tmp_path: Path, capsys: Capture, version: Any, scale: float, verdict: str
) -> None:
    base, new = (version(google.aggregates("BM_a", 100.0 * factor, 0.002)) for factor in (1.0, scale))
    for sides in ((base, new), (google.rows("BM_a", google.values()), new)):
        _, document = compare(tmp_path, capsys, *sides)
        assert verdicts(document) == {"BM_a": verdict}
        assert any("--benchmark_report_aggregates_only" in note for note in document["notes"])


def test_aggregates_without_a_spread_are_refused_with_the_flag(tmp_path: Path, capsys: Capture) -> None:
    mean = google.write(tmp_path / "a.json", google.aggregates("BM_a", 100.0)[:2])
    refused(run(capsys, mean, mean), "--benchmark_report_aggregates_only")


def test_noisy_aggregates_prove_nothing(tmp_path: Path, capsys: Capture) -> None:
    base, new = google.aggregates("BM_a", 100.0, 0.3), google.aggregates("BM_a", 110.0, 0.3)
    assert verdicts(compare(tmp_path, capsys, base, new)[1]) == {"BM_a": "inconclusive"}


def test_containers_are_one_machine_if_that_is_said(tmp_path: Path, capsys: Capture) -> None:
    base = google.write(tmp_path / "base.json", ok(), host_name="f1d2d2f924e9")
    new = google.write(tmp_path / "new.json", ok(SLOWER), host_name="0b4e7a0e5fe8")
    refused(run(capsys, base, new), "host_name", "--machine NAME", "--force")
    for more in (("--machine", "runner"), ("--force",)):
        assert run(capsys, base, new, *more)[0] == 1
    # It stands for the machine's name, not for its number of CPUs.
    other = google.write(tmp_path / "other.json", ok(), host_name="x", num_cpus=64)
    refused(run(capsys, base, other, "--machine", "runner"), "num_cpus 2 and 64")


def test_a_machine_that_a_context_names_is_one_whatever_its_host_is_called(
    tmp_path: Path, capsys: Capture
) -> None:
    """As with --benchmark_context=machine=ci; the rest must agree all the same."""
    base = google.write(tmp_path / "base.json", ok(), machine="ci", host_name="f1d2d2f924e9")
    new = google.write(tmp_path / "new.json", ok(SLOWER), machine="ci", host_name="0b4e7a0e5fe8")
    assert run(capsys, base, new)[0] == 1
    other = google.write(tmp_path / "other.json", ok(), machine="ci", library_build_type="debug")
    refused(run(capsys, base, other), "library_build_type release and debug")


def test_aggregates_beside_a_single_value_rest_on_the_history(tmp_path: Path, capsys: Capture) -> None:
    known = tmp_path / "h.jsonl"
    for i in range(12):
        run_file = google.write(
            tmp_path / f"{i}.json", google.rows("BM_a", [100.0 + i % 2]), date=f"2026-01-{i + 1:02d}"
        )
        history.append(known, to_entry(load_measured(run_file), None, None, None))
    one, many = google.rows("BM_a", [100.0]), google.aggregates("BM_a", 130.0)
    assert verdicts(compare(tmp_path, capsys, one, many, "--history", known)[1]) == {"BM_a": "regressed"}
    assert verdicts(compare(tmp_path, capsys, many, one, "--history", known)[1]) == {"BM_a": "improved"}


def test_a_document_without_rows_costs_the_others_nothing(tmp_path: Path, capsys: Capture) -> None:
    empty = google.text([])
    base, new = tmp_path / "base.json", tmp_path / "new.json"
    base.write_text(empty + google.text(ok()))
    new.write_text(google.text(ok(SLOWER)) + empty)
    assert run(capsys, base, new)[0] == 1
    base.write_text(empty)
    refused(run(capsys, base, new), "no measured row")


def test_programs_whose_documents_lie_in_one_file_are_told_apart(tmp_path: Path, capsys: Capture) -> None:
    def file(name: str, scale: float) -> Path:
        parts = [
            google.text(google.rows("BM_run", google.values(factor)), executable=f"./build/{program}")
            for program, factor in (("bench_a", 1.0), ("bench_b", 7.0 * scale))
        ]
        path = tmp_path / name
        path.write_text("\n".join(parts) + google.text(ok(), executable="./build/bench_b"))
        return path

    code, out, _ = run(capsys, file("base.json", 1.0), file("new.json", SLOWER), "--format", "json")
    expected = {"BM_run of bench_a": "same", "BM_run of bench_b": "regressed", "BM_ok/8": "same"}
    assert (code, verdicts(json.loads(out))) == (1, expected)


def test_several_files_a_side(tmp_path: Path, capsys: Capture) -> None:
    def files(name: str, scales: list[float], count: int) -> list[Path]:
        return [
            google.write(
                tmp_path / f"{name}{i}.json", google.rows("BM_a", google.values(scale, count)), date=str(i)
            )
            for i, scale in enumerate(scales)
        ]

    def judged(base: list[Path], new: list[Path]) -> dict[str, Any]:
        row: dict[str, Any] = json.loads(run(capsys, "--base", *base, "--new", *new, "--format", "json")[1])[
            "rows"
        ][0]
        return row

    # From six files on a file is the unit, however few repetitions each has.
    many = files("many", [1.0, 1.001, 1.002, 1.003, 1.004, 1.005], 1)
    slow = files("slow", [1.1, 1.101, 1.102, 1.103, 1.104, 1.105], 1)
    assert judged(many, slow)["values"] == [6, 6]
    assert judged(many, slow)["verdict"] == "regressed"
    # Fewer show how far processes are apart, and no difference within that counts.
    apart, one = files("apart", [1.0, 1.1], 10), files("one", [1.1], 10)
    assert judged(apart, one)["values"] == [20, 10]
    assert judged(apart, one)["verdict"] == "inconclusive"
    assert "differ by 10" in judged(apart, one)["note"]
    # A document that stands twice is one process and counts once.
    double = tmp_path / "double.json"
    double.write_text(one[0].read_text() * 2)
    assert judged([double], one)["values"] == [10, 10]


def test_files_that_do_not_go_together(tmp_path: Path, capsys: Capture) -> None:
    a = google.write(tmp_path / "a.json", ok())
    b = google.write(tmp_path / "b.json", ok(), num_cpus=64)
    refused(run(capsys, "--base", a, b, "--new", a), "files of base differ in num_cpus")
    refused(run(capsys, "--base", a, a, "--new", b), "given twice")
    refused(run(capsys, "--base", a), "--new FILE")
    refused(run(capsys, a, b, "--new", a), "--new FILE")
    refused(run(capsys, a, b, a), "--base FILE FILE")


def test_which_time_is_compared(tmp_path: Path, capsys: Capture) -> None:
    def sides(cpu: float) -> list[dict[str, Any]]:
        names = ("BM_a", "BM_b/process_time")
        made = [row for name in names for row in google.rows(name, google.values())]
        return [row | {"cpu_time": row["cpu_time"] * cpu} for row in made]

    def of(*more: str) -> dict[str, str]:
        return verdicts(compare(tmp_path, capsys, sides(1.0), sides(SLOWER), *more)[1])

    assert of() == {"BM_a": "same", "BM_b/process_time": "regressed"}
    assert set(of("--time", "cpu").values()) == {"regressed"}
    assert set(of("--time", "real").values()) == {"same"}


def test_either_direction_and_limits_per_row(tmp_path: Path, capsys: Capture) -> None:
    def code(scale: float, *more: object) -> int:
        return compare(tmp_path, capsys, ok(), ok(scale), *more)[0]

    assert [code(0.8, "--fail-on", kind) for kind in ("regressed", "improved", "any")] == [0, 1, 1]
    assert [code(1.2, "--fail-on", kind) for kind in ("regressed", "improved", "any")] == [1, 0, 1]
    assert [code(1.06, "--limit", limit) for limit in ("ok=2%", "ok=5%", "ok=20%")] == [1, 1, 0]
    assert code(1.06, "--limit", "other=20%") == 1
    held = tmp_path / "limits"
    held.write_text("# of this repository\n\n. = 20%\n")
    assert code(1.06, "--limits", held) == 0
    held.write_text(". = 2%\n. = 20 %  # noisy = sometimes\n")
    assert code(1.06, "--limits", held) == 0
    assert code(1.06, "--limits", held, "--limit", "BM_ok/8=2%") == 1
    document = compare(tmp_path, capsys, ok(), ok(), "--limit", "gone=5%")[1]
    assert any("`gone` matches no row" in note for note in document["notes"])


def test_what_to_run_to_see_a_row_again(tmp_path: Path, capsys: Capture) -> None:
    base, new = (google.rows("BM_s<int>/8", google.values(scale)) for scale in (1.0, SLOWER))
    again = compare(tmp_path, capsys, base, new)[1]["again"]
    assert again == {"BM_s<int>/8": "./b '--benchmark_filter=^BM_s<int>/8$' --benchmark_repetitions=10"}


def test_names_reach_the_terminal_as_text(tmp_path: Path, capsys: Capture) -> None:
    name = "BM_\x1b[31mred\x1b[0m`|`\n::error::x"
    base, new = (google.rows(name, google.values(scale)) for scale in (1.0, SLOWER))
    one, other = (google.write(tmp_path / f"{i}.json", rows) for i, rows in enumerate((base, new)))
    for style in ("markdown", "github", "json", "bencher", "customSmallerIsBetter"):
        code, out, err = run(capsys, one, other, "--format", style)
        assert code == 1 and "\x1b" not in out + err
        assert not any(line.startswith("::error::") for line in out.splitlines())
    assert "``BM_\\x1b[31mred\\x1b[0m`\\|`\\n::error::x``" in run(capsys, one, other)[1]
    failing = google.rows("BM_f", [0.0], error_occurred=True, error_message="\x1b]0;title\x07")
    bad = google.write(tmp_path / "bad.json", failing)
    refused(run(capsys, bad, bad), "\\x1b]0;title\\x07")
