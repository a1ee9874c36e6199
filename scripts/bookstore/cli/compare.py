"""scripts/compare: two runs, or two Google Benchmark JSON files or more, and a verdict for every row."""

from __future__ import annotations

import argparse
import math
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bookstore.data import history
from bookstore.data.figures import numbered
from bookstore.data.places import RESULTS
from bookstore.data.results import OWN_CONTEXT
from bookstore.data.samples import Measured, identity_of, load_side, program_of, row_filter
from bookstore.gate import foreign, formats, limits, unpaired
from bookstore.gate.formats import Line, Report
from bookstore.gate.limits import FailOn, RowLimits
from bookstore.gate.pairing import Pair, nothing, pair_up, without_spread
from bookstore.gate.rule import Verdict, exit_code
from bookstore.gate.unpaired import Shift
from bookstore.report import markdown
from bookstore.report.numbers import percent
from bookstore.terminal.errors import InputError, OneLineParser, guarded, write_output

program = "scripts/compare"
# What names the machine in a context; --machine takes its place.
machine_names = ("machine", "host_name")


def parser() -> OneLineParser:
    parser = OneLineParser(
        prog=program,
        usage=f"{program} [options] BASE NEW | --base FILE [FILE ...] --new FILE [FILE ...]",
        description="Compares two runs, or Google Benchmark JSON files with repetitions: a verdict per row.",
        epilog="Exit codes: 0 fine, 1 a row regressed (see --fail-on), 2 bad input, 3 inconclusive.",
    )
    parser.add_argument(
        "sides", metavar="BASE NEW", nargs="*", help="a run's folder or a Google Benchmark JSON file"
    )
    parser.add_argument(
        "--base", metavar="FILE", nargs="+", default=[], help="several files of one side: one process each"
    )
    parser.add_argument(
        "--new", metavar="FILE", nargs="+", default=[], help="those measured after the change"
    )
    parser.add_argument("--rows", metavar="PATTERN", help="only rows that match this regular expression")
    parser.add_argument(
        "--time",
        choices=["real", "cpu"],
        help="which time is compared (default: the one that a row asks for)",
    )
    limits.add_arguments(parser)
    parser.add_argument("--format", choices=list(formats.writers), default="markdown")
    parser.add_argument("--output", metavar="FILE", help="write there and not to standard output")
    parser.add_argument(
        "--history", metavar="FILE", help="history of this machine (default: beside the runs)"
    )
    parser.add_argument(
        "--machine", metavar="NAME", help="both sides are of this machine, whatever their host names say"
    )
    parser.add_argument(
        "--force", action="store_true", help="compare across machines and builds all the same"
    )
    return parser


def sides(options: argparse.Namespace) -> tuple[list[Path], list[Path]]:
    """The files of base and of new, whichever way they were given."""
    base, new = options.base, options.new
    if not base and not new and len(options.sides) == 2:
        base, new = options.sides[:1], options.sides[1:]
    elif options.sides or not base or not new:
        raise InputError(
            "give BASE and NEW, or several files of each side as --base FILE FILE --new FILE FILE"
            f" (see {program} --help)"
        )
    return [Path(path) for path in base], [Path(path) for path in new]


def _differing(
    one: Mapping[str, str], other: Mapping[str, str], machine: str | None
) -> list[tuple[str, str]]:
    names = dict.fromkeys([*one, *other])
    return [
        (name, f"{name} {one.get(name) or '(none)'} and {other.get(name) or '(none)'}")
        for name in names
        if one.get(name) != other.get(name) and not (machine and name in machine_names)
    ]


def check_identity(base: Measured, new: Measured, force: bool, machine: str | None = None) -> list[str]:
    """Refuses different machines or builds, within a side too; with force, says in a note what differs."""
    pairs = [("base and new", base.identity, new.identity)]
    for what, side in (("files of base", base), ("files of new", new)):
        pairs += [(what, side.identity, identity_of(other)) for other in side.others]
    notes = []
    for what, one, other in pairs:
        differing = _differing(one, other, machine)
        if not differing:
            continue
        text = f"{what} differ in {'; '.join(words for _, words in differing)}"
        if not force:
            remedy = "measure alike, or give --force"
            if {name for name, _ in differing} <= set(machine_names):
                remedy = (
                    "give --machine NAME if it is one machine (a container's host name is another each time), or"
                    " --force to compare all the same"
                )
            raise InputError(f"{text}: {remedy}")
        notes.append(f"Forced: {markdown.plain(text)}.")
    if machine:
        notes.append(f"Taken for one machine, {markdown.plain(machine)}, as asked.")
    return list(dict.fromkeys(notes))


def machine_noise(
    new: Measured, given: str | None, keys: Sequence[str], machine: str | None = None
) -> dict[str, float | None]:
    """Run-to-run noise of each row from the machine's history, None where that has too few runs."""
    name = machine or str(new.context.get("machine") or new.context.get("host_name") or "")
    places = [new.path.parent / "history.jsonl"]
    if machine or "machine" in new.context:
        places.append(RESULTS / name / "history.jsonl")
    found = [Path(given)] if given else [place for place in places if place.is_file()]
    if not found:
        return {}
    path = found[0]
    entries = sorted(history.read_history(path), key=lambda entry: entry.time)
    if entries and entries[0].machine != name:
        if given is None:
            return {}
        raise InputError(
            f"{path}: is the history of machine {entries[0].machine}, the run is of {name or 'no named machine'};"
            f" give that of this machine, or --machine {shlex.quote(entries[0].machine)}"
        )
    logs = {
        key: [math.log(entry.rows[key].seconds) for entry in entries if key in entry.rows] for key in keys
    }
    return {key: unpaired.run_to_run(values) for key, values in logs.items()}


def _line(pair: Pair, shift: Shift, chosen: RowLimits) -> Line:
    base, new, limit = pair.base, pair.new, chosen.of(pair.key)
    notes = [*pair.notes, shift.note, f"limit {limit.percent}" if limit is not None else ""]
    if new.metric.endswith("p50"):
        notes.append(f"{new.metric} {'latency' if new.metric == 'p50' else ''}".rstrip())
    if base.p99 and new.p99:
        notes.append(f"p99 {percent(math.log(new.p99 / base.p99))} (not gated)")
    return Line(
        pair.key,
        shift.verdict,
        base.median,
        new.median,
        shift.estimate,
        shift.low,
        shift.high,
        (float(new.values.min()), float(new.values.max())),
        new.metric,
        note="; ".join(note for note in notes if note),
        values=pair.counts,
    )


def method_notes(base: Measured, new: Measured, pairs: Sequence[Pair]) -> list[str]:
    """What the reader must know of this comparison to trust it no further than it goes."""
    notes = [
        "Unpaired: base and new were measured at different times, and what the machine did in between looks like a"
        " change. scripts/regress runs both in turn and decides more surely."
    ]
    if not all(pair.by_process or (base.ours and new.ours) for pair in pairs):
        notes.append(
            "Repetitions are the unit: differences from one process to the next (memory layout, placement of threads)"
            " are not seen, so the intervals are too narrow and no error rate is promised."
            f" {unpaired.least_processes} files a side, one process each, make processes the unit."
        )
    aggregated = sum(pair.aggregated for pair in pairs)
    if aggregated:
        notes.append(
            f"{aggregated} of {len(pairs)} rows rest on aggregates alone (median, and cv or stddev), as if noise were"
            " Gaussian: weaker than the repetitions themselves. Measure without --benchmark_report_aggregates_only."
        )
    tested = [pair.counts for pair in pairs if pair.counts is not None and not pair.aggregated]
    few = sum(min(counts) < unpaired.least_processes for counts in tested)
    if few:
        notes.append(
            f"{few} of {len(pairs)} rows have fewer than {unpaired.least_processes} values a side: a verdict on them"
            f" needs {unpaired.least_history} runs of this machine in its history (scripts/track add), and rests on"
            " their run-to-run noise."
        )
    testable = [counts for counts in tested if min(counts) >= unpaired.least_processes]
    most = max((unpaired.most_rows(*counts) for counts in testable), default=0)
    if testable and len(testable) > most:
        notes.append(
            f"{len(testable)} rows at once are too many for this number of values: none can be proved slower;"
            f" choose at most {most} with --rows, or measure more repetitions."
        )
    for key in sorted(base.ideal.keys() & new.ideal.keys()):
        change = math.log(new.ideal[key].median / base.ideal[key].median)
        notes.append(f"The machine itself ({markdown.plain(key)}, no runtime) changed by {percent(change)}.")
    return notes


def to_run_again(base: Measured, new: Measured, key: str) -> str | None:
    """The command that shows one row once more; None where it cannot be told."""
    if base.ours and new.ours and base.commit:
        return shlex.join(["scripts/regress", "--base", base.commit, "--row", key])
    executable = new.context.get("executable")
    if new.ours or OWN_CONTEXT <= new.context.keys() or not isinstance(executable, str):
        return None  # the rows of our own binaries are made from their options
    if len({program_of(context) for context in (new.context, *new.others)}) > 1:
        return None
    name = numbered.sub("", key)
    return shlex.join(
        [executable, f"--benchmark_filter={foreign.escape(name)}", "--benchmark_repetitions=10"]
    )


def build_report(base: Measured, new: Measured, options: argparse.Namespace) -> tuple[Report, int]:
    """The report, and how many rows may hide a change that nobody can see."""
    notes = check_identity(base, new, options.force, options.machine)
    wanted = row_filter(options.rows).search
    chosen = limits.row_limits(options.limit, options.limits)
    failing = FailOn(options.fail_on).verdicts
    found = pair_up(base, new, wanted)
    noise = machine_noise(new, options.history, [pair.key for pair in found.pairs], options.machine)
    found.leave_out_single(noise)
    if not found.pairs and not any(why.duplicate for why in found.left_out.values()):
        raise nothing(base, new, found, options.rows)
    judged = unpaired.judge_shifts(
        {pair.key: pair.comparison for pair in found.pairs},
        noise,
        factors={pair.key: chosen.factor(pair.key) for pair in found.pairs},
        between={pair.key: pair.between for pair in found.pairs},
    )
    lines = [_line(pair, judged[pair.key], chosen) for pair in found.pairs]
    keys = [line.key for line in lines]
    notes += [f"The limit of {markdown.code(pattern)} matches no row." for pattern in chosen.unused(keys)]
    report = Report(
        "Comparison of two runs",
        base.commit or base.named,
        new.commit or new.named,
        lines,
        notes + (method_notes(base, new, found.pairs) if found.pairs else []),
        found.missing,
        found.added,
        {key: why.reason for key, why in found.left_out.items()},
        failing=failing,
        again={
            line.key: command
            for line in lines
            if line.verdict is not Verdict.SAME and (command := to_run_again(base, new, line.key))
        },
    )
    return report, sum(why.failed for why in found.left_out.values())


def write(text: str, output: str | None) -> None:
    if output is None:
        write_output(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--output {output}: cannot be written ({error.strerror}); give another") from None


def run(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    base, new = (load_side(paths, options.time) for paths in sides(options))
    for side in (base, new):
        if (
            side.samples
            and options.history is None
            and all(sample.single for sample in side.samples.values())
        ):
            raise without_spread(side)
    report, unknown = build_report(base, new, options)
    # What failed, or cannot be told apart, may have become slower: nobody can say.
    verdicts = [line.verdict for line in report.lines] + [Verdict.INCONCLUSIVE] * unknown
    code = exit_code(verdicts, failing=report.failing)
    write(formats.writers[options.format](report), options.output)
    return code


def main() -> int:
    return guarded(program, run)


if __name__ == "__main__":
    sys.exit(main())
