"""What a fork costs: a recursive count of the shelves, down to single books and with a cut-off."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bookstore.data.results import Run
from bookstore.findings.overhead import CostFigure, Overhead, overhead_of
from bookstore.plots.marks import tip
from bookstore.plots.overhead.style import dot, fill_entries, log_values, name_rows
from bookstore.plots.style import BARS, backend_entries, finish, panels
from bookstore.report.spreads import median_text, spread_note
from bookstore.stats.intervals import Spread

CALLS = ": calls only"  # beside the name of a backend that forks nothing
TREES = {10.0: "ten-fold tree", 2.0: "binary tree"}


def draw(run: Run) -> Figure | None:
    overhead = overhead_of(run)
    found = [] if overhead is None else overhead.select("stocktake")
    if overhead is None or not found:
        return None
    fanouts = sorted({figure.setting.param("fanout") for figure in found}, reverse=True)
    rows = len({(figure.setting.backend, figure.setting.cores) for figure in found})
    figure, axes = panels(len(fanouts), height=0.8 + 0.27 * rows)
    drawn: list[Spread] = []
    for panel, fanout in zip(axes, fanouts, strict=True):
        tree = overhead.select("stocktake", fanout=fanout)
        drawn += _draw_panel(panel, tree)
        leaves = max(each.setting.param("leaves") for each in tree)
        panel.set_title(f"{TREES.get(fanout, f'{fanout:g}-fold tree')}, {leaves:,.0f} leaves", loc="left")
    notes = [
        spread_note(drawn, BARS),
        "A fork: one call or task for a part of the tree. Plain recursion (sequential, event_loop) forks nothing and"
        " shows what counting costs. Every count was checked.",
        _cutoff_note(found),
    ]
    fills = {"a task for every part": "full", "with a cut-off": "none"}
    return finish(
        figure,
        run,
        "What does it cost to share out a job? Time per fork of a recursive count",
        answer(overhead),
        [note for note in notes if note],
        {**backend_entries(dict.fromkeys(each.setting.backend for each in found)), **fill_entries(fills)},
    )


def _draw_panel(axes: Axes, found: list[CostFigure]) -> list[Spread]:
    """A row for each backend and core count."""
    places: dict[tuple[str, int, int], dict[bool, Spread]] = {}
    told: dict[tuple[tuple[str, int, int], bool], str] = {}
    for each in found:
        cost = each.spread("ns_per_fork")
        if cost is not None:
            setting = each.setting
            key, is_cut = (setting.backend, setting.cores, setting.workers), setting.param("cutoff") > 0
            places.setdefault(key, {})[is_cut] = cost
            told[key, is_cut] = tip(each.rows[0].key, cost, "ns per fork")
    for place, (key, row) in enumerate(places.items()):
        least = min(cost.median for cost in row.values())
        for cut, cost in row.items():
            # The texts of two stand on their outer sides, so that they never meet.
            left = len(row) > 1 and cost.median == least
            fill = "none" if cut else "full"
            dot(axes, cost, place, key[0], fill, median_text(cost), left, told[key, cut])
    forking = {key[0] for key, row in places.items() if len(row) > 1}
    names = {
        float(place): f"{_name(*key)}{'' if key[0] in forking else CALLS}" for place, key in enumerate(places)
    }
    name_rows(axes, names)
    log_values(axes, "ns per fork (logarithmic)")
    return [cost for row in places.values() for cost in row.values()]


def _name(backend: str, cores: int, workers: int) -> str:
    return f"{backend}, {workers} on {cores}" if workers != cores else f"{backend}, {workers}"


def _cutoff_note(found: list[CostFigure]) -> str:
    depths = {
        each.setting.param("fanout"): each.setting.param("cutoff")
        for each in found
        if each.setting.param("cutoff")
    }
    parts = [
        f"{depth:.0f} in the {TREES.get(fanout, f'{fanout:g}-fold tree')}" for fanout, depth in depths.items()
    ]
    cut = f" With a cut-off: plain recursion below depth {' and '.join(parts)}." if parts else ""
    return f"Beside the names: workers, as many as cores.{cut}"


def answer(overhead: Overhead) -> str:
    """Without cut-off, on the most cores, ten-fold."""
    parts = []
    forking = {
        figure.setting.backend
        for figure in overhead.select("stocktake")
        if figure.setting.param("cutoff") > 0
    }
    found = overhead.on_most_cores("stocktake", fanout=10, cutoff=0)
    for backend, figure in found.items():
        if backend not in forking:
            continue
        cost = figure.spread("ns_per_fork")
        if cost is not None:
            parts.append(f"{backend} {median_text(cost)}")
    return (
        f"Those that fork, ns per fork of the ten-fold tree without cut-off, all workers at work: {', '.join(parts)}."
        if parts
        else ""
    )
