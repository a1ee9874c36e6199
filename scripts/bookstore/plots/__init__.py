"""The figures of a run, one module each. A figure that the run has no data for is not drawn."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from bookstore.terminal.errors import InputError
from bookstore.plots.forked import forked_map
from bookstore.plots.throughput import cpu_per_task
from bookstore.plots.throughput import gain_map
from bookstore.plots.throughput import in_flight
from bookstore.plots.latency import burst as latency_burst
from bookstore.plots.latency import percentiles as latency_percentiles
from bookstore.plots.latency import split as latency_split
from bookstore.plots.latency import vs_cores as latency_vs_cores
from bookstore.plots.latency import vs_rate as latency_vs_rate
from bookstore.plots.latency import vs_workers as latency_vs_workers
from bookstore.plots.overhead import contention as overhead_contention
from bookstore.plots.overhead import efficiency as overhead_efficiency
from bookstore.plots.overhead import forks as overhead_forks
from bookstore.plots.overhead import handover as overhead_handover
from bookstore.plots.overhead import seam as overhead_seam
from bookstore.plots.overhead import waiting as overhead_waiting
from bookstore.plots.throughput import vs_cores as throughput_vs_cores
from bookstore.plots.throughput import vs_workers as throughput_vs_workers
from bookstore.plots.throughput import time_vs_cores
from bookstore.plots.throughput import timeline
from bookstore.plots.style import PNG_DPI
from bookstore.data.results import Run

FIGURES: dict[str, Callable[[Run], Figure | None]] = {
    "throughput_vs_cores": throughput_vs_cores.draw,
    "time_vs_cores": time_vs_cores.draw,
    "throughput_vs_workers": throughput_vs_workers.draw,
    "map": gain_map.draw,
    "cpu_per_task": cpu_per_task.draw,
    "timeline": timeline.draw,
    "in_flight": in_flight.draw,
    "latency_percentiles": latency_percentiles.draw,
    "latency_vs_rate": latency_vs_rate.draw,
    "latency_vs_cores": latency_vs_cores.draw,
    "latency_vs_workers": latency_vs_workers.draw,
    "latency_split": latency_split.draw,
    "latency_burst": latency_burst.draw,
    "overhead_efficiency": overhead_efficiency.draw,
    "overhead_forks": overhead_forks.draw,
    "overhead_waiting": overhead_waiting.draw,
    "overhead_handover": overhead_handover.draw,
    "overhead_contention": overhead_contention.draw,
    "overhead_seam": overhead_seam.draw,
}


def draw_all(run: Run, folder: Path) -> list[Path]:
    """Draws every figure as SVG and PNG, several at a time; returns the files in the order of FIGURES."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        drawn = forked_map(lambda name: _draw_one(run, folder, name), list(FIGURES))
        return [path for paths in drawn for path in paths]
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written ({error.strerror or error}); check its rights"
        ) from None


def _draw_one(run: Run, folder: Path, name: str) -> list[Path]:
    figure = FIGURES[name](run)
    written: list[Path] = []
    if figure is not None:
        for ending, options in (("svg", {"metadata": {"Date": None}}), ("png", {"dpi": PNG_DPI})):
            path = folder / f"{name}.{ending}"
            figure.savefig(path, **options)
            written.append(path)
    return written
