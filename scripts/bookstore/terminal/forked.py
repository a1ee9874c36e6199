"""Work on many things at a time, each in one of a few forked processes."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

_work: Callable[[int], Any] | None = None  # what a forked process does


def forked_map(work: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Made]:
    """What `work` returns for each item, in their order. Only that is copied: neither the items nor what `work` knows.

    For processes of one thread: a fork would leave others behind.
    """
    pool = ProcessPoolExecutor(
        len(os.sched_getaffinity(0)), get_context("fork"), _begin, (lambda index: work(items[index]),)
    )
    try:
        yield from pool.map(_do, range(len(items)))
    finally:
        # Whoever stops early does not wait for what has not begun.
        pool.shutdown(cancel_futures=True)


def _begin(work: Callable[[int], Any]) -> None:
    # Ctrl-C reaches all of them; it is the parent's to end, and to say so once.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    global _work
    _work = work


def _do(index: int) -> Any:
    assert _work is not None
    return _work(index)
