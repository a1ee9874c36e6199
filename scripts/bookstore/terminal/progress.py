"""How far a run has come: one updating line on a terminal, else one line per repetition."""

import sys
from typing import TextIO


def duration(seconds: float) -> str:
    """Seconds as people say them: 8 s, 2 min 05 s."""
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


class Progress:
    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._width = 0
        self._last = ""

    def step(self, done: int, total: int, repetition: str, seconds_left: float) -> None:
        """Says how many processes are done and how long the rest will take."""
        text = f"measuring: {repetition}, process {done + 1} of {total}, about {duration(seconds_left)} left"
        if self._terminal:
            self._write("\r" + text.ljust(self._width))
            self._width = len(text)
        elif repetition != self._last:
            self._write(text + "\n")
        self._last = repetition

    def say(self, text: str) -> None:
        """A line of its own."""
        self.clear()
        self._write(text + "\n")

    def clear(self) -> None:
        """Leaves the updating line blank, so that what follows starts at its beginning."""
        if self._terminal and self._width:
            self._write("\r" + " " * self._width + "\r")
            self._width = 0

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
