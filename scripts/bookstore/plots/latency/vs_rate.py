"""Delay against arrival rate, all backends beside each other, on all cores."""

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.latency import Latency, latency_of
from bookstore.findings.open_figures import OVERLOAD, VALID, OpenFigure
from bookstore.plots.latency.style import (
    delay_note,
    interval_note,
    percentile_line,
    rate_axis,
    times,
    validity_entries,
    workers_note,
)
from bookstore.plots.style import backend_entries, finish, panels, set_apart

NAMES = ("p50", "p99")


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    if latency is None:
        return None
    workloads = [name for name in latency.workloads() if len(latency.rates(name)) > 1]
    if not workloads:
        return None
    workload, cores = workloads[0], latency.most_cores
    figure, axes = panels(len(NAMES), height=3.2, sharey=True)
    drawn: list[OpenFigure] = []
    rates = [
        rate
        for rate in latency.rates(workload)
        if any(latency.at(workload, b, rate) for b in latency.backends)
    ]
    for panel, name in zip(axes, NAMES, strict=True):
        for index, backend in enumerate(latency.backends):
            found = [(rate, latency.at(workload, backend, rate)) for rate in rates]
            factor = set_apart(index, len(latency.backends))
            points = [(rate * factor, each) for rate, each in found if each is not None]
            percentile_line(panel, points, name, backend)
            drawn += [each for _, each in points]
        rate_axis(panel, rates)
        panel.set_title(f"{workload}, {name}", loc="left")
    axes[0].set_ylabel(f"{latency.figure_name} (logarithmic)")
    times(axes[0])
    entries: dict[str, Artist] = backend_entries(latency.backends) | validity_entries(drawn)
    question = (
        f"How long are customers delayed as more of them come? {cores} core{'s' if cores > 1 else ''},"
        f" {workers_note(latency)}"
    )
    notes = [delay_note(latency), interval_note(drawn, NAMES)]
    return finish(figure, run, question, answer(latency, workload), notes, entries, columns=5)


def answer(latency: Latency, workload: str) -> str:
    """The highest rate that each backend was measured at and kept up with."""
    parts = []
    for backend in latency.backends:
        found = [(rate, latency.at(workload, backend, rate)) for rate in latency.rates(workload)]
        validities = {rate: figure.validity for rate, figure in found if figure is not None}
        kept = max((rate for rate, validity in validities.items() if validity == VALID), default=None)
        if kept is None and OVERLOAD in validities.values():
            parts.append(f"{backend} none")
        elif kept is not None:
            parts.append(f"{backend} {kept:,.0f}/s")
    return f"Highest of these rates that each kept up with on {workload}: {', '.join(parts)}."
