"""A reader's own shape of task, as options name it."""

import pytest
from bookstore.data.service import Shape, Step, steps_of, time_ns
from bookstore.terminal.errors import InputError


@pytest.mark.parametrize(
    ("text", "ns"), [("20us", 20_000), ("1.5ms", 1_500_000), ("1s", 1_000_000_000), ("7ns", 7)]
)
def test_times(text: str, ns: int) -> None:
    assert time_ns(text, 10**9, "it") == ns


@pytest.mark.parametrize(
    "text", ["", "20", "-1us", "0us", "1e3us", "nan", "infs", "2s", "1" * 20 + "s", "20 us", "٣us"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="it is "):
        time_ns(text, 10**9, "it")


def test_steps_are_named_as_the_binaries_name_them() -> None:
    shape = Shape(steps_of("1980us+1000us,1.5us,1s+60s"), "exponential")
    assert shape.params == (("steps", "1980us+1ms,1500ns,1s+60s"), ("spread", "exponential"))
    assert Shape((Step(5000),)).params == (("steps", "5us"),)
    assert shape.cpu == pytest.approx(1.0019815) and shape.wait == pytest.approx(60.001)


@pytest.mark.parametrize(
    "text", ["", "20us,", "20us+", "+1ms", "20us+1ms+1ms", ",".join(["1us"] * 17), "20us+0us"]
)
def test_what_are_no_steps_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        steps_of(text)
