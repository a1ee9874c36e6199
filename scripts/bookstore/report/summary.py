"""The report of a run as Markdown: what it says first, then every table."""

from bookstore.data.results import Run
from bookstore.report import closing, latency, overhead, tables, throughput
from bookstore.report.tables import Table


def all_tables(run: Run) -> list[Table]:
    """What the run says in sentences; throughput; latency and overhead where they were measured."""
    said = Table([], [], closing.sentences(run))
    return [table for table in (said, throughput.table(run)) if table.headers or table.notes] + [
        *latency.tables(run),
        *overhead.tables(run),
    ]


def markdown(run: Run) -> str:
    """A page."""
    busy = closing.busy_line(run)
    return tables.markdown(f"Run: {run.caption()}{f'; {busy}' if busy else ''}", all_tables(run))
