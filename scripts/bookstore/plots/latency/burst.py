"""Arrivals and delay over time, while bursts of customers come."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.curves import Series, series_of
from bookstore.data.results import Run
from bookstore.findings.latency import Latency, latency_of
from bookstore.findings.open_figures import VALID, OpenFigure
from bookstore.plots.latency.style import times
from bookstore.plots.marks import mark
from bookstore.plots.style import IDEAL_COLOUR, entries_of, finish, look, panels
from bookstore.report.numbers import short_time

BURSTS_SHOWN = 2


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    if latency is None or run.series is None:
        return None
    found = {
        series.backend: series
        for series in series_of(run.series, run.folder / "series.json")
        if series.delay_max_us
    }
    backends = [name for name in latency.backends if name in found]
    if not backends:
        return None
    figures = {name: _burst_figure(latency, found[name]) for name in backends}
    period = max((row.rows[0].counter("burst_period") for row in figures.values() if row), default=0.1)
    figure, axes = panels(2, columns=1, height=2.3, sharex=True)
    finest = min(backends, key=lambda name: found[name].bin_us)
    _draw_arrivals(axes[0], found[finest])
    for name in backends:
        _draw_delay(axes[1], found[name], figures[name])
    times(axes[1])
    axes[1].set_ylabel("longest delay (logarithmic)")
    axes[1].set_xlabel("time, ms")
    lasts = max(series.bin_us * len(series.arrivals) for series in found.values()) / 1000
    axes[1].set_xlim(0, min(lasts, BURSTS_SHOWN * period * 1000))
    workload = found[backends[0]].workload
    axes[0].set_title(f"{workload}: arrivals, the same for all", loc="left")
    axes[1].set_title("the longest delay of those who came in each moment", loc="left")
    cores = latency.most_cores
    question = (
        f"What does a crowd at the door do? Bursts of customers, {cores} core{'s' if cores > 1 else ''},"
        f" {_workers(figures)}"
    )
    notes = [f"The first {BURSTS_SHOWN} bursts of one run of each backend.", _broken_note(figures)]
    return finish(
        figure, run, question, answer(found, backends), [note for note in notes if note], entries_of(axes)
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
    moments = [index * series.bin_us / 1000 for index in range(len(series.arrivals))]
    rates = [count / series.bin_us * 1e6 for count in series.arrivals]
    axes.fill_between(moments, rates, step="post", color=IDEAL_COLOUR, alpha=0.6, linewidth=0)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("arrivals per second")


def _draw_delay(axes: Axes, series: Series, figure: OpenFigure | None) -> None:
    style = look(series.backend)
    moments = [(index + 0.5) * series.delay_bin_us / 1000 for index in range(len(series.delay_max_us))]
    workers = "" if figure is None else f" ({figure.setting.workers})"
    drawn = axes.plot(
        moments,
        [value if value > 0 else math.nan for value in series.delay_max_us],
        color=style.colour,
        linestyle=style.line,
        linewidth=1.2,
        marker=style.marker,
        markersize=6 if style.marker == "*" else 3.5,
        markevery=max(1, round(8000 / series.delay_bin_us)),
        label=f"{series.backend}{workers}",
    )
    for line in drawn:
        mark(line, series.backend)


def _workers(figures: dict[str, OpenFigure | None]) -> str:
    counts = sorted({figure.setting.workers for figure in figures.values() if figure} - {1})
    return f"pools: {'/'.join(map(str, counts))} workers" if counts else "1 worker"


def _broken_note(figures: dict[str, OpenFigure | None]) -> str:
    broken = [f"{name} {each.validity}" for name, each in figures.items() if each and each.validity != VALID]
    return f"Not VALID: {', '.join(broken)}." if broken else ""


def answer(found: dict[str, Series], backends: list[str]) -> str:
    """The longest delay under each backend."""
    longest = {
        name: max((value for value in found[name].delay_max_us if value > 0), default=math.nan)
        for name in backends
    }
    parts = [f"{name} {short_time(value * 1e-6, digits=2)}" for name, value in longest.items()]
    return f"The most that a customer was delayed: {', '.join(parts)}."
