"""Percentiles of latency against core count, at the fixed arrival rate and worker counts."""

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.latency import VALID, Latency, OpenFigure, latency_of
from bookstore.plots.latency.style import (
    band_note,
    milliseconds,
    percentile_line,
    validity_entries,
    withheld_note,
    workers_note,
)
from bookstore.plots.style import backend_entries, finish, panels
from bookstore.report.numbers import number

NAMES = ("p50", "p99")
STEP = 0.05  # backends are set apart sideways, so that equal figures can be told apart


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    found = None if latency is None else swept(latency)
    if latency is None or found is None:
        return None
    workload, rate, cores = found
    figure, axes = panels(len(NAMES), height=3.2)
    drawn: list[OpenFigure] = []
    for panel, name in zip(axes, NAMES, strict=True):
        for index, backend in enumerate(latency.backends):
            shift = STEP * (index - (len(latency.backends) - 1) / 2)
            points = [
                (count + shift, each)
                for count in cores
                for each in [latency.at(workload, backend, rate, count)]
                if each is not None
            ]
            percentile_line(panel, points, name, backend)
            drawn += [each for _, each in points]
        milliseconds(panel)
        panel.set_xticks(cores)
        panel.set_xlim(0, max(cores) + 0.5)
        panel.set_xlabel("cores")
        panel.set_ylabel("latency, ms (logarithmic)")
        panel.set_title(f"{workload}, {name}, {rate:,.0f} arrivals/s", loc="left")
    figures = list({each.setting: each for each in drawn}.values())
    entries: dict[str, Artist] = backend_entries(latency.backends) | validity_entries(figures)
    notes = [band_note(figures), withheld_note(figures, NAMES)]
    question = f"Do more cores make customers wait less? Equal workers, {workers_note(latency)}"
    return finish(
        figure,
        run,
        question,
        answer(latency, workload, rate, cores),
        [note for note in notes if note],
        entries,
        columns=5,
    )


def swept(latency: Latency) -> tuple[str, float, list[int]] | None:
    """The workload and the rate that were measured on most core counts, if on more than one."""
    best: tuple[str, float, list[int]] | None = None
    for workload in latency.workloads():
        for rate in latency.rates(workload):
            settings = [
                s for s in latency.figures if (s.workload, s.rate, s.bursts) == (workload, rate, False)
            ]
            cores = sorted({setting.cores for setting in settings})
            if len(cores) > 1 and (best is None or len(cores) > len(best[2])):
                best = (workload, rate, cores)
    return best


def answer(latency: Latency, workload: str, rate: float, cores: list[int]) -> str:
    """The median on the fewest cores and on the most."""
    parts = []
    for backend in latency.backends:
        ends = [latency.at(workload, backend, rate, count) for count in (cores[0], cores[-1])]
        values = [each.percentile("p50") for each in ends if each is not None and each.validity == VALID]
        shown = [each.value / 1000 for each in values if each is not None]
        if len(shown) == 2:
            parts.append(f"{backend} {number(shown[0])} and {number(shown[1])} ms")
    text = f"Half of the customers, on {cores[0]} and on {cores[-1]} cores: {', '.join(parts)}."
    return text if parts else ""
