"""The picture of how far each backend would go."""

from collections.abc import Sequence

import pytest
from matplotlib.figure import Figure

from bookstore.findings.closed import measurements_of
from bookstore.findings.scaling import fitted
from bookstore.plots.throughput import reach
from bookstore.plots.throughput.reach import IDEAL_COLOUR
from foretold_run import made_run

MANY = (1, 2, 4, 8, 16, 32, 64)


def drawn(loops_on: Sequence[int]) -> tuple[Figure, str]:
    figure = reach.draw(made_run(loops_on))
    assert figure is not None
    texts = [text.get_text() for text in figure.texts]
    texts += [text.get_text() for axes in figure.axes for text in axes.texts]
    return figure, " ".join(" ".join(texts).split())


@pytest.mark.parametrize("measured", [(), (1, 2), MANY])
def test_what_was_measured_is_a_point_on_what_was_foretold(measured: Sequence[int]) -> None:
    figure, text = drawn(measured)
    lines = figure.axes[0].get_lines()
    assert [1, 64, 1024] in [list(line.get_xdata()) for line in lines]
    points = [list(line.get_xdata()) for line in lines if line.get_linestyle() == "None"]
    assert points == ([list(measured)] if measured else [])
    assert "ended by the shared counter from 1,024 on" in text
    assert figure.axes[0].texts[0].get_text() == "the shared counter"


def test_a_search_is_a_panel_of_its_own() -> None:
    figure, _ = drawn(())
    assert "delay p99 of at most 1 ms" in figure.axes[-1].get_title(loc="left")
    assert [list(line.get_xdata()) for line in figure.axes[-1].get_lines()] == [[64, 1024]]


def test_gains_are_over_one_core() -> None:
    figure, _ = drawn(MANY)
    gains = figure.axes[1]
    assert "parallel gain" in gains.get_title(loc="left")
    foretold, measured = gains.get_lines()
    assert list(foretold.get_ydata()) == [1, 64, 200]
    assert list(measured.get_xdata()) == list(MANY)
    assert list(measured.get_ydata()[:2]) == [1, pytest.approx(2 / 1.05)]


def test_a_law_is_drawn_from_six_core_counts_on() -> None:
    for few in ((1, 2), MANY[:5]):
        figure, text = drawn(few)
        assert not any(line.get_color() == IDEAL_COLOUR for line in figure.axes[0].get_lines())
        assert "No scaling law is fitted" in text
    figure, text = drawn(MANY)
    (law,) = (line for line in figure.axes[0].get_lines() if line.get_color() == IDEAL_COLOUR)
    (each,) = fitted(measurements_of(made_run(MANY)))
    assert law.get_ydata()[0] == pytest.approx(1e5) and each.law.alpha == pytest.approx(0.05, rel=1e-3)
    assert "Grey: the Universal Scalability Law" in text and "No scaling law" not in text
