"""Work on many things at a time, each in one of a few forked processes."""

import os
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
    with ProcessPoolExecutor(
        len(os.sched_getaffinity(0)), get_context("fork"), _begin, (lambda index: work(items[index]),)
    ) as pool:
        yield from pool.map(_do, range(len(items)))


def _begin(work: Callable[[int], Any]) -> None:
    global _work
    _work = work


def _do(index: int) -> Any:
    assert _work is not None
    return _work(index)
