"""Text of others (names of rows, messages, paths) in what we print."""

import re

# Control characters, which terminals obey; ends of lines; what turns the direction of writing around.
_unprintable = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_short = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """On one line, with what a terminal would obey written out: an escape sequence arrives as \\x1b[31m."""
    return _unprintable.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    number = ord(match[0])
    return _short.get(match[0]) or (f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}")
