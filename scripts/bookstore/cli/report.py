"""scripts/report: writes the report of a run again."""

import sys
from pathlib import Path

from bookstore import plots
from bookstore.data.places import ROOT, replace_file
from bookstore.data.results import load_run
from bookstore.report import readme
from bookstore.report.written import write_report
from bookstore.terminal.errors import EXIT_FINE, InputError, OneLineParser, guarded, write_output
from bookstore.terminal.text import visible

PROGRAM = "scripts/report"
README = ROOT / "README.md"


def write_readme(folder: Path | None) -> int:
    text = README.read_text(encoding="utf-8")
    folder = folder or ROOT / readme.run_named_in(text)
    place = readme.place_of(folder)
    fresh = readme.rewritten(text, place, readme.blocks(load_run(folder), place))
    try:
        replace_file(README, fresh.encode())
    except OSError as error:
        raise InputError(
            f"{README}: cannot be written ({error.strerror or error}); check its rights"
        ) from None
    write_output(f"{visible(str(README))}\n")
    return EXIT_FINE


def main() -> int:
    parser = OneLineParser(
        prog=PROGRAM,
        description="Writes report.html and summary.md of a run again, into its folder.",
    )
    parser.add_argument(
        "run", type=Path, nargs="?", metavar="RUN", help="a run's folder, results/<machine>/<time>-<commit>"
    )
    parser.add_argument(
        "--readme",
        action="store_true",
        help="instead, write the results in README.md, from RUN of results/reference/<machine>/ (default the one that"
        " they are from)",
    )
    options = parser.parse_args()
    if options.readme:
        return write_readme(options.run)
    if options.run is None:
        parser.error("give a run's folder")
    run = load_run(options.run)
    for path in write_report(run, plots.svgs(run), plots.colours(run)):
        write_output(f"{visible(str(path))}\n")
    return EXIT_FINE


if __name__ == "__main__":
    sys.exit(guarded(PROGRAM, main))
