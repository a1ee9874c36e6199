"""The commands: options in, exit codes out. One module a front script."""

import os
import sys
from types import TracebackType

from bookstore.terminal.interrupts import behind

EXIT_LOADING = 70  # as `terminal.errors` has it for faults of ours, which may be what cannot be loaded
EXIT_INTERRUPTED = 130


def _while_loading(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends a command that still loads what it needs gets one line, and not Python's exit code: 1 is a verdict."""
    program = next((name.rpartition(".")[2] for name in sys.orig_argv if name.startswith(__name__)), "run")
    interrupted = behind(error, KeyboardInterrupt) is not None
    if sys.stderr is not None:
        what = "interrupted" if interrupted else f"cannot start ({kind.__name__}: {error}); run scripts/setup"
        print(f"scripts/{program}: {' '.join(what.split())}", file=sys.stderr, flush=True)
    os._exit(EXIT_INTERRUPTED if interrupted else EXIT_LOADING)


sys.excepthook = _while_loading
