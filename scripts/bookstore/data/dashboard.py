"""What github-action-benchmark keeps (`data.js`), read into a history and written from one.

The file is a script that sets `window.BENCHMARK_DATA` to {lastUpdate, repoUrl, entries: {suite: [{commit, date, tool,
benches: [{name, value, unit, range, extra}]}]}}; dates are milliseconds since 1970. Of a Google Benchmark file it keeps
every row, aggregates and repetitions alike, under their names.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bookstore.data.documents import read_text
from bookstore.data.history import Entry, Value
from bookstore.data.places import replace_file
from bookstore.data.results import Results
from bookstore.data.rows import SECONDS, parse_rows
from bookstore.data.figures import LeftOut, Sample, of_process
from bookstore.terminal.errors import InputError

prefix = "window.BENCHMARK_DATA = "
_assignment = re.compile(r"\bBENCHMARK_DATA\b['\"\]\s]*=\s*(?=\{)|\A(?=\{)")
# Of Go the unit holds what else was counted, after a tab.
_time = re.compile(
    r"(ns|nsecs?|nanosec(?:ond)?s?|[uµμ]s|[uµμ]secs?|microsec(?:ond)?s?|ms|msecs?|millisec(?:ond)?s?|s|secs?|seconds?)"
    r"(?:\s*/\s*\w+)?(?:\s.*)?",
    re.IGNORECASE | re.DOTALL,
)
_rate = re.compile(r"\w[^/]*/\s*(ns|[uµμ]s|ms|s|sec|second)(?:\s.*)?", re.IGNORECASE | re.DOTALL)
# The form of the file that external-data-json-path names: the same without the assignment.
_plain = re.compile(r'\s*\{\s*"(?:lastUpdate|repoUrl|entries)"\s*:')
usual_unit, usual_tool = "ns/iter", "googlecpp"
usual_suite = "Benchmark"


@dataclass
class Dashboard:
    """The document, as it is; suites by name."""

    document: dict[str, Any] = field(default_factory=lambda: {"lastUpdate": 0, "repoUrl": "", "entries": {}})

    @property
    def suites(self) -> dict[str, list[Any]]:
        entries: dict[str, list[Any]] = self.document["entries"]
        return entries


def read(path: Path) -> Dashboard:
    """InputError if the file is none of github-action-benchmark's."""
    text = read_text(path)
    text = text.lstrip("\ufeff \t\r\n")
    begin = _assignment.search(text)
    try:
        if begin is None:
            raise ValueError
        document, _ = json.JSONDecoder(strict=False).raw_decode(text, begin.end())
        entries = document["entries"]
        if not isinstance(entries, dict) or not all(isinstance(suite, list) for suite in entries.values()):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError(
            f"{path}: is no data.js of github-action-benchmark (window.BENCHMARK_DATA with entries); give one"
        ) from None
    return Dashboard(document)


def choose_suite(path: Path, dashboard: Dashboard, asked: str | None) -> str:
    """The suite asked for, or the only one."""
    names = list(dashboard.suites)
    if asked is not None and asked in names:
        return asked
    if asked is None and len(names) == 1:
        return names[0]
    known = ", ".join(repr(name) for name in names[:5]) or "none"
    what = f"has no suite {asked!r}" if asked is not None else f"holds {len(names)} suites"
    raise InputError(f"{path}: {what}; name one with --suite (there: {known})")


def to_history(suite: Sequence[Any], name: str, machine: str) -> tuple[list[Entry], dict[str, str]]:
    """The runs of a suite, oldest first, and by row (or run) what was left out and why."""
    entries, left_out = [], {}
    for number, item in enumerate(suite):
        try:
            time = datetime.fromtimestamp(float(item["date"]) / 1000.0, timezone.utc)
            commit, benches = str(item["commit"]["id"]), list(item["benches"])
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            left_out[f"entry {number}"] = "has no date, commit or benches"
            continue
        found, lost = _samples(benches)
        left_out |= {key: why.reason for key, why in lost.items() if key not in left_out}
        rows = {key: _value(sample) for key, sample in found.items()}
        if not rows:
            left_out[f"entry {number}"] = "has no row with a usable time"
            continue
        content = json.dumps([name, commit, item["date"], benches], sort_keys=True, default=str)
        digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16]
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"
        build = {"suite": name, "tool": str(item.get("tool", ""))}
        entries.append(Entry(machine, commit, stamp, build, digest, None, rows))
    return sorted(entries, key=lambda entry: entry.time), left_out


def _samples(benches: Sequence[Any]) -> tuple[dict[str, Sample], dict[str, LeftOut]]:
    """The rows as those of a Google Benchmark file, which most of them are."""
    items, lost = [], {}
    for bench in benches:
        if not isinstance(bench, dict) or not isinstance(bench.get("name"), str):
            continue
        name, found = bench["name"], _in_time(bench.get("value"), bench.get("unit"))
        if isinstance(found, str):
            lost[name] = LeftOut(found)
        else:
            items.append({"name": name, "real_time": found[0], "time_unit": found[1]})
    parsed = parse_rows(items, with_counters=False)
    samples, left_out = of_process(Results(Path(), {}, parsed.rows, [], parsed.aggregates), "real")
    return samples, lost | left_out


def _in_time(value: object, unit: object) -> tuple[float, str] | str:
    """A value as a time and its unit; of a rate the time of one. Else why it is none."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return "has no value"
    text = str(unit).strip()
    time, rate = _time.fullmatch(text), _rate.fullmatch(text)
    if time is not None:
        return number, _unit(time[1])
    if rate is not None and math.isfinite(number) and number > 0.0:
        return 1.0 / number, _unit(rate[1])
    return f"is in {text or 'no unit'}, which is no time"


def _unit(word: str) -> str:
    """Of a word for a unit of time Google Benchmark's name."""
    word = word.lower()
    if word.startswith(("u", "µ", "μ", "micro")):
        return "us"
    return word[0] + "s" if word[0] in "nm" else "s"


def _value(sample: Sample) -> Value:
    low, high = float(sample.values.min()), float(sample.values.max())
    return Value(sample.median, low, high, sample.values.size, None, sample.note)


def add(dashboard: Dashboard, suite: str, entries: Sequence[Entry], url: str | None = None) -> int:
    """Adds the runs of a history to a suite, but for those that it holds; returns how many. Rows keep their unit."""
    runs = dashboard.suites.setdefault(suite, [])
    known, units = set(), {}
    tool = usual_tool
    for item in runs:
        try:
            known.add((str(item["commit"]["id"]), round(float(item["date"]))))
            units |= {str(bench["name"]): str(bench["unit"]) for bench in item["benches"]}
            tool = str(item.get("tool", tool))
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
            continue  # what is not understood stays as it is
    added = 0
    for entry in entries:
        date = _milliseconds(entry.time)
        if (entry.commit, date) in known:
            continue
        benches = [_bench(key, value, units.get(key, usual_unit)) for key, value in entry.rows.items()]
        runs.append({"commit": _commit(entry), "date": date, "tool": tool, "benches": benches})
        dashboard.document["lastUpdate"] = max(_number(dashboard.document.get("lastUpdate")), date)
        added += 1
    if url is not None:
        dashboard.document["repoUrl"] = url
    return added


def _milliseconds(time: str) -> int:
    try:
        return round(datetime.fromisoformat(time).timestamp() * 1000.0)
    except (ValueError, OverflowError):
        raise InputError(f"the history has a run at {time!r}, which is no time; mend that line") from None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _commit(entry: Entry) -> dict[str, Any]:
    """What the dashboard's page reads of a commit; the history knows no more than its name and the time of the run."""
    nobody = {"email": "", "name": "", "username": ""}
    return {
        "author": nobody,
        "committer": nobody,
        "id": entry.commit,
        "message": "",
        "timestamp": entry.time,
        "url": "",
    }


def _bench(key: str, value: Value, unit: str) -> dict[str, Any]:
    time, rate = _time.fullmatch(unit.strip()), _rate.fullmatch(unit.strip())
    if time is None and rate is None:
        unit, time = usual_unit, _time.fullmatch(usual_unit)
    if time is not None:
        scale = SECONDS[_unit(time[1])]
        number, low, high = (seconds / scale for seconds in (value.seconds, value.low, value.high))
    else:
        assert rate is not None
        scale = SECONDS[_unit(rate[1])]
        number, high, low = (scale / seconds for seconds in (value.seconds, value.low, value.high))
    bench: dict[str, Any] = {"name": key, "value": number, "unit": unit}
    if high > low:
        bench["range"] = f"{low:.6g} to {high:.6g}"
    bench["extra"] = f"repetitions: {value.processes}"
    return bench


def write(path: Path, dashboard: Dashboard) -> None:
    """Puts the file in place of the old one at once; one named .json without what makes it a script."""
    text = (
        ("" if path.suffix == ".json" else prefix)
        + json.dumps(dashboard.document, indent=2, ensure_ascii=False)
        + "\n"
    )
    try:
        replace_file(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); give another file") from None


def is_dashboard(path: Path) -> bool:
    """By its name, or by how it begins: a history is lines of other JSON."""
    if path.suffix == ".js":
        return True
    try:
        with open(path, "rb") as file:
            return _plain.match(file.read(1 << 12).decode("utf-8-sig", "replace")) is not None
    except OSError:
        return False


def suite_machine(path: Path, suite: str, asked: str | None) -> str:
    """The machine's name for a suite: the one asked for, else the suite's own name if it makes a folder's name."""
    if asked is not None:
        return asked
    if re.fullmatch(r"[\w][\w. +-]*", suite):
        return suite
    raise InputError(f"{path}: the suite's name makes no machine's name; give --machine NAME")


def read_history(path: Path, suite: str | None, machine: str | None) -> tuple[list[Entry], Mapping[str, str]]:
    """The runs of one suite of a data.js, and what was left out."""
    dashboard = read(path)
    chosen = choose_suite(path, dashboard, suite)
    entries, left_out = to_history(dashboard.suites[chosen], chosen, suite_machine(path, chosen, machine))
    if not entries:
        key, reason = next(iter(left_out.items()), ("the suite", "is empty"))
        raise InputError(f"{path}: holds no run that can be read ({key}: {reason}); give another --suite")
    return entries, left_out
