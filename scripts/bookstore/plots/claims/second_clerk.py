"""What a second worker changes for customers whom one could serve alone, and what a pool burns while nobody comes."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.claims import c4_idle_clerk
from bookstore.findings.claims.c4_idle_clerk import SecondClerk, idle_ms, second_clerks
from bookstore.plots.claims.style import filling, series, taken_away
from bookstore.plots.latency.style import rate_axis, times
from bookstore.plots.marks import tip
from bookstore.plots.overhead.style import dot, name_rows
from bookstore.plots.style import BARS, backend_entries, finish, panels, set_apart
from bookstore.report.numbers import number
from bookstore.report.spreads import spread_note
from bookstore.stats.intervals import Spread, spread

FIGURES = {
    "delay p50": "delay_p50_us",
    "delay p99": "delay_p99_us",
    "CPU per customer": "cpu_us_per_task",
}


def draw(run: Run) -> Figure | None:
    found = second_clerks(run)
    if not found:
        return None
    idle = idle_ms(run)
    figure, axes = panels(len(FIGURES) + bool(idle), height=2.5)
    drawn: list[Spread] = []
    for panel, (title, counter) in zip(axes, FIGURES.items(), strict=False):
        drawn += _draw_rates(panel, found, counter)
        panel.set_title(title, loc="left")
        panel.set_ylabel("time (logarithmic)")
    if idle:
        _draw_idle(axes[-1], idle)
    backends = list(dict.fromkeys(each.backend for each in found))
    entries = backend_entries(backends) | filling("two workers on two cores", "one worker on one core")
    question = "What does a second clerk change where there is work for one only? counter"
    notes = [
        "Delay: latency from the moment a customer meant to arrive, less the waits asked for.",
        spread_note(drawn, BARS),
    ]
    answer = taken_away(c4_idle_clerk.answer(run))
    return finish(figure, run, question, answer, notes, entries, columns=4)


def _draw_rates(axes: Axes, found: list[SecondClerk], counter: str) -> list[Spread]:
    drawn: list[Spread] = []
    backends = list(dict.fromkeys(each.backend for each in found))
    for index, backend in enumerate(backends):
        for workers in (1, 2):
            points = [
                (
                    each.rate * set_apart(2 * index + workers - 1, 2 * len(backends), 1.05),
                    spread([row.counter(counter) for row in rows]),
                    rows[0].key,
                )
                for each in found
                if each.backend == backend
                for rows in [[row for row in each.rows if row.workers == workers and counter in row.counters]]
                if rows
            ]
            series(axes, points, backend, "us", hollow=workers == 1)
            drawn += [each for _, each, _ in points]
    rate_axis(axes, sorted({each.rate for each in found}))
    times(axes)
    return drawn


def _draw_idle(axes: Axes, idle: dict[str, Spread]) -> None:
    for place, (backend, each) in enumerate(idle.items()):
        told = tip(f"idle pool, {backend}", each, "ms of CPU a second")
        dot(axes, each, place, backend, text=number(each.median, 2), told=told)
    name_rows(axes, dict(enumerate(idle)))
    axes.set_xlim(0, 1.3 * max(0.1, *(each.high for each in idle.values())))
    axes.set_xlabel("ms of CPU a second")
    axes.set_title("burnt by an idle pool", loc="left")
