"""scripts/advise as it is called, with stand-ins for both binaries; and what it tells from a run."""

import math
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bookstore.cli.advise import PROGRAM, main, parser, wish_of
from bookstore.data.results import Results, Run
from bookstore.data.service import Setting, Shape, Wish, steps_of
from bookstore.findings import reach
from bookstore.findings.reach import LIKELY, UNLIKELY, UNTOLD, Reached
from bookstore.report import advice as report
from bookstore.report.tables import WIDTH
from bookstore.terminal.errors import guarded
from conftest import FAKE, is_one_line, made_row, run_module

FAKE_LATENCY = FAKE.with_name("fake_bench_latency.py")
BINARIES = ["--binary", FAKE, "--latency-binary", FAKE_LATENCY]
ASKED = ["--cpu", "20us", "--wait", "1ms", "--rate", "8000", "--p99", "5ms"]
# So long that whatever the stand-ins take, nothing is dropped.
SHORT = [*ASKED, *BINARIES, "--seconds", "600", "--cores", "1", "--backends", "sequential,threads,event_loop"]


def advise(*arguments: object, **extra: str) -> tuple[int, str, str]:
    done = run_module("cli.advise", arguments, **extra)
    return done.returncode, done.stdout, done.stderr


def table(text: str) -> list[list[str]]:
    """The cells of the lines between the heads and the notes."""
    lines = text.split("verdict")[1].split("\n  ")[0].split("\n")[1:]
    return [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines if line]


def test_it_measures_and_answers() -> None:
    code, out, err = advise(*SHORT)
    assert code == 0, err
    rows = table(out)
    assert out.startswith(
        "event_loop with 1 worker on 1 core serves 8,000/s of 20us+1ms with p99 of the delay within"
    )
    # The stand-in's CPU: 28 us and 5 of the loop's own, or 10 of a thread's, a task.
    assert [row[:5] for row in rows][:1] == [["holds", "event_loop", "1", "1", "0.264"]]
    assert {tuple(row[1:4]) for row in rows} == {
        ("event_loop", "1", "1"),
        ("threads", "16", "1"),
        ("threads", "32", "1"),
    }
    assert all(row[0] == "holds" and math.isfinite(float(row[5])) and row[-1].endswith("x") for row in rows)
    assert "7 fresh processes each" in " ".join(out.split()) and "at least 98.4 %" in out
    assert "ruled out: sequential, at most 980/s" in out
    assert max(map(len, out.split("\n"))) <= WIDTH and "Traceback" not in err


def test_what_the_machine_does_not_give_costs_the_others_nothing() -> None:
    code, out, _ = advise(*SHORT, FAKE_LIMIT="20")
    assert code == 0 and "the machine's limit was reached" in out
    assert [row[0] for row in table(out) if row[2] == "32"] == ["looked at once"]


def test_several_steps_and_a_spread_reach_the_binaries() -> None:
    asked = ["--steps", "20us+1000us,5us", "--spread", "exponential", "--rate", "900", "--p99", "5ms"]
    code, out, err = advise(*asked, *BINARIES, "--cores", "1", "--backends", "event_loop")
    assert code == 0, err
    assert "serves 900/s of 20us+1ms,5us exponential" in out


def test_a_limit_that_nobody_holds_is_an_answer() -> None:
    code, out, err = advise(*SHORT[:7], "25us", *SHORT[8:])
    assert code == 0, err
    assert out.startswith("Nothing that was measured serves") and "holds" not in {
        row[0] for row in table(out)
    }


def test_what_arithmetic_rules_out_is_not_measured() -> None:
    code, out, _ = advise("--cpu", "2ms", "--rate", "600", "--p99", "5ms", *BINARIES, "--cores", "1")
    assert (
        code == 0
        and "the work alone is 1.20 CPU-seconds a second" in " ".join(out.split())
        and "verdict" not in out
    )


def test_a_wrong_rate_is_a_wrong_result() -> None:
    code, out, err = advise(*SHORT, FAKE_IGNORE_RATE="1")
    assert code == 1 and not out and "was asked for" in err.split("\n")[-2]


REST = ["--rate", "8000", "--p99", "5ms"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (REST, "give --cpu"),
        (["--cpu", "0us", *REST], "--cpu"),
        (["--cpu=-5us", *REST], "--cpu"),
        (["--cpu", "20", *REST], "ns, us, ms or s"),
        (["--cpu", "1e300us", *REST], "--cpu"),
        (["--cpu", "nan", *REST], "--cpu"),
        (["--cpu", "2s", *REST], "1ns to 1s"),
        (["--cpu", "20us", "--wait", "61s", *REST], "--wait"),
        (["--cpu", "20us", "--steps", "20us", *REST], "leave out --cpu"),
        (["--steps", "20us+1ms,", *REST], "CPU time of a step"),
        (["--cpu", "20us", "--spread", "normal", *REST], "--spread"),
        (["--cpu", "20us", "--p99", "5ms"], "--rate"),
        (["--cpu", "20us", "--rate", "8000"], "--p99"),
        *(
            (["--cpu", "20us", "--rate", rate, "--p99", "5ms"], "--rate")
            for rate in ("0", "nan", "inf", "1e300", "9e6", "x")
        ),
        (["--cpu", "20us", "--rate=-1", "--p99", "5ms"], "--rate"),
        (["--cpu", "20us", "--rate", "99999999", "--p99", "5ms"], "up to 10,000,000"),
        (["--cpu", "20us", "--rate", "1", "--p99", "5ms"], "give --seconds 500"),
        (["--cpu", "20us", "--rate", "0.001", "--p99", "5ms"], "give --from RUN"),
        (["--cpu", "20us", "--rate", "8000", "--p99", "0us"], "--p99"),
        (["--cpu", "20us", "--rate", "8000", "--p99", "5"], "--p99"),
        (["--cpu", "20us", *REST, "--seconds", "1"], "from 5"),
        (["--cpu", "20us", *REST, "--seconds", "nan"], "--seconds"),
        (["--cpu", "20us", *REST, "--cores", "0"], "--cores"),
        (["--cpu", "20us", *REST, "--from", "here", "--seconds", "30"], "leave out --seconds"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], complaint: str) -> None:
    code, out, err = advise("--check-arguments", *arguments)
    assert (
        code == 2 and not out and is_one_line(err) and complaint in err and err.startswith("scripts/advise: ")
    )


@pytest.mark.parametrize("name", ["nosuch", "no-name"])
def test_an_unknown_backend_is_refused(name: str) -> None:
    code, out, err = advise(*ASKED, *BINARIES, "--backends", name)
    assert code == 2 and not out and is_one_line(err) and name in err


def test_no_wait_is_said_in_two_ways() -> None:
    shapes = {
        wish_of(parser().parse_args(["--cpu", "20us", *wait, *REST])).shape
        for wait in ([], ["--wait", "0"], ["--wait", "0ms"])
    }
    assert shapes == {Shape(steps_of("20us"))}


# From a run: work 10 us and 500 us of waits a task; the loop adds 2 us of CPU, a thread 10.


def closed(backend: str, workers: int, rate: float, cpu_us: float, **counters: float) -> list[object]:
    name = f"counter/{backend}/cores:1/workers:{workers}"
    tasks = 1000.0
    return [
        made_row(
            name, ms=1000 * tasks / rate, repetition=each, cpu_us_per_task=cpu_us, tasks=tasks, **counters
        )
        for each in range(3)
    ]


def opened(backend: str, workers: int, rate: float, p99_us: float, **counters: float) -> list[object]:
    name = f"counter/{backend}/cores:1/workers:{workers}/rate:{rate:g}/duration:1"
    beside = {"valid": 1.0, "overload": 0.0, "asked_waits_us": 500.0, "delay_p50_us": 1.0, **counters}
    return [made_row(name, repetition=each, delay_p99_us=p99_us, **beside) for each in range(3)]


def made_run(latency: bool = True) -> Run:
    rows = [
        *closed("sequential", 1, 1e6 / 510, 30, work_us_per_task=10.0, longest_wait_ms=0.5),
        *closed("event_loop", 1, 1e6 / 12.5, 12),  # 80,000/s, 0.96 of a core
        *closed("threads", 64, 1e6 / 20, 20),
        *closed("threads", 4, 4e6 / 520, 20),
        *[made_row("day/event_loop/cores:1/workers:1", peak_memory_bytes=3e6)],
    ]
    open_rows = [
        *opened("event_loop", 1, 8_000, 100),
        *opened("event_loop", 1, 40_000, 200),
        *opened("event_loop", 1, 72_000, 900),
        *opened("threads", 64, 5_000, 300),
    ]
    results = Results(Path("throughput.json"), {}, rows)  # type: ignore[arg-type]
    other = Results(Path("latency.json"), {}, open_rows) if latency else None  # type: ignore[arg-type]
    return Run(Path("made"), {}, results, None, other)


def basis_of(run: Run, shape: Shape) -> reach.Basis:
    found = reach.nearest(reach.bases_of(run), shape)
    assert found is not None
    return found


def told(
    rate: float, steps: str = "22us+1ms", limit_ms: float = 5, run: Run | None = None
) -> dict[Setting, Reached]:
    wish = Wish(Shape(steps_of(steps)), rate, limit_ms * 1e-3)
    return {each.setting: each for each in reach.reached(wish, basis_of(run or made_run(), wish.shape))}


LOOP, THREADS = Setting("event_loop", 1, 1), Setting("threads", 1, 64)


def test_costs_and_capacity_are_told_from_those_of_other_tasks() -> None:
    found = told(8_000)
    assert found[LOOP].cpu_per_task == pytest.approx(24e-6) and found[THREADS].cpu_per_task == pytest.approx(
        32e-6
    )
    assert found[LOOP].capacity == pytest.approx(0.96 / 24e-6)
    assert found[THREADS].capacity == pytest.approx(1 / 32e-6)  # its workers would allow 64 / 1.032 ms
    assert found[LOOP].memory == 3e6 and math.isnan(found[THREADS].memory)
    # 8,000 of 40,000: told at 40,000 of 80,000, above; a task costs twice as much.
    assert found[LOOP].p99 == pytest.approx(400e-6)
    assert found[LOOP].verdict == LIKELY


def test_workers_that_wait_with_their_tasks_are_a_ceiling() -> None:
    found = told(8_000, "22us+20ms")
    assert found[THREADS].capacity == pytest.approx(64 / 20.032e-3) and found[THREADS].verdict == UNLIKELY
    assert found[LOOP].verdict == LIKELY  # its tasks wait alone


def test_a_wait_more_costs_once_more() -> None:
    assert told(8_000, "10us+1ms,12us+1ms")[LOOP].cpu_per_task == pytest.approx(26e-6)


@pytest.mark.parametrize(
    ("rate", "limit_ms", "verdict"),
    [
        (8_000, 0.39, UNLIKELY),
        (35_000, 5, LIKELY),
        (35_000, 1, UNLIKELY),
        (39_000, 5, UNTOLD),
        (41_000, 5, UNLIKELY),
    ],
)
def test_what_is_told_of_a_delay(rate: float, limit_ms: float, verdict: str) -> None:
    assert told(rate, limit_ms=limit_ms)[LOOP].verdict == verdict


def test_a_run_without_delays_tells_costs_alone() -> None:
    found = told(8_000, run=made_run(latency=False))
    assert found[LOOP].verdict == UNTOLD and math.isnan(found[LOOP].p99)
    assert found[LOOP].cpu_per_task == pytest.approx(24e-6)


def test_of_each_backend_the_best_worker_count_is_shown() -> None:
    assert [each.workers for each in told(3_000) if each.backend == "threads"] == [64]


def test_how_far_it_reached_is_said_and_no_interval_is() -> None:
    run = made_run()
    wish = Wish(Shape(steps_of("22us+1ms")), 8_000, 5e-3)
    basis = basis_of(run, wish.shape)
    text = report.from_run(wish, reach.reached(wish, basis), basis, "made")
    said = " ".join(text.split())
    assert said.startswith("event_loop with 1 worker on 1 core should serve 8,000/s of 22us+1ms")
    assert "CPU 10 us where 22 us is asked (2.2 times), wait 500 us where 1 ms is asked (2.0 times)" in said
    assert "about 400 us" in text and "[" not in text and max(map(len, text.split("\n"))) <= WIDTH


def test_from_a_run_that_was_measured(run_folder: Path) -> None:
    code, out, err = advise(*ASKED, "--from", run_folder)
    assert code == 3 and not err  # smoke by the stand-in has closed rows alone
    assert "cannot be told" in out and "cannot be told" not in out.split("\n")[0]
    code, out, err = advise(*ASKED, "--from", run_folder, "--backends", "nosuch")
    assert code == 2 and is_one_line(err)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    code, out, err = advise(*ASKED, "--from", tmp_path / "none")
    assert code == 2 and not out and is_one_line(err)
    empty = replace(made_run(), throughput=Results(Path("throughput.json"), {}, []))
    assert reach.nearest(reach.bases_of(empty), Shape(steps_of("20us"))) is None
