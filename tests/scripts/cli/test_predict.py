"""What scripts/predict has played, by a stand-in that writes down what it was given."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bookstore.cli.predict import foretell
from bookstore.data.places import ROOT
from bookstore.data.results import Results, Run
from bookstore.plan.prediction import ASKED, Asked
from bookstore.terminal.errors import InputError
from conftest import is_one_line, made_row, run_module
from one_core_run import BASELINE, FLOOR, GRAIN, POOLS, run_of

STAND_IN = f"""#!{sys.executable}
import json, pathlib, sys
arguments = sys.argv[1:]
rows = [value for name, value in zip(arguments, arguments[1:]) if name == "--row"]
costs = json.loads(pathlib.Path(arguments[arguments.index("--costs") + 1]).read_text())["costs"]
search = "--slo" in arguments
record = pathlib.Path(__file__).with_suffix(".json")
calls = json.loads(record.read_text()) if record.exists() else []
record.write_text(json.dumps(calls + [dict(rows=rows, costs=costs, search=search)]))
if search and "event_loops" in rows[0]:
    print("bench_latency: no capacity today", file=sys.stderr)
    sys.exit(2)
out = next(part for part in arguments if part.startswith("--benchmark_out=")).partition("=")[2]
made = []
for row in rows:
    parts = dict(part.split(":") for part in row.split("/")[2:])
    counters = dict(cores=int(parts["cores"]), workers=int(parts["workers"]), tasks_per_second=1e4 * int(parts["cores"]))
    counters["as_" + parts["as"]] = 1.0
    if search:
        counters.update(passing_per_second=5e3, failing_per_second=6e3)
    made.append(dict(name="capacity/" * search + row, run_type="iteration", real_time=1.0, time_unit="ms", **counters))
pathlib.Path(out).write_text(json.dumps(dict(context={{}}, benchmarks=made)))
"""
MORE = [
    made_row("counter/threads/cores:2/workers:64", tasks=15_000.0, cpu_us_per_task=20.0, tasks_per_second=7e4)
]
# Prices that only more cores tell.
SHARED = [
    made_row("grain/threads/cores:2/workers:2", ns_per_task=80.0, work_ns=0.0, overhead_ns_per_task=1e6),
]
ALL = replace(ASKED["full"], cores=(1, 4))


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    path = tmp_path / "bench.py"
    path.write_text(STAND_IN)
    path.chmod(0o755)
    return path


def calls_of(stand_in: Path) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = json.loads(stand_in.with_suffix(".json").read_text())
    return calls


def measured() -> Run:
    pools = [replace(row, counters={**row.counters, "locks": 1.0}) for row in POOLS]  # as pools always do
    return run_of(BASELINE + pools + MORE, GRAIN + SHARED, FLOOR)


def test_measured_rows_are_played_at_one_cores_costs_and_the_reach_at_all_of_them(stand_in: Path) -> None:
    foretell(measured(), ALL, stand_in, None, print)
    beside, *reach = calls_of(stand_in)
    (row,) = beside["rows"]
    assert row == "counter/simulated/cores:2/workers:64/tasks:15000/cpu_scale:0.01/as:threads"
    assert "claim/threads" not in beside["costs"] and beside["costs"]["claim"] == 40
    assert all("claim/threads" in call["costs"] for call in reach)
    # Steps are run at a hundredth of their size, and paid in full.
    assert beside["costs"]["step/rent/0"] == pytest.approx(100 * 4100)
    assert beside["costs"]["held/rent/1"] == pytest.approx(100 * 80)
    assert beside["costs"]["lock"] == 18


def test_the_reach_begins_with_one_core(stand_in: Path) -> None:
    asked = replace(ALL, workloads=("counter",))
    foretell(measured(), asked, stand_in, None, print)
    names = calls_of(stand_in)[1]["rows"]
    assert names[0].startswith("counter/simulated/cores:1/workers:1/") and names[0].endswith("/as:sequential")
    assert "counter/simulated/cores:4/workers:256/tasks:20000/cpu_scale:0.01/as:threads" in names
    assert "counter/simulated/cores:4/workers:4/tasks:20000/cpu_scale:0.01/as:event_loops" in names


def test_a_search_that_fails_takes_nothing_else_along(stand_in: Path) -> None:
    said: list[str] = []
    foretold = foretell(measured(), ALL, stand_in, stand_in, said.append)
    names = [row["name"] for row in foretold.rows["benchmarks"]]
    assert any(name.startswith("capacity/") and "as:threads" in name for name in names)
    assert not any(name.startswith("capacity/") and "as:event_loops" in name for name in names)
    assert any("no capacity today" in line and "event_loops" in line for line in said)
    assert foretold.costs["costs"]


def test_a_run_with_nothing_to_play_is_told_so(stand_in: Path, tmp_path: Path) -> None:
    nothing = Asked(1, ("errands",), (1,), 1, False)
    run = Run(tmp_path, {}, Results(Path("t"), {}, BASELINE + POOLS), None)
    with pytest.raises(InputError, match="nothing to play: .* none of errands"):
        foretell(run, nothing, stand_in, None, print)


@pytest.fixture
def kept_run(tmp_path: Path) -> Path:
    """The reference run, as it was measured."""
    (measured_run,) = (ROOT / "results" / "reference").glob("*/*/throughput.json")
    folder = tmp_path / "kept"
    folder.mkdir()
    for name in ("environment", "throughput", "latency", "overhead"):
        shutil.copy(measured_run.with_name(f"{name}.json"), folder)
    return folder


def test_it_is_written_only_when_asked_and_for_the_cores_that_were_asked_for(
    kept_run: Path, stand_in: Path
) -> None:
    binaries = ["--binary", stand_in, "--latency-binary", stand_in]
    shown = run_module("cli.predict", [kept_run, "--cores", "8,2", *binaries])
    assert shown.returncode == 0 and "what ends holds/s" in shown.stdout, shown.stderr
    assert not (kept_run / "prediction.json").exists() and not (kept_run / "costs.json").exists()
    done = run_module("cli.predict", [kept_run, "--cores", "8,2", "--write", *binaries])
    assert done.returncode == 0 and done.stdout == shown.stdout
    rows = json.loads((kept_run / "prediction.json").read_text())["benchmarks"]
    assert {row["cores"] for row in rows if row.get("reach")} == {1, 2, 8}
    assert json.loads((kept_run / "costs.json").read_text())["costs"]["claim"]["from"] == "nominal"


@pytest.mark.parametrize(
    "damage", ['{"costs": {}}', '{"costs": {"claim": {"ns": "x"}}, "of_more_cores": {}}', "[]"]
)
def test_damaged_costs_are_told_in_a_line(kept_run: Path, stand_in: Path, damage: str) -> None:
    (kept_run / "costs.json").write_text(damage)
    done = run_module("cli.report", [kept_run])
    assert done.returncode == 2 and is_one_line(done.stderr) and "scripts/predict" in done.stderr
