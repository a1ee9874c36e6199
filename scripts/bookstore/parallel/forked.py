"""Work on many things at a time, each in one of a few forked processes."""

import ctypes
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from bookstore.terminal.errors import InputError

PR_SET_PDEATHSIG = 1  # linux/prctl.h

Item = TypeVar("Item")
Made = TypeVar("Made")

_work: Callable[[int], Any] | None = None  # what a forked process does


def forked_map(work: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Made]:
    """What `work` returns for each item, in their order. Only that is copied: neither the items nor what `work` knows.

    For processes of one thread: a fork would leave others behind. InputError if a process is ended from outside.
    """
    parent = os.getpid()
    pool = ProcessPoolExecutor(
        len(os.sched_getaffinity(0)), get_context("fork"), _begin, (lambda index: work(items[index]), parent)
    )
    try:
        yield from pool.map(_do, range(len(items)))
    except BrokenProcessPool:
        raise InputError(
            "a process that did part of the work was killed, as the system does when memory is short; try again with"
            " more of it"
        ) from None
    finally:
        # Whoever stops early does not wait for what has not begun.
        pool.shutdown(cancel_futures=True)


def _begin(work: Callable[[int], Any], parent: int) -> None:
    # Ctrl-C reaches all of them; it is the parent's to end, and to say so once.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    # Whoever is killed takes nobody along: what is left would hold its output open, and wait for work for ever.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    global _work
    _work = work


def _do(index: int) -> Any:
    assert _work is not None
    return _work(index)
