"""scripts/advise: which backend serves tasks of the reader's own, the cheapest first."""

import argparse
import math
import re
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bookstore.cli.values import core_counts, names
from bookstore.data.names import ALL, BASELINE, backends_by_default
from bookstore.data.places import ROOT
from bookstore.data.service import (
    CONSTANT,
    MOST_CPU_NS,
    MOST_WAIT_NS,
    SPREADS,
    WORKLOAD,
    Shape,
    Step,
    Wish,
    steps_of,
    time_ns,
)
from bookstore.measure import binary
from bookstore.measure.folder import Plan, RunFolder
from bookstore.measure.others import Presence
from bookstore.plan import advice as plan
from bookstore.plan.machine import Backend, default_cores
from bookstore.terminal.errors import (
    EXIT_FINE,
    EXIT_INCONCLUSIVE,
    InputError,
    OneLineParser,
    guarded,
    write_output,
)
from bookstore.terminal.progress import Progress
from bookstore.terminal.text import visible

PROGRAM = "scripts/advise"
SECONDS = 30.0
LEAST_SECONDS, MOST_SECONDS = 5.0, 600.0
MOST_RATE = 1e7
SEED = 1


def parser() -> OneLineParser:
    made = OneLineParser(
        prog=PROGRAM,
        description="Which backend serves tasks of your own, the cheapest first: rules out by arithmetic, measures the"
        " rest on this machine. The limit is for the delay, a task's latency less the waits that it asks for.",
        epilog="Exit codes: 0 fine (if nothing serves it, too), 1 wrong result, 2 bad input, 3 nothing could be settled.",
    )
    made.add_argument("--cpu", metavar="TIME", help="CPU time of a task, such as 20us")
    made.add_argument(
        "--wait", metavar="TIME", help="what it waits for afterwards, such as 1ms (default: nothing)"
    )
    made.add_argument(
        "--steps", metavar="A+B,C", help="instead: CPU and wait, then CPU, such as 20us+1ms,5us"
    )
    made.add_argument(
        "--spread",
        choices=SPREADS,
        default=CONSTANT,
        help="of these times about their means (default constant)",
    )
    made.add_argument("--rate", required=True, metavar="N", help="arrivals per second, at random")
    made.add_argument(
        "--p99", required=True, metavar="TIME", help="99 in 100 tasks are delayed no longer, such as 5ms"
    )
    made.add_argument("--cores", type=core_counts, metavar="1,2", help="core counts (default: up to all)")
    made.add_argument(
        "--backends",
        type=names,
        metavar="A,B",
        help="only these backends, or all (default: the usual six)",
    )
    made.add_argument("--seconds", metavar="N", help=f"to measure for, about (default {SECONDS:.0f})")
    made.add_argument(
        "--from", dest="run", type=Path, metavar="RUN", help="measure nothing, tell it from a run's rows"
    )
    # Used by the sh front before it installs or builds anything, and by the tests.
    made.add_argument("--check-arguments", action="store_true", help=argparse.SUPPRESS)
    made.add_argument("--binary", type=Path, help=argparse.SUPPRESS)
    made.add_argument("--latency-binary", type=Path, help=argparse.SUPPRESS)
    return made


def positive(text: str, most: float, what: str, example: str, least: float = 0.0) -> float:
    found = re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", text.strip())
    value = float(text) if found else math.nan
    if not (least <= value <= most and value > 0):
        above = f"from {least:g}" if least else "above 0"
        raise InputError(f"{what} is {text!r}; give a number {above} up to {most:,.0f}, such as {example}")
    return value


def wish_of(options: argparse.Namespace) -> Wish:
    if options.steps is not None:
        if options.cpu is not None or options.wait is not None:
            raise InputError("--steps says all of a task's times; leave out --cpu and --wait")
        steps = steps_of(options.steps)
    elif options.cpu is None:
        raise InputError("what does a task take? give --cpu 20us (and --wait 1ms), or --steps 20us+1ms,5us")
    else:
        wait = time_ns(options.wait, MOST_WAIT_NS, "--wait", least=0) if options.wait is not None else 0
        steps = (Step(time_ns(options.cpu, MOST_CPU_NS, "--cpu"), wait),)
    rate = positive(options.rate, MOST_RATE, "--rate", "8000")
    limit = time_ns(options.p99, MOST_WAIT_NS, "--p99") * 1e-9
    return Wish(Shape(steps, options.spread), rate, limit)


def seconds_of(options: argparse.Namespace, wish: Wish) -> float:
    """InputError where arrivals are so rare, or stay so long, that runs of that time say nothing of their p99."""
    seconds = SECONDS
    if options.seconds is not None:
        seconds = positive(options.seconds, MOST_SECONDS, "--seconds", f"{SECONDS:.0f}", LEAST_SECONDS)
    needed = math.ceil(plan.seconds_needed(wish))
    if needed > seconds:
        remedy = f"give --seconds {needed}" if needed <= MOST_SECONDS else "give --from RUN"
        what = f"{wish.rate:g}/s of tasks that stay {wish.shape.stay:g} s"
        raise InputError(f"{what} show no p99 in {seconds:.0f} s: too few, or too slow; {remedy}")
    return seconds


def chosen_backends(options: argparse.Namespace, description: binary.Description) -> list[Backend]:
    known = [backend.name for backend in description.backends]
    wanted = options.backends or backends_by_default(known)
    if wanted == [ALL]:
        wanted = known
    for name in wanted:
        if name in description.left_out:
            raise InputError(f"backend '{name}' was left out of the build; run scripts/setup and build again")
        if name not in known:
            raise InputError(f"unknown backend '{name}'; there are {', '.join(known)}")
    return [backend for backend in description.backends if backend.name in wanted]


def from_run(options: argparse.Namespace, wish: Wish) -> int:
    from bookstore.data.results import load_run
    from bookstore.findings import reach
    from bookstore.report import advice as report

    run = load_run(options.run)
    basis = reach.nearest(reach.bases_of(run), wish.shape)
    if basis is None:
        raise InputError(
            f"{options.run}: has no closed rows of {BASELINE}, which tell what tasks cost; give another run"
        )
    found = [
        each
        for each in reach.reached(wish, basis)
        if (options.backends in (None, [ALL]) or each.setting.backend in options.backends)
        and (options.cores is None or each.setting.cores in options.cores)
    ]
    if not found:
        raise InputError(
            f"{options.run}: measured none of what was asked for; leave out --backends and --cores"
        )
    write_output(report.from_run(wish, found, basis, visible(str(options.run))))
    verdicts = {each.verdict for each in found}
    return EXIT_INCONCLUSIVE if reach.LIKELY not in verdicts and reach.UNTOLD in verdicts else EXIT_FINE


def measured(options: argparse.Namespace, wish: Wish, seconds: float) -> int:
    progress = Progress()
    binaries = (options.binary, options.latency_binary)
    if options.binary is None:
        progress.say("building Release (the first time takes a minute or two)")
        built = binary.build(ROOT, ROOT / "build" / "release.log")
        binaries = (built / binary.THROUGHPUT.name, built / binary.LATENCY.name)
    description = binary.describe(binaries[0])
    backends = chosen_backends(options, description)
    core_list = options.cores or default_cores(description.cores)
    candidates, ruled_out = plan.candidates(wish, backends, core_list)
    presence = Presence()
    # Only here: arguments are checked before numpy is known to be installed.
    from bookstore.findings.advice import Tried, is_settled, judge
    from bookstore.measure import advice as measuring
    from bookstore.report import advice as report

    judged = []
    if candidates:
        with tempfile.TemporaryDirectory(prefix="bookstore-advise-") as place:
            folder = RunFolder.create(Path(place) / "run", _plan(description, core_list))
            found = measuring.measure(wish, candidates, seconds, binaries, folder, progress)
        for setting in candidates:
            rows = [each.get(setting, []) for each in (found.runs, found.closed, found.memory)]
            if setting in found.looks or rows[0]:
                judged.append(judge(Tried(setting, found.looks.get(setting), *rows), wish))
    for other in presence.others():
        progress.say(
            f"{PROGRAM}: process {other} measures on this machine at the same time: each spoils the other's"
        )
    seen = {each.setting for each in judged}
    write_output(report.text(wish, judged, ruled_out, [each for each in candidates if each not in seen]))
    return EXIT_FINE if is_settled(judged) else EXIT_INCONCLUSIVE


def _plan(description: binary.Description, core_list: list[int]) -> Plan:
    return Plan(
        profile="advise",
        backends=[],
        workloads=[WORKLOAD],
        cores=core_list,
        seed=SEED,
        commit="",
        machine=description.machine,
        started=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def main() -> int:
    options = parser().parse_args()
    wish = wish_of(options)
    if options.run is not None:
        if options.seconds is not None:
            raise InputError("--from measures nothing; leave out --seconds")
        return EXIT_FINE if options.check_arguments else from_run(options, wish)
    seconds = seconds_of(options, wish)
    if options.check_arguments:
        return EXIT_FINE
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return measured(options, wish, seconds)


if __name__ == "__main__":
    sys.exit(guarded(PROGRAM, main))
