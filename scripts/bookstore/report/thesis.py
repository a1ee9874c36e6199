"""The thesis in two figures: what concurrency alone buys on `day`, and what parallelism adds.

Whose figures they are is fixed beforehand, a loop's and a pool's, so that neither is the largest of several noisy ones.
"""

from dataclasses import dataclass

from bookstore.data.results import Run
from bookstore.findings import closed, gains, worker_counts
from bookstore.findings.gains import Gain
from bookstore.report.spreads import spread_text

WORKLOAD, LOOP, POOL = "day", "event_loop", "threads"


@dataclass(frozen=True)
class Headline:
    """A figure, or a dash and why there is none."""

    name: str
    figure: str
    text: str


def headlines(run: Run) -> list[Headline]:
    """Interleaving gain and parallel gain, in this order."""
    measured = closed.measurements_of(run)
    cores = measured.most_cores if measured.core_counts else 1
    concurrency = (
        f"Concurrency alone, on {WORKLOAD}: one event loop on one core, against one task after the other on one core."
        " Nothing runs at the same instant."
    )
    if WORKLOAD not in measured.workloads:
        missing = f"{WORKLOAD} was not measured in this run"
        return [Headline(name, "-", missing) for name in ("interleaving gain", "parallel gain")]
    found = [_headline("interleaving gain", gains.interleaving(measured, WORKLOAD, LOOP, 1), concurrency)]
    workers = worker_counts.best_workers(measured, WORKLOAD, POOL, cores)
    if cores == 1 or workers is None:
        why = (
            "one core has none to add" if cores == 1 else f"{POOL} was not measured on {WORKLOAD} in this run"
        )
        return [*found, Headline("parallel gain", "-", why)]
    parallelism = f"Parallelism, on {WORKLOAD}: the same {workers} {POOL} on {cores} cores, against themselves on one core."
    return [
        *found,
        _headline("parallel gain", gains.parallel(measured, WORKLOAD, POOL, workers, cores), parallelism),
    ]


def _headline(name: str, gain: Gain, text: str) -> Headline:
    if gain.spread is None:
        return Headline(name, "-", f"{text} Withheld: {gain.withheld}.")
    return Headline(name, f"{spread_text(gain.spread)}{gain.mark}", text)
