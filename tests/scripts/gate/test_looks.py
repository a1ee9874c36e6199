"""The budget's first part, in virtual time: one look at every row, and what it leaves for the trials."""

import random
from typing import Any

import pytest
from bookstore.gate import looks
from bookstore.gate.foreign import Fate, Unfit
from bookstore.gate.rule import Verdict, short_processes
from bookstore.gate.trials import decide
from test_spending import Machine


class Processes(Machine):
    """Short processes in virtual time: they take as long as they are asked to, and what starting them takes."""

    min_time = looks.look_min_time

    def once(self, side: str, row: str, seconds: float) -> float:
        self.now += 0.01 + looks.per_min_time * self.min_time
        shift = self._shifts.get(row, 0.0) if side == "new" else 0.0
        return 1e-9 * (1 + shift) * (1 + self._order.gauss(0.0, self._spread))

    def run(self, row: str) -> Any:
        self._seconds = 3 * (0.01 + looks.per_min_time * self.min_time)
        return super().run(row)


@pytest.mark.parametrize("seed", range(3))
def test_of_150_rows_one_three_times_slower_is_red_in_five_minutes(seed: int) -> None:
    rows = [f"BM_many/{number}" for number in range(150)]
    machine = Processes(seed, spread=0.04, **{"BM_many/77": 1.1})
    looked = looks.Looks(
        machine.once, {}, 300.0, short_processes, random.Random(seed), clock=machine.clock
    ).take(rows)
    assert not looked.left_out and len(looked.seconds) == 150
    left = 300.0 - machine.now
    machine.min_time = looks.min_time(looked.seconds, left, short_processes)
    seconds = looks.trial_seconds(looked.seconds, machine.min_time)
    outcome = decide(
        rows,
        machine.run,
        machine.run,
        left,
        rule=short_processes,
        order=random.Random(seed),
        clock=machine.clock,
        seconds=seconds,
        hints=looked.hints,
    )
    assert machine.now <= 300.0
    found = {row: one.verdict for row, one in outcome.judgement.rows.items()}
    assert [row for row, verdict in found.items() if verdict is Verdict.REGRESSED] == ["BM_many/77"]
    assert set(outcome.missing) <= {row for row, verdict in found.items() if verdict is Verdict.INCONCLUSIVE}


class Long:
    """A binary in virtual time in which each row takes the seconds of its name."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def once(self, side: str, row: str, seconds: float) -> float:
        takes = float(row)
        self.now += min(takes, seconds)
        if takes > seconds:
            raise Unfit(Fate.LATE, "")
        return 1.0


def look(budget: float, *rows: str) -> tuple[looks.Looked, float]:
    machine = Long()
    names = {"base": "base", "new": "new"}
    taken = looks.Looks(machine.once, names, budget, short_processes, random.Random(1), clock=machine.clock)
    return taken.take(rows), machine.now


def test_a_row_too_long_for_the_budget_is_refused_with_the_one_that_it_takes() -> None:
    found, now = look(300.0, "0.1", "90")
    assert list(found.seconds) == ["0.1"] and found.too_long == ["90"]
    assert found.left_out["90"] == "new takes 1 min 30 s a process; its verdict needs --budget 90m or more"
    assert now == pytest.approx(10.0 + 90.0 + 0.2)


def test_the_longest_row_takes_no_more_than_its_share_of_the_budget() -> None:
    found, now = look(300.0, "0.1", "1000", "2000")
    assert now <= 10.0 + 10.0 + 100.0 + 0.2
    assert "did not end within 1 min 40 s; its verdict needs --budget 100m" in " ".join(
        found.left_out.values()
    )
    assert all("did not end within" in reason for reason in found.left_out.values())


def test_a_row_that_ends_and_is_too_long_nevertheless() -> None:
    # What the looks of the others took is missing for its trials.
    found, _ = look(30.0, "0.9", *(f"0.{number}" for number in range(700, 710)))
    assert "takes 1 s a process; its verdict needs --budget 2m or more" in found.left_out["0.9"]


def test_rows_that_the_budget_did_not_come_to() -> None:
    found, now = look(1.0, *(f"0.02{number}" for number in range(100)))
    assert found.unseen and now <= 1.0 + 0.03
    assert len(found.unseen) + len(found.seconds) + len(found.left_out) == 100
