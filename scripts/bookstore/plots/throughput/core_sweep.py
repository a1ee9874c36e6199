"""What the two figures over core counts share: which worker count each backend is drawn at, and the ideal line."""

from collections.abc import Callable

from matplotlib.axes import Axes

from bookstore.data.names import BASELINE
from bookstore.data.results import Row
from bookstore.findings.gains import ClosedSetting, Measurements
from bookstore.plots.style import IDEAL_COLOUR, points
from bookstore.stats.intervals import Spread

ValueOf = Callable[[Row], float]


def fixed_workers(measured: Measurements, workload: str, backend: str) -> int | None:
    """The worker count that is kept on every core count; None where workers = cores is drawn.

    Of the counts that were measured on all core counts, that with the most repetitions; of those the largest, which
    comes nearest to having no worker missing.
    """
    counts = [set(measured.worker_counts(workload, backend, cores)) for cores in measured.core_counts]
    common = set.intersection(*counts)
    equal = all(cores in found for cores, found in zip(measured.core_counts, counts, strict=True))
    if common != {1} and equal and max(common, default=0) <= measured.most_cores:
        return None

    def repetitions(workers: int) -> int:
        return len(measured.rows(ClosedSetting(workload, backend, measured.most_cores, workers)))

    return max(common, key=lambda workers: (repetitions(workers), workers), default=None)


def series(measured: Measurements, workload: str, backend: str, value: ValueOf) -> dict[int, Spread]:
    """The figure on each core count on which it was measured."""
    fixed = fixed_workers(measured, workload, backend)
    found = {}
    for cores in measured.core_counts:
        figure = measured.figure(ClosedSetting(workload, backend, cores, fixed or cores), value)
        if figure is not None:
            found[cores] = figure
    return found


def draw_panel(axes: Axes, measured: Measurements, workload: str, value: ValueOf) -> list[Spread]:
    """All backends on one workload; returns what was drawn."""
    drawn: list[Spread] = []
    count = len(measured.backends)
    for index, backend in enumerate(measured.backends):
        found = series(measured, workload, backend, value)
        if not found:
            continue
        # Set apart sideways, so that the bars of equal figures can be told apart.
        shift = 0.035 * (index - (count - 1) / 2)
        points(axes, [cores + shift for cores in found], list(found.values()), backend, backend)
        drawn += found.values()
    axes.set_xlim(0, measured.most_cores + 0.4)
    axes.set_xticks(measured.core_counts)
    axes.set_xlabel("cores")
    axes.set_title(f"{workload} ({_workers_text(measured, workload)})", loc="left")
    return drawn


def draw_ideal(axes: Axes, measured: Measurements, start: float, inverse: bool) -> None:
    """From the best figure on one core: the nominal line, and the machine's own."""
    nominal = {cores: float(cores) for cores in measured.core_counts}
    ideals = {cores: measured.ideal(cores) for cores in measured.core_counts}
    own = {cores: ideal.median for cores, ideal in ideals.items() if ideal is not None}
    if not inverse:  # no core, no throughput
        nominal, own = {0: 0.0} | nominal, {0: 0.0} | own
    for factors, label, line in ((own, "ideal of this machine", "-"), (nominal, "nominal ideal", ":")):
        heights = [start / factor if inverse else start * factor for factor in factors.values()]
        axes.plot(list(factors), heights, line, color=IDEAL_COLOUR, linewidth=1, label=label, zorder=1)


def pools(measured: Measurements) -> list[str]:
    """The backends of more than one worker."""
    return [
        backend
        for backend in measured.backends
        if backend != BASELINE
        and any(key.backend == backend and key.workers > 1 for key in measured.by_setting)
    ]


def _workers_text(measured: Measurements, workload: str) -> str:
    fixed = {fixed_workers(measured, workload, backend) for backend in pools(measured)}
    if not fixed:
        return "1 worker"
    if fixed == {None}:
        return "pools: workers = cores"
    counts = "/".join(str(count) for count in sorted(count for count in fixed if count))
    return f"pools: {counts} workers"
