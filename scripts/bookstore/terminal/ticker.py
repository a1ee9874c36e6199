"""What is going on, on stderr: one updating line on a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from typing import TextIO

quiet_seconds = 10.0


class Ticker:
    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._width = 0
        self._next = 0.0

    def __call__(self, text: str) -> None:
        if self._terminal:
            self._write("\r" + text.ljust(self._width))
            self._width = len(text)
        elif time.monotonic() >= self._next:
            self._write(text + "\n")
            self._next = time.monotonic() + quiet_seconds

    def say(self, text: str) -> None:
        """A line that stays."""
        self.clear()
        self._write(text + "\n")

    def clear(self) -> None:
        if self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
