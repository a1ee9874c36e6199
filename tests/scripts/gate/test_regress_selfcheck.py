"""The self-check: what it records, what it replays, and what it says of a gate that is good and of one that is not."""

import json
import math
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
from bookstore.gate.replay import Levels, Play, Pool, Rates
from bookstore.gate.rule import Rule, short_processes


def pool(shift: float, spread: float, size: int, seed: int, seconds: float = 0.5) -> Pool:
    order = np.random.default_rng(seed)
    return Pool(shift + spread * order.standard_normal(size), spread * order.standard_normal(size), seconds)


def levels(spread: float, planted: float, rows: int = 3) -> Levels:
    names = [f"row/{number}" for number in range(rows)]
    return {
        level: {name: pool(level, spread, 200, 10 * index + number) for number, name in enumerate(names)}
        for index, level in enumerate((0.0, planted))
    }


def null_of(made: Levels, budget: float = 300.0) -> Rates:
    return replay.play_level(made, 0.0, budget, Rule(), 1)


@pytest.fixture(autouse=True)
def few_plays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "samples", 10)
    monkeypatch.setattr(replay, "plays", 6)
    monkeypatch.setattr(replay, "tries", 40)


def test_a_pool_is_drawn_by_blocks_of_neighbours() -> None:
    values = np.arange(20.0)
    drawn = Pool(values, -values, 1.0).indices(40, random.Random(1))
    assert drawn.size == 40
    for start in range(0, 40, replay.block):
        each = drawn[start : start + replay.block]
        assert each[0] % replay.block == 0 and (np.diff(each) == 1).all()
    assert np.unique(drawn).size > replay.block
    again = Pool(values, -values, 1.0).redrawn(random.Random(2))
    assert again.size == 20 and (again.null == -again.new).all()


def test_trials_are_played_in_the_order_in_which_they_were_drawn() -> None:
    played = replay.Played({"a": Pool(np.arange(20.0), np.zeros(20), 0.5)}, random.Random(1))
    values = [played.trial("a").new for _ in range(20)]
    assert all(values[i + 1] == values[i] + 1 for i in range(20) if i % 5 != 4)
    assert played.clock() == 10.0


def test_quiet_rows_are_decided_rightly() -> None:
    made = levels(0.005, 0.05)
    null = null_of(made)
    assert {one.exit_code for one in null.plays} == {0} and len(null.plays) == 60
    none = null.share(lambda one: one.false_alarm)
    assert (none.value, none.low) == (0.0, 0.0) and none.high == pytest.approx(1 - 0.025 ** (1 / 60))
    found = replay.play_level(made, 0.05, 300.0, Rule(), 1)
    assert all(one.found and not one.false_alarm for one in found.plays)
    assert [one.victim for one in found.plays].count("row/1") == 20
    assert found.seconds("row/0") == pytest.approx(0.5 * 40)  # one look of 20 and its confirmation
    assert found.real["row/0"] == pytest.approx(0.05, abs=0.002)
    assert selfcheck_report.found(found).value == 1.0


def test_what_takes_too_long_does_not_count_as_found_in_time() -> None:
    made = {
        level: {name: Pool(p.new, p.null, 2.0) for name, p in pools.items()}
        for level, pools in levels(0.005, 0.05).items()
    }
    rates = replay.play_level(made, 0.05, 300.0, Rule(), 1)
    assert all(one.found for one in rates.plays) and selfcheck_report.found(rates).value == 0.0
    assert not selfcheck_report.reached([null_of(made), rates], [])


def test_noise_without_end_is_reported_as_undecided() -> None:
    null = null_of(levels(0.2, 0.05))
    assert null.share(selfcheck_report.undecided).value > 0.9
    assert not selfcheck_report.reached([null], [])


def test_a_biased_pair_shows_as_false_alarms() -> None:
    made = levels(0.005, 0.05)
    made[0.0]["row/1"] = pool(0.05, 0.005, 200, 99)
    null = null_of(made)
    assert null.share(lambda one: one.false_alarm).value == 1.0
    assert null.share(lambda one: "row/0" in one.reds).value == 0.0
    assert not selfcheck_report.reached([null], [])


def test_a_base_that_differs_from_itself_is_void() -> None:
    made = levels(0.005, 0.05)
    quiet = made[0.0]["row/1"]
    made[0.0]["row/1"] = Pool(quiet.new, quiet.null + 0.05, 0.5)
    assert all(one.void and not one.reds for one in null_of(made).plays)


def test_intervals_are_of_comparisons_not_of_trials() -> None:
    """A third of the trials far off: the rate hangs on how many of them a pool holds, and the interval says so."""
    order = np.random.default_rng(3)
    far = np.where(order.random(40) < 0.36, 0.1, 0.0)
    made = {0.0: {"a": Pool(far, np.zeros(40), 0.5)}}
    share = null_of(made).share(lambda one: "a" in one.undecided)
    assert share.low < share.value < share.high and share.high - share.low > 0.1


def test_the_smallest_change_that_is_found_grows_with_the_noise() -> None:
    pools = {f"row/{spread}": pool(0.0, spread, 200, 5) for spread in (0.002, 0.02, 0.1)}
    found = replay.smallest_found(pools, 300.0, short_processes, 1)
    small, middle, large = (found[row] or 99.0 for row in pools)
    assert 0.018 < small < 0.025 and 1.15 * small < middle < 0.06 and 1.5 * middle < large < 0.4
    assert replay.smallest_found({"a": pool(0.0, 5.0, 200, 5)}, 300.0, short_processes, 1) == {"a": None}
    # A budget that reaches no look finds nothing, however large.
    assert replay.smallest_found({"a": pool(0.0, 0.002, 200, 5)}, 4.0, short_processes, 1) == {"a": None}


def test_what_a_row_finds_alone_is_what_it_finds_among_others() -> None:
    pools = {f"row/{number}": pool(0.0, 0.03, 200, number) for number in range(4)}
    change = replay.smallest_found(pools, 120.0, short_processes, 1)["row/2"]
    assert change is not None
    slowed = pools | {"row/2": pools["row/2"].slowed(math.log1p(change))}
    order = random.Random(2)
    found = [replay.play(slowed, 120.0, order, short_processes, "row/2").found for _ in range(100)]
    assert sum(found) >= 85  # 95 less four standard errors of either estimate


def played(*codes: int, **more: object) -> list[Play]:
    return [Play(code, frozenset(), frozenset(), **more) for code in codes]  # type: ignore[arg-type]


def test_what_must_be_reached() -> None:
    def found(share: int, seconds: float = 1.0) -> Rates:
        hits = [Play(1, frozenset("a"), frozenset(), "a", seconds)] * share
        misses = [Play(0, frozenset(), frozenset(), "a", seconds)] * (100 - share)
        return Rates(0.05, [hits, misses])

    null = Rates(0.0, [played(*[0] * 95), played(*[3] * 5)])
    slower, equal = Count("a", 100, 101, "1 %"), Count("a", 100, 100, "0 %")
    assert selfcheck_report.reached([null, found(96)], [slower, equal])
    assert not selfcheck_report.reached([null, found(96)], [Count("a", 100, 100.1, "1 %"), equal])
    assert not selfcheck_report.reached([null, found(96)], [slower, Count("a", 100, 100.1, "0 %")])
    assert not selfcheck_report.reached([null, found(94)], [])
    assert not selfcheck_report.reached([null, found(96, seconds=31.0)], [])
    assert not selfcheck_report.reached([Rates(0.0, [played(*[0] * 85), played(*[3] * 11, *[4] * 4)])], [])
    alarms = [Play(1, frozenset("a"), frozenset())] * 2
    assert not selfcheck_report.reached([Rates(0.0, [played(*[0] * 98), alarms])], [])


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
