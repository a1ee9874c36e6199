"""The errors that a user can cause, and how they reach the terminal: one line on stderr, never a traceback."""

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from bookstore.terminal.interrupts import behind
from bookstore.terminal.text import visible

EXIT_FINE = 0
EXIT_WRONG = 1  # a regression or a wrong result
EXIT_BAD_INPUT = 2
EXIT_INCONCLUSIVE = 3
EXIT_VOID = 4
EXIT_FAULT = 70  # a fault of ours: EX_SOFTWARE of sysexits.h
EXIT_INTERRUPTED = 130


class InputError(Exception):
    """A user's mistake; the text says in one line what is wrong and what to do."""


class WrongResult(Exception):
    """A measured run gave a wrong result; the text names the row."""


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose complaints fit on one line."""

    def error(self, message: str) -> NoReturn:
        raise SystemExit(
            _say(self.prog, f"{' '.join(message.split())} (see {self.prog} --help)", EXIT_BAD_INPUT)
        )


def guarded(program: str, main: Callable[[], int]) -> int:
    """Runs main and turns the errors above into one line and an exit code.

    A fault of our own keeps its traceback, but not Python's exit code for it: 1 would say that a row regressed.
    """
    _write_any_character()
    try:
        code = main()
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except InputError as error:
        return _say(program, str(error), EXIT_BAD_INPUT)
    except WrongResult as error:
        return _say(program, str(error), EXIT_WRONG)
    except KeyboardInterrupt:
        return _say(program, "interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        _let_go_of_output()
        return EXIT_FINE
    except (OSError, MemoryError) as error:
        _let_go_of_output()
        what = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
        reason = getattr(error, "strerror", None) or str(error) or "out of memory"
        return _say(program, f"stopped: {reason}{what}", EXIT_BAD_INPUT)
    except Exception as error:
        if behind(error, KeyboardInterrupt) is not None:
            return _say(program, "interrupted", EXIT_INTERRUPTED)
        traceback.print_exc()
        return _say(program, "stopped by a fault of its own; the lines above say where", EXIT_FAULT)


def write_output(text: str) -> None:
    """All of the text to standard output. InputError if it cannot be written; a reader that went away is no error.

    Who pipes into `head` has seen enough, and the exit code still says what was found.
    """
    if sys.stdout is None:
        raise InputError("standard output is closed; open it, or name a file")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _let_go_of_output()
    except OSError as error:
        _let_go_of_output()
        raise InputError(
            f"standard output cannot be written ({error.strerror}); make room, or name a file"
        ) from None


def _say(program: str, text: str, code: int) -> int:
    if sys.stderr is not None:
        print(f"{program}: {visible(text)}", file=sys.stderr)
    return code


def _write_any_character() -> None:
    """A name that the terminal's encoding lacks is written out, and stops nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _let_go_of_output() -> None:
    """What is still to be written goes nowhere; else the interpreter complains about it at its end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, AttributeError, ValueError):
        return  # standard output is no file
