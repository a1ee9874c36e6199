"""scripts/predict: from what one core of a run measured, what more cores do."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bookstore.cli.values import virtual_core_counts
from bookstore.data.names import BASELINE
from bookstore.data.places import ROOT
from bookstore.data.played import Played
from bookstore.data.results import Results, Run, load_run
from bookstore.data.rows import parse_rows
from bookstore.findings import costs, prediction as found
from bookstore.measure import binary
from bookstore.measure.folder import write_json
from bookstore.measure.prediction import COSTS, PREDICTION, Batch, play
from bookstore.plan.prediction import ASKED, Asked, reach_rows, search_row, shares
from bookstore.report import prediction as report
from bookstore.report import tables
from bookstore.terminal.errors import EXIT_FINE, InputError, OneLineParser, WrongResult, guarded, write_output
from bookstore.terminal.progress import Progress

PROGRAM = "scripts/predict"
SLO = "delay_p99=1ms"
RESOLUTION = "1.2"  # of what holds and what is unclear, and of that and what fails
SEARCHED = "counter"  # the workload whose capacity is searched


@dataclass(frozen=True)
class Foretold:
    """Two files of a run's folder."""

    costs: dict[str, Any]
    rows: dict[str, Any]

    def write(self, folder: Path) -> None:
        write_json(folder / COSTS, self.costs)
        write_json(folder / PREDICTION, self.rows)


def foretell(
    run: Run, asked: Asked, executable: Path, latency_binary: Path | None, say: Callable[[str], None]
) -> Foretold:
    """InputError where there is nothing to play. What it says: how far it is, and which part of it failed."""
    known = costs.costs_of(run)
    shared = costs.shared_costs(run, known)
    batches = measured_rows(run, asked, known, executable, latency_binary)
    batches += reach(run, asked, known | shared, executable)
    if not any(batch.rows for batch in batches):
        raise InputError(
            "nothing to play: no row of more than one core has a price, and none of"
            f" {' or '.join(asked.workloads)} was measured on one"
        )
    document = play(batches)
    if latency_binary is not None and asked.capacity:
        every = medians(known | shared)
        searches: dict[str, list[str]] = {}
        for each in found.reached(parse_rows(document["benchmarks"], with_counters=True).rows):
            if each.played.workload == SEARCHED:
                handover = every.get(f"handover/{each.played.backend}", 0.0)
                row = search_row(each.played, each.tasks_per_second, handover)
                searches.setdefault(each.played.backend, []).append(row)
        options = ["--slo", SLO, "--resolution", RESOLUTION]
        for place, (backend, rows) in enumerate(searches.items(), 1):
            say(f"foretelling: the capacity of {backend}, {place} of {len(searches)}")
            try:
                batch = Batch(latency_binary, rows, every, {found.REACH: 1.0}, options)
                document["benchmarks"] += play([batch])["benchmarks"]
            except (InputError, WrongResult) as error:
                say(f"not foretold, the capacity of {backend}: {error}")
    return Foretold(costs.document(known, shared, run), document)


def medians(known: Mapping[str, costs.Cost]) -> dict[str, float]:
    return {name: cost.ns.median for name, cost in known.items()}


def measured_rows(
    run: Run, asked: Asked, known: Mapping[str, costs.Cost], executable: Path, latency_binary: Path | None
) -> list[Batch]:
    """What was measured on more than one core, at the costs of one."""
    # Only what has a price: a backend of which no row of one core was measured is not played.
    measured = {
        played: rows
        for played, rows in found.to_foretell(run).items()
        if f"dispatch/{played.backend}" in known
    }
    parts = shares({played: rows[0].tasks for played, rows in measured.items()}, asked.measured_tasks)
    closed = [
        played.row(round(part * measured[played][0].tasks))
        for played, part in parts.items()
        if not played.rate
    ]
    batches = [Batch(executable, closed, medians(known))]
    if latency_binary is not None:
        opened = [
            played.open_row(part * measured[played][0].counter("duration"))
            for played, part in parts.items()
            if played.rate
        ]
        batches.append(Batch(latency_binary, opened, medians(known)))
    return batches


def reach(run: Run, asked: Asked, known: Mapping[str, costs.Cost], executable: Path) -> list[Batch]:
    """All ways on all cores, and on the fewest once more with all costs at either end of their intervals."""
    ways = [way for way in found.ways_of(run) if f"dispatch/{way.backend}" in known]
    names: list[str] = []
    ends: list[str] = []
    for workload in asked.workloads:
        if not has_price(workload, run):
            continue
        waits = workload_waits(workload, run)
        rows = reach_rows(workload, ways, asked, waits)
        if f"dispatch/{BASELINE}" in known:
            names.append(Played(workload, BASELINE, 1, 1).row(2_000))
        names += [played.row(tasks) for played, tasks in rows]
        ends += [played.row(tasks) for played, tasks in rows if played.cores == min(asked.cores)]
    batches = [Batch(executable, names, medians(known), {found.REACH: 1.0})]
    for end in (-1.0, 1.0):
        ns = {name: cost.ns.low if end < 0 else cost.ns.high for name, cost in known.items()}
        batches.append(Batch(executable, ends, ns, {found.REACH: 1.0, found.END: end}))
    return batches


def has_price(workload: str, run: Run) -> bool:
    """Whether the steps of its tasks were timed."""
    return any(row.workload == workload and row.backend == BASELINE for row in run.throughput.select())


def workload_waits(workload: str, run: Run) -> bool:
    return any(
        row.workload == workload and row.counters.get("waits_per_task", 0.0) > 0
        for row in run.throughput.select()
    )


def main() -> int:
    parser = OneLineParser(
        prog=PROGRAM,
        description="Plays a run's shop in virtual time at the costs that one core measured: foretells its rows of more"
        " cores, and how far each backend would reach, and shows it.",
    )
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="a run's folder, results/<machine>/<time>-<commit>"
    )
    parser.add_argument(
        "--cores",
        type=virtual_core_counts,
        metavar="64,4096",
        help="of the reach, beside 1 (default 1 to 1,024 by powers of two)",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="put it into the run's folder instead of what was foretold there; scripts/report and scripts/plot show it",
    )
    parser.add_argument("--binary", type=Path, default=ROOT / binary.THROUGHPUT, help="bench_throughput")
    parser.add_argument("--latency-binary", type=Path, default=ROOT / binary.LATENCY, help="bench_latency")
    options = parser.parse_args()
    asked = ASKED["full"]
    if options.cores:
        asked = replace(asked, cores=tuple(sorted({1, *options.cores})))
    run, progress = load_run(options.run), Progress()
    foretold = foretell(run, asked, options.binary, options.latency_binary, progress.say)
    if options.write:
        foretold.write(options.run)
    rows = parse_rows(foretold.rows["benchmarks"], with_counters=True).rows
    results = Results(options.run / PREDICTION, foretold.rows.get("context", {}), rows)
    shown = replace(run, prediction=results, costs=foretold.costs)
    write_output(tables.terminal(report.tables(shown)) + "\n")
    return EXIT_FINE


if __name__ == "__main__":
    sys.exit(guarded(PROGRAM, main))
