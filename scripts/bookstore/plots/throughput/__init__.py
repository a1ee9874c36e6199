"""The figures of closed runs."""

from bookstore.plots.throughput import (
    cpu_per_task,
    gain_map,
    in_flight,
    quadrants,
    reach,
    timeline,
    vs_cores,
    vs_workers,
)

# By file name, in the order of the report.
FIGURES = {
    "throughput_vs_cores": vs_cores.draw,
    "throughput_vs_workers": vs_workers.draw,
    "map": gain_map.draw,
    "quadrants": quadrants.draw,
    "cpu_per_task": cpu_per_task.draw,
    "timeline": timeline.draw,
    "in_flight": in_flight.draw,
    "reach": reach.draw,
}
