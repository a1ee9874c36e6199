"""How many customers are delayed longer than what: the complementary distribution, logarithmic both ways."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from bookstore.data.curves import DELAY, Curve
from bookstore.data.results import Run
from bookstore.findings.latency import Latency, curves, latency_of
from bookstore.findings.open_figures import OVERLOAD, VALID, OpenFigure
from bookstore.plots.latency.style import delay_note, time_axis_x, workers_note
from bookstore.plots.marks import mark, marked
from bookstore.plots.style import backend_entries, finish, look, panels
from bookstore.report.numbers import short_time

SHARES = {0.5: "50 %", 0.1: "10 %", 0.01: "1 %", 0.001: "0.1 %", 1e-4: "0.01 %", 1e-5: "0.001 %"}
BEYOND = 10  # tasks that lie beyond the last point that is more than a hint
Lines = dict[str, tuple[OpenFigure, Curve]]


def draw(run: Run) -> Figure | None:
    latency = latency_of(run)
    if latency is None:
        return None
    ends = sorted({min(latency.core_counts(w)[0] for w in latency.workloads()), latency.most_cores})
    wanted = [(workload, cores) for workload in latency.workloads()[:1] for cores in ends]
    found = {place: _curves(run, latency, *place) for place in wanted}
    found = {place: lines for place, lines in found.items() if lines}
    if not found:
        return None
    figure, axes = panels(len(found), height=3.4, sharex=True, sharey=True)
    for panel, ((workload, cores), lines) in zip(axes, found.items(), strict=True):
        _draw_panel(panel, lines)
        rate = next(iter(lines.values()))[0].setting.rate
        panel.set_title(
            f"{workload}, {rate:,.0f} arrivals/s, {cores} core{'s' if cores > 1 else ''}", loc="left"
        )
    what = latency.figure_name
    for panel in axes:
        panel.set_xlabel(f"{what} (logarithmic)")
    axes[0].set_ylabel("customers delayed longer (logarithmic)")
    notes = [
        delay_note(latency),
        f"All tasks of all processes of a row together; thin where fewer than {BEYOND} lie beyond.",
        _missing_note(latency, found),
    ]
    question = f"How unlucky can a customer be? Share of customers by {what}, {workers_note(latency)}"
    text = answer(list(found.values())[-1], list(found)[-1][1])
    names = [name for name in latency.backends if any(name in lines for lines in found.values())]
    return finish(figure, run, question, text, [note for note in notes if note], dict(backend_entries(names)))


def _curves(run: Run, latency: Latency, workload: str, cores: int) -> Lines:
    """Each backend's curve near what one core serves, if it kept up there."""
    found = {}
    for backend in latency.backends:
        figure = latency.at(workload, backend, latency.main_rate(workload), cores)
        if figure is None or figure.validity == OVERLOAD:
            continue
        curve = curves(run, figure)
        if curve is not None and (curve.figure == DELAY) == (latency.figure_name == "delay"):
            found[backend] = (figure, curve)
    return found


def _draw_panel(axes: Axes, lines: Lines) -> None:
    deepest = 10.0
    for backend, (figure, curve) in lines.items():
        style = look(backend)
        points = list(zip(curve.values_us, (1 / distance for distance in curve.distances), strict=True))
        sure = [point for point in points if point[1] * max(curve.count, 1) >= BEYOND] or points[:1]
        far = points[max(0, len(sure) - 1) :]
        with marked(axes, backend):
            axes.step(
                *zip(*sure, strict=True),
                where="post",
                color=style.colour,
                linestyle=style.line,
                linewidth=1.5,
            )
            axes.step(*zip(*far, strict=True), where="post", color=style.colour, linewidth=0.6)
            drawn = axes.plot(
                [sure[-1][0]],
                [sure[-1][1]],
                style.marker,
                color=style.colour,
                markersize=8 if style.marker == "*" else 5,
            )
            end = f"{100 * sure[-1][1]:.2g} % are delayed longer than {short_time(sure[-1][0] * 1e-6)}"
            mark(drawn[0], backend, [f"{figure.rows[0].key}: {end}"])
        deepest = max(deepest, 1 / points[-1][1])
    axes.set_yscale("log")
    time_axis_x(axes)
    ticks = [share for share in SHARES if share >= 0.5 / deepest]
    axes.set_yticks(ticks, [SHARES[share] for share in ticks])
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0.5 / deepest, 1)


def _missing_note(latency: Latency, found: dict[tuple[str, int], Lines]) -> str:
    """Who is not there, because it did not keep up, and who broke a rule."""
    parts = []
    for (workload, cores), lines in found.items():
        for backend in latency.backends:
            figure = latency.at(workload, backend, latency.main_rate(workload), cores)
            if figure is not None and figure.validity != VALID:
                parts.append(
                    f"{backend} on {cores} {figure.validity}{' (not drawn)' * (backend not in lines)}"
                )
    return f"Not VALID: {', '.join(parts)}." if parts else ""


def answer(lines: Lines, cores: int) -> str:
    """Delayed longer by one in a hundred, of all."""
    parts = [
        f"{backend} {short_time(curve.percentile(0.99) * 1e-6, digits=2)}"
        for backend, (_, curve) in lines.items()
    ]
    many = f"{cores} core{'s' if cores > 1 else ''}"
    return f"One customer in a hundred is delayed longer than, on {many}: {', '.join(parts)}."
