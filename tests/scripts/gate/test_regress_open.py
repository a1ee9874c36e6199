"""Open rows in the gate: which binary runs them, what is gated, what is only shown, and commits that lack them."""

import json
import math
import os
import random
from pathlib import Path

import pytest
from conftest import ROOT
from regress_support import ROW, Repository, make_fake, refused, run

from bookstore.gate import instructions
from bookstore.gate import rows as rowset
from bookstore.gate.driver import Build, Limits, is_open, run_trial
from bookstore.terminal.errors import InputError
from bookstore.gate.trials import check_budget

OPEN = "counter/event_loop/cores:1/workers:1/rate:4000"
FULL = OPEN + "/duration:0.025"
QUICK = ["--time-only", "--trial-seconds", "0.001"]


class OpenRepository(Repository):
    """One whose commits have bench_latency, too, unless they say otherwise."""

    def commit(self, message: str, **settings: object) -> str:
        latency = self.root / "bench" / "latency.cpp"
        latency.parent.mkdir(exist_ok=True)
        if settings.pop("latency", True):
            latency.write_text("")
        else:
            latency.unlink(missing_ok=True)
        return super().commit(message, **settings)


@pytest.fixture
def repository(tmp_path: Path) -> OpenRepository:
    return OpenRepository(tmp_path)


def rows_of(text: str) -> dict[str, dict[str, object]]:
    return {row["row"]: row for row in json.loads(text)["rows"]}


def test_open_rows_are_those_with_arrivals() -> None:
    assert is_open(OPEN) and is_open("day/tbb/cores:1/fraction:0.5/of:tbb")
    assert not is_open(ROW) and not is_open("rate:4000")
    assert instructions.single_threaded([ROW, OPEN]) == [ROW]
    assert any(map(is_open, rowset.default_rows(2))) and not all(map(is_open, rowset.default_rows(2)))


def test_a_trial_compares_median_latencies_and_shows_p99(tmp_path: Path) -> None:
    base, new = make_fake(tmp_path / "base"), make_fake(tmp_path / "new", factor=1.25)
    sides = (Build(path, path.name, open_path=path) for path in (base, new))
    trial = run_trial(*sides, OPEN, Limits(trial=0.001, least_rounds=3), random.Random(1))
    assert trial.new == pytest.approx(math.log(1.25)) and trial.null == pytest.approx(0.0)
    assert trial.base_ns == pytest.approx(500e3, rel=0.01)
    assert (trial.base_p99_ns, trial.new_p99_ns) == (2e6, 2e6)


def test_each_row_goes_to_its_binary(repository: OpenRepository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit("fast")
    repository.commit("slow", factor=1.1)
    arguments = repository.arguments("--base", "HEAD~1", "--row", OPEN, "--format", "json")
    code, out, err = run(capsys, *arguments)
    assert code == 1, err
    found = rows_of(out)
    assert found[FULL]["verdict"] == "regressed" and found[FULL]["metric"] == "latency p50"
    assert found[FULL]["new_seconds"] == pytest.approx(550e-6, rel=0.01)
    assert (found[FULL]["base_p99_seconds"], found[FULL]["new_p99_seconds"]) == (0.002, 0.002)
    closed = found[ROW + "/tasks:100"]
    assert closed["metric"] == "time per task" and closed["new_p99_seconds"] is None
    built = {path.name for path in (repository.root / "build" / "regress" / "working").iterdir()}
    assert {"bench_throughput", "bench_latency", "bench_latency.relinked"} <= built


def test_p99_is_shown_and_decides_nothing(
    repository: OpenRepository, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    repository.commit("steady")
    fake = repository.root / "bench" / "fake"
    fake.write_text(fake.read_text().replace('"latency_p99_ns": 2e6', '"latency_p99_ns": 9e6'))
    arguments = repository.arguments("--row", OPEN, "--out", str(tmp_path / "out"))
    code, out, err = run(capsys, *arguments)
    assert code == 0, err
    assert "p99, not gated: base, new" in out and "| latency p50 | same |" in out and "2 ms, 9 ms" in out
    entries = json.loads((tmp_path / "out" / "customSmallerIsBetter.json").read_text())
    assert {entry["name"]: "p99 9 ms, of base 2 ms, not gated" in entry["extra"] for entry in entries} == {
        FULL: True,
        ROW + "/tasks:100": False,
    }


@pytest.mark.parametrize("base", [{"latency": False}, {"refuse": ["/rate:"]}])
def test_a_base_without_open_rows_has_them_listed_as_new(
    repository: OpenRepository, capsys: pytest.CaptureFixture[str], base: dict[str, object]
) -> None:
    repository.commit("one", **base)
    repository.commit("two")
    code, out, err = run(capsys, *repository.arguments("--base", "HEAD~1", "--row", OPEN))
    assert code == 0, err
    assert f"only in new: `{FULL}`" in out and "1 same" in out
    # Alone there is nothing to decide on, which is no fault either.
    alone = repository.arguments("--base", "HEAD~1", "--row", OPEN)
    del alone[alone.index("--row") : alone.index("--row") + 2]
    code, out, err = run(capsys, *alone)
    assert code == 3, err
    assert f"only in new: `{FULL}`" in out


def test_a_tree_that_lost_its_open_rows_is_in_doubt(
    repository: OpenRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit("one")
    repository.commit("two", latency=False)
    code, out, err = run(capsys, *repository.arguments("--base", "HEAD~1", "--row", OPEN))
    assert code == 3, err
    assert f"only in base: `{OPEN}`" in out


def test_closed_rows_alone_need_no_second_binary(
    repository: OpenRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit("one")
    repository.commit("two")
    assert run(capsys, *repository.arguments("--base", "HEAD~1"))[0] == 0
    assert not list((repository.root / "build").rglob("bench_latency*"))
    # A later comparison with open rows does not take the first one's folder for whole.
    code, out, err = run(capsys, *repository.arguments("--base", "HEAD~1", "--row", OPEN))
    assert code == 0 and "2 same" in out, err


def test_what_a_choice_may_hold() -> None:
    defaults = rowset.default_rows(2)
    assert rowset.wants_open(None, [], defaults) and rowset.wants_open("nothing of these", [], defaults)
    assert rowset.wants_open(None, [ROW, OPEN], defaults) and not rowset.wants_open(None, [ROW], defaults)
    assert not rowset.wants_open("^(shelving/sequential|day/event_loop)/", [], defaults)


def test_two_given_binaries_run_the_rows_that_are_theirs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = make_fake(tmp_path / "latency", open=True)
    both = ["--base-binary", fake, "--new-binary", fake, *QUICK, "--format", "json"]
    code, out, err = run(capsys, *both)
    assert code == 0, err
    ours = rowset.default_rows(len(os.sched_getaffinity(0)))
    assert {row.split("/duration")[0] for row in rows_of(out)} == set(filter(is_open, ours))
    # Beyond the default ones: what it lists, at the length that a driven process chooses; null has no result.
    listed = rows_of(run(capsys, *both, "--rows", "^counter/tbb/cores:1")[1])
    assert list(listed) == ["counter/tbb/cores:1/workers:2/rate:1000/duration:0.025"]
    throughput = make_fake(tmp_path / "throughput")
    refused(
        run(capsys, "--base-binary", throughput, "--new-binary", fake, *QUICK), "two builds of one of them"
    )
    refused(
        run(capsys, "--base-binary", throughput, "--new-binary", throughput, *QUICK, "--row", OPEN),
        "has no bench_latency",
    )


@pytest.mark.parametrize(("mode", "said"), [("nan", "NaN"), ("no_p99", "latency_p50_ns"), ("text", "fast")])
def test_an_answer_that_is_no_latency_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str, said: str
) -> None:
    good, bad = make_fake(tmp_path / "good", open=True), make_fake(tmp_path / "bad", open=True, mode=mode)
    refused(
        run(capsys, "--base-binary", good, "--new-binary", bad, "--row", OPEN, *QUICK), "--new-binary", said
    )


def test_long_rows_need_a_longer_budget() -> None:
    limits = Limits()
    assert limits.trial_of(ROW) == limits.trial_of(FULL.replace("0.025", "1e-3")) == limits.trial
    assert limits.trial_of(OPEN + "/duration:2") == pytest.approx(2 * 3 * limits.least_rounds)
    check_budget([FULL], 60.0, limits)
    with pytest.raises(InputError, match="1 rows need at least"):
        check_budget([OPEN + "/duration:2"], 60.0, limits)


def test_the_real_binary_is_driven() -> None:
    binaries = [ROOT / "build" / preset / "bench_latency" for preset in ("test", "release")]
    path = next((path for path in binaries if path.exists()), None)
    if path is None:
        pytest.skip("needs a built bench_latency")
    row = "counter/event_loop/cores:1/workers:1/rate:2000/duration:0.01"
    build = Build(path, "real", open_path=path)
    trial = run_trial(build, build, row, Limits(trial=0.001, least_rounds=1), random.Random(1))
    # Both kinds of customer wait at least 200 us, on any machine.
    assert trial.base_ns >= 200e3 and trial.base_p99_ns is not None and trial.base_p99_ns >= trial.base_ns
