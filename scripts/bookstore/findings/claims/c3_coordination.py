"""C3: more clerks cost the manager more: coordination."""

from bookstore.data.results import Row, Run
from bookstore.findings.claims.answer import (
    ONE_CORE,
    OVERHEAD,
    UNDECIDED,
    Answer,
    Claim,
    joined,
    not_measured,
    undecided,
)
from bookstore.findings.claims.decide import MORE, most_cores, over_all, passes, sound, why_open, why_unsound
from bookstore.findings.overhead import CostFigure, Overhead, overhead_of
from bookstore.stats.intervals import Spread, spread

CLAIM = Claim(
    "C3",
    "More clerks cost the manager more: coordination.",
    "What does it cost in workers' time to hand out a task, with one worker and with as many as there are cores?",
    "grain: tasks of no work, handed out one by one; beside it METG from a sweep over task sizes, stocktake's forks, and"
    " all clerks at one shelf.",
    "Tasks handed out in batches, and cores that share a cache. An empty task is claimed chaotically: the interval is wide.",
    "overhead_efficiency",
)
SHOWN = 4


def prices(overhead: Overhead) -> dict[str, Spread]:
    """What a task costs on all cores over what it costs on one, in workers' time beside its work, by backend.

    Time on p cores counts S(p) times, as many as the cores are worth, and not p times: what they lack is no runtime's
    doing.
    """
    found = {}
    for name, (one, many) in _sides(overhead).items():
        worth = overhead.speedups[many.setting.cores].median
        alone = {row.repetition: _beside_work(row, 1.0) for row in sound(one.rows)}
        ratios = [
            _beside_work(row, worth) / alone[row.repetition]
            for row in sound(many.rows)
            if alone.get(row.repetition, 0.0) > 0
        ]
        if ratios:
            found[name] = spread(ratios)
    return found


def _sides(overhead: Overhead) -> dict[str, tuple[CostFigure, CostFigure]]:
    """By pool: empty tasks with one worker on one core, and with a worker on each of the most cores."""
    most = overhead.most_cores
    figures: dict[tuple[str, int], CostFigure] = {}
    for figure in overhead.select("grain", work_ns=0):
        setting = figure.setting
        usual = not setting.raw and setting.workers == setting.cores and not setting.param("chunk") > 1
        if usual:
            figures[setting.backend, setting.cores] = figure
    if most not in overhead.speedups:
        return {}
    return {
        name: (figures[name, 1], figure)
        for (name, cores), figure in figures.items()
        if cores == most > 1 and (name, 1) in figures
    }


def _beside_work(row: Row, worth: float) -> float:
    return worth * row.counter("ns_per_task") - row.counter("direct_ns_per_task")


def answer(run: Run) -> Answer:
    """Holds if a pool's price of an empty task, in workers' time, rises by a tenth or more with the workers (its whole
    interval lies at or above 1.1), and no pool's stays wholly below that; only for those whose price rises where others'
    does not; not at all if no pool's rises.
    """
    if most_cores(run) == 1:
        return not_measured(CLAIM, ONE_CORE)
    overhead = overhead_of(run)
    if overhead is None:
        return not_measured(CLAIM, "bench_overhead was left out")
    found = prices(overhead)
    sides = _sides(overhead)
    rows = [row for both in sides.values() for figure in both for row in figure.rows]
    if not found and (why := why_unsound(rows)):
        return undecided(CLAIM, why)
    if not found:
        return not_measured(CLAIM, "empty tasks were not measured on one core and on all")
    verdict, condition = over_all({name: passes(each, MORE) for name, each in found.items()}, "the pool is")
    if verdict == UNDECIDED:
        condition = why_open(found.values(), f"{MORE:g}", rows)
    shown = list(found.items())[:SHOWN]
    parts: list[list[str | Spread]] = [
        [each, " times" * (not index) + f" ({name})"] for index, (name, each) in enumerate(shown)
    ]
    said = (
        f"To hand out an empty task costs {overhead.most_cores} workers, in their time, ",
        *joined(parts),
        " what it costs one.",
    )
    keys = tuple((OVERHEAD, figure.rows[0].key) for name, _ in shown for figure in sides[name])
    return Answer(CLAIM, verdict, condition, said, keys)
