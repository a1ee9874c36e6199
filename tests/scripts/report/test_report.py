"""The report as a page: what it holds, and that nothing in it is more than text."""

import json
import re
from collections import Counter
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bookstore import plots
from bookstore.data.results import Run, load_run
from bookstore.findings.claims import answers
from bookstore.findings.claims.answer import HOLDS, HOLDS_IF, NOT_MEASURED, Answer, Claim
from bookstore.plots import claims as claim_plots
from bookstore.plots.marks import told
from bookstore.report import sections, summary, thesis
from bookstore.report.answers import sentence
from bookstore.report.html.page import page
from bookstore.report.sections import run_again, sections_of
from bookstore.stats.intervals import Spread
from conftest import run_module
from test_claims_shown import made

HOSTILE = "<script>alert('x')</script>\"'\x1b[31m\u202e&"
COLOURS = {"threads": "#0072B2", "sequential": "#000000"}
GAIN = Spread(1.93, 1.87, 1.98, 7, 0.984)


def claim(name: str, picture: str = "") -> Claim:
    return Claim(name, f"{name} says so.", f"Why {name}?", f"{name} is tried.", f"{name} differs.", picture)


ANSWERS = [
    Answer(
        claim("C1", "throughput_vs_cores"),
        HOLDS,
        said=("2 cores shelve ", GAIN, " times what one does."),
        rows=tuple(("bench_throughput", f"shelving/threads/cores:{cores}/workers:2") for cores in (1, 2)),
    ),
    Answer(claim("C2", "throughput_vs_cores"), HOLDS_IF, "it is dealt out"),
    *(
        Answer(claim(f"C{number}", picture), NOT_MEASURED, "one core")
        for number, picture in zip(range(3, 9), [*claim_plots.FIGURES, "map", "nothing"], strict=True)
    ),
]


@pytest.fixture(scope="module")
def run(run_folder: Path) -> Run:
    return load_run(run_folder)


@pytest.fixture(scope="module")
def svgs(run_folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text() for path in (run_folder / "plots").glob("*.svg")}


@pytest.fixture(scope="module")
def whole(run: Run, svgs: dict[str, str]) -> str:
    return page(run, ANSWERS, svgs, COLOURS)


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the text outside of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] not in ("script", "style"):
            self.words.append(data)

    def of(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.found if tag in tags]

    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.found if "id" in attributes]


def check_whole(text: str) -> None:
    """One file, that fetches nothing, whose links lead somewhere, and whose ids are each of one element."""
    shown = Elements(text)
    ids = shown.ids()
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    for tag, attributes in shown.found:
        assert tag not in ("link", "iframe", "object", "embed", "img", "base", "form", "image")
        assert not [
            name for name in attributes if name.startswith("on") or name in ("src", "srcset", "action")
        ]
        if "href" in attributes:
            assert attributes["href"].startswith("#") and attributes["href"][1:] in ids
        for name in re.findall(r"url\(([^)]*)\)", " ".join(attributes.values())):
            assert name.startswith("#") and name[1:] in ids
        for name in (attributes.get("aria-labelledby") or "").split():
            assert name in ids
    assert len(shown.of("script")) == len(shown.of("style")) == 1
    assert (
        "://" not in text
        and "@import" not in text
        and "url(" not in "".join(re.findall(r"<style>.*?</style>", text, re.S))
    )
    assert len(text.encode()) < 5_000_000


def test_the_page_is_whole(whole: str) -> None:
    check_whole(whole)


def test_everything_asked_for_has_its_section_in_order(whole: str, run: Run) -> None:
    ids = [attributes["id"] for attributes in Elements(whole).of("section")]
    claims = [f"c{number}" for number in range(1, 9)]
    assert ids == [
        "start",
        *claims,
        "advice",
        "throughput",
        "latency",
        "overhead",
        "floor",
        "model",
        "prediction",
        "environment",
    ]
    verdicts = [each["href"] for each in Elements(whole).of("a")]
    assert [f"#{name}" for name in claims if verdicts.count(f"#{name}") >= 1] == [
        f"#{name}" for name in claims
    ]
    first = whole[whole.index('id="start"') : whole.index('id="c1"')]
    for wanted in (
        "interleaving gain",
        "parallel gain",
        'id="map"',
        "holds only if it is dealt out",
        "careful",
    ):
        assert wanted in first
    assert str(run.environment["machine"]) in whole[: whole.index("<main>")]


def test_a_claim_says_all_that_it_rests_on(whole: str) -> None:
    section = whole[whole.index('<section id="c1"') : whole.index('<section id="c2"')]
    words = " ".join(Elements(section).words)
    for wanted in (
        "holds",
        "2 cores shelve 1.93 [1.87, 1.98] times what one does.",
        "Why C1?",
        "C1 is tried.",
        "C1 differs.",
        "build/release/bench_throughput --row shelving/threads/cores:2/workers:2 --benchmark_repetitions=7",
    ):
        assert wanted in words
    assert 'figure id="throughput_vs_cores"' in section


def test_a_picture_stands_once_and_is_led_to_from_elsewhere(whole: str) -> None:
    section = whole[whole.index('<section id="c2"') : whole.index('<section id="c3"')]
    assert "<figure" not in section and 'href="#throughput_vs_cores"' in section
    assert whole.count('<figure id="throughput_vs_cores"') == 1


def test_the_claims_own_pictures_stand_with_them_and_tell_their_rows() -> None:
    run = made()
    found = answers(run)
    own = [each for each in found if each.claim.picture in claim_plots.FIGURES and each.said]
    assert len(own) >= 3
    svgs = {each.claim.picture: plots.svg_of(run, each.claim.picture) for each in own}
    text = page(run, found, svgs, COLOURS)
    check_whole(text)
    for each in own:
        section = text[text.index(f'<section id="{each.claim.name.lower()}"') :]
        section = section[: section.index("</section>")]
        assert f'<figure id="{each.claim.picture}">' in section
        # A loss is a ratio of two rows, and of none alone.
        row = "" if each.claim.name == "C2" else r' data-row="bench_[a-z]+ --row [a-z]+/[a-z_]+/cores:'
        assert re.search(f'class="point"{row}', section)
        shown = unescape(re.sub("<desc.*?</desc>", "", section))
        assert shown.count(sentence(each)) == 1  # not at the picture once more


def test_every_picture_that_was_drawn_is_shown_and_says_what_it_shows(
    whole: str, svgs: dict[str, str]
) -> None:
    shown = Elements(whole)
    assert {each["id"] for each in shown.of("figure")} == set(svgs)
    assert [each["role"] for each in shown.of("svg")] == ["img"] * len(svgs)
    for name in svgs:
        title, told_ = (re.search(rf'<{tag} id="{name}-{tag}">([^<]*)<', whole) for tag in ("title", "desc"))
        assert title is not None and len(title[1]) > 20
        assert told_ is not None and len(told_[1]) > 60


def test_every_section_has_its_pictures_and_no_picture_is_forgotten() -> None:
    known = [name for names in sections.PICTURES.values() for name in names] + ["map"]
    of_claims = [name for name in plots.FIGURES if name.startswith("claims_")]
    assert sorted([*known, *of_claims]) == sorted(plots.FIGURES)


def test_tables_are_the_same_as_in_markdown(whole: str, run: Run) -> None:
    text = summary.markdown(run)
    words = " ".join(Elements(whole).words)
    tables = [table for section in sections_of(run) for table in section.tables]
    assert sum(bool(table.lines) for table in tables) >= 4
    for table in tables:
        assert all(cell in text and cell in words for line in table.lines for cell in line if cell)
        assert all(note in text and note in words for note in table.notes)
    for header in Elements(whole).of("th"):
        assert header["aria-sort"] == "none" and header["scope"] == "col"


def test_points_tell_their_row_and_interval(whole: str, run: Run) -> None:
    points = [each for _, each in Elements(whole).found if each.get("class") == "point"]
    rows = [each["data-row"] for each in points if "data-row" in each]  # a ratio of two rows is of none
    assert len(rows) > 40
    assert all(re.fullmatch(r"bench_[a-z]+ --row [a-z_]+/[a-z_]+/cores:\d+/\S+", row) for row in rows)
    cores = max(run.environment["cores"])
    assert re.search(
        rf"<title>shelving/threads/cores:{cores}/workers:{cores}: [0-9,.]+ tasks/s</title>", whole
    )


def test_every_backend_can_be_switched_in_every_picture_that_has_it(whole: str, run: Run) -> None:
    boxes = [each["value"] for each in Elements(whole).of("input") if each.get("type") == "checkbox"]
    assert boxes == list(run.environment["backends"])
    for name in ("throughput_vs_cores", "map", "cpu_per_task", "timeline"):
        figure = whole[whole.index(f'<figure id="{name}"') :]
        parts = set(re.findall(r'data-backend="([^"]+)"', figure[: figure.index("</figure>")]))
        assert parts >= set(boxes) - {"sequential"}


@pytest.mark.filterwarnings("ignore:Glyph")
def test_names_from_files_are_nothing_but_text(run: Run) -> None:
    def spoiled(name: str) -> str:
        return name.replace("threads", HOSTILE.replace("/", "|")).replace(
            "shelving", HOSTILE.replace("/", "|")
        )

    rows = [replace(row, name=spoiled(row.name)) for row in run.throughput.rows]
    environment = {
        **run.environment,
        "machine": HOSTILE,
        "commit": HOSTILE,
        "backends": [HOSTILE, "sequential"],
        "workloads": [HOSTILE],
        "waits": [HOSTILE],
        "dropped": {HOSTILE: 3},
        "context": {HOSTILE: HOSTILE},
    }
    bad = replace(run, environment=environment, throughput=replace(run.throughput, rows=rows))
    answers = [
        Answer(claim(HOSTILE), NOT_MEASURED, HOSTILE, (HOSTILE,), (("bench_throughput", f"$(id)/{HOSTILE}"),))
    ]
    svg = told(plots_with(HOSTILE))
    text = page(bad, answers, {"map": svg}, {HOSTILE: "red;background:url(x)"})
    shown = Elements(text)
    assert len(shown.of("script")) == 1 and "<script>alert" not in text
    assert not [each for _, attributes in shown.found for each in attributes if each.startswith("on")]
    assert "\x1b" not in text and "\u202e" not in text and "\\x1b[31m" in text
    assert "$(id)" not in text and "background:url" not in text
    assert HOSTILE.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e") in unescape(text)
    assert run_again(bad) == f"scripts/run --profile smoke --backends sequential --cores {cores_of(bad)}"


def cores_of(run: Run) -> str:
    return ",".join(map(str, run.environment["cores"]))


def plots_with(name: str) -> str:
    """A small picture, drawn by matplotlib, whose texts, backends and points are called so."""
    from io import StringIO

    from bookstore.plots import style

    figure, (axes,) = style.panels(1)
    style.points(axes, [1, 2], [GAIN, GAIN], name, name.replace("$", ""))
    axes.set_title(name)
    text = StringIO()
    figure.savefig(text, format="svg")
    return text.getvalue()


def test_the_headlines_are_of_backends_fixed_beforehand(run: Run) -> None:
    interleaving, parallel = thesis.headlines(run)
    assert re.fullmatch(r"[0-9.]+", interleaving.figure) and "event loop on one core" in interleaving.text
    assert re.fullmatch(r"[0-9.]+", parallel.figure) and re.search(
        r"the same \d+ threads on \d+ cores", parallel.text
    )
    rows = [row for row in run.throughput.rows if row.workload != "day"]
    without = thesis.headlines(replace(run, throughput=replace(run.throughput, rows=rows)))
    assert [each.figure for each in without] == ["-", "-"] and "was not measured" in without[0].text


def test_a_page_without_pictures_says_how_to_draw_them(run: Run) -> None:
    text = page(run, ANSWERS, {}, COLOURS)
    check_whole(text)
    assert "scripts/report RUN" in text and "<figure" not in text and "<fieldset" not in text


def test_report_writes_both_files_again(run_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "environment.json").write_bytes((run_folder / "environment.json").read_bytes())
    document = json.loads((run_folder / "throughput.json").read_text())
    kept = [row for row in document["benchmarks"] if row["name"].startswith(("shelving/", "ideal/"))]
    (folder / "throughput.json").write_text(json.dumps({**document, "benchmarks": kept}))
    done = run_module("cli.report", [folder])
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(folder / "report.html"), str(folder / "summary.md")]
    text = (folder / "report.html").read_text()
    check_whole(text)
    assert '<figure id="throughput_vs_cores">' in text and "Two clerks shelve" in text
    assert (folder / "summary.md").read_text() == summary.markdown(load_run(folder))
    refused = run_module("cli.report", [tmp_path / "nowhere"])
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1
