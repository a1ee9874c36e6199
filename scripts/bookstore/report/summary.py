"""The report of a run as Markdown: the claims' answers, what else it says, then every table."""

from bookstore.data.results import Run
from bookstore.findings.claims import answers
from bookstore.report import closing
from bookstore.report.answers import answered, commands
from bookstore.report.markdown import bullets, page
from bookstore.report.sections import sections_of
from bookstore.report.tables import blocks


def markdown(run: Run) -> str:
    """A page; last on it, how to measure the answers again."""
    found = answers(run)
    parts = [f"# {title(run)}", bullets(answered(found, "plots")), bullets(closing.sentences(run))]
    for section in sections_of(run):
        parts += [f"## {section.title}", section.answer]
        parts += [block for table in section.tables for block in blocks(table)]
    again = bullets(commands(found))
    return page([*parts, *(["## To measure an answer again", again] if again else [])])


def title(run: Run) -> str:
    busy = closing.busy_line(run)
    return f"Run: {run.caption()}{f'; {busy}' if busy else ''}"
