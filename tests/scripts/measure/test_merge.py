from typing import Any

import pytest

from bookstore.measure.merge import Finished, check, merge, public
from bookstore.plan.machine import Spec
from bookstore.plan.schedule import IDEAL, MEMORY, TIMED, Process
from bookstore.terminal.errors import InputError, WrongResult
from conftest import raw_row

NAME = "counter/threads/cores:2/workers:16/tasks:10/iterations:1/manual_time"
SPEC = Spec("counter", "threads", 2, 16)


def finished(
    kind: str, cores: int, repetition: int, context: dict[str, Any], *rows: dict[str, Any]
) -> Finished:
    process = Process(kind, "threads", cores, repetition, (SPEC,))
    return Finished(process, 0.5, {"context": context, "benchmarks": list(rows)})


def answer(**fields: Any) -> dict[str, Any]:
    return raw_row(NAME, **({"cores": 2.0, "workers": 16.0, "in_flight": 0.0, "locks": 0.0} | fields))


def test_rows_carry_their_process_and_repetition() -> None:
    merged = merge(
        [finished(TIMED, 2, 1, {}, answer()), finished(TIMED, 2, 0, {}, answer())], "box", "abc", "quick"
    )
    rows = merged["benchmarks"]
    assert [(row["repetition_index"], row["process"], row["repetitions"]) for row in rows] == [
        (0, 0, 2),
        (1, 1, 2),
    ]
    assert [process["repetition"] for process in merged["processes"]] == [0, 1]


def test_the_context_is_that_of_most_cores_and_differences_are_kept() -> None:
    few = finished(TIMED, 1, 0, {"affinity": "0", "cpu": "x"}, answer())
    many = finished(TIMED, 2, 0, {"affinity": "0,1", "cpu": "x"}, answer())
    merged = merge([few, many], "box", "abc", "quick")
    assert merged["context"] == {
        "affinity": "0,1",
        "cpu": "x",
        "machine": "box",
        "commit": "abc",
        "profile": "quick",
    }
    assert [process["context"] for process in merged["processes"]] == [{"affinity": "0"}, {}]


def test_memory_rows_get_a_key_of_their_own() -> None:
    merged = merge(
        [
            finished(TIMED, 2, 0, {}, answer()),
            finished(MEMORY, 2, 0, {}, answer(peak_memory_bytes=5)),
        ],
        "box",
        "abc",
        "quick",
    )
    assert [row["name"] for row in merged["benchmarks"]] == [
        NAME,
        "counter/threads/cores:2/workers:16/tasks:10/memory:1/iterations:1/manual_time",
    ]


def test_a_process_that_did_as_asked_passes() -> None:
    check(Process(TIMED, "threads", 2, 0, (SPEC,)), {"benchmarks": [answer()]})
    check(Process(IDEAL, "processes", 2, 0), {"benchmarks": [raw_row("ideal/processes/cores:2/workers:2")]})


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [answer(), answer()],
        [answer(workers=8.0)],
        [answer(cores=1.0)],
        [answer(in_flight=4.0)],
        [answer() | {"name": "counter/tbb/cores:2/workers:16"}],
        [answer(digest_ok=0)],
    ],
)
def test_a_process_that_did_otherwise_ends_the_run(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(WrongResult):
        check(Process(TIMED, "threads", 2, 0, (SPEC,)), {"benchmarks": rows})


def test_locks_that_were_asked_for_must_be_there() -> None:
    process = Process(TIMED, "sequential", 2, 0, (Spec("counter", "threads", 2, 16, (("locks", "1"),)),))
    check(process, {"benchmarks": [answer(locks=1.0)]})
    with pytest.raises(WrongResult, match="locks"):
        check(process, {"benchmarks": [answer(locks=0.0)]})


def test_a_placement_that_was_asked_for_must_be_kept_and_no_other_given() -> None:
    unpinned = Process(TIMED, "threads", 2, 0, (Spec("counter", "threads", 2, 16, (("pinned", "0"),)),))
    check(unpinned, {"benchmarks": [answer(pinned=0.0, pinned_given=1.0)]})
    for pinned, given in ((1.0, 0.0), (0.0, 0.0), (1.0, 1.0)):
        with pytest.raises(WrongResult, match="was asked for"):
            check(unpinned, {"benchmarks": [answer(pinned=pinned, pinned_given=given)]})
    usual = Process(TIMED, "threads", 2, 0, (SPEC,))
    check(usual, {"benchmarks": [answer(pinned=1.0, pinned_given=0.0)]})
    with pytest.raises(WrongResult, match="was asked for"):
        check(usual, {"benchmarks": [answer(pinned=1.0, pinned_given=1.0)]})


def test_a_process_that_wrote_something_else_ends_the_run() -> None:
    with pytest.raises(InputError, match="no Google Benchmark JSON"):
        check(Process(TIMED, "threads", 2, 0, (SPEC,)), [1])


def test_neither_host_nor_folder_is_told() -> None:
    context = {"host_name": "mine", "executable": "/home/me/build/bench_throughput", "num_cpus": 2}
    assert public(context) == {"executable": "bench_throughput", "num_cpus": 2}
