"""The figures of a run, one module each. A figure that the run has no data for is not drawn."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from matplotlib.figure import Figure

from bookstore.errors import InputError
from bookstore.plots import (
    cpu_per_task,
    gain_map,
    in_flight,
    latency_burst,
    latency_percentiles,
    latency_split,
    latency_vs_cores,
    latency_vs_rate,
    latency_vs_workers,
    overhead_contention,
    overhead_efficiency,
    overhead_forks,
    overhead_handover,
    overhead_seam,
    overhead_waiting,
    throughput_vs_cores,
    throughput_vs_workers,
    time_vs_cores,
    timeline,
)
from bookstore.plots.style import PNG_DPI
from bookstore.results import Run

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
        # Forked, so that the run is there without being copied; no thread runs here that a fork could hurt.
        with ProcessPoolExecutor(
            len(os.sched_getaffinity(0)), get_context("fork"), _begin, (run, folder)
        ) as pool:
            return [path for paths in pool.map(_draw_one, FIGURES) for path in paths]
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written ({error.strerror or error}); check its rights"
        ) from None


_drawn: tuple[Run, Path] | None = None  # what a forked process draws, and into which folder


def _begin(run: Run, folder: Path) -> None:
    global _drawn
    _drawn = run, folder


def _draw_one(name: str) -> list[Path]:
    assert _drawn is not None
    run, folder = _drawn
    figure = FIGURES[name](run)
    written: list[Path] = []
    if figure is not None:
        for ending, options in (("svg", {"metadata": {"Date": None}}), ("png", {"dpi": PNG_DPI})):
            path = folder / f"{name}.{ending}"
            figure.savefig(path, **options)
            written.append(path)
    return written
