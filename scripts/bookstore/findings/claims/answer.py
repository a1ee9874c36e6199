"""What is said of a claim: a verdict, a sentence with its figures, and what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass

from bookstore.stats.intervals import Spread

HOLDS, HOLDS_IF, FAILS = "holds", "holds only if", "does not hold here"
UNDECIDED, NOT_MEASURED = "undecided", "not measured"
VERDICTS = (HOLDS, HOLDS_IF, FAILS, UNDECIDED, NOT_MEASURED)

ONE_CORE = "one core"
OTHERS = "others took the CPUs"
NO_INTERVAL = "too few processes for an interval"
THROUGHPUT, LATENCY, OVERHEAD = "bench_throughput", "bench_latency", "bench_overhead"
REPETITIONS = 7  # by which a row is measured again by hand


@dataclass(frozen=True)
class Claim:
    """A claim of the essay and its experiment, whatever a run says of it."""

    name: str  # C1
    says: str  # the claim, in our words
    question: str
    experiment: str
    differs: str  # what would make the answer differ
    picture: str  # name of the figure that shows it, as `plots.FIGURES` has it


@dataclass(frozen=True)
class Answer:
    """A claim's answer from one run."""

    claim: Claim
    verdict: str  # of VERDICTS
    condition: str = ""  # of "holds only if" what; of "undecided" and "not measured" why
    said: tuple[str | Spread, ...] = ()  # one sentence: words, and figures to be written with their intervals
    rows: tuple[tuple[str, str], ...] = ()  # (binary, row) of all that the sentence's figures come from

    @property
    def verdict_text(self) -> str:
        """holds only if the shares are fixed beforehand; not measured: one core"""
        if self.verdict == HOLDS_IF:
            return f"{self.verdict} {self.condition}"
        return f"{self.verdict}: {self.condition}" if self.condition else self.verdict

    @property
    def commands(self) -> list[str]:
        """What measures its rows again, after scripts/run has built: a command for each binary and core count."""
        found: dict[tuple[str, str], list[str]] = {}
        for binary, row in self.rows:
            cores = next((part for part in row.split("/") if part.startswith("cores:")), "")
            found.setdefault((binary, cores), []).append(f"--row {row}")
        return [
            " ".join(
                [f"build/release/{binary}", *dict.fromkeys(rows), f"--benchmark_repetitions={REPETITIONS}"]
            )
            for (binary, _), rows in found.items()
        ]


def not_measured(claim: Claim, why: str) -> Answer:
    return Answer(claim, NOT_MEASURED, why)


def undecided(claim: Claim, why: str) -> Answer:
    """Measured, but nothing of it may be shown."""
    return Answer(claim, UNDECIDED, why)


def listed(names: Sequence[str], last: str = "and") -> str:
    """a, b and c"""
    return f" {last} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def joined(parts: Sequence[Sequence[str | Spread]], between: str = ", ") -> list[str | Spread]:
    """The parts of several figures, with words between them."""
    found: list[str | Spread] = []
    for index, part in enumerate(parts):
        found += [between] if index else []
        found += part
    return found
