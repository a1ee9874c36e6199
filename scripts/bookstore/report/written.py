"""The two files of a run's report: a page for a browser, and the same as Markdown."""

from collections.abc import Mapping
from pathlib import Path

from bookstore.data.results import Run
from bookstore.findings.claims import answers
from bookstore.report import summary
from bookstore.report.html.page import page
from bookstore.terminal.errors import InputError


def write_report(run: Run, svgs: Mapping[str, str], colours: Mapping[str, str]) -> list[Path]:
    """Writes both into the run's folder and returns them. `svgs` and `colours`: as `page` takes them."""
    texts = {"report.html": page(run, answers(run), svgs, colours), "summary.md": summary.markdown(run)}
    for name, text in texts.items():
        path = run.folder / name
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(
                f"{path}: cannot be written ({error.strerror or error}); check its rights"
            ) from None
    return [run.folder / name for name in texts]
