"""What it costs when all clerks crowd one shelf: time, CPU and locks found held against the skew of demand."""

from collections.abc import Callable, Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.results import Row, Run
from bookstore.findings.contention import by_workload, is_felt, slowdowns, steepest_slowdowns
from bookstore.findings.overhead import CostFigure, overhead_of
from bookstore.plots.overhead.style import cores_text
from bookstore.plots.style import BARS, IDEAL_COLOUR, entries_of, finish, from_zero, panels, points
from bookstore.report.spreads import median_text, spread_note
from bookstore.stats.intervals import Spread, spread

SIDEWAYS = 0.02


def draw(run: Run) -> Figure | None:
    overhead = overhead_of(run)
    found = {} if overhead is None else by_workload(overhead)
    if overhead is None or not any(is_felt(lines) for lines in found.values()):
        return None  # one sentence says it
    figure, axes = panels(3 * len(found), columns=len(found), height=2.0, sharex=True)
    drawn: list[Spread] = []
    for index, (workload, lines) in enumerate(found.items()):
        upper, middle, lower = (axes[row * len(found) + index] for row in range(3))
        drawn += _draw_panel(upper, lines, slowdowns)
        upper.axhline(1, color=IDEAL_COLOUR, linewidth=0.8, linestyle=":")
        upper.set_ylabel("time per task,\n1 = no skew")
        upper.set_title(f"{workload} ({_workers(lines)})", loc="left")
        drawn += _draw_panel(middle, lines, cpu)
        middle.set_ylabel("CPU us per task")
        locked = {name: figures for name, figures in lines.items() if any(map(_takes_locks, figures))}
        drawn += _draw_panel(lower, locked, found_held)
        lower.set_ylabel("locks found held, %")
        lower.set_xlabel("skew (Zipf exponent)")
    notes = [
        spread_note(drawn, BARS),
        "Ratios are formed within each repetition. Skew 0: all shelves alike. A skewed plan asks for other titles, so that its work may differ too:"
        " event_loop, alone and without locks, shows by how much. Locks found held: of all that were taken, those that"
        " another worker held then. Short shelving: a twentieth of the work of a task, 3 books instead of 64.",
    ]
    return finish(
        figure,
        run,
        f"What if everybody wants the same shelf? Hot shelves, {cores_text(overhead)}",
        answer(found),
        notes,
        entries_of(axes),
    )


def _workers(lines: Mapping[str, list[CostFigure]]) -> str:
    counts = sorted({figure.setting.workers for figures in lines.values() for figure in figures} - {1})
    return f"pools: {'/'.join(map(str, counts))} workers" if counts else "1 worker"


def cpu(figures: list[CostFigure]) -> dict[float, Spread]:
    return _by_skew(figures, lambda row: row.counter("cpu_us_per_task"))


def found_held(figures: list[CostFigure]) -> dict[float, Spread]:
    return _by_skew(figures, lambda row: 100 * row.counter("found_held_fraction"))


def _by_skew(figures: list[CostFigure], value: Callable[[Row], float]) -> dict[float, Spread]:
    found = {figure.setting.param("skew"): spread([value(row) for row in figure.rows]) for figure in figures}
    return dict(sorted(found.items()))


def _takes_locks(figure: CostFigure) -> bool:
    return any(row.counters.get("locks_per_task") for row in figure.rows)


def _draw_panel(
    axes: Axes,
    lines: Mapping[str, list[CostFigure]],
    value: Callable[[list[CostFigure]], Mapping[float, Spread]],
) -> list[Spread]:
    drawn: list[Spread] = []
    for index, (backend, figures) in enumerate(lines.items()):
        found = value(figures)
        shift = SIDEWAYS * (index - (len(lines) - 1) / 2)
        if found:
            by_skew = {each.setting.param("skew"): each.rows[0].key for each in figures}
            rows = [by_skew.get(skew, backend) for skew in found]
            points(axes, [skew + shift for skew in found], list(found.values()), backend, backend, rows)
            drawn += found.values()
    from_zero(axes)
    axes.set_ylim(top=1.12 * max((each.high for each in drawn), default=1.0))
    skews = {figure.setting.param("skew") for figures in lines.values() for figure in figures}
    axes.set_xlim(0 - 0.08, max(skews) + 0.08)
    axes.set_xticks(sorted(skews))
    return drawn


def answer(found: Mapping[str, Mapping[str, list[CostFigure]]]) -> str:
    """The slowdown at the steepest skew."""
    parts = []
    for workload, lines in found.items():
        shown = [f"{backend} {median_text(each)}" for backend, each in steepest_slowdowns(lines).items()]
        parts.append(f"{workload}: {', '.join(shown)}")
    return f"Time per task at the steepest skew, 1 = no skew: {'; '.join(parts)}."
