"""Runs during which others took the CPUs: measured again, kept and marked, and said. The neighbour is in the stand-in."""

import json
from pathlib import Path

import pytest

from bookstore.data.results import Row, load_run
from bookstore.findings import closed, gains, worker_counts
from bookstore.findings.closed import Measurements
from bookstore.measure import disturbance
from bookstore.measure.merge import Finished
from bookstore.plan.machine import Spec
from bookstore.plan.schedule import IDEAL, TIMED, Process
from bookstore.report import closing, throughput
from conftest import FAKE, made_row, run_module

ROWS = (Spec("counter", "threads", 1, 64), Spec("counter", "threads", 1, 128))
SMALL = [
    *("--profile", "smoke", "--binary", FAKE, "--no-plots"),
    *("--backends", "threads,sequential,event_loop", "--workloads", "counter"),
]


def finished(
    others: list[float], attempt: int = 0, kind: str = TIMED, rows: tuple[Spec, ...] = ROWS
) -> Finished:
    document = {
        "benchmarks": [
            {
                "name": f"{spec.name}/tasks:1",
                "others_fraction": share,
                "disturbed": int(share > 0.03),
                "real_time": 1.0,
            }
            for spec, share in zip(rows, others, strict=True)
        ]
    }
    return Finished(Process(kind, "threads", 1, 2, rows, attempt=attempt), 1.0, document)


def shares(kept: list[Finished]) -> list[list[float]]:
    return [[row["others_fraction"] for row in item.document["benchmarks"]] for item in kept]


def test_the_disturbed_rows_alone_are_measured_again_once() -> None:
    more = disturbance.again(finished([0.01, 0.4]))
    assert more is not None and more.rows == (ROWS[1],) and more.attempt == 1
    assert more.id != finished([0.01, 0.4]).process.id
    assert disturbance.again(finished([0.01, 0.02])) is None
    assert disturbance.again(finished([0.4], attempt=1, rows=ROWS[:1])) is None
    assert disturbance.again(finished([0.4, 0.4], kind=IDEAL)) is None


@pytest.mark.parametrize(
    ("second", "kept"), [(0.0, [[0.01], [0.0]]), (0.9, [[0.01, 0.4], []])]  # the worse attempt goes
)
def test_the_attempt_that_others_took_least_from_stands(second: float, kept: list[list[float]]) -> None:
    attempts = [finished([0.01, 0.4]), finished([second], attempt=1, rows=ROWS[1:])]
    assert shares(disturbance.settled(attempts)) == kept


def test_the_account_is_of_what_stands() -> None:
    attempts = [finished([0.01, 0.4]), finished([0.05], attempt=1, rows=ROWS[1:])]
    assert disturbance.account(attempts) == {
        "others_fraction": 0.03,
        "disturbed_rows": 1,
        "rows": 2,
        "measured_again": 1,
    }
    bare = Finished(Process(TIMED, "threads", 1, 0), 1.0, {"benchmarks": [{"name": "a/b", "real_time": 1.0}]})
    assert disturbance.account([bare]) == {}


def run_with(tmp_path: Path, busy: str) -> Path:
    out = tmp_path / "run"
    done = run_module("cli.run", [*SMALL, "--out", out], FAKE_BUSY=busy)
    assert done.returncode == 0, done.stderr
    (tmp_path / "said").write_text(done.stdout)
    return out


def test_a_neighbour_who_goes_leaves_nothing_behind(tmp_path: Path) -> None:
    run = load_run(run_with(tmp_path, "counter/threads,0.41,once"))
    assert run.environment["disturbance"]["disturbed_rows"] == 0
    assert (
        run.environment["disturbance"]["measured_again"] == 3
    )  # threads, on one core and on two, and its memory
    assert any("again1" in each for each in run.environment["process_order"])
    assert not [row.key for row in run.throughput.rows if row.disturbed]
    keys = [(row.key, row.repetition) for row in run.throughput.rows]
    assert len(set(keys)) == len(keys)
    assert closing.busy_line(run) == ""


def test_a_neighbour_who_stays_is_said_on_the_first_line_and_his_rows_are_marked(tmp_path: Path) -> None:
    folder = run_with(tmp_path, "counter/,0.82,always")
    first = (tmp_path / "said").read_text().splitlines()[0]
    assert first == "others took 41 % of the CPUs."
    assert "others took 41 % of the CPUs" in (folder / "summary.md").read_text().splitlines()[0]
    run = load_run(folder)
    assert all(
        row.disturbed for row in run.throughput.rows if row.workload == "counter" and "memory" not in row.key
    )
    notes = " ".join(throughput.table(run).notes)
    assert "others took more than 3 % of the CPUs" in notes and "no verdict" in notes
    assert json.loads((folder / "environment.json").read_text())["disturbance"]["measured_again"] > 0


def pool(cores: int, times: list[float], disturbed: set[int]) -> list[Row]:
    return [
        made_row(f"day/threads/cores:{cores}/workers:4", ms, index, disturbed=float(index in disturbed))
        for index, ms in enumerate(times)
    ]


def test_a_gain_does_without_its_disturbed_repetitions() -> None:
    rows = pool(1, [20.0] * 7, set()) + pool(2, [10, 10, 10, 10, 10, 20, 20], {5, 6})
    gain = gains.parallel(Measurements(rows), "day", "threads", 4, 2)
    assert gain.spread is not None and gain.spread.high == pytest.approx(2) and gain.spread.count == 5
    assert not gain.disturbed


def test_a_gain_of_disturbed_runs_alone_is_no_verdict() -> None:
    rows = pool(1, [20.0] * 7, set()) + pool(2, [20.0] * 7, set(range(7)))
    gain = gains.parallel(Measurements(rows), "day", "threads", 4, 2)
    assert gain.spread is not None and not gain.spread.is_interval
    assert gain.disturbed and gain.mark == "*" and not gain.sound


def test_one_process_has_no_interval_to_print() -> None:
    rows = pool(1, [20.0], set()) + pool(2, [10.0], set())
    gain = gains.parallel(Measurements(rows), "day", "threads", 4, 2)
    assert throughput.gain_text(gain) == "2.00" and not gain.sound


def test_a_gain_above_the_ideal_is_marked_and_no_headline() -> None:
    ideals = [
        made_row("ideal/processes/cores:2/workers:2", repetition=i, ideal_speedup=1.9 + i / 100)
        for i in range(7)
    ]
    rows = pool(1, [23.0] * 7, set()) + pool(2, [10.0] * 7, set())
    gain = gains.parallel(Measurements(rows + ideals), "day", "threads", 4, 2)
    assert gain.above_ideal and gain.mark == "^" and not gain.sound
    within = gains.parallel(
        Measurements(pool(1, [19.0] * 7, set()) + pool(2, [10.0] * 7, set()) + ideals), "day", "threads", 4, 2
    )
    assert within.sound and within.mark == ""


def test_rows_on_fewer_workers_enter_no_gain_and_are_shown() -> None:
    rows = [
        made_row(
            f"day/tbb/cores:{cores}/workers:256",
            20.0 / cores,
            index,
            fewer_workers=1.0,
            effective_workers=190.0,
        )
        for cores in (1, 2)
        for index in range(7)
    ]
    measured = Measurements(rows)
    gain = gains.parallel(measured, "day", "tbb", 256, 2)
    assert gain.spread is None and gain.withheld == "ran on fewer workers than asked"
    found = worker_counts.best_figure(measured, "day", "tbb", 2, closed.tasks_per_second)
    assert found is not None and found.workers_text == "256!"
    assert throughput.fewer_workers_notes(measured) == [
        "ran on fewer workers than asked, and enters no gain: day/tbb on 1 (190 of 256), day/tbb on 2 (190 of 256)."
    ]
