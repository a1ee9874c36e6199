"""scripts/compare: two runs, or two Google Benchmark JSON files, and a verdict for every row."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bookstore.gate import formats
from bookstore.data import history
from bookstore.gate import unpaired
from bookstore.terminal.errors import InputError, OneLineParser, guarded
from bookstore.gate.formats import Line, Report
from bookstore.data.places import RESULTS
from bookstore.data.samples import Measured, Sample, load_measured, row_filter
from bookstore.gate.rule import Verdict, exit_code
from bookstore.report.numbers import percent

program = "scripts/compare"


def parser() -> OneLineParser:
    parser = OneLineParser(
        prog=program,
        description="Compares two runs, or two Google Benchmark JSON files with repetitions: a verdict per row.",
        epilog="Exit codes: 0 fine, 1 a row regressed, 2 bad input, 3 inconclusive.",
    )
    parser.add_argument("base", metavar="BASE", help="a run's folder or a Google Benchmark JSON file")
    parser.add_argument("new", metavar="NEW", help="the same, measured after the change")
    parser.add_argument("--rows", metavar="PATTERN", help="only rows that match this regular expression")
    parser.add_argument("--format", choices=list(formats.writers), default="markdown")
    parser.add_argument("--output", metavar="FILE", help="write there and not to standard output")
    parser.add_argument(
        "--history", metavar="FILE", help="history of this machine (default: beside the runs)"
    )
    parser.add_argument(
        "--force", action="store_true", help="compare across machines and builds all the same"
    )
    return parser


def check_identity(base: Measured, new: Measured, force: bool) -> list[str]:
    """Refuses different machines or builds; with force, says in a note what differs."""
    names = dict.fromkeys([*base.identity, *new.identity])
    differing = [
        f"{name} {base.identity.get(name) or '(none)'} and {new.identity.get(name) or '(none)'}"
        for name in names
        if base.identity.get(name) != new.identity.get(name)
    ]
    if differing and not force:
        raise InputError(f"base and new differ in {'; '.join(differing)}: measure alike, or give --force")
    return [f"Forced: base and new differ in {'; '.join(differing)}."] if differing else []


def machine_noise(new: Measured, given: str | None, keys: Sequence[str]) -> dict[str, float | None]:
    """Run-to-run noise of each row from the machine's history, None where that has too few runs."""
    places = [new.path.parent / "history.jsonl"]
    if "machine" in new.context:
        places.append(RESULTS / new.machine / "history.jsonl")
    found = [Path(given)] if given else [place for place in places if place.is_file()]
    if not found:
        return {}
    path = found[0]
    entries = sorted(history.read_history(path), key=lambda entry: entry.time)
    if entries and entries[0].machine != new.machine:
        if given is None:
            return {}
        raise InputError(
            f"{path}: is the history of machine {entries[0].machine}, the run is of {new.machine};"
            " give that of this machine"
        )
    logs = {
        key: [math.log(entry.rows[key].seconds) for entry in entries if key in entry.rows] for key in keys
    }
    return {key: unpaired.run_to_run(values) for key, values in logs.items()}


def _scaled(base: Sample, new: Sample) -> tuple[Sample, Sample, str]:
    """Times per task where the two plans differ in size."""
    if base.metric == "p50" or base.tasks == new.tasks or not (base.tasks and new.tasks):
        return base, new, ""
    pair = [Sample(side.values / side.tasks, side.metric, side.tasks) for side in (base, new)]
    return pair[0], pair[1], f"per task ({base.tasks} and {new.tasks} tasks)"


def _line(key: str, base: Sample, new: Sample, shift: unpaired.Shift, scaling: str) -> Line:
    notes = [scaling, "p50 latency" if new.metric == "p50" else "", shift.note]
    if base.p99 and new.p99:
        notes.append(f"p99 {percent(math.log(new.p99 / base.p99))} (not gated)")
    return Line(
        key,
        shift.verdict,
        base.median,
        new.median,
        shift.estimate,
        shift.low,
        shift.high,
        (float(new.values.min()), float(new.values.max())),
        new.metric,
        note="; ".join(note for note in notes if note),
    )


def method_notes(base: Measured, new: Measured, pairs: Sequence[tuple[Sample, Sample]]) -> list[str]:
    """What the reader must know of this comparison to trust it no further than it goes."""
    notes = [
        "Unpaired: base and new were measured at different times, and what the machine did in between looks like a"
        " change. scripts/regress runs both in turn and decides more surely."
    ]
    if not (base.ours and new.ours):
        notes.append(
            "Repetitions are the unit: differences from one process to the next (memory layout, placement of threads)"
            " are not seen, so the intervals are too narrow and no error rate is promised."
        )
    fewest = [min(left.values.size, right.values.size) for left, right in pairs]
    few = sum(count < unpaired.least_processes for count in fewest)
    if few:
        notes.append(
            f"{few} of {len(pairs)} rows have fewer than {unpaired.least_processes} values a side: a verdict on them"
            f" needs {unpaired.least_history} runs of this machine in its history (scripts/track add), and rests on"
            " their run-to-run noise."
        )
    testable = [pair for pair, count in zip(pairs, fewest) if count >= unpaired.least_processes]
    most = max(
        (unpaired.most_rows(left.values.size, right.values.size) for left, right in testable), default=0
    )
    if testable and len(testable) > most:
        notes.append(
            f"{len(testable)} rows at once are too many for this number of values: none can be proved slower;"
            f" choose at most {most} with --rows."
        )
    for key in sorted(base.ideal.keys() & new.ideal.keys()):
        change = math.log(new.ideal[key].median / base.ideal[key].median)
        notes.append(f"The machine itself ({key}, no runtime) changed by {percent(change)}.")
    return notes


def build_report(base: Measured, new: Measured, rows: str | None, given: str | None, force: bool) -> Report:
    notes = check_identity(base, new, force)
    wanted = row_filter(rows).search
    keys = [key for key in base.samples if key in new.samples and wanted(key)]
    keys = [key for key in keys if base.samples[key].metric == new.samples[key].metric]
    if not keys:
        what = f"--rows {rows} matches none of the rows" if rows else "no row"
        raise InputError(
            f"{what} that {base.path} and {new.path} have in common; give two runs of the same rows"
        )
    scaled = {key: _scaled(base.samples[key], new.samples[key]) for key in keys}
    logs = {key: (np.log(left.values), np.log(right.values)) for key, (left, right, _) in scaled.items()}
    judged = unpaired.judge_shifts(logs, machine_noise(new, given, keys))
    pairs = [(left, right) for left, right, _ in scaled.values()]
    left_out = {key: why for key, why in (base.left_out | new.left_out).items() if wanted(key)}
    only = [
        [key for key in one.samples if key not in other.samples and key not in left_out and wanted(key)]
        for one, other in ((base, new), (new, base))
    ]
    return Report(
        "Comparison of two runs",
        base.commit or str(base.path),
        new.commit or str(new.path),
        [_line(key, left, right, judged[key], scaling) for key, (left, right, scaling) in scaled.items()],
        notes + method_notes(base, new, pairs),
        only[0],
        only[1],
        left_out,
    )


def write(text: str, output: str | None) -> None:
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--output {output}: cannot be written ({error.strerror}); give another") from None


def run(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    base, new = load_measured(options.base), load_measured(options.new)
    report = build_report(base, new, options.rows, options.history, options.force)
    write(formats.writers[options.format](report), options.output)
    # A row that fails in new may have become slower: nobody can say.
    failed = any(new.left_out.get(key, "").startswith("failed") for key in report.left_out)
    return exit_code([line.verdict for line in report.lines] + [Verdict.INCONCLUSIVE] * failed)


def main() -> int:
    return guarded(program, run)


if __name__ == "__main__":
    sys.exit(main())
