"""Driven processes: the protocol, and every way in which a process can fail."""

import math
import os
import random
import time
from pathlib import Path

import pytest
from regress_support import ROW, make_fake, refused, run

from bookstore.gate.driver import Build, Driven, Limits, probe, run_trial

QUICK = Limits(ready=10.0, answer=10.0, trial=0.001, least_rounds=3)


def test_a_trial_compares_medians_of_rounds(tmp_path: Path) -> None:
    base = Build(make_fake(tmp_path / "base"), "base")
    new = Build(make_fake(tmp_path / "new", factor=1.25), "new")
    trial = run_trial(base, new, ROW, QUICK, random.Random(1))
    assert trial.new == pytest.approx(math.log(1.25)) and trial.null == pytest.approx(0.0)
    assert trial.rounds >= 3 and trial.new_ns == pytest.approx(1.25 * trial.base_ns)


def test_arguments_reach_one_side_only(tmp_path: Path) -> None:
    fake = make_fake(tmp_path / "fake")
    slow = Build(fake, "new", ("--plant-slowdown", "0.05"))
    trial = run_trial(Build(fake, "base"), slow, ROW, QUICK, random.Random(1))
    assert trial.new == pytest.approx(math.log(1.05)) and trial.null == pytest.approx(0.0)


def test_the_row_is_learnt_in_full(tmp_path: Path) -> None:
    ready = probe(Build(make_fake(tmp_path / "fake", tasks=7, digest="ab"), "new"), ROW, QUICK)
    assert (ready.row, ready.digest) == (ROW + "/tasks:7", "ab")


def test_no_process_stays_behind(tmp_path: Path) -> None:
    build = Build(make_fake(tmp_path / "fake", mode="hang"), "new")
    driven = Driven(build, ROW, Limits(ready=10.0, answer=0.2))
    driven.ready()
    pid = driven._process.pid
    with pytest.raises(Exception, match="did not answer within 0.2 s"):
        driven.run()
    driven.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("hang", ["did not answer within 1 s"]),
        ("hang_at_start", ["did not answer within 1 s"]),
        ("crash", ["ended by SIGSEGV"]),
        ("crash_at_start", ["ended by SIGSEGV"]),
        ("garbage", ["answered 'Segmentation fault'"]),
        ("no_ready", ["answered 'Running bench'"]),
        ("list", ["answered '[1]'"]),
        ("text", ["fast"]),
        ("nan", ["NaN"]),
        ("zero", ["0"]),
        ("quits", ["ended with 0"]),
    ],
)
def test_a_binary_that_fails_is_named_in_one_line(
    tmp_path: Path, mode: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    begin = time.monotonic()
    good, bad = make_fake(tmp_path / "good"), make_fake(tmp_path / "bad", mode=mode)
    common = ["--row", ROW, "--trial-seconds", "0.001", "--answer-seconds", "1"]
    refused(
        run(capsys, "--base-binary", good, "--new-binary", bad, "--time-only", *common),
        "--new-binary",
        ROW,
        *words
    )
    assert time.monotonic() - begin < 30


def test_a_wrong_result_is_no_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = make_fake(tmp_path / "good"), make_fake(tmp_path / "bad", mode="wrong")
    code, out, err = run(capsys, "--base-binary", good, "--new-binary", bad, "--row", ROW, "--time-only")
    assert (code, out) == (1, "")
    assert "wrong result" in err.splitlines()[-1]
