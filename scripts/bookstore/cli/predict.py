"""scripts/predict: from what one core of a run measured, what more cores do."""

import sys
from pathlib import Path

from bookstore.cli.values import virtual_core_counts
from bookstore.data.places import ROOT
from bookstore.data.played import STEP_SCALE
from bookstore.data.results import Run, load_run
from bookstore.findings import costs, prediction as found
from bookstore.measure import binary, prediction
from bookstore.plan.prediction import REACH, reach_rows
from bookstore.report import prediction as report
from bookstore.report import tables
from bookstore.terminal.errors import EXIT_FINE, OneLineParser, guarded, write_output

PROGRAM = "scripts/predict"
REACHED_WORKLOAD = "counter"


def foretell(run: Run, folder: Path, cores: list[int], executable: Path, latency_binary: Path | None) -> Path:
    """Writes costs.json and prediction.json into the folder."""
    known = costs.costs_of(run)
    measured = found.to_foretell(run)
    # Only what has a price: a backend of which no row of one core was measured is not played.
    ways = [way for way in found.ways_of(run) if f"dispatch/{way.backend}" in known]
    names = {way.backend for way in ways}
    playable = {played: rows for played, rows in measured.items() if played.backend in names}
    return prediction.foretell(
        folder,
        costs.document(known, run),
        closed=[played.row(rows[0].tasks) for played, rows in playable.items() if not played.rate],
        reach=[played.row(tasks, STEP_SCALE) for played, tasks in reach_rows(REACHED_WORKLOAD, ways, cores)],
        open_rows=[
            played.open_row(rows[0].counter("duration")) for played, rows in playable.items() if played.rate
        ],
        executable=executable,
        latency_binary=latency_binary,
    )


def main() -> int:
    parser = OneLineParser(
        prog=PROGRAM,
        description="Plays a run's shop in virtual time at the costs that one core measured: foretells its rows of more"
        " cores, and how far each backend would reach. Writes costs.json and prediction.json into the run's folder, which"
        " scripts/report and scripts/plot show.",
    )
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="a run's folder, results/<machine>/<time>-<commit>"
    )
    parser.add_argument(
        "--cores",
        type=virtual_core_counts,
        metavar="1,2,64",
        help="of the reach (default 1 to 1,024 by powers of two)",
    )
    parser.add_argument("--binary", type=Path, default=ROOT / binary.THROUGHPUT, help="bench_throughput")
    parser.add_argument("--latency-binary", type=Path, default=ROOT / binary.LATENCY, help="bench_latency")
    options = parser.parse_args()
    run = load_run(options.run)
    foretell(run, options.run, options.cores or list(REACH), options.binary, options.latency_binary)
    write_output(tables.terminal(report.tables(load_run(options.run))) + "\n")
    return EXIT_FINE


if __name__ == "__main__":
    sys.exit(guarded(PROGRAM, main))
