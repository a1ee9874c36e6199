"""scripts/report: writes the report of a run again."""

import sys
from pathlib import Path

from bookstore import plots
from bookstore.data.results import load_run
from bookstore.report.written import write_report
from bookstore.terminal.errors import EXIT_FINE, OneLineParser, guarded, write_output
from bookstore.terminal.text import visible

PROGRAM = "scripts/report"


def main() -> int:
    parser = OneLineParser(
        prog=PROGRAM,
        description="Writes report.html and summary.md of a run again, into its folder.",
    )
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="a run's folder, results/<machine>/<time>-<commit>"
    )
    options = parser.parse_args()
    run = load_run(options.run)
    for path in write_report(run, plots.svgs(run), plots.colours(run)):
        write_output(f"{visible(str(path))}\n")
    return EXIT_FINE


if __name__ == "__main__":
    sys.exit(guarded(PROGRAM, main))
