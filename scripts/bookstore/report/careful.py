"""What to be careful about in a run, whatever one reads in it."""

from bookstore.data.results import Run
from bookstore.findings import closed
from bookstore.findings.latency import latency_of
from bookstore.findings.open_figures import INVALID
from bookstore.report.closing import busy_line
from bookstore.report.phrases import dropped_notes
from bookstore.report.throughput import ABOVE_IDEAL, DISTURBED, disturbance_notes, fewer_workers_notes

ENOUGH_PROCESSES = 6  # for an exact interval of a median


def cautions(run: Run) -> list[str]:
    """Sentences, the weightiest first; empty if there is nothing."""
    measured = closed.measurements_of(run)
    busy = busy_line(run)
    found = [f"{busy}: figures of this run are a hint."] if busy else []
    found += disturbance_notes(run)
    repetitions = len({row.repetition for row in measured.all if "choice" not in row.counters})
    if repetitions < ENOUGH_PROCESSES:
        found.append(
            f"few processes of each row (at most {repetitions}): a median has an interval from {ENOUGH_PROCESSES} on, and"
            " has a range or nothing before."
        )
    found += fewer_workers_notes(measured)
    latency = latency_of(run)
    if latency is not None:
        invalid = sum(figure.validity == INVALID for figure in latency.figures.values())
        if invalid:
            found.append(f"{invalid} of {len(latency.figures)} open rows are INVALID; the tables say why.")
    for part in (run.environment, run.environment.get("latency"), run.environment.get("overhead")):
        found += dropped_notes(part)
    found.append(f"Marks beside gains: ^ {ABOVE_IDEAL}; * {DISTURBED}.")
    return found
