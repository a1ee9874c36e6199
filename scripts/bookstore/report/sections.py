"""The report of a run in the reader's order: sections of tables and pictures. Markdown and HTML are written from them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bookstore.data.results import Run
from bookstore.findings.overhead import PARAMETERS
from bookstore.findings.sockets import sockets_of
from bookstore.report import latency, model, overhead, prediction, sockets, surroundings, throughput
from bookstore.report.tables import Table

NAME = re.compile(r"[a-z][a-z0-9_]*")  # of a workload, a backend, a profile: as the commands take them


@dataclass(frozen=True)
class Picture:
    """A figure by its file name, and the command that measures it again."""

    name: str
    command: str


@dataclass(frozen=True)
class Section:
    name: str  # of its anchor
    title: str
    tables: list[Table]
    pictures: list[Picture]
    answer: str = ""  # what it says, in a sentence


PICTURES = {
    "throughput": (
        "throughput_vs_cores",
        "throughput_vs_workers",
        "in_flight",
        "quadrants",
        "cpu_per_task",
        "timeline",
    ),
    "latency": (
        "latency_vs_cores",
        "latency_vs_rate",
        "latency_ccdf",
        "latency_split",
        "latency_burst",
        "latency_vs_workers",
    ),
    "sockets": ("sockets",),
    "overhead": (
        "overhead_efficiency",
        "overhead_forks",
        "overhead_waiting",
        "overhead_handover",
        "overhead_contention",
        "overhead_seam",
    ),
    "prediction": ("reach",),
}
# What bench_overhead calls the experiments of a picture.
EXPERIMENTS = {
    "overhead_efficiency": "grain",
    "overhead_forks": "stocktake",
    "overhead_waiting": "waiting",
    "overhead_handover": "handover,cold_start,idle,burst",
    "overhead_contention": "contention",
    "overhead_seam": "seam_grain,seam_stocktake",
}


def sections_of(run: Run) -> list[Section]:
    """All of them; what was not measured says so, and has no table. Waits that are real only where there are."""
    closed = throughput.table(run)
    return [
        _section(
            run, "throughput", "Throughput: all tasks there at the start", [closed] if closed.lines else []
        ),
        _section(run, "latency", "Latency: tasks that arrive by themselves", latency.tables(run)),
        *_real_waits(run),
        _section(run, "overhead", "Costs beside the work", overhead.tables(run)),
        Section("floor", "Floor: below it nothing can be measured", _said(latency.floor_table(run)), []),
        Section("model", "Model: what theory allows", _said(model.table(run)), []),
        _section(run, "prediction", "Prediction: from one core to more", prediction.tables(run)),
        Section("environment", "Environment", surroundings.tables(run), []),
    ]


def _real_waits(run: Run) -> list[Section]:
    found = sockets_of(run)
    if found is None:
        return []
    plain = _section(run, "sockets", "Waits that are real: answers over sockets", sockets.tables(run))
    return [replace(plain, answer=sockets.sentence(found))]


def the_map(run: Run) -> Picture:
    return picture_of(run, "map")


def _section(run: Run, kind: str, title: str, tables: list[Table]) -> Section:
    return Section(kind, title, _said(*tables), [picture_of(run, name) for name in PICTURES[kind]])


def _said(*tables: Table) -> list[Table]:
    found = [table for table in tables if table.lines or table.notes]
    return found or [Table([], [], ["not measured in this run."])]


def picture_of(run: Run, name: str) -> Picture:
    if name in EXPERIMENTS:
        return Picture(name, f"build/release/bench_overhead --experiments {EXPERIMENTS[name]}")
    return Picture(name, "scripts/predict RUN" if name == "reach" else run_again(run))


def binary_of(row: str) -> str:
    """The binary that takes a row of this name."""
    if row.split("/")[0] in PARAMETERS:
        return "bench_overhead"
    return "bench_latency" if "/rate:" in row else "bench_throughput"


def run_again(run: Run) -> str:
    """The command that measures such a run again; what could not be one of its names is left out."""
    parts = ["scripts/run"]
    profile = str(run.environment.get("profile", ""))
    if NAME.fullmatch(profile):
        parts += ["--profile", profile]
    for option in ("workloads", "backends", "waits"):
        found = run.environment.get(option)
        known = _names(found) if isinstance(found, list) else []
        parts += [f"--{option}", ",".join(known)] if known else []
    cores = run.environment.get("cores")
    counts = [str(each) for each in cores if isinstance(each, int)] if isinstance(cores, list) else []
    parts += ["--cores", ",".join(counts)] if counts else []
    return " ".join(parts)


def _names(found: Iterable[object]) -> list[str]:
    return [name for name in map(str, found) if NAME.fullmatch(name)]
