"""Throughput against workers, on one core and on all, where workers wait."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.names import BASELINE
from bookstore.data.results import Run
from bookstore.findings.closed import Measurements, measurements_of, tasks_per_second
from bookstore.plots.marks import mark, marked, tip
from bookstore.plots.style import BARS, entries_of, finish, look, panels, plain_log, points, room_for
from bookstore.plots.throughput.core_sweep import pools
from bookstore.report.numbers import short
from bookstore.report.spreads import spread_note
from bookstore.stats.intervals import Spread, spread

FEWEST_COUNTS = 2  # worker counts that make a sweep
NEAR = 0.9  # of the event loop's throughput


def draw(run: Run) -> Figure | None:
    measured = measurements_of(run)
    swept = [workload for workload in measured.workloads if _is_swept(measured, workload)]
    if not swept:
        return None
    core_counts = sorted({measured.core_counts[0], measured.most_cores})
    figure, axes = panels(len(swept) * len(core_counts), columns=len(swept), height=2.7, sharey="col")
    drawn: list[Spread] = []
    for index, panel in enumerate(axes):
        cores, workload = core_counts[index // len(swept)], swept[index % len(swept)]
        drawn += _draw_panel(panel, measured, workload, cores)
        panel.set_title(f"{workload}, {cores} core{'s' if cores > 1 else ''}", loc="left")
        if index % len(swept) == 0:
            panel.set_ylabel("tasks/s (logarithmic)")
        if index // len(swept) == len(core_counts) - 1:
            panel.set_xlabel("workers (logarithmic)")
    question = "How many workers must wait before a pool comes near an event loop?"
    notes = [spread_note(drawn, BARS), "Level lines: backends of one thread."]
    return finish(figure, run, question, answer(measured, swept[0]), notes, entries_of(axes))


def _is_swept(measured: Measurements, workload: str) -> bool:
    """A sweep goes beyond the cores: more workers help only where they wait."""
    return any(
        len(counts) >= FEWEST_COUNTS and counts[-1] > measured.most_cores
        for backend in measured.backends
        for counts in [list(measured.sweep(workload, backend, measured.most_cores))]
    )


def _draw_panel(axes: Axes, measured: Measurements, workload: str, cores: int) -> list[Spread]:
    drawn = []
    multiple = pools(measured)
    for backend in measured.backends:
        found = sweep(measured, workload, backend, cores)
        if not found:
            continue
        if backend in multiple:
            rows = [f"{workload}/{backend}/cores:{cores}/workers:{count}" for count in found]
            points(axes, list(found), list(found.values()), backend, backend, rows, "tasks/s")
        else:
            level = next(iter(found.values()))
            style = look(backend)
            with marked(axes, backend):
                line = axes.axhline(
                    level.median,
                    color=style.colour,
                    linestyle=style.line,
                    linewidth=1.6,
                    label=f"{backend} (1)",
                )
                row = f"{workload}/{backend}/cores:{cores}/workers:1"
                mark(line, backend, [tip(row, level, "tasks/s")])
                axes.axhspan(level.low, level.high, color=style.colour, alpha=0.15, linewidth=0)
        drawn += found.values()
    plain_log(axes, x=True, y=True)
    counts = sorted({count for backend in multiple for count in sweep(measured, workload, backend, cores)})
    if counts:
        shown = room_for(counts, 6.0)
        axes.set_xticks(shown, [f"{count:.0f}" for count in shown])
        axes.minorticks_off()
        axes.set_xlim(counts[0] / 1.3, counts[-1] * 1.3)
    return drawn


def sweep(measured: Measurements, workload: str, backend: str, cores: int) -> dict[int, Spread]:
    """Throughput at each worker count."""
    return {
        workers: spread([tasks_per_second(row) for row in rows])
        for workers, rows in measured.sweep(workload, backend, cores).items()
    }


def answer(measured: Measurements, workload: str) -> str:
    """The fewest workers with which each pool comes near the event loop on one core."""
    single = [backend for backend in measured.backends if backend not in pools(measured)]
    loops = [sweep(measured, workload, backend, 1).get(1) for backend in single if backend != BASELINE]
    target = max((loop.median for loop in loops if loop is not None), default=None)
    if target is None:
        return ""
    parts = []
    for backend in pools(measured):
        found = sweep(measured, workload, backend, 1)
        if not found:
            continue
        near = [workers for workers, figure in found.items() if figure.median >= NEAR * target]
        parts.append(f"{backend} {near[0]}" if near else f"{backend} none of {short(max(found))}")
    return (
        f"Workers that a pool needs on one core for {100 * NEAR:.0f} % of the event loop's throughput on {workload}:"
        f" {', '.join(parts)}."
    )
