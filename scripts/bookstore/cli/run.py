"""scripts/run: builds Release, measures, draws, and says what was found."""

import argparse
import shlex
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bookstore.cli.values import core_counts, kinds_of_waits, names
from bookstore.data.names import ALL, TIMER, WAITS, backends_by_default
from bookstore.data.places import RESULTS, ROOT
from bookstore.measure import binary, claims, latency, overhead, runner, sockets, throughput
from bookstore.measure.commits import tree_commit
from bookstore.measure.folder import (
    Plan,
    RunFolder,
    drop_rest,
    folder_name,
    is_published,
    newest_partial,
    partial_of,
    refuse_existing,
    refuse_unwritable,
    write_json,
)
from bookstore.measure.others import Presence
from bookstore.plan import grid
from bookstore.plan.machine import CUSTOMERS, Machine, cpu_speed_step, default_cores
from bookstore.plan.profiles import PROFILES, Profile
from bookstore.terminal import interrupts
from bookstore.terminal.errors import EXIT_FINE, InputError, OneLineParser, WrongResult, guarded, write_output
from bookstore.terminal.progress import Progress, duration
from bookstore.terminal.text import visible

PROGRAM = "scripts/run"
DEFAULT_PROFILE = "quick"
DEFAULT_SEED = 1


def parser() -> OneLineParser:
    made = OneLineParser(
        prog=PROGRAM,
        description="Installs what is missing, builds Release, runs the bookstore under every backend, and draws"
        " what it found into results/<machine>/<time>-<commit>/.",
        epilog="Exit codes: 0 fine, 1 wrong result, 2 bad input; 130, 143 or 129 ended by Ctrl-C, SIGTERM or SIGHUP (go on"
        " with --resume).",
    )
    made.add_argument(
        "--profile",
        choices=sorted(PROFILES, key=lambda name: PROFILES[name].budget_seconds),
        help="how much is measured: smoke about 1 min, quick about 6 min, full about an hour on 2 cores"
        f" (default {DEFAULT_PROFILE})",
    )
    made.add_argument(
        "--backends",
        type=names,
        metavar="A,B",
        help="only these backends, or all (default: the usual six; with --profile full all)",
    )
    made.add_argument("--workloads", type=names, metavar="A,B", help="only these workloads (default all)")
    made.add_argument(
        "--waits",
        type=kinds_of_waits,
        metavar="A,B",
        help="what customers wait for beside timers: unix, tcp (sockets that a process of its own answers; default:"
        " timer alone; with --profile full all)",
    )
    made.add_argument("--cores", type=core_counts, metavar="1,2", help="core counts (default 1 to all)")
    made.add_argument("--out", type=Path, metavar="DIR", help="the run's folder; must not exist")
    made.add_argument("--seed", type=int, help=f"of the processes' random order (default {DEFAULT_SEED})")
    made.add_argument("--resume", action="store_true", help="go on with the run that was interrupted last")
    made.add_argument("--no-plots", action="store_true", help="leave the pictures to scripts/plot")
    made.add_argument(
        "--check-theory",
        action="store_true",
        help="only compare the instrument for latency with queueing theory, on this machine (4 minutes)",
    )
    # Used by the sh front before it installs or builds anything, and by the tests.
    made.add_argument("--check-arguments", action="store_true", help=argparse.SUPPRESS)
    made.add_argument("--binary", type=Path, help=argparse.SUPPRESS)
    made.add_argument("--latency-binary", type=Path, help=argparse.SUPPRESS)
    made.add_argument("--overhead-binary", type=Path, help=argparse.SUPPRESS)
    return made


def check_folder(options: argparse.Namespace) -> None:
    """Refuses a folder that cannot be used, before anything is installed, built or measured."""
    if options.check_theory:
        return refuse_beside_theory(options)
    if options.out is not None and not options.out.name:
        raise InputError("--out needs the name of a new folder")
    if options.resume:
        if options.out is None:
            newest_partial(RESULTS)
        elif not partial_of(options.out).is_dir():
            raise InputError(f"nothing to resume for {options.out}; start without --resume")
    elif options.out is not None:
        refuse_existing(options.out)
    refuse_unwritable(options.out or RESULTS / "machine")


def refuse_beside_theory(options: argparse.Namespace) -> None:
    for name in ("profile", "backends", "workloads", "waits", "cores", "out", "seed", "resume", "no_plots"):
        value = getattr(options, name)
        if value is not None and value is not False:
            raise InputError(f"--check-theory measures no run; leave out --{name.replace('_', '-')}")


def chosen(
    asked: Sequence[str] | None, known: Sequence[str], what: str, left_out: Sequence[str] = ()
) -> list[str]:
    """The names that were asked for, in the binary's order."""
    for name in asked or ():
        if name in left_out:
            raise InputError(f"{what} '{name}' was left out of the build; run scripts/setup and build again")
        if name not in known:
            raise InputError(f"unknown {what} '{name}'; there are {', '.join(known)}")
    return [name for name in known if asked is None or name in asked]


def fitted(
    options: argparse.Namespace, description: binary.Description, backends: Sequence[str]
) -> tuple[Profile, Machine]:
    """What the profile measures on this machine; all of what was asked for by name."""
    profile = PROFILES[options.profile or DEFAULT_PROFILE]
    known = [workload.name for workload in description.workloads]
    usual = [name for name in known if name not in profile.left_out]
    wanted = chosen(options.workloads or usual, known, "workload")
    machine = Machine(
        [workload for workload in description.workloads if workload.name in wanted],
        [backend for backend in description.backends if backend.name in backends],
        options.cores or default_cores(description.cores, profile.few_core_counts),
        description.cores,
    )
    asked = options.workloads is not None or options.cores is not None
    return (profile, machine) if asked else grid.fitted(profile, machine)


def open_folder(options: argparse.Namespace, description: binary.Description) -> RunFolder:
    """A new folder, or the one that an interrupted run left."""
    backends = [backend.name for backend in description.backends]
    if options.backends == [ALL]:
        options.backends = backends
    commit = tree_commit(ROOT)
    if options.resume:
        final = options.out or newest_partial(RESULTS)
        folder = RunFolder.resume(final)
        check_resumed(options, folder.plan, commit, description)
        return folder
    every = PROFILES[options.profile or DEFAULT_PROFILE].every_backend
    wanted = options.backends or backends_by_default(backends, every)
    names_of_backends = chosen(wanted, backends, "backend", description.left_out)
    profile, machine = fitted(options, description, names_of_backends)
    plan = Plan(
        profile=profile.name,
        backends=names_of_backends,
        workloads=[workload.name for workload in machine.workloads],
        cores=list(machine.cores),
        seed=DEFAULT_SEED if options.seed is None else options.seed,
        commit=commit,
        machine=description.machine,
        started=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        cpu_speed=cpu_speed_step(description.cpu_speed),
        gain_repetitions=profile.gain_repetitions,
        waits=options.waits or (list(WAITS) if profile.every_wait else [TIMER]),
    )
    default = RESULTS / plan.machine / folder_name(plan.started, plan.commit)
    return RunFolder.create(options.out or default, plan)


def check_resumed(
    options: argparse.Namespace, plan: Plan, commit: str, description: binary.Description
) -> None:
    """A run goes on only as what it was: its rows must be comparable."""
    for name in ("profile", "backends", "workloads", "waits", "cores", "seed"):
        asked, was = getattr(options, name), getattr(plan, name)
        if asked is not None and (sorted(asked) != sorted(was) if isinstance(was, list) else asked != was):
            shown = ",".join(map(str, was)) if isinstance(was, list) else was
            raise InputError(
                f"the unfinished run has --{name} {shown}; leave --{name} out or start a new run"
            )
    if commit != plan.commit or description.machine != plan.machine:
        raise InputError(
            f"the unfinished run measured {plan.commit} on {plan.machine}, this is {commit} on"
            f" {description.machine}; start a new run"
        )


def run(options: argparse.Namespace) -> int:
    progress = Progress()
    check_folder(options)
    if options.resume and is_published(final := options.out or newest_partial(RESULTS)):
        drop_rest(final)
        progress.say(f"{PROGRAM}: was whole already; nothing was left to measure")
        write_output(f"{visible(str(final))}\n")
        return EXIT_FINE
    executables = [options.binary, options.latency_binary, options.overhead_binary]
    if options.binary is None and not (options.check_theory and options.latency_binary):
        progress.say("building Release (the first time takes a minute or two)")
        built = binary.build(ROOT, ROOT / "build" / "release.log")
        executables = [built / each.name for each in binary.BINARIES]
    if options.check_theory:
        return binary.pass_through(executables[1], ["--check-theory"])
    description = binary.describe(executables[0])
    if description.left_out:
        progress.say(
            f"left out of the build: {', '.join(description.left_out)} (scripts/setup installs them)"
        )
    folder = open_folder(options, description)
    say_what_is_left_out(folder.plan, description, progress)
    try:
        return finish(*executables, folder, description, progress, with_plots=not options.no_plots)
    except BaseException as error:
        if (interrupt := interrupts.behind(error, interrupts.Interrupted)) is None:
            progress.clear()
            raise
        out = f" --out {shlex.quote(str(options.out))}" if options.out is not None else ""
        progress.say(visible(f"{PROGRAM}: interrupted; {PROGRAM} --resume{out} goes on where it stopped"))
        return interrupt.exit_code


def finish(
    executable: Path,
    latency_binary: Path | None,
    overhead_binary: Path | None,
    folder: RunFolder,
    description: binary.Description,
    progress: Progress,
    *,
    with_plots: bool,
) -> int:
    """Measures what is left, writes, draws, publishes and reports."""
    plan = folder.plan
    presence = Presence()
    say_others(presence.others(), progress)
    closed = throughput.part(executable, plan, description)
    measured = runner.measure(closed, folder, progress)
    throughput.require_figures(measured)
    throughput.write_timeline(folder, measured)
    environment = {**throughput.facts(plan, description), **runner.account(closed, measured)}
    planned = latency.part(latency_binary, folder, description, measured.finished) if latency_binary else None
    if planned is not None:
        open_load, basis = planned
        environment["rates"] = latency.rates_account(basis)
        progress.say(f"rates of open load are multiples of {basis.base:,.0f}/s ({basis.source}, closed)")
        environment["latency"] = runner.account(open_load, runner.measure(open_load, folder, progress))
        latency.write_series(folder, open_load)
        latency.pool_curves(folder)
    if overhead_binary:
        costs = overhead.part(overhead_binary, plan, description)
        environment["overhead"] = runner.account(costs, runner.measure(costs, folder, progress))
    for own in (
        claims.closed_part(executable, plan, description),
        claims.open_part(latency_binary, plan, description, measured.finished) if latency_binary else None,
        *sockets.parts(executable, latency_binary, plan, description, measured.finished),
    ):
        if own is not None:
            environment[own.name] = runner.account(own, runner.measure(own, folder, progress))
    environment["other_runs"] = len(presence.others())
    write_json(folder.partial / "environment.json", environment)
    foretell(folder, executable, latency_binary, progress)
    text = report(folder, progress, with_plots=with_plots)
    # The folder first: whoever does not read what is printed loses nothing.
    final = folder.publish()
    say_others(presence.others(), progress)
    write_output(f"{text}{visible(str(final))}\n")
    return EXIT_FINE


def foretell(folder: RunFolder, executable: Path, latency_binary: Path | None, progress: Progress) -> None:
    """What one core's costs say of more cores. A run that cannot be foretold is whole all the same."""
    # Only here: arguments are checked before numpy is known to be installed.
    from bookstore.cli import predict
    from bookstore.data.results import load_run
    from bookstore.plan.prediction import ASKED

    begin = time.monotonic()
    try:
        run = load_run(folder.partial, unfinished=True)
        asked = ASKED[folder.plan.profile]
        predict.foretell(run, asked, executable, latency_binary, progress.say).write(folder.partial)
        progress.say(f"foretold in {duration(time.monotonic() - begin)}")
    except (InputError, WrongResult) as error:
        progress.say(visible(f"not foretold: {error}"))


def say_what_is_left_out(plan: Plan, description: binary.Description, progress: Progress) -> None:
    """What the profile has no room for on this machine, and how it is measured all the same."""
    workloads = [each.name for each in description.workloads if each.name not in plan.workloads]
    if workloads:
        progress.say(
            f"left out of this run: {', '.join(workloads)} (--profile full or --workloads measures them)"
        )
    if plan.waits != [TIMER] and CUSTOMERS not in plan.workloads:
        progress.say(
            f"left out of this run: {CUSTOMERS} over sockets (--workloads {CUSTOMERS} measures them)"
        )
    if max(plan.cores) < description.cores:
        progress.say(
            f"cores measured: {', '.join(map(str, plan.cores))} of {description.cores} (--cores asks for others)"
        )


def say_others(others: Sequence[int], progress: Progress) -> None:
    if others:
        pids = ", ".join(map(str, others))
        progress.say(
            f"{PROGRAM}: process {pids} measures on this machine at the same time: each spoils the other's figures"
        )


def report(folder: RunFolder, progress: Progress, *, with_plots: bool) -> str:
    """Pictures, page and summary of what was measured; what is to be printed of it."""
    # Only here: arguments are checked before numpy and matplotlib are known to be installed.
    from bookstore import plots
    from bookstore.data.results import load_run
    from bookstore.report import closing
    from bookstore.report.written import write_report

    begin = time.monotonic()
    loaded = load_run(folder.partial, unfinished=True)
    drawn: list[Path] = []
    if with_plots:
        drawn = plots.draw_all(loaded, folder.partial / "plots")
        progress.say(f"drawn in {duration(time.monotonic() - begin)}")
    svgs = {path.stem: path.read_text(encoding="utf-8") for path in drawn if path.suffix == ".svg"}
    write_report(loaded, svgs, plots.colours(loaded))
    return closing.terminal(loaded, visible(str(folder.final / "report.html")))


def main() -> int:
    options = parser().parse_args()
    if options.check_arguments:
        check_folder(options)
        return EXIT_FINE
    try:
        interrupts.listen()
        code = run(options)
        interrupts.ignore()  # all is done and said
        return code
    except BaseException as error:
        if (interrupt := interrupts.behind(error, interrupts.Interrupted)) is None:
            raise
        print(f"{PROGRAM}: interrupted while nothing was being measured", file=sys.stderr)
        return interrupt.exit_code


if __name__ == "__main__":
    sys.exit(guarded(PROGRAM, main))
