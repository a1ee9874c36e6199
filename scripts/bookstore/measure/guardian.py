"""Ends the processes of a script that was killed: nobody else could, and they would go on for as long as they please.

A process of its own, in a session of its own, that sleeps until the script has ended, which it learns from a pipe that
only the script holds; it then ends the groups that the script started and had not ended.
"""

import os
import signal
import struct
import time
from contextlib import suppress

NUMBER = struct.Struct("=i")  # a group that begins; negative: one that has ended
POLITE_SECONDS = 2.0  # for compilers, which take back what they have half written

_pipe: int | None = None  # the end that the script holds


def begin() -> None:
    """Whatever is started from now on can be watched. OSError if there can be no guardian."""
    global _pipe
    if _pipe is None:
        _pipe = _start()


def watch_this() -> None:
    """The group that the calling process leads ends with the script, however that ends.

    To be called by what the script has forked, before it becomes another program: the script may be killed before it
    has learnt of it, and the guardian waits for those who have the pipe still open.
    """
    # A pipe without a reader would end this process, where the script's own writes are but refused.
    before = signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    _tell(os.getpid())
    signal.signal(signal.SIGPIPE, before)


def let_go(group: int) -> None:
    """The group has ended; its number may soon be another's."""
    _tell(-group)


def _tell(number: int) -> None:
    with suppress(OSError):  # no guardian, because somebody ended it, is no reason to end as well
        if _pipe is not None:
            os.write(_pipe, NUMBER.pack(number))


def _start() -> int:
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            _guard(reading)
        finally:
            os._exit(0)
    os.close(reading)
    return writing


def _guard(reading: int) -> None:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Nothing of the script's is held open: neither its output, whose reader would wait, nor its locks.
    os.dup2(reading, 0)
    os.closerange(1, os.sysconf("SC_OPEN_MAX"))
    groups: set[int] = set()
    while message := os.read(0, NUMBER.size):
        (number,) = NUMBER.unpack(message)
        if number > 0:
            groups.add(number)
        else:
            groups.discard(-number)
    _end(groups, signal.SIGTERM)
    if groups:
        time.sleep(POLITE_SECONDS)
    _end(groups, signal.SIGKILL)


def _end(groups: set[int], number: signal.Signals) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
