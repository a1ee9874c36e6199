"""What options take."""

import argparse

import pytest
from bookstore.cli.values import seconds


@pytest.mark.parametrize(
    "text, expected",
    [("90", 90.0), ("90s", 90.0), ("5m", 300.0), ("1.5m", 90.0), ("3m30s", 210.0), ("1h30m", 5400.0)],
)
def test_times(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "0", "0m0s", "s", "-5s", "5x", "5m5m", "30s3m", "1e5", "9" * 400])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no time"):
        seconds(text)
