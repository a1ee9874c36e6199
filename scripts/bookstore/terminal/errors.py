"""The errors that a user can cause, and how they reach the terminal: one line on stderr, never a traceback."""

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

EXIT_FINE = 0
EXIT_WRONG = 1  # a regression or a wrong result
EXIT_BAD_INPUT = 2
EXIT_INCONCLUSIVE = 3
EXIT_VOID = 4


class InputError(Exception):
    """A user's mistake; the text says in one line what is wrong and what to do."""


class WrongResult(Exception):
    """A measured run gave a wrong result; the text names the row."""


class OneLineParser(argparse.ArgumentParser):
    """An argument parser whose complaints fit on one line."""

    def error(self, message: str) -> NoReturn:
        first_line = " ".join(message.split())
        print(f"{self.prog}: {first_line} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(EXIT_BAD_INPUT)


def guarded(program: str, main: Callable[[], int]) -> int:
    """Runs main and turns the errors above into one line and an exit code."""
    try:
        return main()
    except InputError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT
    except WrongResult as error:
        print(f"{program}: {error}", file=sys.stderr)
        return EXIT_WRONG
    except BrokenPipeError:
        # The reader of our output went away (a pager that was closed); there is nobody left to tell.
        sys.stderr.close()
        return EXIT_FINE
