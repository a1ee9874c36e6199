"""How a budget is spent, in virtual time: where trials go, that the end is kept, and that choosing costs no false alarms."""

import math
import random
from collections.abc import Callable

import pytest

from bookstore.gate import trials as gate
from bookstore.gate.driver import Trial
from bookstore.gate.rule import Rule, Verdict
from bookstore.gate.spending import OutOfTime, RowLost

LOOKS = Rule(looks=(10, 20, 40, 80))


class Machine:
    """Runs trials in virtual time: one takes `seconds`, its log-ratios are normal around `shifts` of its row."""

    def __init__(self, seed: int, seconds: float = 1.0, spread: float = 0.01, **shifts: float) -> None:
        self.now = 0.0
        self.runs: dict[str, int] = {}
        self._order = random.Random(seed)
        self._seconds, self._spread, self._shifts = seconds, spread, shifts

    def clock(self) -> float:
        return self.now

    def run(self, row: str) -> Trial:
        self.now += self._seconds
        self.runs[row] = self.runs.get(row, 0) + 1
        new = self._order.gauss(self._shifts.get(row, 0.0), self._spread)
        return Trial(new, self._order.gauss(0.0, self._spread), 1e3, 1e3 * math.exp(new), 1, self._seconds)


def names(count: int) -> list[str]:
    return [f"row{number}" for number in range(count)]


def decide(
    machine: Machine,
    rows: list[str],
    budget: float,
    run: Callable[[str], Trial] | None = None,
    **more: object,
) -> gate.Outcome:
    given = {
        "rule": LOOKS,
        "seconds": dict.fromkeys(rows, machine._seconds),
        "order": random.Random(7),
    } | more
    return gate.decide(rows, run or machine.run, machine.run, budget, clock=machine.clock, **given)  # type: ignore[arg-type]


def verdicts(outcome: gate.Outcome) -> dict[str, Verdict]:
    return {row: found.verdict for row, found in outcome.judgement.rows.items()}


def test_a_budget_that_is_enough_brings_all_to_a_verdict_and_ends_early() -> None:
    machine = Machine(1)
    outcome = decide(machine, names(8), 1000.0)
    assert set(verdicts(outcome).values()) == {Verdict.SAME}
    assert set(machine.runs.values()) == {10} and machine.now == 80.0
    assert not outcome.missing


def test_a_scarce_budget_goes_to_what_looks_slower_and_confirms_it() -> None:
    machine = Machine(2, spread=0.015, row77=math.log(3))
    outcome = decide(machine, names(150), 900.0)
    assert verdicts(outcome)["row77"] is Verdict.REGRESSED
    assert [row for row, found in outcome.judgement.rows.items() if found.verdict is Verdict.REGRESSED] == [
        "row77"
    ]
    assert (len(outcome.first["row77"]), len(outcome.again["row77"])) == (20, 10)
    # Every row had a few, and nothing was spent in vain: the rest could not reach a look.
    assert min(machine.runs.values()) >= 4 and machine.now <= 900.0
    assert sum(found is not Verdict.INCONCLUSIVE for found in verdicts(outcome).values()) >= 20


@pytest.mark.parametrize("known", [0.5, 0.3])
def test_rows_that_take_longer_than_was_thought_leave_time_for_what_looks_slower(known: float) -> None:
    machine, rows = Machine(2, spread=0.015, row77=math.log(3)), names(150)
    # By what is known all rows reach their looks; in truth there is time for six trials each, which decide nothing.
    outcome = decide(machine, rows, 900.0, seconds=dict.fromkeys(rows, known))
    assert verdicts(outcome)["row77"] is Verdict.REGRESSED
    assert min(machine.runs.values()) >= 4 and machine.now <= 900.0


def test_a_machine_that_slows_down_meanwhile_leaves_time_for_what_looks_slower() -> None:
    machine, rows = Machine(2, spread=0.015, row77=math.log(3)), names(150)

    def run(row: str) -> Trial:
        if machine.now > 700.0:
            machine._seconds = 4.0
        return machine.run(row)

    outcome = decide(machine, rows, 1700.0, run)
    assert verdicts(outcome)["row77"] is Verdict.REGRESSED
    assert machine.now <= 1700.0 + 4.0  # by no more than one trial, whose price could not be known


def test_what_is_not_decided_is_named_with_what_it_lacks() -> None:
    machine = Machine(3)
    outcome = decide(machine, names(150), 700.0)
    open_rows = {row for row, found in verdicts(outcome).items() if found is Verdict.INCONCLUSIVE}
    assert open_rows and set(outcome.missing) == open_rows
    assert all(outcome.missing[row] == 10 - len(outcome.first[row]) for row in open_rows)
    (line,) = [line for line in gate.lines(outcome, {}) if line.key == min(open_rows)]
    assert "of 10 trials" in line.note and "short of its next look" in line.note


def test_hints_come_first_where_not_even_a_few_trials_fit_for_all() -> None:
    machine = Machine(4, row900=math.log(2))
    outcome = decide(machine, names(1000), 100.0, hints={"row900": 0.7})
    assert verdicts(outcome)["row900"] is Verdict.REGRESSED
    assert machine.now <= 100.0 and 0 < min(machine.runs.values())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("budget", [0.5, 3.0, 29.5, 100.0])
def test_the_budget_is_kept(budget: float, seed: int) -> None:
    machine = Machine(seed, seconds=1.0, spread=0.2, row1=0.3)
    decide(machine, names(7), budget)
    assert machine.now <= budget


def test_a_row_too_dear_keeps_none_from_its_turn() -> None:
    machine = Machine(5)
    outcome = decide(
        machine, ["dear", *names(3)], 50.0, seconds={"dear": 30.0} | dict.fromkeys(names(3), 1.0)
    )
    assert [verdicts(outcome)[row] for row in names(3)] == [Verdict.SAME] * 3
    assert not outcome.first["dear"] and outcome.missing["dear"] == 300.0


def test_a_lost_row_says_why_and_the_others_go_on() -> None:
    machine = Machine(6)

    def run(row: str) -> Trial:
        if row == "row1" and machine.runs.get("row1", 0) == 3:
            raise RowLost("was ended by SIGSEGV")
        return machine.run(row)

    outcome = decide(machine, names(3), 1000.0, run)
    assert outcome.lost == {"row1": "was ended by SIGSEGV"}
    assert verdicts(outcome)["row0"] is verdicts(outcome)["row2"] is Verdict.SAME
    assert gate.code(outcome, {}) == 0 and {line.key for line in gate.lines(outcome, {})} == {"row0", "row2"}


def test_a_trial_that_the_end_cut_short_is_none() -> None:
    machine = Machine(7)

    def run(row: str) -> Trial:
        if sum(machine.runs.values()) == 5:
            raise OutOfTime
        return machine.run(row)

    outcome = decide(machine, names(2), 1000.0, run)
    assert sum(map(len, outcome.first.values())) == 5 and not outcome.interrupted


def test_red_that_there_is_no_time_to_confirm_is_not_red() -> None:
    machine = Machine(8, row0=0.5)

    def run(row: str) -> Trial:
        # The looks of a large change keep its confirmation free; but now trials take four times as long.
        machine._seconds = 4.0 if machine.runs.get("row0", 0) >= 10 else 1.0
        return machine.run(row)

    outcome = gate.decide(["row0"], run, run, 25.0, rule=LOOKS, clock=machine.clock, seconds={"row0": 1.0})
    assert verdicts(outcome)["row0"] is Verdict.INCONCLUSIVE
    assert "not confirmed in time (1 of 10 trials)" in outcome.judgement.rows["row0"].note
    assert outcome.missing["row0"] > 0.0


def test_a_large_change_without_time_for_its_confirmation_is_not_begun() -> None:
    machine = Machine(8, row0=0.5)
    outcome = decide(machine, ["row0"], 15.0, seconds={"row0": 0.01})
    assert verdicts(outcome)["row0"] is Verdict.INCONCLUSIVE and machine.now == 4.0
    assert outcome.missing["row0"] == 6.0


def test_a_void_arm_ends_it() -> None:
    machine = Machine(9)

    def run(row: str) -> Trial:
        trial = machine.run(row)
        return Trial(trial.new, trial.null + 0.2, 1e3, 1e3, 1, 1.0) if row == "row0" else trial

    outcome = decide(machine, names(4), 1000.0, run)
    assert outcome.judgement.void == ["row0"] and machine.now == 40.0 and not outcome.missing


@pytest.mark.parametrize("budget", [100.0, 180.0])
def test_choosing_by_size_raises_no_false_alarms(budget: float) -> None:
    """Every row at the edge of the null hypothesis, the least effect taken away: only Holm and the looks hold the level.

    Alarms are counted before their confirmation, which would hide them.
    """
    rule = Rule(looks=LOOKS.looks, least_effect=0.0)
    alarms, count = 0, 150
    for seed in range(count):
        rows = names(20)
        machine = Machine(seed, spread=0.05, **dict.fromkeys(rows, rule.null_margin))
        outcome = decide(machine, rows, budget, rule=rule, order=random.Random(seed))
        alarms += bool(outcome.again)
    assert alarms / count <= rule.alpha + 4 * math.sqrt(rule.alpha * (1 - rule.alpha) / count)
