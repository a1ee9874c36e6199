"""Any Google Benchmark binary, of versions 1.5 to 1.9 and later: its rows, and short processes that time one row each.

Our flags come last on its command line, and the variables of the environment that Google Benchmark takes for flags are
taken out, so that what it does is what we ask for. What it prints is thrown away: results come through a file.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from bookstore.data.results import load_results
from bookstore.data.figures import of_process
from bookstore.gate.driver import Build, environment
from bookstore.measure import process
from bookstore.terminal.errors import InputError
from bookstore.terminal.progress import duration

list_seconds = 60.0
help_seconds = 10.0
most_printed = 1 << 22  # bytes that are kept of either stream
most_joined = 4  # lines of one name
# An alternative of so many bytes: libstdc++ gives up on more than 100,000 states.
most_filter = 20_000

flags = (
    "LIST_TESTS FILTER MIN_TIME MIN_WARMUP_TIME REPETITIONS DRY_RUN ENABLE_RANDOM_INTERLEAVING REPORT_AGGREGATES_ONLY"
    " DISPLAY_AGGREGATES_ONLY FORMAT OUT_FORMAT OUT COLOR COUNTERS_TABULAR PERF_COUNTERS CONTEXT TIME_UNIT"
).split()
# Versions up to 1.5 put the prefix before a name that has it already.
variables = frozenset(
    f"{prefix}{flag}" for prefix in ("BENCHMARK_", "BENCHMARK_BENCHMARK_") for flag in flags
)

# What Google Benchmark itself says on stderr: no reason for anything.
_preamble = re.compile(
    r"\*\*\*WARNING\*\*\*|Running |Run on \(|CPU Caches:| +L\d |Load Average:|\d{4}-\d\d-\d\dT[\d:+-]+$"
    r"|The number of inputs is very large"
)
_own_flags_warning = re.compile(
    r"(?:-+ ?LOG\(0\): )?Value passed to --benchmark_min_time should have a suffix\..*?-seconds\."
)
_no_match = "Failed to match any benchmarks"
_json_list = re.compile(r'\{(?=\s*"benchmarks"\s*:)')


class Fate(Enum):
    """What became of a process that gave no time."""

    SKIPPED = "skipped"
    FAILED = "failed"
    BROKEN = "broken"  # it crashed, or ended otherwise than well, or left nothing to read
    LATE = "late"


class Unfit(Exception):
    """A process that gave no time of its row; the text says why."""

    def __init__(self, fate: Fate, reason: str) -> None:
        super().__init__(reason)
        self.fate = fate


@dataclass(frozen=True)
class Target:
    """A row: its name as the binary prints it, and which one it is of those that have this name."""

    name: str
    number: int = 1
    count: int = 1

    @property
    def key(self) -> str:
        """The name; with a number where it stands for several."""
        return self.name if self.count == 1 else f"{self.name} ({self.number} of {self.count})"


def escape(name: str) -> str:
    """A name as a filter for exactly it, in what POSIX's extended expressions and C++'s (std::regex) have in common.

    Either refuses a backslash before a character that means nothing, as `]` and `}` alone do not.
    """
    escaped = re.sub(r"([.\[()\\*+?{|^$])", r"\\\1", name)
    return "^" + re.sub("\N{REPLACEMENT CHARACTER}+", ".+", escaped) + "$"


def how_it_ended(done: process.Ended) -> str:
    """How, and the last line of its complaints that is not Google Benchmark's own."""
    lines = _own_flags_warning.sub("\n", done.errors).splitlines()
    lines = [line for line in lines if line.strip() and not _preamble.match(line)]
    return f"{done.how}: {' '.join(lines[-1].split())}" if lines else done.how


def surroundings(padding: int = 0) -> dict[str, str]:
    """The environment without what Google Benchmark takes for flags, `padding` bytes larger."""
    return {name: value for name, value in environment(padding).items() if name not in variables}


def taken_out() -> list[str]:
    """Variables of the present environment that no process of ours sees."""
    return sorted(variables & os.environ.keys())


class Foreign:
    """One side: a build, its own arguments with it, and the time that is compared ("real", "cpu", None: as a row asks)."""

    def __init__(self, build: Build, time: str | None = None) -> None:
        self.build = build
        self._time = time
        # Where its results are found: False in a file as asked, True in what it prints; None until the first are.
        self._prints: bool | None = None
        # Whether its status is the number of its rows: main returns what RunSpecifiedBenchmarks does.
        self._returns_counts = False

    @property
    def sets_min_time(self) -> bool:
        """Whether its own arguments say how long it is to run; then ours do not."""
        return any(given.startswith("--benchmark_min_time=") for given in self.build.arguments)

    def rows(self) -> list[Target]:
        """Its rows in their order. InputError if it has none, or cannot be asked."""
        names = self._names()
        if not names:
            raise InputError(f"{self.build.name} lists no benchmarks; give a Google Benchmark binary")
        counts, seen = Counter(names), Counter[str]()
        targets = []
        for name in names:
            seen[name] += 1
            targets.append(Target(name, seen[name], counts[name]))
        return targets

    def time(self, target: Target, min_time: float, seconds: float, padding: int = 0) -> float:
        """Seconds per iteration, from one process that runs for at most so many `seconds`. Unfit if there are none."""
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.json"
            try:
                done = self._run(self._arguments(target, min_time, out), seconds, padding)
            except process.TooLong:
                raise Unfit(Fate.LATE, f"did not end within {duration(seconds)}") from None
            if done.status != 0 and not (self._returns_counts and done.status == target.count % 256):
                raise Unfit(Fate.BROKEN, how_it_ended(done))
            if self._prints or not out.exists() or os.path.getsize(out) == 0:
                out.write_text(done.output, encoding="utf-8")
                self._prints = bool(done.output.strip()) or self._prints
            else:
                self._prints = False
            return self._read(out, target, done)

    def _arguments(self, target: Target, min_time: float, out: Path) -> list[str]:
        found = [f"--benchmark_filter={escape(target.name)}", "--benchmark_list_tests=false"]
        found += ["--benchmark_repetitions=1", "--benchmark_report_aggregates_only=false"]
        if not self.sets_min_time:
            found.append(f"--benchmark_min_time={min_time:.6g}")
        return [*found, f"--benchmark_out={out}", "--benchmark_out_format=json", "--benchmark_format=json"]

    def _run(self, arguments: Sequence[str], seconds: float, padding: int = 0) -> process.Ended:
        try:
            return process.run(
                [self.build.path, *self.build.arguments, *arguments],
                seconds=seconds,
                environment=surroundings(padding),
                muted=self._prints is False,
                kept_bytes=most_printed,
            )
        except OSError as error:
            raise InputError(
                f"{self.build.name} cannot be run ({error.strerror}: {self.build.path}); give an executable"
            ) from None

    def _read(self, out: Path, target: Target, done: process.Ended) -> float:
        """The row's time in the results of one process, which ran it alone."""
        if _no_match in done.errors:
            raise Unfit(Fate.BROKEN, "its filter takes no row of this name")
        try:
            samples, left_out = of_process(load_results(out), self._time)
        except InputError as error:
            said = str(error).removeprefix(f"{out}: ").split(";")[0]
            raise Unfit(Fate.BROKEN, f"wrote no usable JSON ({said})") from None
        ran = [*samples, *left_out]
        alike = [name for name in ran if _bare(name) == _bare(target.key)]
        key = target.key if target.key in ran else alike[0] if alike else None
        if key is None:
            other = "" if len(ran) == 1 else f" and {len(ran) - 1} more"
            raise Unfit(Fate.BROKEN, f"ran {ran[0]}{other} instead, whatever its filter says")
        if key in samples:
            return samples[key].median
        lost = left_out[key]
        raise Unfit(Fate.FAILED if lost.failed else Fate.SKIPPED, lost.reason)

    def _names(self) -> list[str]:
        """Names as it prints them, one a line: without other lines that it prints, and of several lines where one is.

        Versions from 2026 on list in JSON, which says what is a name. Others are asked twice more: with a filter that
        takes nothing, for what they print besides, and with one for all their lines, for which of these are names.
        """
        listed = self._listed()
        if (exact := _from_json(listed)) is not None:
            return exact
        besides = self._lines("^$")
        lines = [line for line in listed.split("\n") if line]
        if Counter(lines) == besides:
            return lines  # its lists know no filter
        known = self._known(lines) - besides
        return _joined(lines, known, lambda names: self._known(names) - besides)

    def _listed(self, pattern: str | None = None) -> str:
        arguments = ["--benchmark_list_tests=true", "--benchmark_format=json"]
        if pattern is not None:
            arguments.append(f"--benchmark_filter={pattern}")
        try:
            done = self._run(arguments, list_seconds)
        except process.TooLong:
            raise InputError(
                f"{self.build.name} does not list its benchmarks within {list_seconds:.0f} s; run it by hand"
            ) from None
        # A filter that takes nothing is an error to some.
        if done.status != 0 and (pattern is None or done.status < 0) and not self._counts(done):
            hint = (
                "; its own arguments go after --, or into --args" if done.status > 0 else "; run it by hand"
            )
            raise InputError(f"{self.build.name} {how_it_ended(done)}{hint}")
        return done.output

    def _counts(self, listed: process.Ended) -> bool:
        """Whether the status of its list is no failure but the number of rows there."""
        names = _from_json(listed.output)
        rows = [line for line in listed.output.split("\n") if line] if names is None else names
        if listed.status == len(rows) % 256 > 0:
            nothing = self._run(["--benchmark_list_tests=true", "--benchmark_filter=^$"], list_seconds)
            self._returns_counts = nothing.status == 0 and nothing.output != listed.output
        return self._returns_counts

    def _lines(self, pattern: str) -> Counter[str]:
        return Counter(line for line in self._listed(pattern).split("\n") if line)

    def _known(self, names: Sequence[str]) -> Counter[str]:
        """What it lists of these names, each taken for one."""
        found: Counter[str] = Counter()
        part: list[str] = []
        for name in [*dict.fromkeys(names), None]:
            if part and (name is None or sum(map(len, part)) + len(name) > most_filter):
                found |= self._lines("|".join(map(escape, part)))
                part = []
            if name is not None:
                part.append(name)
        return found


def _bare(name: str) -> str:
    """A name without the characters that may not come whole through a list or a file."""
    return re.sub(r"[^0-9A-Za-z<>]", "", name)


def _from_json(listed: str) -> list[str] | None:
    found = _json_list.search(listed)
    if found is None:
        return None
    try:
        document, _ = json.JSONDecoder(strict=False).raw_decode(listed, found.start())
    except json.JSONDecodeError:
        return None
    return [str(item["name"]) for item in document["benchmarks"]]


def _joined(
    lines: Sequence[str], known: Counter[str], ask: Callable[[Sequence[str]], Counter[str]]
) -> list[str]:
    """Lines that are names, and names that are several lines."""
    left = Counter(known)
    names: list[str] = []
    broken: list[str] = []

    def mend() -> None:
        """Takes names out of neighbouring lines that are none; a line that begins no name is another's output."""
        while broken:
            joints = ["\n".join(broken[:end]) for end in range(2, min(len(broken), most_joined) + 1)]
            whole = next(
                (joint for joint in joints if all(ask([joint])[line] for line in joint.split("\n"))), ""
            )
            if whole:
                names.append(whole)
            del broken[: whole.count("\n") + 1]

    for line in lines:
        if left[line] > 0:
            mend()
            left[line] -= 1
            names.append(line)
        else:
            broken.append(line)
    mend()
    return names


def drivable(build: Build) -> Build | None:
    """The binary as one that can be driven, for closed rows or for open ones; None unless its help has our options."""
    try:
        done = process.run(
            [build.path, "--help"], seconds=help_seconds, environment=surroundings(), kept_bytes=most_printed
        )
    except (OSError, process.TooLong):
        return None

    def has(name: str) -> bool:
        """Whether it is an option of its own: others have such as --driver."""
        return re.search(rf"^\s+--{name}\s", done.output, re.MULTILINE) is not None

    # Most experiments of bench_overhead are more than runs that could be repeated batch by batch.
    if not (has("drive") and has("plant-slowdown")) or has("experiments"):
        return None
    return replace(build, open_path=build.path) if has("rates") else build
