"""What all figures share: a colour and a marker per backend, panels, captions, and how spread is drawn.

Colours are those of Okabe and Ito (Color Universal Design, 2008), told apart by most colour-blind readers; markers
and line styles tell the backends apart in grey.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

import matplotlib

matplotlib.use("Agg")  # no display is needed
# Text stays text in SVG, and equal data gives equal files.
matplotlib.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "bookstore",
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "0.9",
        "legend.frameon": False,
        "figure.dpi": 100,
        "hatch.linewidth": 0.6,
    }
)

from matplotlib.artist import Artist  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.legend import Legend  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator  # noqa: E402

from bookstore.data.results import Run  # noqa: E402
from bookstore.plots.marks import describe, mark, mark_words, marked, tip  # noqa: E402
from bookstore.report.numbers import short  # noqa: E402
from bookstore.stats.intervals import Spread  # noqa: E402

WIDTH_INCHES = 9.0  # 900 px at 100 dpi: a README's width
PNG_DPI = 100
BARS = "Points: medians; bars"  # of `points`, in a note on spreads
IDEAL_COLOUR = "0.45"
LINE_INCHES_PER_POINT = 1.25 / 72
LEGEND_LETTER = 0.062  # inches, about, of a letter in a legend
LEGEND_BESIDE = 0.62  # of its handle, and between it and the next column


@dataclass(frozen=True)
class Look:
    colour: str
    marker: str
    line: str | tuple[int, tuple[int, ...]]
    hatch: str


LOOKS = {
    "sequential": Look("#000000", "s", (0, (1, 1)), ""),
    "threads": Look("#0072B2", "o", "-", "///"),
    "tbb": Look("#D55E00", "^", "--", "\\\\\\"),
    "openmp": Look("#009E73", "D", "-.", "..."),
    "event_loop": Look("#CC79A7", "*", (0, (5, 1)), "xxx"),
    "event_loops": Look("#E69F00", "P", (0, (3, 1, 1, 1)), "+++"),
    "coroutines": Look("#8C564B", "p", (0, (5, 2, 1, 2)), "++//"),
    "tbb_overlapped": Look("#882255", "<", (0, (8, 2)), "\\\\.."),
    "openmp_overlapped": Look("#117733", "d", (0, (6, 1, 1, 1, 1, 1)), "..xx"),
    "asio": Look("#332288", ">", (0, (4, 1, 2, 1)), "//oo"),
    "fibers": Look("#AA4499", "H", (0, (10, 3)), "--++"),
    "thread_per_task": Look("#6699CC", "8", (0, (2, 2)), "||//"),
    "go": Look("#00ADD8", "h", (0, (7, 1, 2, 1)), "oo||"),
    "tokio": Look("#A0522D", "X", (0, (3, 2)), "xx--"),
}
# For backends that have no look of their own, in the order of their appearance.
SPARE_LOOKS = [
    Look("#56B4E9", "v", (0, (4, 2)), "|||"),
    Look("#F0E442", "X", (0, (2, 1)), "---"),
    Look("#999999", "h", (0, (6, 2)), "ooo"),
]


def look(backend: str) -> Look:
    """The backend's fixed look; a backend without one takes a spare one, the same for the same name."""
    if backend in LOOKS:
        return LOOKS[backend]
    return SPARE_LOOKS[sum(backend.encode()) % len(SPARE_LOOKS)]


def panels(count: int, columns: int = 2, height: float = 3.0, **options: object) -> tuple[Figure, list[Axes]]:
    """A figure of so many panels, row by row; those left over stay empty."""
    columns = min(columns, count)
    rows = -(-count // columns)
    figure = Figure(figsize=(WIDTH_INCHES, 1.5 + height * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **options).flatten().tolist()  # type: ignore[arg-type]
    for left_over in axes[count:]:
        left_over.remove()
    return figure, axes[:count]


def finish(
    figure: Figure,
    run: Run,
    question: str,
    answer: str,
    notes: Sequence[str],
    entries: Mapping[str, Artist],
    columns: int = 7,
) -> Figure:
    """Title (the question), take-away (from the data), legend, and a caption that lets the figure stand alone."""
    height = figure.get_figheight()
    taken = 0.1  # inches from the top
    for text, width, size in ((question, 84, 12.0), (answer, 120, 9.5)):
        if text:
            lines = fill(text, width, break_on_hyphens=False)
            mark_words(figure.text(0.012, 1 - taken / height, lines, fontsize=size, va="top"))
            taken += (lines.count("\n") + 1) * size * LINE_INCHES_PER_POINT + 0.06
    excerpt = [run.excerpt] if run.excerpt else []
    foot = fill(" ".join([*excerpt, *notes, f"Measured: {run.caption()}."]), 148, break_on_hyphens=False)
    mark_words(figure.text(0.012, 0.06 / height, foot, fontsize=7.5, color="0.3", va="bottom"))
    bottom = 0.12 + (foot.count("\n") + 1) * 7.5 * LINE_INCHES_PER_POINT
    describe(figure, question, answer, " ".join(notes), taken, bottom)
    if entries:
        columns = min(columns, _columns_that_fit(list(entries)))
        legend = figure.legend(
            list(entries.values()),
            list(entries),
            loc="lower left",
            bbox_to_anchor=(0.0, bottom / height),
            ncols=columns,
            fontsize=8.5,
        )
        legend.set_in_layout(False)
        _mark_legend(legend, run)
        bottom += -(-len(entries) // columns) * 0.19 + 0.12
    figure.get_layout_engine().set(rect=(0, bottom / height, 1, 1 - (bottom + taken) / height))
    return figure


def _columns_that_fit(labels: Sequence[str]) -> int:
    """As many as stand side by side on the page; they are filled from above, each as wide as its longest label."""
    for columns in range(len(labels), 1, -1):
        rows = -(-len(labels) // columns)
        widths = [max(map(len, labels[first : first + rows])) for first in range(0, len(labels), rows)]
        if sum(LEGEND_BESIDE + LEGEND_LETTER * width for width in widths) <= WIDTH_INCHES:
            return columns
    return 1


def _mark_legend(legend: Legend, run: Run) -> None:
    """Entries of backends are of them, too."""
    known = run.environment.get("backends")
    handles = getattr(legend, "legend_handles", None) or legend.legendHandles  # before matplotlib 3.7
    for handle, text in zip(handles, legend.get_texts(), strict=True):
        backend = text.get_text().split(",")[0].split(" (")[0]
        if isinstance(known, list) and backend in known:
            mark(text, backend)
            if handle is not None:
                mark(handle, backend)


def points(
    axes: Axes,
    xs: Sequence[float],
    spreads: Sequence[Spread],
    backend: str,
    label: str,
    rows: Sequence[str] = (),
    unit: str = "",
) -> None:
    """A line through medians, each with its spread as a bar; each tells its row (or label) and interval."""
    style = look(backend)
    below = [spread.median - spread.low for spread in spreads]
    above = [spread.high - spread.median for spread in spreads]
    with marked(axes, backend):
        drawn = axes.errorbar(
            xs,
            [spread.median for spread in spreads],
            yerr=[below, above],
            color=style.colour,
            marker=style.marker,
            markersize=9 if style.marker == "*" else 5.5,
            linestyle=style.line,
            linewidth=1.3,
            capsize=3,
            label=label,
        )
        names = rows or [label] * len(spreads)
        mark(
            drawn.lines[0], backend, [tip(row, each, unit) for row, each in zip(names, spreads, strict=True)]
        )


def entries_of(axes: Sequence[Axes]) -> dict[str, Artist]:
    """The legend's entries for all panels, each label once."""
    entries: dict[str, Artist] = {}
    for panel in axes:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    return entries


def backend_entries(backends: Iterable[str], labels: dict[str, str] | None = None) -> dict[str, Artist]:
    """Legend entries of the backends, whatever points of theirs are drawn."""
    entries: dict[str, Artist] = {}
    for backend in backends:
        style = look(backend)
        size = 9 if style.marker == "*" else 5.5
        label = (labels or {}).get(backend, backend)
        entries[label] = Line2D(
            [], [], color=style.colour, marker=style.marker, markersize=size, linestyle=style.line
        )
    return entries


def set_apart(index: int, count: int, step: float = 1.09) -> float:
    """A factor on a logarithmic x axis that sets backends apart sideways, so that equal figures can be told apart."""
    return float(step ** (index - (count - 1) / 2))


def from_zero(axes: Axes, x: bool = False) -> None:
    """The value axis starts at zero, with thousands as k."""
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    if x:
        axes.set_xlim(left=0)


def plain_log(axes: Axes, x: bool = False, y: bool = False) -> None:
    """Logarithmic axes whose ticks are plain numbers."""
    for wanted, axis, scale in ((x, axes.xaxis, axes.set_xscale), (y, axes.yaxis, axes.set_yscale)):
        if wanted:
            scale("log")
            axis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
            axis.set_minor_formatter(NullFormatter())


def room_for(values: Sequence[float], across: float = 25.0) -> list[float]:
    """Of values on a logarithmic axis those whose ticks have room for their labels, the last one among them.

    `across`: how many labels, about, the axis would hold side by side.
    """
    ordered = sorted(set(values), reverse=True)
    if len(ordered) < 2:
        return ordered
    apart = (ordered[0] / ordered[-1]) ** (1 / across)
    kept = ordered[:1]
    for value in ordered[1:]:
        if kept[-1] / value >= apart:
            kept.append(value)
    return kept[::-1]


def close_ticks(axes: Axes) -> None:
    """Ticks between the powers of ten where a logarithmic value axis spans few of them; to be called last."""
    low, high = axes.get_ylim()
    if high / low < 30:
        steps = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if high / low < 8 else (1.0, 2.0, 5.0)
        axes.yaxis.set_major_locator(LogLocator(subs=steps))


def core_axis(axes: Axes, cores: Sequence[int], across: float = 7.0, room: float = 1.25) -> None:
    """Core counts, logarithmic, each with its tick as far as there is room: so many fit `across`."""
    axes.set_xscale("log")
    shown = room_for(cores, across)
    axes.set_xticks(shown, [f"{count:.0f}" for count in shown])
    axes.xaxis.set_minor_locator(NullLocator())
    beside = room if len(cores) > 1 else 1.5
    axes.set_xlim(min(cores) / beside, max(cores) * beside)
    axes.set_xlabel("cores (logarithmic)")
