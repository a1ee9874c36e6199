"""What a run was measured on and with, as tables of facts."""

from collections.abc import Mapping, Sequence

from bookstore.data.results import Run
from bookstore.report.phrases import dropped_notes
from bookstore.report.tables import Table

# Of environment.json, in the reader's order; what a run does not have is not shown.
OF_THE_RUN = {
    "machine": "machine",
    "commit": "commit",
    "profile": "profile",
    "started": "started",
    "workloads": "workloads",
    "backends": "backends",
    "left_out": "left out of the build",
    "cores": "cores measured",
    "machine_cores": "cores of the machine",
    "cpu_speed": "CPU speed, of the suite's own unit",
    "seed_of_process_order": "seed of the processes' order",
    "other_runs": "other runs on the machine at the end",
}
PARTS = (("closed load", None), ("open load", "latency"), ("costs", "overhead"))


def tables(run: Run) -> list[Table]:
    facts = [
        [label, _text(run.environment[name])] for name, label in OF_THE_RUN.items() if name in run.environment
    ]
    context = run.environment.get("context")
    binary = context if isinstance(context, Mapping) else {}
    own = {*OF_THE_RUN, "executable"}
    seen = [[str(name).replace("_", " "), _text(value)] for name, value in binary.items() if name not in own]
    found = [
        Table(["the run", "as it was"], facts, [], "the run"),
        _parts_table(run),
        Table(["what the binary saw", "of its surroundings"], seen, [], "the machine"),
    ]
    return [each for each in found if each.lines]


def _parts_table(run: Run) -> Table:
    """What each part was given, and what others took meanwhile."""
    headers = ["part", "budget", "measured s", "others took", "disturbed rows", "measured again"]
    lines, notes = [], []
    for name, key in PARTS:
        part = run.environment if key is None else run.environment.get(key)
        if not isinstance(part, Mapping) or "budget" not in part:
            continue
        found = part.get("disturbance")
        disturbance = found if isinstance(found, Mapping) else {}
        share = disturbance.get("others_fraction")
        lines.append(
            [
                name,
                _text(part["budget"]),
                _text(part.get("measured_seconds", "")),
                f"{100 * share:.1f} %" if isinstance(share, (int, float)) else "",
                _text(disturbance.get("disturbed_rows", "")),
                _text(disturbance.get("measured_again", "")),
            ]
        )
        notes += dropped_notes(part)
    return Table(headers, lines, notes, "budgets and disturbance")


def _text(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value)) or "nothing"
    return str(value)
