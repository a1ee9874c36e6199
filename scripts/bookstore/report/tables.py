"""Tables in columns for a terminal, and in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

from bookstore.report.markdown import bullets, table

WIDTH = 100  # columns of a terminal
LEFT_COLUMNS = 2  # words; the columns after them hold numbers and stand to the right


@dataclass(frozen=True)
class Table:
    """A table with notes below it; notes alone if it has no headers. The caption is for pages that have room for one."""

    headers: list[str]
    lines: list[list[str]]
    notes: list[str]
    caption: str = ""


def terminal(tables: Sequence[Table]) -> str:
    """In columns, numbers to the right; a blank line before each new first cell."""
    return "\n".join(line for each in tables for line in _columns(each)) + "\n"


def _columns(shown: Table) -> list[str]:
    text = [""]
    if shown.headers:
        widths = [max(map(len, column)) for column in zip(shown.headers, *shown.lines, strict=True)]
        text.append(_padded(shown.headers, widths))
        first = None
        for line in shown.lines:
            if line[0] != first:
                text.append("")
            first = line[0]
            text.append(_padded(line, widths))
        text.append("")
    return text + [line for note in shown.notes for line in wrapped(note, "  ")]


def wrapped(text: str, indent: str = "") -> list[str]:
    """Lines no longer than a terminal is wide."""
    return fill(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
    ).split("\n")


def _padded(cells: list[str], widths: list[int]) -> str:
    padded = [
        cell.ljust(width) if index < LEFT_COLUMNS else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def blocks(shown: Table) -> list[str]:
    """Its parts in Markdown."""
    found = [f"**{shown.caption}**"] if shown.caption else []
    if shown.headers:
        found.append(table(shown.headers, shown.lines, LEFT_COLUMNS))
    return [*found, bullets(shown.notes)]
