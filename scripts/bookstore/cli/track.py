"""scripts/track: the history of a machine. Add runs, find change points, draw the trend."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from bookstore.cli.values import count
from bookstore.data import dashboard, history
from bookstore.data.history import Entry, Value
from bookstore.data.places import RESULTS
from bookstore.data.samples import Measured, load_measured, own_identity, row_filter
from bookstore.findings.trends import Trend, build_trends
from bookstore.report.trends import describe
from bookstore.stats.series import Settings
from bookstore.terminal.errors import InputError, OneLineParser, guarded, write_output
from bookstore.terminal.progress import Progress
from bookstore.terminal.text import visible

program = "scripts/track"
# Host names of machines that are made anew for each job: of containers, and of the runners of GitHub and GitLab.
passing_host = re.compile(r"[0-9a-f]{12}|fv-az\d[\w-]*|runnervm\w+|runner-\w+-project-\d+-concurrent[\w-]*")


def parser() -> OneLineParser:
    parser = OneLineParser(
        prog=program, description="Keeps the history of a machine and finds what changed in it."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="add|check|plot|import|export")
    add = commands.add_parser("add", help="add runs to the history of their machine")
    add.add_argument("runs", metavar="RUN", nargs="+", help="a run's folder or a Google Benchmark JSON file")
    add.add_argument("--reference", metavar="ROW", help="row whose time stands for the machine's speed")
    add.add_argument("--commit", metavar="ID", help="what was measured (default: as the run says)")
    check = commands.add_parser(
        "check", help="print changes, drifts and outliers; it triages and never blocks"
    )
    plot = commands.add_parser("plot", help="draw one trend per row")
    plot.add_argument(
        "--out", metavar="DIR", help="folder for the pictures (default: trend/ beside the history)"
    )
    bring = commands.add_parser("import", help="add the runs that github-action-benchmark keeps")
    bring.add_argument("file", metavar="data.js", type=Path, help="what it keeps, on the branch gh-pages")
    give = commands.add_parser(
        "export", help="add the runs of a history to what github-action-benchmark keeps"
    )
    give.add_argument("out", metavar="data.js", type=Path, help="made if it is not there, else added to")
    give.add_argument("--repo-url", metavar="URL", help="of the repository that the page links to")
    for command in (add, check, plot, bring, give):
        command.add_argument("--history", metavar="FILE", help="default: results/<machine>/history.jsonl")
        command.add_argument(
            "--machine", metavar="NAME", help="of the machine, where host names mean nothing (containers)"
        )
    for command in (check, plot, bring, give):
        command.add_argument("--suite", metavar="NAME", help="of the benchmark in a data.js")
    for command in (check, plot):
        command.add_argument("--rows", metavar="PATTERN", help="only rows that match this regular expression")
        command.add_argument("--last", metavar="N", type=count, help="only the last N runs of a row")
    return parser


def choose_reference(measured: Measured, asked: str | None) -> str | None:
    """The machine's own loop on one core if it was measured, else `sequential` on CPU work alone, else none."""
    known = measured.samples | measured.ideal
    if asked is not None:
        if asked not in known:
            raise InputError(f"--reference {asked}: {measured.path} has no such row; give one of its rows")
        return asked
    prefixes = ("ideal/processes/cores:1/", "shelving/sequential/cores:1/")
    return next((key for prefix in prefixes for key in known if key.startswith(prefix)), None)


def to_entry(measured: Measured, reference: str | None, machine: str | None, commit: str | None) -> Entry:
    known = measured.samples | measured.ideal
    if not known:
        key, why = next(iter(measured.left_out.items()))
        raise InputError(f"{measured.path}: has no row to add ({key}: {why.reason})")
    scale = math.log(known[reference].median) if reference else None
    rows = {
        key: Value(
            sample.median,
            float(sample.values.min()),
            float(sample.values.max()),
            sample.values.size,
            None if scale is None else math.log(sample.median) - scale,
            sample.note,
            # What the first histories held had no name, and keeps none: times, and medians of latency.
            sample.metric if sample.metric not in ("time", "p50") else "",
        )
        for key, sample in known.items()
    }
    file = measured.path / "throughput.json" if measured.path.is_dir() else measured.path
    build = {name: str(measured.context.get(name, "")) for name in own_identity if name != "machine"}
    return Entry(
        machine or measured.machine,
        commit if commit is not None else measured.commit,
        measured.time,
        build,
        history.digest_of(file, repr((measured.time, rows))),
        reference,
        rows,
    )


def say(lines: Iterable[str]) -> None:
    write_output("".join(f"{visible(line)}\n" for line in lines))


def place_of(machine: str, given: str | None, whose: object) -> Path:
    """The history of a machine: the one given, else that in the machine's folder."""
    if given:
        return Path(given)
    if "/" in machine or machine.startswith(".") or "\0" in machine:
        raise InputError(f"{whose}: machine {machine!r} makes no folder's name; give --history")
    return RESULTS / machine / "history.jsonl"


def said_of(measured: Measured, entry: Entry, machine: str | None) -> list[str]:
    """What the reader must know of a run that was added: which rows rest on less, and which are left out."""
    lines = []
    for note in sorted({value.note for value in entry.rows.values() if value.note}):
        lines.append(
            f"  of {note}: {_some([key for key, value in entry.rows.items() if value.note == note])}"
        )
    lines += [f"  {key}: {sample.remark}" for key, sample in measured.samples.items() if sample.remark]
    lines += _left_out({key: why.reason for key, why in measured.left_out.items()})
    if machine is None and not measured.ours and passing_host.fullmatch(entry.machine):
        lines.append(
            f"  host name {entry.machine} looks like a container's, which is another each time: give --machine NAME"
        )
    return lines


def _some(names: Sequence[str], most: int = 20) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _left_out(reasons: Mapping[str, str], most: int = 20) -> list[str]:
    lines = [f"  left out: {key} ({reason})" for key, reason in reasons.items()]
    return lines[:most] + ([f"  left out: {len(lines) - most} more"] if len(lines) > most else [])


def add(options: argparse.Namespace) -> int:
    runs = [load_measured(run) for run in options.runs]
    entries = [
        to_entry(run, choose_reference(run, options.reference), options.machine, options.commit)
        for run in runs
    ]
    for run, entry in zip(runs, entries):
        path = place_of(entry.machine, options.history, run.path)
        if dashboard.is_dashboard(path):
            raise InputError(f"{path}: is kept by github-action-benchmark; {program} import reads it")
        if history.append(path, entry):
            say(
                [
                    f"{run.path}: added to {path}: {len(entry.rows)} rows",
                    *said_of(run, entry, options.machine),
                ]
            )
        else:
            say([f"{run.path}: is in {path} already; nothing added"])
    return 0


def find_history(given: str | None, machine: str | None = None) -> Path:
    if given or machine:
        return place_of(machine or "", given, "--machine")
    found = sorted(RESULTS.glob("*/history.jsonl"))
    if len(found) != 1:
        what = f"{len(found)} histories" if found else "no history"
        raise InputError(f"{what} under {RESULTS}; name one with --history, or start one with add")
    return found[0]


def read_entries(options: argparse.Namespace) -> tuple[Path, list[Entry], Mapping[str, str]]:
    """The runs, oldest first, of a history or of what github-action-benchmark keeps, and what of it is left out."""
    path = find_history(options.history, options.machine)
    left_out: Mapping[str, str] = {}
    if dashboard.is_dashboard(path):
        entries, left_out = dashboard.read_history(path, options.suite, options.machine)
    else:
        entries = sorted(history.read_history(path), key=lambda entry: entry.time)
    if not entries:
        raise InputError(f"{path}: is empty; add runs with {program} add RUN")
    return path, entries, left_out


def read_trends(
    options: argparse.Namespace,
) -> tuple[Path, list[Entry], list[Trend], Mapping[str, str]]:
    path, entries, left_out = read_entries(options)
    wanted = row_filter(options.rows).search
    keys = [key for key in dict.fromkeys(key for entry in entries for key in entry.rows) if wanted(key)]
    if not keys:
        raise InputError(f"--rows {options.rows}: matches no row of {path}; see the names there")
    return path, entries, build_trends(entries, keys, options.last), left_out


def check(options: argparse.Namespace) -> int:
    path, entries, trends, left_out = read_trends(options)
    told = [describe(trend) for trend in trends]
    lines = [f"{path}: {len(entries)} runs of {entries[0].machine}, {len(trends)} rows"]
    lines += [line for found in told for line in found]
    short = sum(not trend.findings.enough for trend in trends)
    if short:
        lines.append(
            f"{short} rows have fewer than {Settings.least} usable runs: nothing can be said of them yet"
        )
    quiet = sum(not found for found, trend in zip(told, trends) if trend.findings.enough)
    lines.append(f"{quiet} rows without a finding")
    for what, count_of in (
        ("looked at without their older runs (--last)", lambda trend: trend.before),
        (
            "once measured something else under their name, and are looked at since",
            lambda trend: trend.otherwise,
        ),
        (
            "have runs of one repetition, which scatter more",
            lambda trend: trend.marked.get("one repetition", 0),
        ),
        ("have runs of which only aggregates are there", lambda trend: trend.marked.get("aggregates", 0)),
        (
            "are judged by plain times, which move with the speed of the whole machine",
            lambda trend: trend.reference is None,
        ),
    ):
        lines += _how_many(trends, what, count_of)
    say(lines + _left_out(left_out))
    return 0


def _how_many(trends: Sequence[Trend], what: str, counted: Callable[[Trend], int]) -> list[str]:
    rows = sum(bool(counted(trend)) for trend in trends)
    return [f"{rows} rows {what}"] if rows else []


def bring(options: argparse.Namespace) -> int:
    """Adds the runs of a data.js to a history."""
    entries, left_out = dashboard.read_history(options.file, options.suite, options.machine)
    path = place_of(entries[0].machine, options.history, options.file)
    added = history.extend(path, entries)
    rows = len({key for entry in entries for key in entry.rows})
    say(
        [f"{options.file}: added {added} of {len(entries)} runs to {path}: {rows} rows", *_left_out(left_out)]
    )
    return 0


def give(options: argparse.Namespace) -> int:
    """Adds the runs of a history to a data.js."""
    path, entries, _ = read_entries(options)
    kept = dashboard.read(options.out) if options.out.exists() else dashboard.Dashboard()
    suite = options.suite or entries[0].build.get("suite") or dashboard.usual_suite
    added = dashboard.add(kept, suite, entries, options.repo_url)
    dashboard.write(options.out, kept)
    say([f"{options.out}: added {added} of {len(entries)} runs of {path} to suite {suite}"])
    return 0


def plot(options: argparse.Namespace) -> int:
    # Only drawing needs matplotlib, which takes most of a second to load.
    from bookstore.plots.trend import draw_trends

    path, entries, trends, _ = read_trends(options)
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
    say([f"{folder}: {len(trends)} trends, as SVG and PNG"])
    return 0


def run(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    commands = {"add": add, "check": check, "plot": plot, "import": bring, "export": give}
    return commands[options.command](options)


def main() -> int:
    return guarded(program, run)


if __name__ == "__main__":
    sys.exit(main())
