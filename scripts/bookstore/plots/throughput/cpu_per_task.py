"""CPU time per task, by backend and workload: what each clerk is paid."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.names import BASELINE
from bookstore.data.results import Run
from bookstore.findings import closed, worker_counts
from bookstore.findings.closed import ClosedSetting, Measurements, measurements_of
from bookstore.plots.marks import mark, marked, tip
from bookstore.plots.style import finish, look, panels
from bookstore.report.numbers import number
from bookstore.report.spreads import median_text, spread_note
from bookstore.stats.intervals import Spread

LOOP, POOL = "event_loop", "threads"  # that the sentence compares


def draw(run: Run) -> Figure | None:
    measured = measurements_of(run)
    if not measured.workloads:
        return None
    cores = measured.most_cores
    figure, axes = panels(len(measured.workloads), height=2.3)
    drawn: list[Spread] = []
    answers = []
    for panel, workload in zip(axes, measured.workloads, strict=True):
        found = cpu_figures(measured, workload, cores)
        _draw_panel(panel, measured, workload, found)
        drawn += [spread for _, spread in found.values()]
        if {LOOP, POOL} <= set(found):
            factor = found[POOL][1].median / found[LOOP][1].median
            answers.append(f"{workload} {number(factor, 2)}")
    notes = [
        *([spread_note(drawn, "Bars: medians; whiskers")] if drawn else []),
        "CPU of the whole process, its waiting and dispatching included.",
        "In brackets: workers, for a pool its fastest count. Upright line: the tasks' own work, by a direct loop.",
    ]
    answer = (
        f"A task under {POOL} costs so many times what it costs {LOOP}: {', '.join(answers)}."
        if answers
        else ""
    )
    question = f"What is each clerk paid? CPU time per task on {cores} core{'s' if cores > 1 else ''}"
    return finish(figure, run, question, answer, notes, {})


def cpu_figures(measured: Measurements, workload: str, cores: int) -> dict[str, tuple[int, Spread]]:
    """Worker count and CPU in us per task of each backend at its fastest worker count."""
    found = {}
    for backend in measured.backends:
        workers = worker_counts.best_workers(measured, workload, backend, cores)
        if workers is None:
            continue
        setting = ClosedSetting(workload, backend, cores, workers)
        figure = measured.figure(setting, closed.cpu_us_per_task)
        if figure is not None:
            found[backend] = (workers, figure)
    return found


def _draw_panel(
    axes: Axes, measured: Measurements, workload: str, found: dict[str, tuple[int, Spread]]
) -> None:
    for place, (backend, (workers, figure)) in enumerate(found.items()):
        style = look(backend)
        row = f"{workload}/{backend}/cores:{measured.most_cores}/workers:{workers}"
        with marked(axes, backend):
            bars = axes.barh(
                place,
                figure.median,
                xerr=[[figure.median - figure.low], [figure.high - figure.median]],
                color="white" if style.hatch else style.colour,
                edgecolor=style.colour,
                hatch=style.hatch,
                capsize=3,
                height=0.7,
            )
            mark(bars.patches[0], backend, [tip(row, figure, "CPU us per task")])
            axes.text(figure.high, place, f"  {median_text(figure)}", va="center", fontsize=8.5)
    work = measured.figure(
        ClosedSetting(workload, BASELINE, 1, 1), lambda row: row.counter("work_us_per_task")
    )
    if work is not None:
        axes.axvline(work.median, color="0.3", linewidth=1.2, linestyle="--")
    axes.set_yticks(range(len(found)), [f"{backend} ({workers})" for backend, (workers, _) in found.items()])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.15)
    axes.set_xlim(left=0)
    axes.set_xlabel("CPU us per task")
    axes.set_title(workload, loc="left")
