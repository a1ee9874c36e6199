"""Files as programs, shells and continuous integration leave them: what is read, and what is refused in one line."""

import math
from pathlib import Path

import pytest
from bookstore.data.documents import read_documents, read_json
from bookstore.terminal.errors import InputError

DOCUMENT = '{\n "context": {"executable": "./b"},\n "benchmarks": [{"name": "BM_ä/8", "real_time": 1}]\n}\n'


def read(path: Path, content: str | bytes) -> list:  # type: ignore[type-arg]
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_documents(path)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"]
)
def test_any_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    (document,) = read(tmp_path / "a.json", DOCUMENT.encode(encoding))
    assert document["benchmarks"][0]["name"] == "BM_ä/8"


def test_one_byte_of_latin_1_among_utf_8(tmp_path: Path) -> None:
    content = DOCUMENT.encode().replace(b"./b", b"./b\xfcch")
    (document,) = read(tmp_path / "a.json", content)
    assert document["context"]["executable"] == "./büch"
    assert document["benchmarks"][0]["name"] == "BM_ä/8"


@pytest.mark.parametrize(
    "before, after",
    [
        ("Running ./bench\nInitialising...\n", ""),
        ("[1/2] warm-up {fast}\n", "done.\n"),
        ("", "3 tests passed\n"),
        ('log: {"level": "info", "context": 1}\n', ""),
    ],
)
def test_lines_of_other_output_are_passed_over(tmp_path: Path, before: str, after: str) -> None:
    documents = read(tmp_path / "a.json", before + DOCUMENT + after)
    assert documents[-1]["benchmarks"][0]["real_time"] == 1


def test_documents_one_after_the_other(tmp_path: Path) -> None:
    assert len(read(tmp_path / "a.json", DOCUMENT + "### second run\n" + DOCUMENT.strip() + DOCUMENT)) == 3


def test_keys_in_another_order(tmp_path: Path) -> None:
    assert read(tmp_path / "a.json", 'x\n{"benchmarks": [], "context": {}}')[0]["benchmarks"] == []


def test_of_two_values_of_a_name_the_first_counts(tmp_path: Path) -> None:
    """Counters, which may be called as anything, are written behind the fields of the row."""
    twice = DOCUMENT.replace('"real_time": 1', '"real_time": 1, "name": 2.5e+00, "real_time": 7.0e+00')
    for text in (twice, twice.replace("7.0e+00", "nan"), twice.replace('"context"', '"more": 0, "context"')):
        (document,) = read(tmp_path / "a.json", text)
        assert document["benchmarks"] == [{"name": "BM_ä/8", "real_time": 1}]


@pytest.mark.parametrize(
    "word, value",
    [
        ("NaN", math.nan),
        ("nan", math.nan),
        ("-nan", math.nan),
        ("-nan(ind)", math.nan),
        ("-1.#IND", math.nan),
        ("inf", math.inf),
        ("-inf", -math.inf),
        ("Infinity", math.inf),
        ("1.#INF", math.inf),
        ("1" + "0" * 5000, math.inf),
        ("-1" + "0" * 400, -math.inf),
    ],
)
def test_what_is_no_number_is_read_as_c_prints_it(tmp_path: Path, word: str, value: float) -> None:
    (document,) = read(tmp_path / "a.json", '{"benchmarks": [{"name": "inf nan", "x": %s}], "y": 2}' % word)
    (row,) = document["benchmarks"]
    assert row["name"] == "inf nan" and document["y"] == 2
    assert row["x"] == pytest.approx(value, nan_ok=True)


def test_strings_that_were_not_escaped(tmp_path: Path) -> None:
    (document,) = read(
        tmp_path / "a.json", '{"context": {"executable": "C:\\bin\\x\\u.exe"}, "benchmarks": ["a\nb"]}'
    )
    assert document["context"]["executable"] == "C:\bin\\x\\u.exe"
    assert document["benchmarks"] == ["a\nb"]


def test_half_of_a_surrogate_pair_is_replaced(tmp_path: Path) -> None:
    (document,) = read(tmp_path / "a.json", r'{"benchmarks": [{"name": "a\ud800b \ud83d\ude00"}]}')
    assert document["benchmarks"][0]["name"] == "a\ufffdb \U0001f600"


@pytest.mark.parametrize(
    "content, words",
    [
        ("", "empty"),
        (" \n", "empty"),
        (DOCUMENT[:-4], "cut off (line "),
        (DOCUMENT + DOCUMENT[:-4], "cut off"),
        ("no json\n", "no JSON"),
        (
            "Run on (2 X 2400 MHz CPU s)\nBenchmark   Time   CPU\nBM_a   1 ns   1 ns\n",
            "--benchmark_out_format=json",
        ),
        ("name,iterations,real_time,cpu_time\n", "--benchmark_out_format=json"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "not text"),
        ("[" * 100_000, "nesting"),
        ('{"context": ' * 20_000, "nesting"),
        ('{"benchmarks": [' * 20_000, "nesting"),
    ],
)
def test_what_is_refused_in_one_line(tmp_path: Path, content: str | bytes, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path / "a.json", content)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path / "none", "no such file"),
        (tmp_path, "cannot be read"),
        (Path("a\0b"), "cannot be"),
    ):
        with pytest.raises(InputError, match=words):
            read_json(path)
