"""JSON documents in a file, as programs, shells and continuous integration leave them there.

Such a file may begin with a byte-order mark, be in UTF-16 (the shell of Windows writes that), hold a path in Latin-1,
have lines of other output around the JSON, hold several documents one after the other, and write what is no number as
C does (`nan`, `-inf`), which is no JSON.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from pathlib import Path
from typing import Any

from bookstore.terminal.errors import InputError

most_bytes = 1 << 30  # no benchmark writes so much; a device that never ends must

# Where a document of Google Benchmark begins: that of older and newer ones, and of tools that sort the keys.
_opening = re.compile(r'\{(?=\s*"(?:context|benchmarks)"\s*:)')
_string_or_bare = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*"|(?<![\w.])([+-]?)(?:(nan(?:\(\w*\))?|1\.#(?:IND|QNAN))|(inf(?:inity)?|1\.#INF))(?![\w.])',
    re.IGNORECASE | re.DOTALL,
)
_escape = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|\\')
_surrogate = re.compile("[\ud800-\udfff]")


def _as_latin1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("bookstore-latin1", _as_latin1)


def read_text(path: Path) -> str:
    """The text of a file, in whatever encoding. InputError if there is none, or it is no text."""
    try:
        with open(path, "rb") as file:
            raw = file.read(most_bytes + 1)
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; give a run's folder or a Google Benchmark JSON file"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read ({reason}); check the path") from None
    if len(raw) > most_bytes:
        raise InputError(f"{path}: is larger than 1 GiB; give a Google Benchmark JSON file")
    text = decode(raw)
    if "\0" in text:
        raise InputError(f"{path}: is not text; give a Google Benchmark JSON file")
    return text


def decode(raw: bytes) -> str:
    """Text in UTF-8, UTF-16 or UTF-32, with its mark or without; a byte that is no UTF-8 is taken for Latin-1."""
    encoding = json.detect_encoding(raw)
    if encoding.startswith("utf-8"):
        return raw.decode(encoding, "bookstore-latin1")
    return raw.decode(encoding, "replace")


def read_json(path: Path) -> Any:
    """The one JSON document in a file, or an InputError that says what is wrong with it."""
    return _parse(path, read_text(path))


def read_documents(path: Path) -> list[Any]:
    """The Google Benchmark documents in a file, in their order; else the one JSON document that it is.

    Lines around and between the documents are passed over. A document that is cut off is refused, and the file with it:
    nobody can say what it lacks.
    """
    text = read_text(path)
    found, position = [], 0
    decoder = _decoder()
    while opening := _opening.search(text, position):
        try:
            document, position = decoder.raw_decode(text, opening.start())
        except (json.JSONDecodeError, RecursionError):
            # Wholly again, with what is no JSON but is often written: seldom, and so not worth its time at once.
            document, text = _repaired(path, text, opening.start())
            position = 0
        found.append(_without_surrogates(document, text))
    return found or [_parse(path, text)]


def _repaired(path: Path, text: str, begin: int) -> tuple[Any, str]:
    """The document that begins there, after bare words are mended; and the text that follows it."""
    mended = _mend(text[begin:])
    try:
        document, end = _decoder().raw_decode(mended)
    except json.JSONDecodeError as error:
        line = text.count("\n", 0, begin) + error.lineno
        raise InputError(
            f"{path}: is no JSON or is cut off (line {line}); measure again, with --benchmark_out=FILE"
        ) from None
    except RecursionError:
        raise InputError(f"{path}: is no JSON that a benchmark writes (nesting); measure again") from None
    return document, mended[end:]


def _mend(text: str) -> str:
    """Words that C prints for what is no number, as Python's JSON spells them; lone backslashes in strings doubled."""

    def spelled(match: re.Match[str]) -> str:
        sign, nan, infinite = match.groups()
        if nan:
            return "NaN"
        if infinite:
            return "-Infinity" if sign == "-" else "Infinity"
        return _escape.sub(lambda m: m[0] if len(m[0]) > 1 else "\\\\", match[0])

    return _string_or_bare.sub(spelled, text)


def _parse(path: Path, text: str) -> Any:
    if not text.strip():
        raise InputError(f"{path}: is empty; measure again")
    try:
        document = _decoder().decode(text.lstrip("\ufeff"))
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path}: is no JSON or is cut off (line {error.lineno}); measure again{_remedy(text)}"
        ) from None
    except RecursionError:
        raise InputError(f"{path}: is no JSON that a benchmark writes (nesting); measure again") from None
    return _without_surrogates(document, text)


def _remedy(text: str) -> str:
    """What to do about output of another kind."""
    if re.search(r"^Benchmark\s+Time\s+CPU|^name,iterations,real_time", text, re.MULTILINE):
        return ", with --benchmark_out=FILE --benchmark_out_format=json: this is the console's table or CSV"
    return ""


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(strict=False, parse_int=_whole, object_pairs_hook=_first_of_a_name)


def _first_of_a_name(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of several values of one name the first: a counter that is called as a field follows that field."""
    found = dict(pairs)
    return found if len(found) == len(pairs) else dict(reversed(pairs))


def _whole(text: str) -> int | float:
    """A whole number; one that no float can hold is infinite, for what is read here is computed with."""
    try:
        value = int(text)
        float(value)
    except (ValueError, OverflowError):
        return -math.inf if text.startswith("-") else math.inf
    return value


def _without_surrogates(document: Any, text: str) -> Any:
    """Halves of surrogate pairs, which are no text, replaced; only where the text can hold one."""
    if not re.search(r"\\u[dD][89a-fA-F]", text):
        return document
    return _replaced(document)


def _replaced(value: Any) -> Any:
    if isinstance(value, str):
        return _surrogate.sub("\ufffd", value)
    if isinstance(value, list):
        return [_replaced(item) for item in value]
    if isinstance(value, dict):
        return {_replaced(key): _replaced(item) for key, item in value.items()}
    return value
