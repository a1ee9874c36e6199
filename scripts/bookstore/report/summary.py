"""The closing tables of a run: for the terminal, and in Markdown as summary.md."""

from bookstore.data.results import Run
from bookstore.report import latency, overhead, tables, throughput
from bookstore.report.tables import Table


def all_tables(run: Run) -> list[Table]:
    """Throughput; latency and overhead where they were measured."""
    return [throughput.table(run), *latency.tables(run), *overhead.tables(run)]


def terminal(run: Run) -> str:
    """The tables in columns."""
    return tables.terminal(all_tables(run))


def markdown(run: Run) -> str:
    """The same as a page."""
    return tables.markdown(f"Run: {run.caption()}", all_tables(run))
