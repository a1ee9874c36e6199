"""Result files: Google Benchmark's JSON, ours or anybody's, and the folder of a run.

Parameters come from the counters of a row; of its name only the first two parts (workload and backend) are used.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bookstore.data.documents import read_documents, read_json
from bookstore.data.rows import Aggregate, Row as Row, parse_rows
from bookstore.terminal.errors import InputError

# Together in no context but that of our binaries.
OWN_CONTEXT = {"build_type", "compiler", "flags", "cgroup_cpu_quota", "timer_slack_ns"}


@dataclass(frozen=True)
class Results:
    """The rows of one Google Benchmark JSON document."""

    path: Path
    context: Mapping[str, Any]
    rows: list[Row]
    processes: list[Mapping[str, Any]] = field(default_factory=list)  # what differs in each process's context
    aggregates: list[Aggregate] = field(default_factory=list)
    own: bool = False  # written by one of the suite's binaries, so that its counters mean what ours mean

    @property
    def ours(self) -> bool:
        """True for a file that scripts/run wrote: one process per row and repetition, machine and commit known."""
        return bool(self.processes) and "machine" in self.context

    def select(self, wanted: Callable[[Row], bool] = lambda row: True) -> list[Row]:
        """The rows that ran to their end and that the predicate wants."""
        return [row for row in self.rows if row.has_time and wanted(row)]


@dataclass(frozen=True)
class Run:
    """A run's folder."""

    folder: Path
    environment: Mapping[str, Any]
    throughput: Results
    timeline: Mapping[str, Any] | None
    latency: Results | None = None
    series: Mapping[str, Any] | None = None  # arrivals and tasks in flight over time
    overhead: Results | None = None
    claims: Results | None = None  # closed rows that were measured for the claims alone
    claims_latency: Results | None = None  # open ones
    prediction: Results | None = None  # rows in virtual time, at one core's costs
    costs: Mapping[str, Any] | None = None  # these, and what more cores told: ns, low, high and from, by name
    sockets: Results | None = None  # closed rows with waits of each kind, measured in turn
    sockets_latency: Results | None = None  # open ones
    excerpt: str = ""  # a sentence that says what of the run this is, where it is not all of it

    def caption(self) -> str:
        """Machine, commit and profile, as every figure carries them."""
        facts = (self.environment.get(name, "") for name in ("machine", "commit", "profile", "started"))
        return ", ".join(str(fact) for fact in facts if fact)


def group_by_key(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows under their key, in the order of first appearance."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    return groups


def load_documents(path: Path | str) -> list[Results]:
    """Reads the Google Benchmark JSON documents of one file, ours or not, in their order; one that is repeated once.

    Rows without a usable time are kept, with the reason. InputError if no row can be read at all.
    """
    path = Path(path)
    documents: list[Any] = []
    for document in read_documents(path):
        if document not in documents:
            documents.append(document)
    # A filter that took nothing left an empty one, which costs the others nothing.
    whole = [document for document in documents if not _is_empty(document)]
    return [_results(path, document) for document in whole or documents]


def _is_empty(document: Any) -> bool:
    return isinstance(document, dict) and document.get("benchmarks") == []


def load_results(path: Path | str) -> Results:
    """Reads a file of one document."""
    found = load_documents(path)
    if len(found) > 1:
        raise InputError(f"{path}: holds {len(found)} results, one after the other; give a file for each")
    return found[0]


def _results(path: Path, document: Any) -> Results:
    if not isinstance(document, dict) or not isinstance(document.get("benchmarks"), list):
        raise InputError(
            f"{path}: is no Google Benchmark JSON (no list 'benchmarks'); use --benchmark_out_format=json"
        )
    context = document.get("context")
    context = {} if context is None else context
    processes = document.get("processes", [])
    if not isinstance(context, dict) or not isinstance(processes, list):
        raise InputError(f"{path}: is no Google Benchmark JSON ('context' is no object); measure again")
    own = (bool(processes) and "machine" in context) or OWN_CONTEXT <= context.keys()
    parsed = parse_rows(document["benchmarks"], with_counters=own)
    if not parsed.rows and not parsed.aggregates:
        raise InputError(f"{path}: holds no measured row; check the filter that it was measured with")
    return Results(path, context, parsed.rows, processes, parsed.aggregates, own)


def load_run(folder: Path | str, unfinished: bool = False) -> Run:
    """Reads the folder of a run; one that is not finished only for its own report."""
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: is no run's folder; give one from results/<machine>/")
    names = (folder.name, folder.absolute().parent.name)
    if any(name.endswith(".partial") for name in names) and not unfinished:
        raise InputError(f"{folder}: is an unfinished run; finish it with scripts/run --resume")
    environment = read_json(folder / "environment.json")
    if not isinstance(environment, dict):
        raise InputError(f"{folder / 'environment.json'}: is not written by scripts/run; measure again")
    throughput = _own(folder / "throughput.json")
    latency = _optional(folder / "latency.json")
    timeline = _listed(folder / "timeline.json", "timeline")
    series = _listed(folder / "series.json", "series of open runs")
    overhead = _optional(folder / "overhead.json")
    claims, claims_latency, sockets, sockets_latency = (
        _optional(folder / f"{name}.json")
        for name in ("claims", "claims_latency", "sockets", "sockets_latency")
    )
    foretold = folder / "prediction.json"
    prediction = load_results(foretold) if foretold.exists() else None
    return Run(
        folder,
        environment,
        throughput,
        timeline,
        latency,
        series,
        overhead,
        claims,
        claims_latency,
        prediction,
        _costs(folder / "costs.json"),
        sockets,
        sockets_latency,
    )


def _costs(path: Path) -> Mapping[str, Any] | None:
    """What virtual time was fed with; None if there is no such file."""
    if not path.exists():
        return None
    document = read_json(path)
    parts = [
        document.get(part) if isinstance(document, dict) else None for part in ("costs", "of_more_cores")
    ]
    for part in parts:
        whole = isinstance(part, dict) and all(
            isinstance(cost, dict)
            and isinstance(cost.get("from"), str)
            and all(isinstance(cost.get(figure), (int, float)) for figure in ("ns", "low", "high"))
            for cost in part.values()
        )
        if not whole:
            raise InputError(f"{path}: holds no costs of a run; write it anew with scripts/predict")
    return dict(document)


def _optional(path: Path) -> Results | None:
    return _own(path) if path.exists() else None


def _own(path: Path) -> Results:
    """A file that scripts/run wrote: whole, or damaged, for it leaves nothing odd."""
    results = load_results(path)
    if not results.ours:
        raise InputError(f"{path}: is not written by scripts/run; give the folder of a run")
    for row in results.rows:
        if row.odd:
            raise InputError(f"{path}: row {row.name}: {row.odd}; measure again")
    return results


def _listed(path: Path, what: str) -> Mapping[str, Any] | None:
    """The document in a file that holds a list of rows; None if there is no such file."""
    if not path.exists():
        return None
    document = read_json(path)
    if not (isinstance(document, dict) and isinstance(document.get("rows"), list)):
        raise InputError(f"{path}: is no {what} (no list 'rows'); measure again")
    return document
