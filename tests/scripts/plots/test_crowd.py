"""Pictures of a crowd: the report's have everybody, those on paper the best of each quadrant, and say so."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bookstore.data.played import played_of
from bookstore.data.results import Run, load_run
from bookstore.data.rows import Row
from bookstore.findings.closed import Measurements, measurements_of
from bookstore.findings.quadrants import best_of_each
from bookstore.plots import crowd
from bookstore.plots.marks import BACKEND

NAMES = [
    "sequential",
    "threads",
    "tbb",
    "openmp",
    "event_loop",
    "event_loops",
    "coroutines",
    "asio",
    "fibers",
    "thread_per_task",
]


def row(backend: str, workers: int, rate: float) -> Row:
    counters = {"cores": 2.0, "workers": float(workers), "tasks": 1e6}
    return Row(f"day/{backend}/cores:2/workers:{workers}", 1e6 / rate, counters)


def measured(rates: dict[str, tuple[int, float]]) -> Measurements:
    return Measurements([row(name, *of) for name, of in rates.items()], ["day"], list(rates))


def test_the_best_of_each_quadrant() -> None:
    found = measured(
        {
            "sequential": (1, 10),
            "threads": (64, 100),
            "tbb": (64, 120),
            "event_loop": (1, 200),
            "event_loops": (2, 400),
            "fibers": (2, 390),
        }
    )
    assert best_of_each(found) == ["sequential", "tbb", "event_loop", "event_loops"]
    assert best_of_each(measured({"threads": (64, 100)})) == ["threads"]
    assert best_of_each(Measurements([], [], [])) == []


def svg(names: list[str]) -> str:
    return " ".join(f'<g {BACKEND}="{name}"/>' for name in names)


def test_a_crowd_is_more_than_seven_with_their_twins() -> None:
    assert not crowd.crowded(svg([*NAMES[:7], "raw_tbb_flat", "raw_threads"]))
    assert crowd.crowded(svg(NAMES[:8]))


@pytest.fixture(scope="module")
def many(run_folder: Path) -> Run:
    """A run with ten backends: what one pool was measured at, under other names."""
    run = load_run(run_folder)

    def also(rows: list[Row]) -> list[Row]:
        twins = [
            replace(each, name=each.name.replace("/threads/", f"/{name}/"))
            for name in NAMES
            if name not in {each.backend for each in rows}
            for each in rows
            if each.backend == "threads"
        ]
        return [*rows, *twins]

    return replace(
        run,
        environment={**run.environment, "backends": NAMES},
        throughput=replace(run.throughput, rows=also(run.throughput.rows)),
    )


def test_only_what_others_did_is_left_out(many: Run) -> None:
    kept = best_of_each(measurements_of(many))
    found = crowd.narrowed(many)
    assert 1 < len(kept) <= 4 and found.environment["backends"] == kept
    of_backends = {each.backend for each in found.throughput.rows} & set(NAMES)
    assert of_backends == set(kept)
    of_none = [each for each in many.throughput.rows if each.backend not in NAMES]
    assert [each for each in found.throughput.rows if each.backend not in NAMES] == of_none
    assert found.excerpt.startswith("Of 10 backends the best of each quadrant: ") and kept[0] in found.excerpt


def test_who_is_played_in_virtual_time_is_left_out_likewise(many: Run) -> None:
    kept = best_of_each(measurements_of(many))
    rows = [
        Row(f"day/simulated/cores:8/workers:8/as:{name}", 1.0, {"cores": 8.0, f"as_{name}": 1.0})
        for name in NAMES
    ]
    found = crowd.narrowed(replace(many, prediction=replace(many.throughput, rows=rows)))
    assert found.prediction is not None
    assert [played_of(each).backend for each in found.prediction.rows] == [n for n in NAMES if n in kept]


def test_the_reader_of_the_report_can_choose_among_all(
    many: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[str, Run]] = []
    from bookstore import plots

    one = plots.FIGURES["throughput_vs_cores"]
    draw = {name: _noted(drawn, name, one) for name in ("throughput_vs_cores", "quadrants")}
    monkeypatch.setattr(plots, "FIGURES", draw)
    for name in draw:
        plots._draw_one(many, tmp_path, name)
        text = (tmp_path / f"{name}.svg").read_text()
        assert all(f'{BACKEND}="{each}"' in text for each in NAMES)
    assert [(name, bool(run.excerpt)) for name, run in drawn] == [
        ("throughput_vs_cores", False),
        ("throughput_vs_cores", True),
        ("quadrants", False),
    ]


def _noted(drawn: list[tuple[str, Run]], name: str, draw: Any) -> Any:
    def noted(run: Run) -> Any:
        drawn.append((name, run))
        return draw(run)

    return noted
