"""Arrivals and tasks in flight over time, while bursts of customers come."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from bookstore.data.curves import Series, series_of
from bookstore.data.results import Run
from bookstore.findings.latency import VALID, Latency, OpenFigure, latency_of
from bookstore.plots.style import IDEAL_COLOUR, entries_of, finish, look, panels

BURSTS_SHOWN = 3


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    if latency is None or run.series is None:
        return None
    found = {series.backend: series for series in series_of(run.series, run.folder / "series.json")}
    backends = [name for name in latency.backends if name in found]
    if not backends:
        return None
    figures = {name: _burst_figure(latency, found[name]) for name in backends}
    period = max((row.rows[0].counter("burst_period") for row in figures.values() if row), default=0.1)
    end = BURSTS_SHOWN * period * 1000  # ms
    figure, axes = panels(2, columns=1, height=2.3, sharex=True)
    finest = min(backends, key=lambda name: found[name].bin_us)
    _draw_arrivals(axes[0], found[finest])
    for name in backends:
        _draw_in_flight(axes[1], found[name], figures[name])
    axes[1].set_yscale("symlog", linthresh=1)
    axes[1].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes[1].set_ylim(bottom=0)
    axes[1].set_ylabel("tasks in flight\n(logarithmic above 1)")
    axes[1].set_xlabel("time, ms")
    axes[1].set_xlim(0, end)
    workload = found[backends[0]].workload
    axes[0].set_title(f"{workload}: arrivals, the same for all", loc="left")
    axes[1].set_title("arrived and not yet served", loc="left")
    cores = latency.most_cores
    question = (
        f"What does a crowd at the door do? Bursts of customers, {cores} core{'s' if cores > 1 else ''},"
        f" {_workers(figures)}"
    )
    notes = [
        f"The first {BURSTS_SHOWN} bursts of one run of each backend; tasks in flight at the end of each bin.",
        _broken_note(figures),
    ]
    return finish(
        figure, run, question, answer(found, figures), [note for note in notes if note], entries_of(axes)
    )


def _burst_figure(latency: Latency, series: Series) -> OpenFigure | None:
    return next(
        (
            figure
            for setting, figure in latency.figures.items()
            if setting.bursts and (setting.workload, setting.backend) == (series.workload, series.backend)
        ),
        None,
    )


def _draw_arrivals(axes: Axes, series: Series) -> None:
    times = [index * series.bin_us / 1000 for index in range(len(series.arrivals))]
    rates = [count / series.bin_us * 1e6 for count in series.arrivals]
    axes.fill_between(times, rates, step="post", color=IDEAL_COLOUR, alpha=0.6, linewidth=0)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("arrivals per second")


def _draw_in_flight(axes: Axes, series: Series, figure: OpenFigure | None) -> None:
    style = look(series.backend)
    times = [(index + 1) * series.bin_us / 1000 for index in range(len(series.in_flight))]
    workers = "" if figure is None else f" ({figure.setting.workers})"
    axes.plot(
        times,
        series.in_flight,
        color=style.colour,
        linestyle=style.line,
        linewidth=1.3,
        marker=style.marker,
        markersize=7 if style.marker == "*" else 4,
        markevery=max(1, round(12_000 / series.bin_us)),
        label=f"{series.backend}{workers}",
    )


def _workers(figures: dict[str, OpenFigure | None]) -> str:
    counts = sorted({figure.setting.workers for figure in figures.values() if figure} - {1})
    return f"pools: {'/'.join(map(str, counts))} workers" if counts else "1 worker"


def _broken_note(figures: dict[str, OpenFigure | None]) -> str:
    broken = [f"{name} {each.validity}" for name, each in figures.items() if each and each.validity != VALID]
    return f"Not VALID: {', '.join(broken)}." if broken else ""


def answer(found: dict[str, Series], figures: dict[str, OpenFigure | None]) -> str:
    """The most tasks that were in flight at once under each backend."""
    parts = [f"{name} {max(found[name].in_flight):,.0f}" for name in figures]
    return f"Most customers in the shop at once: {', '.join(parts)}."
