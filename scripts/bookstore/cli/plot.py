"""scripts/plot: draws the plots of a run again."""

import sys
from pathlib import Path

from bookstore import plots
from bookstore.data.results import load_run
from bookstore.terminal.errors import EXIT_FINE, OneLineParser, guarded, write_output
from bookstore.terminal.text import visible

PROGRAM = "scripts/plot"


def main() -> int:
    parser = OneLineParser(prog=PROGRAM, description="Draws the plots of a run again, into its folder.")
    parser.add_argument(
        "run", type=Path, metavar="RUN", help="a run's folder, results/<machine>/<time>-<commit>"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="draw into this folder (default RUN/plots)")
    options = parser.parse_args()
    run = load_run(options.run)
    for path in plots.draw_all(run, options.out or run.folder / "plots"):
        write_output(f"{visible(str(path))}\n")
    return EXIT_FINE


if __name__ == "__main__":
    sys.exit(guarded(PROGRAM, main))
