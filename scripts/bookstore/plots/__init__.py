"""The figures of a run, one module each. A figure that the run has no data for is not drawn."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.parallel.forked import forked_map
from bookstore.plots import claims, crowd, latency, overhead, sockets, throughput
from bookstore.plots.marks import told
from bookstore.plots.style import PNG_DPI, look
from bookstore.terminal.errors import InputError

FIGURES: dict[str, Callable[[Run], Figure | None]] = {
    **throughput.FIGURES,
    **latency.FIGURES,
    "sockets": sockets.draw,
    **overhead.FIGURES,
    **claims.FIGURES,
}
WHOLE = ("quadrants", "sockets")  # which place everybody


def draw_all(run: Run, folder: Path) -> list[Path]:
    """Draws every figure as SVG and PNG, several at a time; returns the files in the order of FIGURES.

    In an SVG, of which the report lets its reader choose, all backends are drawn, in a PNG of a crowd the best of each
    quadrant.
    """
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
        written = [folder / f"{name}.svg", folder / f"{name}.png"]
        svg = _svg(figure)
        written[0].write_text(svg, encoding="utf-8")
        if name not in WHOLE and crowd.crowded(svg):
            figure = _narrowed(run, name) or figure
        figure.savefig(written[1], dpi=PNG_DPI)
    return written


def _narrowed(run: Run, name: str) -> Figure | None:
    figure = FIGURES[name](crowd.narrowed(run))
    if figure is not None:
        _settle(figure)
    return figure


def svgs(run: Run) -> dict[str, str]:
    """Every figure that the run has data for, as the text of an SVG, by name."""

    texts = forked_map(lambda name: svg_of(run, name), list(FIGURES))
    return {name: text for name, text in zip(FIGURES, texts, strict=True) if text}


def svg_of(run: Run, name: str) -> str:
    """One of them; empty if the run has no data for it."""
    figure = FIGURES[name](run)
    if figure is None:
        return ""
    _settle(figure)
    return _svg(figure)


def _svg(figure: Figure) -> str:
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return told(text.getvalue())


def _settle(figure: Figure) -> None:
    """Lays out once and rounds: the last bits of what the solver finds differ from time to time, and so would files."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position([round(part, 6) for part in axes.get_position().bounds])


def colours(run: Run) -> dict[str, str]:
    """The colour of each of the run's backends in its pictures."""
    found = run.environment.get("backends")
    return {str(name): look(str(name)).colour for name in found} if isinstance(found, list) else {}
