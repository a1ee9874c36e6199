"""Markdown: tables, and pages of them."""

from collections.abc import Iterable, Sequence


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], words: int | None = None) -> str:
    """A table whose columns stand to the right from number `words` on; if it is not given, all are words."""
    count = len(headers) if words is None else words
    aligned = ["---" if index < count else "---:" for index in range(len(headers))]
    lines = [_line(map(_cell, headers)), _line(aligned), *(_line(map(_cell, row)) for row in rows)]
    return "\n".join(lines)


def bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def page(blocks: Iterable[str]) -> str:
    """Blocks with a blank line between them; empty ones are left out."""
    return "\n\n".join(block for block in blocks if block) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """On one line, and no end of a cell within."""
    return " ".join(text.split()).replace("|", "\\|")
