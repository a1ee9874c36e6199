"""The output formats that both comparisons share."""

import json
import math

import pytest

from bookstore.gate import formats
from bookstore.gate.formats import Line, Report, to_markdown
from bookstore.gate.rule import Verdict


def test_table_of_paired_trials_shows_the_null_arm_and_void() -> None:
    line = Line("a|b", Verdict.REGRESSED, 0.1, 0.11, 0.095, -math.inf, math.inf, (0.1, 0.12), null=0.002)
    text = to_markdown(Report("Gate", "x", "y", [line], void=["a|b"]))
    assert "base against base" in text and "+0.2 %" in text
    assert "**void: base differs from base in `a|b` (1 regressed)**" in text
    assert "a\\|b" in text and "too few to say" in text
    assert "trials" not in text


def test_paired_trials_are_counted() -> None:
    line = Line("a", Verdict.SAME, 0.1, 0.1, 0.0, -0.01, 0.01, (0.1, 0.1), trials=17)
    report = Report("Gate", "x", "y", [line])
    assert "| interval | trials |" in to_markdown(report) and "| 17 |" in to_markdown(report)
    assert json.loads(formats.to_json(report))["rows"][0]["trials"] == 17


def test_unknown_bounds_are_null_in_json() -> None:
    line = Line("a", Verdict.INCONCLUSIVE, 0.1, 0.1, 0.0, -math.inf, math.inf, (0.1, 0.1))
    (row,) = json.loads(formats.to_json(Report("Gate", "x", "y", [line])))["rows"]
    assert (row["ratio"], row["ratio_low"], row["ratio_high"]) == (1.0, None, None)
    assert row["base_against_base"] is None


def test_dashboard_formats() -> None:
    line = Line("a/b", Verdict.REGRESSED, 0.150, 0.165, math.log(1.1), 0.08, 0.11, (0.160, 0.170))
    report = Report("Gate", "x", "y", [line])
    (entry,) = json.loads(formats.to_smaller_is_better(report))
    assert (entry["name"], entry["unit"]) == ("a/b", "us")
    assert entry["value"] == pytest.approx(165e3)
    assert entry["range"] == "160000 to 170000"
    assert entry["extra"] == "regressed: +10.0 % (+8.3 % to +11.6 %)"
    latency = json.loads(formats.to_bencher(report))["a/b"]["latency"]
    expected = {"value": 165e6, "lower_value": 160e6, "upper_value": 170e6}
    assert latency == pytest.approx(expected)
