"""Which rows of a Google Benchmark file are measurements and which are aggregates, in every version."""

from typing import Any

import pytest
from bookstore.data.rows import Parsed, asks_for_cpu_time, parse_rows

import google_files as google


def parsed(items: list[Any]) -> Parsed:
    return parse_rows(items, with_counters=False)


def names(found: Parsed) -> list[str]:
    return [row.name for row in found.rows]


REPEATED = google.rows("BM_a/8", google.values())
SUMMARY = google.aggregates("BM_a/8", 100.0)


@pytest.mark.parametrize(
    "summary",
    [
        SUMMARY,
        google.old(SUMMARY),
        [item | {"run_type": "iteration"} for item in SUMMARY],
        # Neither its kind nor its row's name, and a wrong type: the suffix alone is left.
        [
            {name: item[name] for name in ("name", "real_time", "time_unit")} | {"run_type": "iteration"}
            for item in SUMMARY
        ],
        [
            item | {"run_name": item["name"], "aggregate_name": "", "run_type": "iteration"}
            for item in SUMMARY
        ],
        [{name: item[name] for name in item if name != "aggregate_name"} for item in SUMMARY],
    ],
    ids=["now", "old", "wrong type", "bare", "wrong name", "no kind"],
)
def test_aggregates_are_never_measurements(summary: list[Any]) -> None:
    for repeated in (REPEATED, google.old(REPEATED)):
        assert names(parsed(repeated + summary)) == ["BM_a/8"] * 10


def test_benchmarks_that_are_called_like_aggregates_are_measurements() -> None:
    items = [
        row for name in ("BM_i", "BM_i_mean", "BM_i_median") for row in google.rows(name, google.values())
    ]
    for version in (items, google.old(items)):
        found = parsed(version)
        assert len(found.rows) == 30 and not found.aggregates
    single = [row for name in ("BM_i", "BM_i_mean") for row in google.rows(name, [1.0])]
    assert names(parsed(single)) == names(parsed(google.old(single))) == ["BM_i", "BM_i_mean"]
    # Their own aggregates are known beside them.
    found = parsed(
        google.old(items + google.aggregates("BM_i", 100.0)[:1] + google.aggregates("BM_i_mean", 1.0))
    )
    assert len(found.rows) == 31  # the eleventh BM_i_mean cannot be told from its repetitions
    found = parsed(items + google.aggregates("BM_i", 100.0) + google.aggregates("BM_i_mean", 1.0))
    assert len(found.rows) == 30 and [one.name for one in found.aggregates] == ["BM_i", "BM_i_mean"]


@pytest.mark.parametrize("version", [lambda items: items, google.old], ids=["now", "old"])
def test_aggregates_alone_keep_their_figures(version: Any) -> None:
    found = parsed(version(google.aggregates("BM_a/8", 100.0, 0.003)))
    (one,) = found.aggregates
    assert not found.rows and one.name == "BM_a/8"
    assert one.repetitions == (10 if version is not google.old else None)
    assert one.figures["median"][0] == pytest.approx(100e-9)
    assert one.figures["stddev"][0] == pytest.approx(0.3e-9)
    assert one.figures["cv"][0] == pytest.approx(0.003)


@pytest.mark.parametrize(
    "fit",
    [
        {
            "name": "BM_a_BigO",
            "cpu_coefficient": 12.0,
            "real_coefficient": 12.0,
            "big_o": "N",
            "time_unit": "ns",
        },
        {"name": "BM_a_RMS", "rms": 0.05},
        {
            "name": "BM_a_BigO",
            "run_name": "BM_a",
            "run_type": "aggregate",
            "aggregate_name": "BigO",
            "big_o": "N",
        },
        {
            "name": "BM_a_RMS",
            "run_name": "BM_a",
            "run_type": "aggregate",
            "aggregate_name": "RMS",
            "rms": 0.05,
        },
        {
            "name": "BM_a_p99",
            "run_name": "BM_a",
            "run_type": "aggregate",
            "aggregate_name": "p99",
            "real_time": 1.0,
        },
    ],
)
def test_fits_and_other_statistics_are_left_aside(fit: Any) -> None:
    found = parsed(google.old(REPEATED) + [fit])
    assert names(found) == ["BM_a/8"] * 10
    assert not any(one.figures for one in found.aggregates)


def test_fields_of_versions_to_come_do_no_harm() -> None:
    fields = {
        "allocs_per_iter": 1.0,
        "max_bytes_used": None,
        "tags": ["x"],
        "nested": {"a": 1},
        "threads": "two",
    }
    (row,) = parsed([REPEATED[0] | fields]).rows
    assert row.has_time and not row.counters and row.family == (0, 0)


def test_which_time_a_row_asks_for() -> None:
    assert asks_for_cpu_time("BM_a/process_time/threads:2")
    for name in ("BM_a", "BM_a/real_time", "BM_a/process_time/real_time", "BM_a/process_time/manual_time"):
        assert not asks_for_cpu_time(name)
