"""The commands: options in, exit codes out. One module a front script."""

import sys
from types import TracebackType

_usual = sys.excepthook


def _interrupted(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ctrl-C while a command still loads what it needs is no fault, and gets no traceback."""
    if issubclass(kind, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
    else:
        _usual(kind, error, trace)


sys.excepthook = _interrupted
