"""The rooms of scripts/bookstore: which may use which, and that no module goes round in a circle."""

import ast
import graphlib
from pathlib import Path

import pytest
from conftest import SCRIPTS

PACKAGE = SCRIPTS / "bookstore"

# Each room, and what it stands on. Whoever needs more than this is in the wrong room, or what it needs is.
STANDS_ON: dict[str, set[str]] = {
    "terminal": set(),
    "stats": set(),
    "parallel": {"terminal"},
    "data": {"terminal"},
    "plan": {"data", "stats"},
    "measure": {"plan", "data", "stats", "terminal"},
    "findings": {"data", "stats", "parallel", "terminal"},
    "report": {"findings", "data", "stats", "terminal"},
    "plots": {"report", "findings", "data", "stats", "parallel", "terminal"},
    "gate": {"report", "measure", "data", "stats", "parallel", "terminal"},
    "cli": {"gate", "plots", "report", "findings", "measure", "plan", "data", "stats", "terminal"},
}


def name_of(path: Path) -> str:
    """The dotted name of a module of the package."""
    parts = path.relative_to(SCRIPTS).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imported(text: str) -> set[str]:
    """The modules of ours that a source imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "an import says where from"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                names.add(whole if whole in MODULES else str(node.module))
    return {name for name in names if name.split(".")[0] == "bookstore"}


def room_of(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def strangers(name: str, text: str) -> set[str]:
    """What a module imports from rooms that its own does not stand on."""
    own = room_of(name)
    return {other for other in imported(text) if room_of(other) not in STANDS_ON[own] | {own}}


def test_every_module_has_a_room() -> None:
    assert {room_of(name) for name in MODULES} == {*STANDS_ON, ""}
    assert MODULES["bookstore"].read_text().count("import") == 0


@pytest.mark.parametrize("name", [name for name in MODULES if room_of(name)])
def test_no_module_looks_up(name: str) -> None:
    assert not strangers(name, MODULES[name].read_text())


def test_what_stands_on_what_has_a_bottom() -> None:
    graphlib.TopologicalSorter(STANDS_ON).prepare()


def test_no_module_goes_round_in_a_circle() -> None:
    graph = {name: imported(path.read_text()) - {name} for name, path in MODULES.items()}
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize(
    "line",
    [
        "from bookstore.cli import run",
        "import bookstore.findings.gains",
        "def late():\n    from bookstore.report.tables import Table",
    ],
)
def test_an_import_upward_is_found_wherever_it_stands(line: str) -> None:
    assert strangers("bookstore.data.made_up", line)
