"""What a picture's parts tell beside how they look: the backend that they are of, and at each point its row and interval.

Matplotlib writes an artist's group id into an SVG as it is. Such ids carry what is to be told until the file is made;
there they become attributes and titles, which browsers and readers of the screen know.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from bookstore.report.spreads import spread_text
from bookstore.stats.intervals import Spread
from bookstore.terminal.text import visible

SVG = "{http://www.w3.org/2000/svg}"
BACKEND = "data-backend"
NO_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]"
)  # of names in files: matplotlib lets them pass
WORDS = "words"  # the class of texts that say what the picture shows
ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def mark(artist: Artist, backend: str, tips: Sequence[str] = ()) -> None:
    """The artist is of this backend; `tips`: one for each of its points, or one for the whole of it."""
    artist.set_gid(json.dumps({"backend": visible(backend), "tips": [visible(each) for each in tips]}))
    if isinstance(artist, Annotation) and artist.arrow_patch is not None:
        artist.arrow_patch.set_gid(artist.get_gid())


@contextmanager
def marked(axes: Axes, backend: str) -> Iterator[None]:
    """All that is drawn meanwhile is of this backend."""
    before = set(axes.get_children())
    yield
    for artist in axes.get_children():
        if artist not in before and artist.get_gid() is None:
            mark(artist, backend)


def mark_words(text: Text) -> None:
    """A title, take-away or caption: a page that says it beside the picture leaves it out."""
    text.set_gid(json.dumps({"words": True}))


def describe(figure: Figure, title: str, answer: str, notes: str, top: float, bottom: float) -> None:
    """What the picture shows, in words; `top` and `bottom`: inches that hold nothing but these words."""
    words = {"title": visible(title), "answer": visible(answer), "notes": visible(notes)}
    said = {**words, "top": 72 * top, "bottom": 72 * bottom}
    figure.set_gid(json.dumps({"said": said}))


def tip(row: str, value: Spread, unit: str) -> str:
    """day/threads/cores:2/workers:64: 119,000 [110,000, 121,000] tasks/s"""
    return f"{row}: {spread_text(value)} {unit}".rstrip()


def told(svg: str) -> str:
    """The same picture with what its groups' ids tell as attributes and titles. ValueError if it is no XML."""
    try:
        root = ElementTree.fromstring(NO_XML.sub(lambda found: f"\\x{ord(found[0]):02x}", svg))
    except ElementTree.ParseError as error:
        raise ValueError(f"is no SVG ({error})") from None
    for group in root.iter(f"{SVG}g"):
        known = _read(group.get("id", ""))
        if known is None:
            continue
        del group.attrib["id"]
        if "said" in known:
            _say(root, known["said"])
        elif "words" in known:
            group.set("class", WORDS)
        else:
            group.set(BACKEND, known["backend"])
            _tell(group, known["tips"])
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=False) + "\n"


def _say(root: ElementTree.Element, said: Mapping[str, Any]) -> None:
    """Title and description, which stand in for the picture where it cannot be seen."""
    for number, (name, text) in enumerate(
        (("title", said["title"]), ("desc", f"{said['answer']}\n{said['notes']}".strip()))
    ):
        element = ElementTree.Element(f"{SVG}{name}")
        element.text = text
        root.insert(number, element)
    root.set("role", "img")
    for name in ("top", "bottom"):
        root.set(f"data-{name}", f"{said[name]:.1f}")


def _read(text: str) -> dict[str, Any] | None:
    if not text.startswith("{"):
        return None
    found = json.loads(text)
    return found if isinstance(found, dict) else None


def _tell(group: ElementTree.Element, texts: Sequence[str]) -> None:
    """A title at each point, or one for the whole; none if there are not as many points as tips."""
    points = list(group.iter(f"{SVG}use"))
    if len(points) == len(texts):
        places = points
    elif len(texts) == 1:
        places = [group]
    else:
        places = []
    for place, text in zip(places, texts, strict=False):
        title = ElementTree.Element(f"{SVG}title")
        title.text = text
        place.insert(0, title)
