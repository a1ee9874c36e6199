"""The figures of costs beside the work."""

from bookstore.plots.overhead import contention, efficiency, forks, handover, seam, waiting

# By file name, in the order of the report.
FIGURES = {
    "overhead_efficiency": efficiency.draw,
    "overhead_forks": forks.draw,
    "overhead_waiting": waiting.draw,
    "overhead_handover": handover.draw,
    "overhead_contention": contention.draw,
    "overhead_seam": seam.draw,
}
