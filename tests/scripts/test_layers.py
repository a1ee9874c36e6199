"""The C++ sources' layers: no file includes a header of a floor above its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]

JOBS = ("workloads/job.hpp", "workloads/tree.hpp", "workloads/random.hpp")
WORKLOADS = ("workloads", "workloads/bookstore")
MACHINE = ("bench/measure/machine", "bench/measure/statistics")
BELOW_ROWS = (
    "bench/backends",
    "bench/measure/probes",
    "bench/seam",
    "bench/service",
    "bench/shell",
    *MACHINE,
    *WORKLOADS,
)
RUNS = ("bench/rows", "bench/gate", *BELOW_ROWS)

# Every room, and what its files may include beside their own room: another room, or one header of it. A folder
# in a room belongs to it unless it has a line of its own. This table is the one place that says who stands on whom.
STANDS_ON: dict[str, tuple[str, ...]] = {
    # Nothing of ours.
    "workloads": (),
    "bench/shell": (),
    "bench/measure/statistics": (),
    "bench/model": (),
    # The twins written by hand: what they shared with the seam would not be compared.
    "bench/overhead/raw": (),
    # What is done.
    "workloads/bookstore": ("workloads",),
    # What a backend is told and answers; then the backends.
    "bench/seam": JOBS,
    "bench/backends": (*JOBS, "bench/model", "bench/seam"),
    # A process that answers waits.
    "bench/service": ("bench/seam",),
    # The machine as it is, within the limits that the seam knows.
    "bench/measure/machine": ("bench/measure/statistics", "bench/seam"),
    # Observers of a run know the seam and no backend; so do planted slowdowns.
    "bench/measure/probes": (*JOBS, "bench/seam", *MACHINE),
    "bench/gate": (*JOBS, "bench/seam", "bench/shell"),
    "bench/rows": BELOW_ROWS,
    # How each kind of row is run, proved and reported. What an open row or an experiment does in the shop is
    # proved as a closed run is.
    "bench/closed": RUNS,
    "bench/open": ("bench/closed", "bench/model", *RUNS),
    "bench/overhead": ("bench/closed", "bench/overhead/raw", *RUNS),
    # The three binaries.
    "bench": ("bench/closed", "bench/open", "bench/overhead", *RUNS),
}


def room_of(path: str) -> str | None:
    """The room that a file lies in: the innermost that the table knows. The binaries' own room has no folders."""
    folder = path.rpartition("/")[0]
    while folder and folder not in STANDS_ON:
        folder = folder.rpartition("/")[0]
    return None if folder == "bench" and path.count("/") > 1 else folder or None


def upward(sources: Mapping[str, str]) -> list[str]:
    """One line for each include that the table does not allow, and for each file outside of its rooms."""
    found = []
    for path, text in sources.items():
        room = room_of(path)
        if room is None:
            found.append(f"{path} lies in no room of the table")
            continue
        for target in re.findall(r'^\s*#\s*include\s*"((?:bench|workloads)/[^"]+)"', text, re.MULTILINE):
            if not {room_of(target), target} & {room, *STANDS_ON[room]}:
                found.append(f"{path} includes {target}")
    return found


def test_no_file_looks_upward() -> None:
    sources = {
        str(path.relative_to(ROOT)): path.read_text()
        for top in ("bench", "workloads")
        for path in sorted((ROOT / top).rglob("*.[ch]pp"))
    }
    assert len(sources) > 100
    assert upward(sources) == []


def test_no_two_rooms_stand_on_each_other() -> None:
    rooms = {
        room: {room_of(each if each.endswith(".hpp") else f"{each}/") for each in below} - {room}
        for room, below in STANDS_ON.items()
    }
    order = list(TopologicalSorter(rooms).static_order())
    assert order.index("bench/seam") < order.index("bench/backends") < order.index("bench/rows")
    assert order[-1] == "bench"


def test_what_looks_upward_is_found() -> None:
    for path, target in (
        ("bench/shell/numbers.cpp", "bench/rows/row.hpp"),
        ("bench/seam/run.hpp", "workloads/bookstore/shop.hpp"),
        ("bench/seam/run.hpp", "workloads/grain.hpp"),
        ("bench/backends/event_loop/event_loop.hpp", "bench/rows/row.hpp"),
        ("bench/measure/statistics/hgrm.cpp", "bench/measure/probes/stamps.hpp"),
        ("bench/closed/drive.cpp", "bench/open/drive.hpp"),
        ("bench/overhead/raw/tbb.cpp", "bench/backends/tbb.hpp"),
        ("workloads/job.hpp", "bench/seam/run.hpp"),
    ):
        assert upward({path: f'#pragma once\n# include "{target}"\n'}) == [f"{path} includes {target}"]
    allowed = '#include <vector>\n#include "workloads/job.hpp"\n#include "bench/seam/limits.hpp"\n'
    assert upward({"bench/backends/event_loop/event_loop.hpp": allowed}) == []
    assert upward({"bench/new/thing.hpp": ""}) == ["bench/new/thing.hpp lies in no room of the table"]
