"""One short day under each backend: who worked, who waited, and who overlapped."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from bookstore.data.results import Run
from bookstore.plots.marks import mark
from bookstore.plots.style import WIDTH_INCHES, finish
from bookstore.terminal.errors import InputError

KIND_COLOURS = {
    "open_shop": "#000000",
    "make_coffee": "#D55E00",
    "check_mail": "#CC79A7",
    "rent_book": "#0072B2",
    "return_book": "#56B4E9",
    "shelve_books": "#009E73",
    "close_shop": "#666666",
}
OTHER_KIND = "#F0E442"
WAIT_EDGE = "0.45"
LANE = 0.28  # height of a wait that lies beside the worker, in units of a worker's row

Span = Mapping[str, Any]


def draw(run: Run) -> Figure | None:
    rows = run.timeline["rows"] if run.timeline is not None else []
    if not rows:
        return None
    try:
        return _draw(run, rows)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"{run.folder / 'timeline.json'}: is no timeline ({error!r}); measure again"
        ) from None


def _draw(run: Run, rows: Sequence[Span]) -> Figure:
    heights = [_height(row) for row in rows]
    figure = Figure(figsize=(WIDTH_INCHES, 1.9 + 0.27 * sum(heights) + 0.3 * len(rows)), layout="constrained")
    axes = figure.subplots(len(rows), 1, squeeze=False, sharex=True, height_ratios=heights).flatten().tolist()
    for panel, row in zip(axes, rows, strict=True):
        _draw_backend(panel, row)
        mark(panel, str(row["backend"]))
    axes[-1].set_xlabel("time since the start of the run, ms")
    axes[-1].set_xlim(0, max(float(row["run_time_us"]) for row in rows) / 1000 * 1.01)
    kinds = [kind for kind in KIND_COLOURS if any(s["kind"] == kind for row in rows for s in row["spans"])]
    handles = [Patch(facecolor=KIND_COLOURS[kind], label=kind) for kind in kinds]
    handles.append(Patch(facecolor="white", edgecolor=WAIT_EDGE, hatch="////", label="a task waits"))
    times = {str(row["backend"]): float(row["run_time_us"]) for row in rows}
    first = rows[0]
    scale = float(first.get("cpu_scale", 1))
    scaled = f" (CPU work scaled x{scale:g})" if scale != 1 else ""
    question = (
        f"Who works, who waits, who overlaps? {float(first['tasks']):g} tasks of {first['workload']}{scaled}"
    )
    notes = [
        "One row per worker. A hatched wait on the row keeps the worker; below the row it keeps only the task.",
        "One run each, not a measurement of speed.",
    ]
    return finish(
        figure, run, question, answer(times), notes, {str(h.get_label()): h for h in handles}, columns=4
    )


def answer(times: Mapping[str, float]) -> str:
    parts = [f"{backend} {time / 1000:.1f} ms" for backend, time in times.items()]
    return f"The same tasks took: {', '.join(parts)}."


def overlaps(row: Span) -> bool:
    """Whether a worker goes on while its task waits: some span begins within another's wait on the same worker."""
    by_worker: dict[int, list[Span]] = {}
    for span in row["spans"]:
        by_worker.setdefault(int(span["worker"]), []).append(span)
    for spans in by_worker.values():
        ordered = sorted(spans, key=lambda span: float(span["begin_us"]))
        for span, following in zip(ordered, ordered[1:], strict=False):
            if float(following["begin_us"]) < float(span["end_us"]) + max(0.0, float(span["wait_us"])) - 1.0:
                return True
    return False


def wait_lanes(waits: Sequence[tuple[float, float]]) -> list[int]:
    """A lane for each wait (begin, end), in the given order, so that none covers another: the lowest that is free."""
    lanes: list[int] = []
    free_at: list[float] = []
    for begin, end in waits:
        lane = next((index for index, free in enumerate(free_at) if free <= begin), len(free_at))
        if lane == len(free_at):
            free_at.append(end)
        else:
            free_at[lane] = end
        lanes.append(lane)
    return lanes


def _waits(row: Span) -> list[tuple[float, float, str]]:
    """Begin, end and kind of every wait, by begin; its end is when the task goes on, if that is known."""
    starts = {(int(s["task"]), int(s["step"])): float(s["begin_us"]) for s in row["spans"]}
    waits = []
    for span in row["spans"]:
        asked, begin = float(span["wait_us"]), float(span["end_us"])
        if asked > 0:
            resumed = starts.get((int(span["task"]), int(span["step"]) + 1), begin + asked)
            # Past the asked wait the task is ready and queues: that is no longer a wait.
            waits.append((begin, min(begin + asked, resumed), str(span["kind"])))
    return sorted(waits)


def _height(row: Span) -> float:
    """Rows of workers, and the lanes below where waits lie beside the worker."""
    height = float(row["workers"])
    if overlaps(row):
        height += LANE * (1 + max(wait_lanes([wait[:2] for wait in _waits(row)]), default=0)) + 0.2
    return max(height, 1.5)


def _draw_backend(axes: Axes, row: Span) -> None:
    workers = int(row["workers"])
    beside = overlaps(row)
    for span in row["spans"]:
        begin, end = float(span["begin_us"]) / 1000, float(span["end_us"]) / 1000
        place = -int(span["worker"])
        colour = KIND_COLOURS.get(str(span["kind"]), OTHER_KIND)
        axes.broken_barh([(begin, end - begin)], (place - 0.4, 0.8), facecolor=colour, linewidth=0, zorder=3)
        if not beside and float(span["wait_us"]) > 0:
            wait = (end, float(span["wait_us"]) / 1000)
            axes.broken_barh([wait], (place - 0.4, 0.8), **_wait_look(colour, "////"))
    bottom = -workers + 0.5
    if beside:
        waits = _waits(row)
        for (begin, end, kind), lane in zip(waits, wait_lanes([wait[:2] for wait in waits]), strict=True):
            place = -workers + 0.4 - LANE * (lane + 1)
            colour = KIND_COLOURS.get(kind, OTHER_KIND)
            span_ms = [(begin / 1000, (end - begin) / 1000)]
            axes.broken_barh(span_ms, (place, LANE * 0.8), **_wait_look(colour, "//////"))
            bottom = min(bottom, place - 0.1)
    axes.set_ylim(bottom, 0.5)
    axes.set_yticks(
        [-worker for worker in range(workers)], [f"worker {worker + 1}" for worker in range(workers)]
    )
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0, labelsize=7.5)
    axes.set_title(f"{row['backend']}, {workers} worker{'s' if workers > 1 else ''}", loc="left", fontsize=9)


def _wait_look(colour: str, hatch: str) -> dict[str, Any]:
    return {"facecolor": "white", "edgecolor": colour, "hatch": hatch, "linewidth": 0.4, "zorder": 2}
