"""Writes the page: answers, sections, tables and pictures in, one text of HTML out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from bookstore.data.results import Run
from bookstore.findings.claims.answer import Answer
from bookstore.findings.reach import bases_of
from bookstore.report.answers import sentence
from bookstore.report.careful import cautions
from bookstore.report.closing import sentences
from bookstore.report.html import adviser, pictures
from bookstore.report.html.cells import sort_value
from bookstore.report.html.pictures import Drawn
from bookstore.report.sections import Picture, Section, picture_of, run_again, sections_of, the_map
from bookstore.report.summary import title
from bookstore.report.tables import LEFT_COLUMNS
from bookstore.report.thesis import headlines
from bookstore.terminal.text import visible

HERE = Path(__file__).parent
LIGHT = ("#1d1d1f", "#ffffff")  # ink and paper of pictures
DARK = ("#ececec", "#1b1c1e")
SPARE_COLOUR = "#767676"
COMMAND = re.compile(r"[A-Za-z0-9_./:=,+ -]+")  # nothing that a shell would take for more than words


@dataclass(frozen=True)
class Shown:
    """A picture, with the command that measures it again."""

    picture: Picture
    drawn: Drawn


@dataclass(frozen=True)
class Place:
    """Where a picture is asked for: it stands at the first such place, and the others lead there."""

    shown: Shown | None
    elsewhere: Shown | None


@dataclass(frozen=True)
class Verdict:
    """A claim and its answer, in words."""

    anchor: str
    name: str
    says: str
    verdict: str
    sentence: str
    question: str
    experiment: str
    differs: str
    commands: list[str]
    place: Place


@dataclass(frozen=True)
class Switch:
    """Of a backend: its name and its colour in the pictures."""

    backend: str
    colour: str


class _Gallery:
    """The pictures that there are, each handed out once."""

    def __init__(self, run: Run, svgs: Mapping[str, str]) -> None:
        self._run = run
        self.drawn = {name: pictures.drawn(text, name) for name, text in svgs.items()}
        self._given: set[str] = set()

    def place(self, picture: Picture) -> Place:
        if picture.name not in self.drawn:
            return Place(None, None)
        shown = Shown(picture, self.drawn[picture.name])
        first = picture.name not in self._given
        self._given.add(picture.name)
        return Place(shown, None) if first else Place(None, shown)

    def of_claim(self, name: str) -> Place:
        return self.place(picture_of(self._run, name))


def page(run: Run, answers: Sequence[Answer], svgs: Mapping[str, str], colours: Mapping[str, str]) -> str:
    """The report. `svgs`: the text of each picture that was drawn, by name; `colours`: of the backends in them."""
    gallery = _Gallery(run, svgs)
    sections = sections_of(run)
    the_map_ = gallery.place(the_map(run)).shown
    verdicts = [_verdict(answer, gallery) for answer in answers]
    text = (
        _templates()
        .get_template("page.html.j2")
        .render(
            title=title(run),
            facts=_facts(run),
            headlines=headlines(run),
            map=the_map_,
            verdicts=verdicts,
            sentences=sentences(run),
            cautions=cautions(run),
            switches=_switches(run, gallery.drawn, colours),
            sections=sections,
            places={section.name: _places(section, gallery) for section in sections},
            has_pictures=bool(gallery.drawn),
            whole_run=run_again(run),
            left_columns=LEFT_COLUMNS,
            sort_value=sort_value,
            css=Markup(_read("page.css")),
            adviser=adviser.facts(bases_of(run)),
            js=Markup(_read("page.js") + _read("adviser.js")),
        )
    )
    light, dark = (pictures.greys(text, *colours_of) for colours_of in (LIGHT, DARK))
    return text.replace("/* greys in light */", light).replace("/* greys in dark */", dark)


def _templates() -> jinja2.Environment:
    """Whatever is not marked as ours is text of others: on one line, escaped."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _verdict(answer: Answer, gallery: _Gallery) -> Verdict:
    claim = answer.claim
    return Verdict(
        claim.name.lower(),
        claim.name,
        claim.says,
        answer.verdict_text,
        sentence(answer),
        claim.question,
        claim.experiment,
        claim.differs,
        [command for command in answer.commands if COMMAND.fullmatch(command)],
        gallery.of_claim(claim.picture),
    )


def _places(section: Section, gallery: _Gallery) -> list[Place]:
    return [gallery.place(picture) for picture in section.pictures]


def _facts(run: Run) -> list[tuple[str, str]]:
    names = ("machine", "commit", "profile", "started")
    return [(name, str(run.environment[name])) for name in names if run.environment.get(name)]


def _switches(run: Run, found: Mapping[str, Drawn], colours: Mapping[str, str]) -> list[Switch]:
    """The backends that have parts of their own in a picture, in the run's order, then others as they come."""
    known = run.environment.get("backends")
    order = [visible(str(name)) for name in known] if isinstance(known, list) else []
    by_name = {visible(name): colour for name, colour in colours.items()}
    there = dict.fromkeys(name for each in found.values() for name in each.backends)
    names = [name for name in order if name in there] + [name for name in there if name not in order]
    return [Switch(name, pictures.paint(by_name.get(name, SPARE_COLOUR))) for name in names]
