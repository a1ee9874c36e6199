"""What a page's pictures and tables are made of: what is kept of an SVG, greys, cells, commands."""

import pytest

from bookstore.report.html import pictures
from bookstore.report.html.cells import sort_value
from bookstore.report.sections import binary_of


def test_of_a_picture_only_shapes_and_words_are_kept() -> None:
    svg = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9" onload="x()">
    <script>alert(1)</script><foreignObject><p>x</p></foreignObject><image href="a.png"/><a href="#x"><g id="inner"/></a>
    <style>* {}</style><defs><path id="p" d="M 1.23456 2"/></defs>
    <use xlink:href="#p" onclick="x()" style="fill: #808080; behavior: url(x); stroke: url(#p); font: 9px 'A'; width: expression(x)"/>
    <use xlink:href="http://elsewhere/#p"/><text transform="rotate(1)">a &lt; b</text></svg>"""
    drawn = pictures.drawn(svg, "one")
    assert drawn.svg == (
        '<svg role="img" viewBox="0 0 9 9" aria-labelledby="one-title one-desc"><title id="one-title">one</title>'
        '<desc id="one-desc"></desc><defs><path id="one-p" d="M 1.23 2"></path></defs>'
        '<use href="#one-p" style="fill:var(--g80,#808080);stroke:url(#one-p);font-size:9px"></use><use></use>'
        '<text transform="rotate(1)">a &lt; b</text></svg>'
    )
    with pytest.raises(ValueError, match="is no SVG"):
        pictures.drawn("<svg", "broken")


def test_greys_lie_between_ink_and_paper() -> None:
    page_ = "fill:var(--g00,#000000) stroke:var(--gff,#ffffff) var(--g80,#808080)"
    assert pictures.greys(page_, "#eeeeee", "#101010") == "--g00:#eeeeee;--g80:#7f7f7f;--gff:#101010;"
    assert pictures.paint("white") == "var(--gff,#ffffff)" and pictures.paint("#D55E00") == "#D55E00"
    assert pictures.paint("none") == "none" and pictures.paint("red;x:y") == "none"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1,750 [1,700, 1,800]", 1750.0),
        ("12.0", 12.0),
        ("25 us", 25e-6),
        ("< 10 ns", 1e-8),
        ("> 100,000 ns", 1e-4),
        ("144k (64)", 144000.0),
        ("121 fi [112, 131]", 121.0),
        ("-1.5 [-2, -1]", -1.5),
        ("98 %", 98.0),
        ("5 minutes", 5.0),
        ("-", None),
        ("OVERLOAD", None),
        ("", None),
        ("threads", None),
    ],
)
def test_cells_are_sorted_by_the_number_that_they_begin_with(cell: str, value: float | None) -> None:
    assert sort_value(cell) == (None if value is None else pytest.approx(value))


@pytest.mark.parametrize(
    ("row", "binary"),
    [
        ("day/threads/cores:2/workers:64", "bench_throughput"),
        ("day/threads/cores:2/workers:64/rate:1000/duration:1", "bench_latency"),
        ("grain/tbb/cores:2/workers:2", "bench_overhead"),
    ],
)
def test_a_row_is_measured_again_by_its_binary(row: str, binary: str) -> None:
    assert binary_of(row) == binary
