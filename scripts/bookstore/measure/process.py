"""Other programs as processes of ours: run to their end within limits, and ended with all that they started.

Every process leads a group of its own. Ctrl-C then reaches only the script, which ends the group in order; so does
whatever else stops the script while it waits, a signal that it turns into an exception included; where it is killed,
its guardian does.
"""

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bookstore.measure import guardian
from bookstore.terminal.interrupts import STOPPING

MOST_OUTPUT = 1 << 24  # bytes kept of either stream; no program that we run has so much to say
CHUNK = 1 << 16
POLITE_SECONDS = 2.0  # between the request to end and the end


class TooLong(Exception):
    """A process was ended because its time was up."""


class TooMuch(Exception):
    """A process was ended because it printed without end."""


@dataclass(frozen=True)
class Ended:
    """A process that has ended: its status as `subprocess` gives it, negative for a signal, and what it printed."""

    status: int
    output: str = ""
    errors: str = ""

    @property
    def how(self) -> str:
        """ended with 3, or was ended by SIGSEGV"""
        return how_ended(self.status)

    @property
    def last_words(self) -> str:
        """The last line of its errors."""
        return last_line(self.errors)


def how_ended(status: int) -> str:
    """ended with 3, or was ended by SIGSEGV"""
    return f"was ended by {signal_name(-status)}" if status < 0 else f"ended with {status}"


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def last_line(text: str) -> str:
    """The last line with anything in it, blanks folded."""
    lines = [line for line in text.splitlines() if line.strip()]
    return " ".join(lines[-1].split()) if lines else "it said nothing"


def start(command: Sequence[str | Path], **options: Any) -> "subprocess.Popen[bytes]":
    """Starts a process in a group of its own, with `options` of Popen. OSError if it cannot be run.

    A signal that comes while it starts waits until it is known, and can be ended.
    """
    waiting: list[int] = []
    handlers = {number: signal.getsignal(number) for number in STOPPING}
    ours = {number: handler for number, handler in handlers.items() if callable(handler)}
    if threading.current_thread() is not threading.main_thread():
        ours = {}  # signals come to the main thread alone
    for number in ours:
        signal.signal(number, lambda came, _: waiting.append(came))
    process = None
    try:
        guardian.begin()
        process = subprocess.Popen(
            [str(part) for part in command], start_new_session=True, preexec_fn=guardian.watch_this, **options
        )
    finally:
        for number, handler in ours.items():
            signal.signal(number, handler)
        try:
            for number in waiting:
                ours[number](number, None)
        except BaseException:
            if process is not None:
                end(process)
            raise
    return process


def end(process: "subprocess.Popen[bytes]", polite_seconds: float = 0.0) -> None:
    """Ends a process and whatever it started, after it had so long to do so by itself."""
    if polite_seconds > 0 and process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(polite_seconds)
        except subprocess.TimeoutExpired:
            pass
    _signal_group(process, signal.SIGKILL)
    process.wait()
    guardian.let_go(process.pid)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def _signal_group(process: "subprocess.Popen[bytes]", number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def run(
    command: Sequence[str | Path],
    *,
    seconds: float | None = None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    log: Path | None = None,
    passed_through: bool = False,
    muted: bool = False,
    kept_bytes: int | None = None,
) -> Ended:
    """Runs one process to its end; it has no input.

    What it prints is returned, or appended to a `log`, or passed through to our own streams; its output is thrown away
    if `muted`. Raises TooLong after so many seconds, TooMuch past MOST_OUTPUT, and OSError if it cannot be run; then, as
    whenever waiting is interrupted, nothing is left of it. With `kept_bytes` there is no TooMuch: what is more is thrown
    away, and the beginning of the output and the end of the errors are returned.
    """
    options: dict[str, Any] = {"stdin": subprocess.DEVNULL, "env": environment, "cwd": folder}
    deadline = None if seconds is None else time.monotonic() + seconds
    if passed_through:
        process = start(command, **options)
    elif log is not None:
        with log.open("ab") as file:
            process = start(command, stdout=file, stderr=subprocess.STDOUT, **options)
    else:
        sink = subprocess.DEVNULL if muted else subprocess.PIPE
        process = start(command, stdout=sink, stderr=subprocess.PIPE, **options)
    output, errors = Kept(kept_bytes), Kept(kept_bytes, of_the_end=True)
    pairs = ((process.stdout, output), (process.stderr, errors))
    try:
        _read(process, deadline, {stream: kept for stream, kept in pairs if stream is not None})
    except BaseException:
        end(process, POLITE_SECONDS)
        raise
    end(process)
    return Ended(process.returncode, output.text, errors.text)


class Kept:
    """What is kept of a stream: all of it, up to MOST_OUTPUT, or so many bytes of its beginning or of its end."""

    def __init__(self, limit: int | None = None, *, of_the_end: bool = False) -> None:
        self._bytes = bytearray()
        self._of_the_end = of_the_end
        self._limit = limit

    def add(self, chunk: bytes) -> None:
        if self._limit is None:
            self._bytes += chunk
            if len(self._bytes) > MOST_OUTPUT:
                raise TooMuch
        elif self._of_the_end:
            self._bytes += chunk
            if len(self._bytes) > 2 * self._limit:
                del self._bytes[: -self._limit]
        elif len(self._bytes) < self._limit:
            self._bytes += chunk[: self._limit - len(self._bytes)]

    @property
    def text(self) -> str:
        kept = self._bytes[-self._limit :] if self._limit and self._of_the_end else self._bytes
        return kept.decode("utf-8", "replace")


def _read(process: "subprocess.Popen[bytes]", deadline: float | None, kept: Mapping[IO[bytes], Kept]) -> None:
    """Takes what the process prints until it has ended; blocks in between, as a poll would disturb what is measured.

    Its end is the end, though something that it started may hold its streams open.
    """
    descriptor = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            for stream, text in kept.items():
                os.set_blocking(stream.fileno(), False)
                selector.register(stream, selectors.EVENT_READ, text)
            while True:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    raise TooLong
                ready = [key for key, _ in selector.select(left)]
                for key in ready:
                    if key.data is not None and not _take(key.fileobj, key.data):  # type: ignore[arg-type]
                        selector.unregister(key.fileobj)
                if any(key.fileobj == descriptor for key in ready):
                    break
            _signal_group(process, signal.SIGKILL)  # what it left behind could print for ever
            for stream, text in kept.items():
                while _take(stream, text):
                    pass
    finally:
        os.close(descriptor)


def _take(stream: IO[bytes], kept: Kept) -> bool:
    """Adds what is there to be read; False if there is nothing, now or for ever."""
    try:
        chunk = os.read(stream.fileno(), CHUNK)
    except BlockingIOError:
        return False
    kept.add(chunk)
    return bool(chunk)
