"""Limits per row, and the verdicts that fail."""

import math
from pathlib import Path

import pytest
from bookstore.gate.limits import FailOn, parse_limit, read_limits, row_limits
from bookstore.gate.rule import Rule, Verdict
from bookstore.terminal.errors import InputError


def test_the_last_limit_that_matches_counts(tmp_path: Path) -> None:
    held = tmp_path / "limits"
    held.write_text("BM_=10%\nBM_Sort<int>/8 = 1.5 %\n# BM_ = 50%\n")
    chosen = row_limits(["Map=5%"], str(held))
    percents = {
        key: limit.percent for key in ("BM_a", "BM_Sort<int>/8", "BM_Map") if (limit := chosen.of(key))
    }
    assert percents == {"BM_a": "10 %", "BM_Sort<int>/8": "1.5 %", "BM_Map": "5 %"}
    assert chosen.of("other") is None and chosen.factor("other") == 1.0
    assert chosen.unused(["BM_a"]) == ["BM_Sort<int>/8", "Map"]


def test_a_limit_scales_the_margins_of_the_rule() -> None:
    chosen = row_limits(["a=2%", "b=4.04%"], None)
    assert chosen.factor("a") == pytest.approx(1.0)
    assert chosen.factor("b") * Rule().least_effect == pytest.approx(math.log(1.0404))


def test_a_name_is_a_pattern_even_if_it_is_no_expression() -> None:
    limit = parse_limit("BM_f(a|b)*[x=y/1=3%")
    assert limit.matches("BM_f(a|b)*[x=y/1") and not limit.matches("BM_f")


@pytest.mark.parametrize(
    "text",
    ["", "5%", "=5%", "a=5", "a=%", "a=-5%", "a=0%", "a=1000%", "a=1e3%", "a=nan%", "a=" + "9" * 400 + "%"],
)
def test_slips_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError) as caught:
        row_limits([text], None)
    assert "\n" not in str(caught.value)
    if text:
        held = tmp_path / "limits"
        held.write_text("a=1%\n" + text + "\n")
        with pytest.raises(InputError, match="line 2"):
            read_limits(held)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(InputError, match="--limits none: no such file"):
        row_limits([], "none")


def test_directions() -> None:
    assert FailOn("regressed").verdicts == {Verdict.REGRESSED}
    assert FailOn("improved").verdicts == {Verdict.IMPROVED}
    assert FailOn("any").verdicts == {Verdict.REGRESSED, Verdict.IMPROVED}
