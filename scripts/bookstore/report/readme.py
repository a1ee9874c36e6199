"""The results in the README: blocks between markers, each written from the run that its marker names.

<!-- results: begin screen results/reference/<machine>/<run> -->
...
<!-- results: end -->
"""

import re
from collections.abc import Mapping
from pathlib import Path

from bookstore.data.places import ROOT
from bookstore.data.results import Run
from bookstore.findings.claims import answers
from bookstore.report import closing, thesis
from bookstore.report.answers import sentence
from bookstore.report.markdown import code, table
from bookstore.report.numbers import NOTHING
from bookstore.report.sections import run_again
from bookstore.terminal.errors import InputError

REFERENCE = ROOT / "results" / "reference"
BLOCK = re.compile(
    r"(?P<begin><!-- results: begin (?P<name>[a-z]+) (?P<run>\S+) -->\n)(?P<text>.*?)(?P<end><!-- results: end -->)",
    re.DOTALL,
)
# The pictures that the README shows where a run has them, with what stands in for each.
PICTURES = {
    "timeline": "Who works, who waits, who overlaps: one short day under each backend",
    "map": "Interleaving gain against parallel gain",
    "throughput_vs_workers": "Throughput against workers",
    "latency_vs_rate": "Delay against arrival rate",
    "overhead_efficiency": "Efficiency against task size",
}
FIRST = "timeline"


def blocks(run: Run, place: str) -> dict[str, str]:
    """Each block by its name; `place`: the run's folder as the README links to it."""
    return {
        "picture": _picture(run, place, FIRST),
        "screen": f"```\n{closing.terminal(run, f'{place}/summary.md')}```\n",
        "verdicts": _verdicts(run),
        "figures": _figures(run, place),
    }


def _verdicts(run: Run) -> str:
    lines = [
        [each.claim.name, each.claim.says, " ".join([f"**{each.verdict_text}**.", sentence(each)]).strip()]
        for each in answers(run)
    ]
    return table(["", "the essay says", "this run says"], lines) + "\n"


def _figures(run: Run, place: str) -> str:
    commit = code(str(run.environment.get("commit", "")))
    found = [f"Written from [one run]({place}/summary.md): `{run_again(run)}` at commit {commit}.\n"]
    found += [
        f"- **{each.name}**: {each.figure}{' times' * (each.figure != NOTHING)}. {each.text}"
        for each in thesis.headlines(run)
    ]
    pictures = [_picture(run, place, name) for name in PICTURES if name != FIRST]
    return "\n".join([*found, "", *filter(None, pictures)])


def _picture(run: Run, place: str, name: str) -> str:
    path = f"plots/{name}.png"
    return f"![{PICTURES[name]}]({place}/{path})\n" if (run.folder / path).exists() else ""


def run_named_in(text: str) -> str:
    """The run that the README is written from. InputError if it names none, or several."""
    named = {found["run"] for found in BLOCK.finditer(text)}
    if len(named) != 1:
        said = "names no run" if not named else f"names {len(named)} runs"
        raise InputError(
            f"README.md: {said} between its markers; give one, results/reference/<machine>/<run>"
        )
    return named.pop()


def place_of(folder: Path) -> str:
    """How the README links to a run. InputError if the run is none of those that are committed."""
    if not folder.resolve().is_relative_to(REFERENCE):
        raise InputError(f"{folder}: is no reference run; give one of results/reference/<machine>/")
    return str(folder.resolve().relative_to(ROOT))


def rewritten(text: str, place: str, written: Mapping[str, str]) -> str:
    """The README with its blocks written anew. InputError if a marker asks for a block that there is not, or has no end."""
    found = list(BLOCK.finditer(text))
    if not found:
        raise InputError(
            f"README.md: has no marker '<!-- results: begin NAME {place} -->' to write results behind"
        )
    if len(found) != text.count("<!-- results: begin "):
        raise InputError(
            "README.md: a marker 'results: begin' has no end; put '<!-- results: end -->' after it"
        )
    unknown = next((each["name"] for each in found if each["name"] not in written), None)
    if unknown is not None:
        raise InputError(f"README.md: no results are called '{unknown}'; there are {', '.join(written)}")
    return BLOCK.sub(
        lambda each: f"<!-- results: begin {each['name']} {place} -->\n{written[each['name']]}{each['end']}",
        text,
    )
