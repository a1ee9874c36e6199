"""The self-check: what it records, what it replays, and what it says of a gate that is good and of one that is not."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from regress_support import ROW, Repository, noise, run

from bookstore.gate import replay
from bookstore.gate import selfcheck
from bookstore.gate import selfcheck_report
from bookstore.gate.driver import Trial
from bookstore.gate.instructions import Count
from bookstore.gate.replay import Levels, Pool, Rates


def pool(shift: float, spread: float, size: int, seed: int, seconds: float = 0.5) -> Pool:
    order = np.random.default_rng(seed)
    return Pool(shift + spread * order.standard_normal(size), spread * order.standard_normal(size), seconds)


def levels(spread: float, planted: float, rows: int = 3) -> Levels:
    names = [f"row/{number}" for number in range(rows)]
    return {
        level: {name: pool(level, spread, 200, 10 * index + number) for number, name in enumerate(names)}
        for index, level in enumerate((0.0, planted))
    }


def test_a_pool_is_drawn_by_blocks_of_neighbours() -> None:
    values = np.arange(20.0)
    drawn = Pool(values, -values, 1.0).draw(40, random.Random(1))
    assert drawn.new.size == 40 and (drawn.null == -drawn.new).all()
    for start in range(0, 40, replay.block):
        each = drawn.new[start : start + replay.block]
        assert each[0] % replay.block == 0 and (np.diff(each) == 1).all()
    assert np.unique(drawn.new).size > replay.block


def test_quiet_rows_are_decided_rightly() -> None:
    made = levels(0.005, 0.05)
    null = replay.play(made, 0.0, 150, random.Random(1))
    assert (null.played, null.false_alarms, null.void, null.exit_codes) == (150, 0, 0, {0: 150})
    found = replay.play(made, 0.05, 150, random.Random(1))
    assert found.tries == found.found == found.in_time == {f"row/{number}": 50 for number in range(3)}
    assert found.false_alarms == 0
    assert found.seconds["row/0"] == pytest.approx(50 * 0.5 * 40)  # one look of 20 and its confirmation
    assert found.real["row/0"] == pytest.approx(0.05, abs=0.002)


def test_what_takes_too_long_does_not_count_as_found_in_time() -> None:
    made = {
        level: {name: Pool(p.new, p.null, 2.0) for name, p in pools.items()}
        for level, pools in levels(0.005, 0.05).items()
    }
    rates = replay.play(made, 0.05, 30, random.Random(1))
    assert sum(rates.found.values()) == 30 and not rates.in_time
    assert not selfcheck_report.reached([replay.play(made, 0.0, 30, random.Random(1)), rates], [])


def test_noise_without_end_is_reported_as_undecided() -> None:
    null = replay.play(levels(0.2, 0.05), 0.0, 60, random.Random(1))
    assert replay.undecided_share(null) > 0.9
    assert not selfcheck_report.reached([null], [])


def test_a_biased_pair_shows_as_false_alarms() -> None:
    made = levels(0.005, 0.05)
    made[0.0]["row/1"] = pool(0.05, 0.005, 200, 99)
    null = replay.play(made, 0.0, 40, random.Random(1))
    assert null.false_alarms == 40
    assert not selfcheck_report.reached([null], [])


def test_a_base_that_differs_from_itself_is_void() -> None:
    made = levels(0.005, 0.05)
    quiet = made[0.0]["row/1"]
    made[0.0]["row/1"] = Pool(quiet.new, quiet.null + 0.05, 0.5)
    null = replay.play(made, 0.0, 40, random.Random(1))
    assert (null.void, null.exit_codes) == (40, {4: 40})


def test_what_must_be_reached() -> None:
    null = Rates(0.0, played=100, exit_codes={0: 95, 3: 5})
    found = Rates(0.05, played=100, tries={"a": 100}, found={"a": 97}, in_time={"a": 96})
    slower, equal = Count("a", 100, 101, "1 %"), Count("a", 100, 100, "0 %")
    assert selfcheck_report.reached([null, found], [slower, equal])
    assert not selfcheck_report.reached([null, found], [Count("a", 100, 100.1, "1 %"), equal])
    assert not selfcheck_report.reached([null, found], [slower, Count("a", 100, 100.1, "0 %")])
    found.in_time["a"] = 94
    assert not selfcheck_report.reached([null, found], [])
    found.in_time["a"] = 95
    null.exit_codes = {0: 85, 3: 11, 4: 4}
    assert not selfcheck_report.reached([null, found], [])
    null.exit_codes = {0: 100}
    null.false_alarms = 2
    assert not selfcheck_report.reached([null, found], [])


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A repository whose trials are made up: what is planted is what is measured."""
    repository = Repository(tmp_path)
    repository.commit("one")
    small = noise(5)

    def run_trial(base, new, row, *rest):  # type: ignore[no-untyped-def]
        planted = float(new.arguments[1]) if new.arguments else 0.0
        return Trial(planted + small(), small(), 1000.0, 1000.0 * (1 + planted), 10, 0.5)

    monkeypatch.setattr(selfcheck, "run_trial", run_trial)
    monkeypatch.setattr(selfcheck, "comparisons", 40)
    monkeypatch.setattr(selfcheck.instructions, "available", lambda: False)
    return repository


def arguments(repository: Repository, *more: str) -> list[str]:
    return ["--root", str(repository.root), "--build-command", str(repository.build), "--row", ROW, *more]


def trials_file(repository: Repository) -> Path:
    (found,) = (repository.root / "build" / "regress" / "self-check").glob("trials-*.jsonl")
    return found


def test_the_whole_self_check(setting: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments(setting, "--self-check"))
    assert code == 0, err
    assert "200 of 200 at 0 %, 60 of 60 at 3 %, 60 of 60 at 5 %, 40 of 40 at 10 %" in out
    assert "5 % planted (measured +5.1 %) found within 30 s a row | 100.00 %" in out
    assert len(trials_file(setting).read_text().splitlines()) == 360


def test_it_goes_on_where_it_stopped(
    setting: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = selfcheck.run_trial
    left = iter(range(50))

    def interrupted(*given):  # type: ignore[no-untyped-def]
        if next(left, None) is None:
            raise KeyboardInterrupt
        return whole(*given)

    monkeypatch.setattr(selfcheck, "run_trial", interrupted)
    code, _, err = run(capsys, *arguments(setting, "--self-check"))
    assert code == 3 and "the same command goes on" in err
    path = trials_file(setting)
    first = path.read_text()
    assert len(first.splitlines()) == 50
    path.write_text(first + '{"row": "torn')
    monkeypatch.setattr(selfcheck, "run_trial", whole)
    assert run(capsys, *arguments(setting, "--self-check"))[0] == 0
    lines = path.read_text().splitlines()
    assert "\n".join(lines[:50]) + "\n" == first and len(lines) == 360
    counts = [json.loads(line)["planted"] for line in lines]
    assert {level: counts.count(level) for level in set(counts)} == selfcheck.targets


def test_a_spoilt_recording_is_refused(setting: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, *arguments(setting, "--self-check"))
    path = trials_file(setting)
    path.write_text('{"row": 1}\n' + path.read_text())
    code, _, err = run(capsys, *arguments(setting, "--self-check"))
    assert code == 2 and str(path) in err.splitlines()[-1]


def test_live_comparisons_are_tallied(setting: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments(setting, "--live", "2"))
    assert code == 0 and "2 live comparisons with 0 % planted" in out, err
    assert "nothing slower: 2 " in out
    out = run(capsys, *arguments(setting, "--live", "1"))[1]
    assert "3 live comparisons with 0 % planted" in out
    out = run(capsys, *arguments(setting, "--live", "1", "--plant", "0.05"))[1]
    assert "1 live comparisons with 5 % planted" in out and "regressed: 1 " in out
