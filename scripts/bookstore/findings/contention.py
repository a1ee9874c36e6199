"""What crowding at one shelf costs: time per task against the skew of demand."""

from collections.abc import Callable, Mapping, Sequence

from bookstore.data.names import CONTENDED
from bookstore.data.results import Row
from bookstore.findings.overhead import CostFigure, CostSetting, Overhead
from bookstore.stats.intervals import Spread, spread

FELT = 1.1  # times as long as the backend that minds least


def by_workload(overhead: Overhead) -> dict[str, dict[str, list[CostFigure]]]:
    """The figures of each backend, by skew, for each workload."""
    found: dict[str, dict[str, list[CostFigure]]] = {}
    for figure in overhead.select("contention"):
        lines = found.setdefault(contended(figure.setting), {})
        lines.setdefault(figure.setting.backend, []).append(figure)
    return {name: found[name] for name in sorted(found, reverse=True)}


def is_felt(lines: Mapping[str, Sequence[CostFigure]]) -> bool:
    """Whether crowding slows any backend down by more than asking for other titles does.

    A skewed plan is another plan: whoever minds it least shows what that alone makes of the time.
    """
    steepest = steepest_slowdowns(lines)
    alone = min((each.median for each in steepest.values()), default=1.0)
    return any(each.low > FELT * alone for each in steepest.values())


def steepest_slowdowns(lines: Mapping[str, Sequence[CostFigure]]) -> dict[str, Spread]:
    """By backend, the slowdown at the largest skew that it was measured at."""
    found = {backend: slowdowns(figures) for backend, figures in lines.items()}
    return {backend: each[max(each)] for backend, each in found.items() if each}


def contended(setting: CostSetting) -> str:
    """The name of what was contended for, behind the counters' numbers."""
    found = setting.param("workload"), setting.param("cpu_scale")
    names = (name for name, each in CONTENDED.items() if each == found)
    return next(names, "workload {:g}, cpu_scale {:g}".format(*found))


def slowdowns(figures: Sequence[CostFigure]) -> dict[float, Spread]:
    """Time per task at each skew over that without skew, formed within each repetition, of runs that were not too short."""
    by_skew = {figure.setting.param("skew"): _by_repetition(figure, _time) for figure in figures}
    even = by_skew.get(0.0, {})
    found = {}
    for skew, times in sorted(by_skew.items()):
        ratios = [times[repetition] / even[repetition] for repetition in times if repetition in even]
        if ratios:
            found[skew] = spread(ratios)
    return found


def _time(row: Row) -> float:
    return 1 / row.counter("tasks_per_second")


def _by_repetition(figure: CostFigure, value: Callable[[Row], float]) -> dict[int, float]:
    return {row.repetition: value(row) for row in figure.rows if not row.counters.get("too_short")}
