"""The essay's eight claims, each answered from a run."""

from bookstore.data.results import Run
from bookstore.findings.claims import (
    c1_parallel,
    c2_unequal,
    c3_coordination,
    c4_idle_clerk,
    c5_training,
    c6_one_clerk,
    c7_waiting,
    c8_whole_list,
)
from bookstore.findings.claims.answer import Answer

CLAIMS = (
    c1_parallel,
    c2_unequal,
    c3_coordination,
    c4_idle_clerk,
    c5_training,
    c6_one_clerk,
    c7_waiting,
    c8_whole_list,
)


def answers(run: Run) -> list[Answer]:
    """All eight, in the essay's order; what the run has no rows for is not measured, and why is said."""
    return [claim.answer(run) for claim in CLAIMS]
