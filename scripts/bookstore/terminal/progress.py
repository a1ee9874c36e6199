"""What is going on, on stderr: one updating line on a terminal, else a line now and then."""

import sys
import time
from typing import TextIO

QUIET_SECONDS = 10.0  # between two lines where nobody watches


def duration(seconds: float) -> str:
    """Seconds as people say them: 8 s, 2 min 05 s."""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


class Progress:
    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._width = 0
        self._chapter = ""
        self._next = 0.0

    def show(self, text: str, chapter: str = "") -> None:
        """How far it is. Off a terminal a line a chapter; where there are none, one every ten seconds."""
        if self._terminal:
            self._write("\r" + text.ljust(self._width))
            self._width = len(text)
        elif chapter != self._chapter or (not chapter and time.monotonic() >= self._next):
            self._write(text + "\n")
            self._next = time.monotonic() + QUIET_SECONDS
        self._chapter = chapter

    def say(self, text: str) -> None:
        """A line that stays."""
        self.clear()
        self._write(text + "\n")

    def clear(self) -> None:
        """Leaves the updating line blank, so that what follows starts at its beginning."""
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
