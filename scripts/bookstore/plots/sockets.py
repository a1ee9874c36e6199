"""What a customer costs whose waits are timers, or answers over a socket: three marks on a line for each backend."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.closed import cpu_us_per_task
from bookstore.findings.sockets import Sockets, sockets_of
from bookstore.plots.marks import marked, tip
from bookstore.plots.overhead.style import dot, fill_entries, log_values, name_rows
from bookstore.plots.style import BARS, finish, look, panels
from bookstore.report.sockets import OVER, sentence, service_notes
from bookstore.report.spreads import median_text, spread_note
from bookstore.stats.intervals import Spread

FILLS = {"timer": "none", "unix": "left", "tcp": "full"}
WIDE = 12.0  # most over least, from which on an axis is logarithmic


def draw(run: Run) -> Figure | None:
    found = sockets_of(run)
    if found is None or not found.core_counts:
        return None
    cores = found.core_counts[0]
    figures = {backend: _figures(found, backend, cores) for backend in found.backends}
    figures = {backend: each for backend, each in figures.items() if each}
    if not figures:
        return None
    figure, [axes] = panels(1, height=1.2 + 0.29 * len(figures))
    for place, (backend, each) in enumerate(figures.items()):
        _draw_line(axes, found, backend, cores, each, place)
    name_rows(axes, {float(place): backend for place, backend in enumerate(figures)})
    spreads = [value for each in figures.values() for value in each.values()]
    _value_axis(axes, spreads)
    names = {f"waits {OVER[kind]}": FILLS[kind] for kind in found.kinds}
    notes = [
        spread_note(spreads, BARS),
        f"Beside: the medians, {', '.join(found.kinds)}. CPU of the whole process, its waiting and dispatching included.",
        *(f"{note[0].upper()}{note[1:]}" for note in service_notes(found, cores)),
    ]
    question = f"What does a real wait cost? CPU time per customer on {cores} core{'s' if cores > 1 else ''}"
    return finish(figure, run, question, sentence(found), notes, fill_entries(names))


def _figures(found: Sockets, backend: str, cores: int) -> dict[str, Spread]:
    each = {kind: found.figure(backend, cores, kind, cpu_us_per_task) for kind in found.kinds}
    return {kind: value for kind, value in each.items() if value is not None}


def _draw_line(
    axes: Axes, found: Sockets, backend: str, cores: int, figures: Mapping[str, Spread], place: int
) -> None:
    medians = [value.median for value in figures.values()]
    with marked(axes, backend):
        axes.hlines(place, min(medians), max(medians), color=look(backend).colour, linewidth=0.8, alpha=0.5)
    for kind, value in figures.items():
        row = found.closed[backend, cores, kind][0].key
        dot(axes, value, place, backend, FILLS[kind], told=tip(row, value, "CPU us per customer"))
    last = max(value.high for value in figures.values())
    with marked(axes, backend):
        axes.annotate(
            " / ".join(map(median_text, figures.values())),
            (last, place),
            (10, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            color="0.2",
        )


def _value_axis(axes: Axes, spreads: list[Spread]) -> None:
    """From zero, or logarithmic where a linear axis would press most marks together."""
    low, high = min(each.low for each in spreads), max(each.high for each in spreads)
    if low > 0 and high / low > WIDE:
        log_values(axes, "CPU us per customer (logarithmic)", across=15.0)
        return
    axes.set_xlim(0, 1.22 * high)
    axes.set_xlabel("CPU us per customer")
