"""What waiting costs: memory, CPU and lateness, by how many tasks wait at once."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.overhead import (
    BYTES_WITH_KERNEL,
    CostFigure,
    Overhead,
    is_below_zero,
    largest,
    overhead_of,
)
from bookstore.plots.marks import mark, tip
from bookstore.plots.overhead.style import CLOSE, fill_entries, marker_size
from bookstore.plots.style import (
    BARS,
    backend_entries,
    close_ticks,
    finish,
    look,
    panels,
    plain_log,
    points,
    set_apart,
)
from bookstore.report.numbers import short
from bookstore.report.spreads import median_text, spread_note
from bookstore.stats.intervals import Spread

MEMORY = "bytes_per_waiting_task"
HOLLOW, HALF = "none", "bottom"  # markers
PANELS = {
    MEMORY: ("memory", "bytes per waiting task (logarithmic)"),
    "cpu_ns_per_wait": ("CPU", "CPU ns per wait (logarithmic)"),
    "late_p99_us": ("woken late, p99", "us (logarithmic)"),
}


def draw(run: Run) -> Figure | None:
    overhead = overhead_of(run)
    lines = {} if overhead is None else waiting(overhead)
    if overhead is None or not lines:
        return None
    figure, axes = panels(len(PANELS), columns=len(PANELS), height=3.2)
    drawn: list[Spread] = []
    kernels = False
    exact = _exact(overhead)
    for panel, (counter, (title, label)) in zip(axes, PANELS.items(), strict=True):
        for index, (backend, line) in enumerate(lines.items()):
            drawn += _draw_line(panel, line, counter, backend, set_apart(index, len(lines), CLOSE))
        if counter == MEMORY:
            kernels = _draw_kernels_share(panel, lines)
        else:
            for each in exact:
                _draw_marker(panel, each, counter, HOLLOW)
        plain_log(panel, x=True, y=True)
        close_ticks(panel)
        panel.set_xlabel("tasks that wait at once (logarithmic)")
        panel.set_ylabel(label)
        panel.set_title(title, loc="left")
    _draw_limits(axes, overhead)
    notes = [
        "Deadlines uniform and independent. Memory: peak resident above that before; half filled: and what the kernel keeps"
        " beside it (stacks, page tables, records). CPU: of the process, less that of"
        " the same tasks without waits (on one worker where waits overlap).",
        spread_note(drawn, BARS),
        "A pool needs a worker for each waiting task; its line ends at the most that were tried.",
        _limit_note(overhead),
    ]
    fills = {"exact deadlines": HOLLOW} if exact else {}
    fills |= {"with the kernel's share": HALF} if kernels else {}
    return finish(
        figure,
        run,
        "What does a waiting customer cost? Memory and CPU, by how many wait at once",
        answer(lines),
        [note for note in notes if note],
        {**backend_entries(lines), **fill_entries(fills)},
    )


def waiting(overhead: Overhead) -> dict[str, list[CostFigure]]:
    """The figures of each backend by number of tasks: uniform deadlines, none that must be exact."""
    lines: dict[str, list[CostFigure]] = {}
    for figure in overhead.select("waiting", deadlines=0):
        if not figure.setting.param("exact"):
            lines.setdefault(figure.setting.backend, []).append(figure)
    return {
        backend: sorted(line, key=lambda figure: figure.setting.param("tasks"))
        for backend, line in lines.items()
    }


def _exact(overhead: Overhead) -> list[CostFigure]:
    return list(largest(overhead.select("waiting", deadlines=0, exact=1), "tasks").values())


def _draw_line(
    axes: Axes, line: Sequence[CostFigure], counter: str, backend: str, factor: float
) -> list[Spread]:
    found = [(each, each.spread(counter)) for each in line]
    kept = [(each, value) for each, value in found if value is not None and value.low > 0]
    spreads = [value for _, value in kept]
    if kept:
        xs = [each.setting.param("tasks") * factor for each, _ in kept]
        unit = PANELS[counter][1].removesuffix(" (logarithmic)")
        points(axes, xs, spreads, backend, backend, [each.rows[0].key for each, _ in kept], unit)
    return spreads


def _draw_kernels_share(axes: Axes, lines: Mapping[str, Sequence[CostFigure]]) -> bool:
    """Whether the kernel told of any."""
    drawn = [
        _draw_marker(axes, each, BYTES_WITH_KERNEL, HALF, set_apart(index, len(lines), CLOSE))
        for index, line in enumerate(lines.values())
        for each in line
    ]
    return any(drawn)


def _draw_marker(axes: Axes, figure: CostFigure, counter: str, fill: str, factor: float = 1.0) -> bool:
    value = figure.with_kernel() if counter == BYTES_WITH_KERNEL else figure.spread(counter)
    if value is None or value.low <= 0:
        return False
    backend = figure.setting.backend
    style = look(backend)
    drawn = axes.plot(
        [figure.setting.param("tasks") * factor],
        [value.median],
        style.marker,
        color=style.colour,
        markersize=marker_size(backend),
        fillstyle=fill,  # type: ignore[arg-type]
        markerfacecoloralt="white",
    )
    label = PANELS[counter][1] if counter in PANELS else "bytes with the kernel's share"
    mark(drawn[0], backend, [tip(figure.rows[0].key, value, label.removesuffix(" (logarithmic)"))])
    return True


def _limits(overhead: Overhead) -> dict[int, list[str]]:
    """Fewest workers that the machine refused, and to which backends."""
    refused: dict[str, int] = {}
    for row in overhead.limits:
        if row.workload == "waiting" and row.workers:
            refused[row.backend] = min(row.workers, refused.get(row.backend, row.workers))
    found: dict[int, list[str]] = {}
    for backend, workers in refused.items():
        found.setdefault(workers, []).append(backend)
    return found


def _draw_limits(axes: Sequence[Axes], overhead: Overhead) -> None:
    for workers, backends in _limits(overhead).items():
        for panel in axes:
            panel.axvline(workers, color="0.3", linewidth=1, linestyle="--")
        axes[0].annotate(
            f"{', '.join(backends)}:\nno {short(workers)} workers here",
            (workers, 0.03),
            (4, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontsize=7.5,
            color="0.3",
        )


def _limit_note(overhead: Overhead) -> str:
    parts = [
        f"{', '.join(backends)} at {workers:,} workers" for workers, backends in _limits(overhead).items()
    ]
    return f"Upright dashes: the machine's limit was reached ({'; '.join(parts)})." if parts else ""


def answer(lines: dict[str, list[CostFigure]]) -> str:
    """Each backend at the most tasks that waited at once, the kernel's share included where it is known."""
    parts = []
    for backend, line in lines.items():
        cpu = line[-1].spread("cpu_ns_per_wait")
        memory = line[-1].with_kernel() or line[-1].spread(MEMORY)
        if memory is not None and cpu is not None:
            tasks = line[-1].setting.param("tasks")
            shown = "no CPU that is seen" if is_below_zero(cpu) else f"{median_text(cpu)} ns"
            parts.append(f"{backend} {median_text(memory)} bytes and {shown} ({tasks:,.0f} waiting)")
    return f"A waiting task costs: {', '.join(parts)}." if parts else ""
