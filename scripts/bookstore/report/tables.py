"""Tables in columns for a terminal, and in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

NOTHING = "-"
LEFT_COLUMNS = 2  # words; the columns after them hold numbers and stand to the right


@dataclass(frozen=True)
class Table:
    """A table with notes below it; notes alone if it has no headers."""

    headers: list[str]
    lines: list[list[str]]
    notes: list[str]


def terminal(tables: Sequence[Table]) -> str:
    """In columns, numbers to the right; a blank line before each new first cell."""
    return "\n".join(line for table in tables for line in _columns(table)) + "\n"


def _columns(table: Table) -> list[str]:
    text = [""]
    if table.headers:
        widths = [max(map(len, column)) for column in zip(table.headers, *table.lines, strict=True)]
        text.append(_padded(table.headers, widths))
        first = None
        for line in table.lines:
            if line[0] != first:
                text.append("")
            first = line[0]
            text.append(_padded(line, widths))
        text.append("")
    return text + [f"  {note}" for note in table.notes]


def _padded(cells: list[str], widths: list[int]) -> str:
    padded = [
        cell.ljust(width) if index < LEFT_COLUMNS else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def markdown(title: str, tables: Sequence[Table]) -> str:
    """A page."""
    blocks = [[f"# {title}"]]
    for table in tables:
        if table.headers:
            aligned = ["---" if index < LEFT_COLUMNS else "---:" for index in range(len(table.headers))]
            rows = [table.headers, aligned, *table.lines]
            blocks.append([f"| {' | '.join(cells)} |" for cells in rows])
        blocks.append([f"- {note}" for note in table.notes])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
