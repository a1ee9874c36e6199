"""The eight claims' answers in words."""

from collections.abc import Sequence

from bookstore.findings.claims.answer import Answer
from bookstore.report.markdown import code
from bookstore.report.spreads import spread_text


def sentence(answer: Answer) -> str:
    """The sentence with its figures, each with its interval; empty where nothing was measured."""
    return "".join(part if isinstance(part, str) else spread_text(part) for part in answer.said)


def line(answer: Answer) -> str:
    """C1 holds. 2 cores shelve 1.96 [1.93, 1.98] (threads) times what one does."""
    return f"{answer.claim.name} {answer.verdict_text}. {sentence(answer)}".strip()


def answered(answers: Sequence[Answer], pictures: str) -> list[str]:
    """For a page: the claim, its verdict and sentence, and the picture that shows it, which lies in `pictures`."""
    return [
        f"**{answer.claim.name} {answer.verdict_text}.** {answer.claim.says} {sentence(answer)}".rstrip()
        + f" ([picture]({pictures}/{answer.claim.picture}.svg))" * bool(answer.said)
        for answer in answers
    ]


def commands(answers: Sequence[Answer]) -> list[str]:
    """What measures the answers' rows again."""
    return [
        f"{answer.claim.name} again: {code(command)}" for answer in answers for command in answer.commands
    ]
