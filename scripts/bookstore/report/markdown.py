"""Markdown: tables, pages of them, and names and messages of others in them."""

import html
import re
from collections.abc import Iterable, Sequence

from bookstore.terminal.text import visible

# What may mean something in Markdown or to GitHub (mentions, references to issues).
_special = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[\\`*{}\[\]<>|~#&@$]|://")


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


def code(text: str) -> str:
    """A name as code, to be read as it is written: nothing in it means anything."""
    shown = visible(text)
    if re.search(r"\\\|", shown):
        # In a table the bar needs a backslash, and two of them would end the cell.
        return f"<code>{html.escape(shown).replace('|', '&#124;')}</code>"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    blank = " " if shown[:1] in "` " or shown[-1:] in "` " else ""
    return f"{fence}{blank}{shown}{blank}{fence}"


def plain(text: str) -> str:
    """A message of others: as it is, or as code if anything in it could mean something."""
    return code(text) if _special.search(text) else visible(text)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """On one line, and no end of a cell within."""
    return " ".join(text.split()).replace("|", "\\|")
