"""How far each backend would go, by the shop in virtual time, with what was measured as points on it."""

from collections.abc import Callable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings import prediction
from bookstore.findings.brackets import brackets
from bookstore.findings.closed import Measurements, measurements_of
from bookstore.findings.latency import Latency, latency_of
from bookstore.findings.prediction import Reached
from bookstore.findings.scaling import fitted, rates_of
from bookstore.plots.marks import marked
from bookstore.plots.style import IDEAL_COLOUR, backend_entries, core_axis, finish, look, panels, plain_log
from bookstore.report.numbers import short
from bookstore.stats.scaling import FITTED_FROM


def draw(run: Run) -> Figure | None:
    """None where nothing was foretold."""
    rows = run.prediction.rows if run.prediction is not None else []
    reached = prediction.reached_of(run)
    if not reached:
        return None
    error = prediction.throughput_error(prediction.compare(rows, prediction.to_foretell(run)))
    measured, latency = measurements_of(run), latency_of(run)
    workloads = list(dict.fromkeys(each.played.workload for each in reached))
    searched = [each for each in reached if each.holds]
    figure, axes = panels(len(workloads) + 1 + bool(searched), columns=1, height=3.6)
    has_law = False
    for panel, workload in zip(axes, workloads, strict=False):
        shown = [each for each in reached if each.played.workload == workload]
        draw_lines(
            panel,
            shown,
            error,
            lambda each: (each.tasks_per_second, each.tasks_per_second),
            lambda each: each.limit,
        )
        has_law |= draw_measured(panel, measured, workload, backends_of(measured, shown))
        label(panel, shown, f"{workload}: throughput", "tasks per second (logarithmic)")
    gained = [each for each in reached if each.played.workload == workloads[0]]
    gains = axes[len(workloads)]
    draw_lines(gains, gained, error, lambda each: (each.parallel, each.parallel), lambda each: each.limit)
    draw_measured_gains(gains, measured, workloads[0], backends_of(measured, gained))
    label(gains, gained, f"{workloads[0]}: parallel gain", "times one core (logarithmic)")
    if searched:
        draw_lines(
            axes[-1], searched, error, lambda each: (each.holds, each.fails), lambda each: each.held_by
        )
        if latency is not None:
            draw_brackets(axes[-1], latency, searched)
        label(
            axes[-1],
            searched,
            f"{searched[0].played.workload}: arrivals with a delay p99 of at most 1 ms",
            "arrivals per second (logarithmic)",
        )
    notes = [
        "Lines: the shop in virtual time, fed with this run's costs (costs.json names them).",
        f"Bands: the costs' intervals as one core feels them, and +- {100 * error:.0f} %, the largest error of throughput"
        " where more cores were measured (at least 10 %). Large points: measured. Names on lines: what was busy nine tenths"
        " of the time (of arrivals: would be at those that fail)."
        + (UPRIGHT if searched and latency is not None else ""),
        "Grey: the Universal Scalability Law through the measured points." if has_law else usl_note(measured),
    ]
    return finish(
        figure,
        run,
        "How far would it go? Foretold from this run's costs",
        answer(reached),
        [note for note in notes if note],
        backend_entries(dict.fromkeys(each.played.backend for each in reached)),
    )


UPRIGHT = " Below, lines: the rate that held in virtual time; bands: on to the one that failed; upright: the same, measured."


def backends_of(measured: Measurements, shown: Sequence[Reached]) -> list[str]:
    """Those of the lines that were measured, too."""
    drawn = {each.played.backend for each in shown}
    return [backend for backend in measured.backends if backend in drawn]


def usl_note(measured: Measurements) -> str:
    count = len(measured.core_counts)
    return (
        ""
        if count >= FITTED_FROM
        else f"No scaling law is fitted: {count} core counts were measured, {FITTED_FROM} are needed."
    )


def label(panel: Axes, shown: Sequence[Reached], title: str, unit: str) -> None:
    panel.set_title(title, loc="left")
    panel.set_ylabel(unit)
    plain_log(panel, y=True)
    core_axis(panel, sorted({each.played.cores for each in shown}), across=14.0)


# A line is at the lower end of each value, its band goes beyond both.
def draw_lines(
    panel: Axes,
    reached: Sequence[Reached],
    error: float,
    ends: Callable[[Reached], tuple[float, float]],
    ended_by: Callable[[Reached], str],
) -> None:
    for backend in dict.fromkeys(each.played.backend for each in reached):
        line = [each for each in reached if each.played.backend == backend]
        cores = [each.played.cores for each in line]
        rates = [ends(each)[0] for each in line]
        style = look(backend)
        low = [ends(each)[0] * each.inputs[0] / (1 + error) for each in line]
        high = [ends(each)[1] * each.inputs[1] * (1 + error) for each in line]
        with marked(panel, backend):
            panel.plot(cores, rates, color=style.colour, linestyle=style.line, linewidth=1.3)
            panel.fill_between(cores, low, high, color=style.colour, alpha=0.12, linewidth=0)
    # Where lines lie upon each other, one word for all of them.
    words: dict[tuple[int, str], list[Reached]] = {}
    for backend in dict.fromkeys(each.played.backend for each in reached):
        line = [each for each in reached if each.played.backend == backend]
        first = next((each for each in line if ended_by(each)), None)
        if first is not None:
            words.setdefault((first.played.cores, ended_by(first)), []).append(first)
    for (cores, what), those in words.items():
        panel.annotate(
            what,
            (cores, max(ends(each)[0] for each in those)),
            textcoords="offset points",
            xytext=(0, 6),
            ha="right",
            fontsize=7.5,
            color=look(those[0].played.backend).colour if len(those) == 1 else IDEAL_COLOUR,
        )


def draw_measured(panel: Axes, measured: Measurements, workload: str, backends: Sequence[str]) -> bool:
    """With the law through them, where they are enough; whether any was."""
    for backend in backends:
        draw_points(panel, backend, rates_of(measured, workload, backend))
    laws = fitted(measured, [workload], backends)
    for each in laws:
        cores = [min(each.cores) * 2**k for k in range(11)]
        panel.plot(
            cores, [each.law.rate(count) for count in cores], color=IDEAL_COLOUR, linewidth=0.8, zorder=1
        )
    return bool(laws)


def draw_measured_gains(panel: Axes, measured: Measurements, workload: str, backends: Sequence[str]) -> None:
    """Each core count at its best worker count, as the lines are."""
    for backend in backends:
        rates = rates_of(measured, workload, backend)
        if 1 in rates:
            draw_points(panel, backend, {cores: rate / rates[1] for cores, rate in rates.items()})


def draw_points(panel: Axes, backend: str, points: Mapping[int, float]) -> None:
    style = look(backend)
    panel.plot(
        list(points),
        list(points.values()),
        color=style.colour,
        marker=style.marker,
        markersize=8,
        linestyle="",
    )


def draw_brackets(panel: Axes, latency: Latency, shown: Sequence[Reached]) -> None:
    """From what was seen to hold to what was seen to fail."""
    backends = {each.played.backend for each in shown}
    for each in brackets(latency, shown[0].played.workload):
        if each.backend in backends and each.passing and each.failing:
            style = look(each.backend)
            panel.plot(
                [each.cores] * 2,
                [each.passing, each.failing],
                color=style.colour,
                marker=style.marker,
                markersize=6,
            )


def answer(reached: Sequence[Reached]) -> str:
    """Where each line's growth ends, or how far it came, in the first workload."""
    parts = []
    shown = [each for each in reached if each.played.workload == reached[0].played.workload]
    for backend in dict.fromkeys(each.played.backend for each in shown):
        line = [each for each in shown if each.played.backend == backend]
        last, first = line[-1], next((each for each in line if each.limit), None)
        rate = f"{short(float(f'{last.tasks_per_second:.2g}'))}/s on {last.played.cores:,} cores"
        ended = f", ended by {first.limit} from {first.played.cores:,} on" if first is not None else ""
        parts.append(f"{backend} {rate}{ended}")
    return f"Foretold: {'; '.join(parts)}."
