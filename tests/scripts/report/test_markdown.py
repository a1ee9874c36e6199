"""Markdown that a table of any text comes out of whole."""

from bookstore.report import markdown


def test_a_table_of_words_and_numbers() -> None:
    assert markdown.table(["name", "n"], [["a", "1"], ["b", "20"]], words=1).splitlines() == [
        "| name | n |",
        "| --- | ---: |",
        "| a | 1 |",
        "| b | 20 |",
    ]


def test_no_text_ends_its_cell_or_its_line() -> None:
    assert markdown.table(["h"], [["a | b\n c"]]).splitlines()[-1] == "| a \\| b c |"


def test_a_page_leaves_out_what_is_empty() -> None:
    assert markdown.page(["# t", "", markdown.bullets(["a", "b"])]) == "# t\n\n- a\n- b\n"
