"""How far each backend would go, by the shop in virtual time, with what was measured as points on it."""

from collections.abc import Sequence, Set

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings import prediction
from bookstore.findings.closed import Measurements, measurements_of, tasks_per_second
from bookstore.findings.prediction import Reached
from bookstore.findings.worker_counts import best_figure
from bookstore.plots.marks import marked
from bookstore.plots.style import backend_entries, core_axis, finish, look, panels, plain_log
from bookstore.report.numbers import number

USUAL_ERROR = 0.1  # drawn as the band where no row of more cores was there to be foretold


def draw(run: Run) -> Figure | None:
    """None where nothing was foretold."""
    rows = run.prediction.select() if run.prediction is not None else []
    reached = prediction.reached(rows)
    if not reached:
        return None
    error = error_of(prediction.compare(rows, prediction.to_foretell(run)))
    workloads = list(dict.fromkeys(each.played.workload for each in reached))
    figure, axes = panels(len(workloads), columns=1, height=3.8)
    for panel, workload in zip(axes, workloads, strict=True):
        shown = [each for each in reached if each.played.workload == workload]
        draw_panel(panel, shown, error)
        draw_measured(panel, measurements_of(run), workload, {each.played.backend for each in shown})
        panel.set_title(workload, loc="left")
        panel.set_ylabel("tasks per second (logarithmic)")
        plain_log(panel, y=True)
        core_axis(panel, sorted({each.played.cores for each in shown}), across=14.0)
    notes = [
        "Lines: the shop in virtual time, fed with one core's costs; what cores share (the counter's price, the shelves'"
        " locks) is nominal.",
        f"Bands: +- {100 * error:.0f} %, the largest error of throughput where more cores were measured"
        " (at least 10 %). Large points: measured. Names on lines: what was busy nine tenths of the time.",
    ]
    return finish(
        figure,
        run,
        "How far would it go? Throughput on cores that this machine has not, foretold",
        answer(reached),
        notes,
        backend_entries(dict.fromkeys(each.played.backend for each in reached)),
    )


def error_of(compared: Sequence[prediction.Compared]) -> float:
    """The largest of throughput, as a part; never less than the usual one."""
    off = [abs(each.error) for each in compared if each.figure == prediction.CLOSED["tasks_per_second"]]
    return max([USUAL_ERROR, *off])


def draw_panel(panel: Axes, reached: Sequence[Reached], error: float) -> None:
    for backend in dict.fromkeys(each.played.backend for each in reached):
        line = [each for each in reached if each.played.backend == backend]
        cores = [each.played.cores for each in line]
        rates = [each.tasks_per_second for each in line]
        style = look(backend)
        low, high = ([rate / (1 + error) for rate in rates], [rate * (1 + error) for rate in rates])
        with marked(panel, backend):
            panel.plot(cores, rates, color=style.colour, linestyle=style.line, linewidth=1.3)
            panel.fill_between(cores, low, high, color=style.colour, alpha=0.12, linewidth=0)
        first = next((each for each in line if each.limit), None)
        if first is not None:
            place = (first.played.cores, first.tasks_per_second)
            panel.annotate(
                first.limit,
                place,
                textcoords="offset points",
                xytext=(0, 6),
                ha="right",
                fontsize=7.5,
                color=style.colour,
            )


def draw_measured(panel: Axes, measured: Measurements, workload: str, backends: Set[str]) -> None:
    for backend in filter(backends.__contains__, measured.backends):
        style = look(backend)
        for cores in measured.core_counts:
            best = best_figure(measured, workload, backend, cores, tasks_per_second)
            if best is not None:
                panel.plot(
                    [cores], [best.spread.median], color=style.colour, marker=style.marker, markersize=8
                )


def answer(reached: Sequence[Reached]) -> str:
    """Where each line's growth ends, or how far it came."""
    parts = []
    for backend in dict.fromkeys(each.played.backend for each in reached):
        line = [each for each in reached if each.played.backend == backend]
        last, first = line[-1], next((each for each in line if each.limit), None)
        rate = f"{number(last.tasks_per_second, 2)}/s on {last.played.cores:,} cores"
        ended = f", ended by {first.limit} from {first.played.cores:,} on" if first is not None else ""
        parts.append(f"{backend} {rate}{ended}")
    return f"Foretold: {'; '.join(parts)}."
