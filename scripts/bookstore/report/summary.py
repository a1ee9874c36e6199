"""The report of a run as Markdown: what it says first, then every table."""

from bookstore.data.results import Run
from bookstore.report import closing
from bookstore.report.markdown import bullets, page
from bookstore.report.sections import sections_of
from bookstore.report.tables import blocks


def markdown(run: Run) -> str:
    """A page."""
    parts = [f"# {title(run)}", bullets(closing.sentences(run))]
    for section in sections_of(run):
        parts.append(f"## {section.title}")
        parts += [block for table in section.tables for block in blocks(table)]
    return page(parts)


def title(run: Run) -> str:
    busy = closing.busy_line(run)
    return f"Run: {run.caption()}{f'; {busy}' if busy else ''}"
