"""Signals that ask a script to end: one exception, once, which other people's code cannot hide."""

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

E = TypeVar("E", bound=BaseException)
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
AGAIN_SECONDS = 0.001  # after which an interruption that was thrown away is raised anew


class Interrupted(KeyboardInterrupt):
    """The user or the system asked the script to end, with the signal of this number."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number
        self.exit_code = 128 + number


def listen() -> None:
    """From now on the first of the signals raises Interrupted in the main thread, and all later ones are ignored.

    What ends the processes and says how to go on must not be stopped halfway.
    """
    _set(_interrupt)
    sys.unraisablehook = _unraisable


def ignore() -> None:
    """From now on the signals do nothing."""
    _set(signal.SIG_IGN)


def behind(error: BaseException | None, kind: type[E]) -> E | None:
    """The interruption that an error is, or that other people's code made this error of.

    Python itself does so: what is raised while a class names its members comes out as a RuntimeError.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, kind):
            return error
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def _interrupt(number: int, frame: FrameType | None) -> None:
    ignore()
    raise Interrupted(number)


def _unraisable(thrown_away: "sys.UnraisableHookArgs") -> None:
    """What is raised in a destructor or a callback goes nowhere; an interruption is raised again a moment later."""
    error = thrown_away.exc_value
    if not isinstance(error, Interrupted):
        sys.__unraisablehook__(thrown_away)
        return
    number = error.number

    def again(_number: int, _frame: FrameType | None) -> None:
        raise Interrupted(number)

    signal.signal(signal.SIGALRM, again)
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)


def _set(handler: Callable[[int, FrameType | None], Any] | signal.Handlers) -> None:
    for number in STOPPING:
        signal.signal(number, handler)
