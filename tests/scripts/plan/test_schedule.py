from dataclasses import replace

from bookstore.plan import schedule
from bookstore.plan.machine import Spec
from bookstore.plan.schedule import PLAIN_SHARE, Costs, Process, fit_budget, plan

GAIN = [Spec("day", backend, cores, 1, (), 7, True) for backend in ("a", "b", "c") for cores in (1, 2)]
PLAIN = [Spec("day", backend, 1, 4, (), 3, False) for backend in ("a", "b", "c")]
MEMORY = [Spec("day", "a", 2, 64, (), 3)]
TIMELINE = [Spec("day", "a", 2, 4)]


def planned(seed: int = 1) -> list[Process]:
    return plan([*GAIN, *PLAIN], MEMORY, TIMELINE, [1, 2], seed)


def test_every_row_runs_once_in_each_of_its_repetitions() -> None:
    for spec in [*GAIN, *PLAIN]:
        runs = [p.repetition for p in planned() if p.kind == schedule.TIMED and spec in p.rows]
        assert runs == list(range(spec.repetitions))


def test_a_process_has_one_backend_and_one_core_count() -> None:
    for process in planned():
        assert all((row.backend, row.cores) == (process.backend, process.cores) for row in process.rows)


def test_repetitions_follow_each_other_and_the_timeline_comes_last() -> None:
    processes = planned()
    timed = [process.repetition for process in processes if process.kind != schedule.TIMELINE]
    assert timed == sorted(timed)
    assert processes[-1].kind == schedule.TIMELINE


def test_the_ideal_and_memory_take_part_in_the_rounds() -> None:
    ideals = [process for process in planned() if process.kind == schedule.IDEAL]
    assert [(process.repetition, process.cores) for process in ideals] == [(index, 2) for index in range(7)]
    memory = [process for process in planned() if process.kind == schedule.MEMORY]
    assert [process.repetition for process in memory] == [0, 1, 2]
    assert all(len(process.rows) == 1 for process in memory)


def test_the_order_is_random_but_seeded() -> None:
    assert planned(1) == planned(1)
    assert planned(1) != planned(2)
    assert sorted(p.id for p in planned(1)) == sorted(p.id for p in planned(2))
    orders = {tuple(p.id[1:] for p in planned() if p.repetition == index) for index in (3, 4, 5, 6)}
    assert len(orders) > 1


def test_ids_are_unique() -> None:
    ids = [process.id for process in planned()]
    assert len(ids) == len(set(ids))


def test_arguments() -> None:
    rows = Process(schedule.TIMED, "a", 1, 0, (GAIN[0], PLAIN[0])).arguments("out.json")
    assert rows[:4] == ["--row", "day/a/cores:1/workers:1", "--row", "day/a/cores:1/workers:4"]
    assert rows[4:6] == ["--rotate", "0"]
    assert "--benchmark_out=out.json" in rows
    ideal = Process(schedule.IDEAL, "processes", 2, 0, cpu_speed=1.5).arguments("x")
    assert ideal[:3] == ["--ideal", "--cores", "2"] and "--cpu-speed" not in ideal
    assert "--memory" in Process(schedule.MEMORY, "a", 2, 0, (MEMORY[0],)).arguments("x")
    again = Process(schedule.TIMED, "a", 1, 3, (GAIN[0],)).arguments("x")
    assert again[again.index("--rotate") + 1] == "3", "each repetition takes other CPUs"
    timeline = Process(schedule.TIMELINE, "a", 2, 0, (TIMELINE[0],)).arguments("t.json")
    assert timeline[-2:] == ["--timeline", "t.json"] and not any("benchmark_out" in part for part in timeline)


def known_costs(seconds_per_row: float) -> Costs:
    costs = Costs()
    for process in planned():
        costs.learn(process, seconds_per_row * process.measured_rows)
    return costs


def test_costs_are_learnt_by_kind() -> None:
    costs = Costs()
    slow, fast = Process(schedule.TIMED, "a", 1, 0, (GAIN[0], PLAIN[0])), Process(schedule.IDEAL, "x", 2, 0)
    costs.learn(slow, 4.0)
    costs.learn(fast, 1.0)
    assert costs.estimate(slow) == 4.0
    assert costs.estimate(fast) == 1.0
    assert costs.estimate(Process(schedule.TIMED, "new", 1, 0, (GAIN[0],))) == 1.5


def test_a_wide_budget_drops_nothing() -> None:
    left, dropped = fit_budget(planned(), known_costs(1.0), 1000.0, 3)
    assert left == planned() and not dropped


def test_a_tight_budget_drops_late_repetitions_of_plain_rows_first() -> None:
    everything = known_costs(1.0).total(planned())
    left, dropped = fit_budget(planned(), known_costs(1.0), (everything - 4) / PLAIN_SHARE, 3)
    assert dropped == {"runs of rows that carry no gain": 3, "runs that measure memory": 1}
    assert not [p for p in left if p.repetition == 2 and any(not spec.gain for spec in p.rows)]
    assert [p for p in left if p.repetition == 1 and any(not spec.gain for spec in p.rows)]
    assert sum(spec in p.rows for spec in GAIN for p in left) == 7 * len(GAIN)


def test_no_more_plain_rows_are_dropped_than_must_be() -> None:
    costs = known_costs(1.0)
    for excess in (1, 2, 3, 4, 5, 6):
        seconds = (costs.total(planned()) - excess) / PLAIN_SHARE
        left, dropped = fit_budget(planned(), costs, seconds, 3)
        assert sum(dropped.values()) == excess
        assert costs.total(left) == costs.total(planned()) - excess


def test_a_fast_cpu_is_told_to_the_binary() -> None:
    usual = Process(schedule.TIMED, "a", 1, 0, (GAIN[0],))
    assert "--cpu-speed" not in usual.arguments("x")
    fast = replace(usual, cpu_speed=1.5).arguments("x")
    assert fast[fast.index("--cpu-speed") + 1] == "1.5"


def test_a_hopeless_budget_keeps_the_asked_repetitions_of_gains_and_one_of_the_rest() -> None:
    left, dropped = fit_budget(planned(), known_costs(1.0), 0.0, 3)
    assert max(process.repetition for process in left) == 2
    assert {p.repetition for p in left if any(not s.gain for s in p.rows) and p.kind == schedule.TIMED} == {0}
    assert dropped["runs of rows that carry a gain"] == 4 * len(GAIN)
    assert left[-1].kind == schedule.TIMELINE
