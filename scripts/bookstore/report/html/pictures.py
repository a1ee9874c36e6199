"""SVG in a page: only shapes and words stay, ids are the page's own, greys follow light and dark.

Of a picture nothing is kept but the elements, attributes and styles named here, so that none of it can become script,
fetch anything, or reach beyond its own place.
"""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from markupsafe import Markup, escape

from bookstore.report.sections import binary_of
from bookstore.terminal.text import visible

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
ELEMENTS = frozenset(
    "svg g path use defs clipPath rect circle line polyline polygon text tspan title pattern".split()
)
ATTRIBUTES = frozenset("d x y width height transform points r cx cy x1 y1 x2 y2 patternUnits viewBox".split())
STYLES = frozenset(
    "fill fill-opacity stroke stroke-opacity stroke-width stroke-dasharray stroke-dashoffset stroke-linecap"
    " stroke-linejoin stroke-miterlimit opacity text-anchor font font-size font-style font-weight clip-path".split()
)
VALUE = re.compile(r"[#A-Za-z0-9 .,%()'\"+-]*")
REFERENCE = re.compile(r"url\(#([A-Za-z0-9_.-]+)\)")
LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
FONT_SIZE = re.compile(r"([0-9.]+px)")
GREY = re.compile(r"#([0-9a-fA-F]{2})\1\1\b")
ROW = re.compile(r"[A-Za-z0-9_]+/[A-Za-z0-9_]+(?:/[a-z_]+:[A-Za-z0-9_.+-]+)*")
NAMED_GREYS = {"white": "#ffffff", "black": "#000000"}


@dataclass(frozen=True)
class Drawn:
    """A picture for the page, with its words apart."""

    svg: Markup
    title: str
    answer: str
    notes: str
    backends: list[str]  # that have parts of their own in it


def drawn(text: str, name: str) -> Drawn:
    """From the text of an SVG; `name` sets its ids apart. ValueError if it is none."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"{name}: is no SVG ({error})") from None
    title = root.findtext(f"{SVG}title") or name
    answer, _, notes = (root.findtext(f"{SVG}desc") or "").partition("\n")
    left, top, width, height = _view(root)
    opening = (
        f'<svg role="img" viewBox="{left:g} {top:g} {width:g} {height:g}"'
        f' aria-labelledby="{name}-title {name}-desc"><title id="{name}-title">{escape(visible(title))}</title>'
        f'<desc id="{name}-desc">{escape(visible(f"{answer} {notes}".strip()))}</desc>'
    )
    wanted = _referenced(root)
    inner = "".join(
        _element(child, name, wanted) for child in root if _tag(child) != "title" and _tag(child) != "desc"
    )
    found = dict.fromkeys(each.get("data-backend", "") for each in root.iter())
    backends = [each for each in found if each]
    return Drawn(Markup(f"{opening}{inner}</svg>"), title, answer, notes, backends)


def paint(colour: str) -> str:
    """A colour of a picture: a grey as it is to be in light and in dark, any other as it is; none that is no colour."""
    plain = NAMED_GREYS.get(colour, colour)
    if GREY.fullmatch(plain):
        return f"var(--g{plain[1:3].lower()},{plain})"
    return plain if re.fullmatch(r"#[0-9a-fA-F]{3,8}|[a-z]+", plain) else "none"


def greys(page: str, ink: str, paper: str) -> str:
    """The greys that a page paints with, as CSS variables between a paper's colour and an ink's (#rrggbb)."""
    levels = sorted(set(re.findall(r"var\(--g([0-9a-f]{2}),", page)))
    return "".join(f"--g{level}:{_between(int(level, 16) / 255, ink, paper)};" for level in levels)


def _between(share: float, ink: str, paper: str) -> str:
    parts = [(int(ink[at : at + 2], 16), int(paper[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(low + share * (high - low)):02x}" for low, high in parts)


def _view(root: ElementTree.Element) -> tuple[float, float, float, float]:
    """Without the strips that hold nothing but the words that the page says beside it."""
    try:
        left, top, width, height = map(float, root.get("viewBox", "").split())
        above, below = float(root.get("data-top", 0)), float(root.get("data-bottom", 0))
    except ValueError:
        raise ValueError("has no viewBox") from None
    return left, top + above, width, height - above - below


def _tag(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(SVG) if isinstance(element.tag, str) else ""


def _referenced(root: ElementTree.Element) -> set[str]:
    found = set()
    for element in root.iter():
        found.add(element.get(LINK, "").removeprefix("#"))
        for value in (element.get("clip-path", ""), element.get("style", "")):
            found.update(REFERENCE.findall(value))
    return found


def _element(element: ElementTree.Element, name: str, wanted: set[str]) -> str:
    tag = _tag(element)
    if tag not in ELEMENTS or element.get("class") == "words":
        return ""
    parts = [tag]
    for key, value in element.attrib.items():
        text = _attribute(key, value, name, wanted)
        if text:
            parts.append(text)
    # Variables hold in styles alone, not in attributes.
    painted = [f"{key}:{element.get(key)}" for key in ("fill", "stroke") if key in element.attrib]
    style = _style(";".join([*painted, element.get("style", "")]), name)
    if style:
        parts.append(f'style="{escape(style)}"')
    title = element.find(f"{SVG}title")
    if title is not None and title.text:
        parts.append(_point(title.text))
    words = escape(visible(element.text)) if tag in ("text", "tspan") and element.text else ""
    inner = "".join(_element(child, name, wanted) for child in element if _tag(child) != "title")
    told = f"<title>{escape(visible(title.text))}</title>" if title is not None and title.text else ""
    if tag == "g" and parts == ["g"]:
        return inner  # a group that says nothing
    return f"<{' '.join(parts)}>{told}{words}{inner}</{tag}>"


def _point(told: str) -> str:
    """A point that tells something; of which row, if it is one that a binary takes."""
    row = told.partition(": ")[0].partition(", ")[0]
    return f'class="point" data-row="{binary_of(row)} --row {row}"' if ROW.fullmatch(row) else 'class="point"'


def _attribute(key: str, value: str, name: str, wanted: set[str]) -> str:
    if key == "id":
        return f'id="{name}-{escape(value)}"' if value in wanted else ""
    if key == LINK:
        return f'href="#{name}-{escape(value[1:])}"' if re.fullmatch(r"#[A-Za-z0-9_.-]+", value) else ""
    if key == "clip-path":
        found = REFERENCE.fullmatch(value)
        return f'clip-path="url(#{name}-{found[1]})"' if found else ""
    if key == "data-backend":
        return f'data-backend="{escape(visible(value))}"'
    if key not in ATTRIBUTES:
        return ""
    return f'{key}="{escape(_shorter(visible(value)))}"'


def _shorter(numbers: str) -> str:
    """A hundredth of a point is finer than anybody sees."""
    return " ".join(LONG_NUMBER.sub(lambda found: f"{float(found[0]):.2f}", numbers).split())


def _style(text: str, name: str) -> str:
    kept = []
    for part in text.split(";"):
        key, _, value = (each.strip() for each in part.partition(":"))
        found = REFERENCE.fullmatch(value)
        if key not in STYLES or not (found or VALUE.fullmatch(value)) or (not found and "url" in value):
            continue
        if key == "font":  # the family is the page's
            size = FONT_SIZE.search(value)
            kept += [f"font-size:{size[1]}"] if size else []
        elif found:
            kept.append(f"{key}:url(#{name}-{found[1]})")
        elif key in ("fill", "stroke"):
            kept.append(f"{key}:{paint(value)}")
        else:
            kept.append(f"{key}:{value}")
    return ";".join(kept)
