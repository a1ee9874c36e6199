"""scripts/track: the history of a machine. Add runs, find change points, draw the trend."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from bookstore.cli.values import count
from bookstore.data import history
from bookstore.data.history import Entry, Value
from bookstore.data.places import RESULTS
from bookstore.data.samples import Measured, load_measured, own_identity, row_filter
from bookstore.findings.trends import Trend, build_trend
from bookstore.report.trends import describe
from bookstore.stats.changepoints import Settings
from bookstore.terminal.errors import InputError, OneLineParser, guarded
from bookstore.terminal.progress import Progress

program = "scripts/track"


def parser() -> OneLineParser:
    parser = OneLineParser(
        prog=program, description="Keeps the history of a machine and finds what changed in it."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="add|check|plot")
    add = commands.add_parser("add", help="add runs to the history of their machine")
    add.add_argument("runs", metavar="RUN", nargs="+", help="a run's folder or a Google Benchmark JSON file")
    add.add_argument("--reference", metavar="ROW", help="row whose time stands for the machine's speed")
    check = commands.add_parser(
        "check", help="print changes, drifts and outliers; it triages and never blocks"
    )
    plot = commands.add_parser("plot", help="draw one trend per row")
    plot.add_argument(
        "--out", metavar="DIR", help="folder for the pictures (default: trend/ beside the history)"
    )
    for command in (add, check, plot):
        command.add_argument("--history", metavar="FILE", help="default: results/<machine>/history.jsonl")
    for command in (check, plot):
        command.add_argument("--rows", metavar="PATTERN", help="only rows that match this regular expression")
        command.add_argument(
            "--last", metavar="N", type=count, default=200, help="runs looked at (default 200)"
        )
    return parser


def _utc(measured: Measured) -> str:
    """When the run was measured, so that runs added late still come in order."""
    text = str(measured.context.get("date", ""))
    try:
        return datetime.fromisoformat(text).astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        raise InputError(
            f"{measured.path}: its context has no date that can be read; measure again"
        ) from None


def choose_reference(measured: Measured, asked: str | None) -> str | None:
    """The machine's own loop on one core if it was measured, else `sequential` on CPU work alone, else none."""
    known = measured.samples | measured.ideal
    if asked is not None:
        if asked not in known:
            raise InputError(f"--reference {asked}: {measured.path} has no such row; give one of its rows")
        return asked
    prefixes = ("ideal/processes/cores:1/", "shelving/sequential/cores:1/")
    return next((key for prefix in prefixes for key in known if key.startswith(prefix)), None)


def to_entry(measured: Measured, reference: str | None) -> Entry:
    known = measured.samples | measured.ideal
    scale = math.log(known[reference].median) if reference else None
    rows = {
        key: Value(
            sample.median,
            float(sample.values.min()),
            float(sample.values.max()),
            sample.values.size,
            None if scale is None else math.log(sample.median) - scale,
        )
        for key, sample in known.items()
    }
    file = measured.path / "throughput.json" if measured.path.is_dir() else measured.path
    build = {name: str(measured.context.get(name, "")) for name in own_identity if name != "machine"}
    return Entry(
        measured.machine, measured.commit, _utc(measured), build, history.digest_of(file), reference, rows
    )


def add(options: argparse.Namespace) -> int:
    runs = [load_measured(run) for run in options.runs]
    entries = [to_entry(run, choose_reference(run, options.reference)) for run in runs]
    for run, entry in zip(runs, entries):
        if not options.history and ("/" in entry.machine or entry.machine.startswith(".")):
            raise InputError(f"{run.path}: machine {entry.machine!r} makes no folder's name; give --history")
        path = Path(options.history or RESULTS / entry.machine / "history.jsonl")
        added = history.append(path, entry)
        print(f"{run.path}: {f'added to {path}' if added else f'is in {path} already; nothing added'}")
    return 0


def find_history(given: str | None) -> Path:
    if given:
        return Path(given)
    found = sorted(RESULTS.glob("*/history.jsonl"))
    if len(found) != 1:
        what = f"{len(found)} histories" if found else "no history"
        raise InputError(f"{what} under {RESULTS}; name one with --history, or start one with add")
    return found[0]


def read_trends(options: argparse.Namespace) -> tuple[Path, list[Entry], list[Trend]]:
    path = find_history(options.history)
    entries = sorted(history.read_history(path), key=lambda entry: entry.time)
    if not entries:
        raise InputError(f"{path}: is empty; add runs with {program} add RUN")
    wanted = row_filter(options.rows).search
    keys = [key for key in dict.fromkeys(key for entry in entries for key in entry.rows) if wanted(key)]
    if not keys:
        raise InputError(f"--rows {options.rows}: matches no row of {path}; see the names there")
    return path, entries, [build_trend(entries, key, options.last) for key in keys]


def check(options: argparse.Namespace) -> int:
    path, entries, trends = read_trends(options)
    print(f"{path}: {len(entries)} runs of {entries[0].machine}, {len(trends)} rows")
    for trend in trends:
        for line in describe(trend):
            print(line)
    short = [trend for trend in trends if not trend.findings.enough]
    least = 2 * Settings.shortest
    if short:
        print(f"{len(short)} rows have fewer than {least} usable runs: nothing can be said of them yet")
    quiet = sum(not describe(trend) for trend in trends if trend.findings.enough)
    print(f"{quiet} rows without a finding")
    plain = sum(trend.reference is None for trend in trends)
    if plain:
        print(f"{plain} rows are judged by plain times, which move with the speed of the whole machine")
    return 0


def plot(options: argparse.Namespace) -> int:
    # Only drawing needs matplotlib, which takes most of a second to load.
    from bookstore.plots.trend import draw_trends

    path, entries, trends = read_trends(options)
    folder = Path(options.out) if options.out else path.parent / "trend"
    progress = Progress()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawn = draw_trends(trends, entries[0].machine, folder)
        for done, _ in enumerate(drawn, start=1):
            progress.show(f"drawn {done} of {len(trends)} trends")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror}); give another --out") from None
    progress.clear()
    print(f"{folder}: {len(trends)} trends, as SVG and PNG")
    return 0


def run(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    return {"add": add, "check": check, "plot": plot}[options.command](options)


def main() -> int:
    return guarded(program, run)


if __name__ == "__main__":
    sys.exit(main())
