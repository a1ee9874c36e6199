"""What the page's adviser tells it from: the measured figures of a run, as data for its script.

The script does the sums of `findings.reach` for the times that a reader fills in; a test compares the two.
"""

import json
import math
from collections.abc import Sequence

from bookstore.findings.reach import Basis, Known
from bookstore.report.numbers import DIGITS

MORE = DIGITS + 2  # digits than are shown, so that sums may be made of them


def facts(bases: Sequence[Basis]) -> str:
    """JSON; empty where there is nothing to tell it from."""
    if not bases:
        return ""
    return json.dumps(
        [
            {
                "workload": basis.workload,
                "work": _short(basis.work),
                "wait": _short(basis.wait),
                "known": [_known(each) for each in basis.known],
            }
            for basis in bases
        ],
        separators=(",", ":"),
        allow_nan=False,
    )


def _known(known: Known) -> dict[str, object]:
    return {
        "backend": known.setting.backend,
        "cores": known.setting.cores,
        "workers": known.setting.workers,
        "cpu": _short(known.cpu_per_task),
        "rate": _short(known.rate),
        "memory": _short(known.memory) if math.isfinite(known.memory) else None,
        "delays": [[_short(at), _short(p99)] for at, p99 in known.delays],
    }


def _short(value: float) -> float:
    return float(f"{value:.{MORE}g}")
