"""What a part of a run has time for, what it leaves out, and what it says of that; nothing is started."""

from dataclasses import replace
from pathlib import Path

import pytest

from bookstore.measure import binary, runner
from bookstore.measure.folder import Plan, RunFolder
from bookstore.measure.merge import Finished
from bookstore.plan import latency_schedule, schedule
from bookstore.plan.machine import Spec
from bookstore.terminal.errors import InputError
from bookstore.terminal.progress import Progress

NOTHING_RUNS = Path("bench_latency")


def small_folder(tmp_path: Path) -> RunFolder:
    plan = Plan("quick", ["threads"], ["counter"], [2], 1, "abc", "box", "now")
    return RunFolder.create(tmp_path / "run", plan)


def test_what_a_plan_leaves_out_already_is_said_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left_out = {"searches for capacity": 14, "other rows": 0}
    part = runner.Part("latency", NOTHING_RUNS, [], 60.0, 1, left_out=left_out)
    measured = runner.run_processes(part, small_folder(tmp_path), Progress())
    assert measured.dropped == {"searches for capacity": 14}
    said = capsys.readouterr().err
    assert "no room for 14 more searches for capacity; left out (--profile full has room)" in said
    assert "other rows" not in said


def test_searches_take_nothing_from_the_budget_of_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seven repetitions of a second fit into seven seconds, whatever comes after them takes."""
    spec = Spec("counter", "threads", 2, 16, (("rate", "8000"), ("duration", "0.5")), 7, gain=True)
    processes = latency_schedule.plan([spec], [spec], 1.5, "", 1)

    def took(executable: Path, folder: RunFolder, process: schedule.Process) -> Finished:
        seconds = 1.0 if process.kind == schedule.OPEN else 100.0
        return Finished(process, seconds, {"benchmarks": []})

    monkeypatch.setattr(runner, "_run", took)
    part = runner.Part("latency", NOTHING_RUNS, processes, 7.0, 1, beside_seconds=20.0)
    measured = runner.run_processes(part, small_folder(tmp_path), Progress())
    assert measured.dropped == {} and len(measured.finished) == 8
    assert runner.account(part, measured)["budget"] == "27 s"
    tight = runner.run_processes(
        replace(part, budget_seconds=5.0), small_folder(tmp_path / "tight"), Progress()
    )
    assert sum(tight.dropped.values()) == 2 and len(tight.finished) == 6


def test_a_search_that_does_not_end_is_left_out_and_a_row_that_does_not_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float] = []

    def never_ends(executable: Path, arguments: object, time_limit: float) -> str:
        limits.append(time_limit)
        raise binary.NotEnded("bench_latency did not end")

    monkeypatch.setattr(binary, "run", never_ends)
    rate = (("rate", "8000"), ("duration", "0.5"))
    spec = Spec("counter", "threads", 2, 16, rate)
    search = latency_schedule.OpenProcess(schedule.CAPACITY, "threads", 2, 0, (spec,), resolution=1.5)
    part = runner.Part("latency", NOTHING_RUNS, [search], 60.0, 1)
    measured = runner.run_processes(part, small_folder(tmp_path), Progress())
    assert not measured.finished and list(measured.dropped.values()) == [1]
    assert limits == [search.time_limit]
    row = latency_schedule.OpenProcess(schedule.OPEN, "threads", 2, 0, (spec,))
    with pytest.raises(InputError, match="did not end"):
        runner.measure(replace(part, processes=[row]), small_folder(tmp_path / "other"), Progress())
