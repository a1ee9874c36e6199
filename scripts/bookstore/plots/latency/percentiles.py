"""Percentile curves of latency at one arrival rate, logarithmic in 1 / (1 - p)."""

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from bookstore.data.curves import Curve, curve_file, read_curve, trimmed
from bookstore.data.results import Run
from bookstore.findings.latency import (
    OVERLOAD,
    PERCENTILES,
    VALID,
    Latency,
    OpenFigure,
    latency_of,
    supported_distance,
    validity_of,
)
from bookstore.plots.latency.style import milliseconds, workers_note
from bookstore.plots.style import backend_entries, finish, look, panels
from bookstore.report.numbers import number

TICKS = {1: "min", 2: "50 %", 10: "90 %", 100: "99 %", 1000: "99.9 %", 10000: "99.99 %"}


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    if latency is None:
        return None
    found = {workload: curves(run, latency, workload) for workload in latency.workloads()}
    found = {workload: lines for workload, lines in found.items() if lines}
    if not found:
        return None
    figure, axes = panels(len(found), height=3.4)
    for panel, (workload, lines) in zip(axes, found.items(), strict=True):
        _draw_panel(panel, lines)
        panel.set_title(f"{workload}, {latency.main_rate(workload):,.0f} arrivals/s", loc="left")
    entries: dict[str, Artist] = backend_entries(latency.backends)
    cores = latency.most_cores
    question = (
        f"How unlucky can a customer be? Latency by percentile, {cores} core{'s' if cores > 1 else ''},"
        f" {workers_note(latency)}"
    )
    notes = [
        "Latency counts from the moment a customer meant to arrive. Each curve: all customers of one run after its"
        " warm-up, and ends where fewer than ten effective samples lie beyond; what is left of it is withheld.",
        _broken_note(latency, list(found)),
    ]
    return finish(
        figure, run, question, answer(latency, next(iter(found))), [note for note in notes if note], entries
    )


def curves(run: Run, latency: Latency, workload: str) -> dict[str, tuple[OpenFigure, Curve]]:
    """Each backend's curve at the main rate, as far as its samples carry it."""
    found = {}
    for backend in latency.backends:
        figure = latency.at(workload, backend, latency.main_rate(workload))
        if figure is None:
            continue
        first = min(figure.rows, key=lambda row: row.repetition)
        path = curve_file(run.folder, first)
        if path.exists():
            found[backend] = (figure, trimmed(read_curve(path), supported_distance(first)))
    return found


def _draw_panel(axes: Axes, lines: dict[str, tuple[OpenFigure, Curve]]) -> None:
    furthest = 2.0
    for backend, (figure, curve) in lines.items():
        style = look(backend)
        if not curve.distances:
            continue
        sound = validity_of(min(figure.rows, key=lambda row: row.repetition)) == VALID
        axes.plot(
            curve.distances,
            [value / 1000 for value in curve.values_us],
            color=style.colour,
            linestyle=style.line,
            linewidth=1.4 if sound else 0.8,
            marker=style.marker,
            markersize=8 if style.marker == "*" else 5,
            markevery=[len(curve.distances) - 1],
            fillstyle="full" if sound else "none",
        )
        furthest = max(furthest, curve.distances[-1])
    axes.set_xscale("log")
    milliseconds(axes)
    ticks = {distance: text for distance, text in TICKS.items() if distance <= 10 * furthest}
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(1, furthest * 1.4)
    axes.set_xlabel("customers who waited at most this long (logarithmic in 1/(1-p))")
    axes.set_ylabel("latency, ms (logarithmic)")


def _broken_note(latency: Latency, workloads: list[str]) -> str:
    """Which curves do not come from a VALID run."""
    broken = []
    for workload in workloads:
        for backend in latency.backends:
            figure = latency.at(workload, backend, latency.main_rate(workload))
            if figure is None:
                continue
            validity = validity_of(min(figure.rows, key=lambda row: row.repetition))
            if validity != VALID:
                broken.append(f"{workload}/{backend} {validity}")
    return f"Thin with a hollow end, not VALID: {', '.join(broken)}." if broken else ""


def answer(latency: Latency, workload: str) -> str:
    """Half and 99 % of the customers under each backend that kept up."""
    parts = []
    for backend in latency.backends:
        figure = latency.at(workload, backend, latency.main_rate(workload))
        if figure is None:
            continue
        shown = [figure.percentile(name) for name in list(PERCENTILES)[:2]]
        values = " / ".join(
            "withheld" if each is None else f"{number(each.value / 1000)} ms" for each in shown
        )
        parts.append(f"{backend} {OVERLOAD if figure.validity == OVERLOAD else values}")
    return f"Half / 99 % of the customers on {workload} were served within: {', '.join(parts)}."
