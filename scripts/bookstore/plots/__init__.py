"""The figures of a run, one module each. A figure that the run has no data for is not drawn."""

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.plots import latency, overhead, throughput
from bookstore.terminal.forked import forked_map
from bookstore.plots.style import PNG_DPI
from bookstore.terminal.errors import InputError

FIGURES: dict[str, Callable[[Run], Figure | None]] = {
    **throughput.FIGURES,
    **latency.FIGURES,
    **overhead.FIGURES,
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
        _settle(figure)
        for ending, options in (("svg", {"metadata": {"Date": None}}), ("png", {"dpi": PNG_DPI})):
            path = folder / f"{name}.{ending}"
            figure.savefig(path, **options)
            written.append(path)
    return written


def _settle(figure: Figure) -> None:
    """Lays out once and rounds: the last bits of what the solver finds differ from time to time, and so would files."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position([round(part, 6) for part in axes.get_position().bounds])
