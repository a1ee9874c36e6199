"""What options take: values of a kind, or a complaint that says what one looks like."""

import argparse
import os
import re

from bookstore.data.names import TIMER, WAITS

NUMBER = r"(\d+(?:\.\d+)?)"
SECONDS_OF = (3600.0, 60.0, 1.0)

MOST_VIRTUAL_CORES = 16_384  # as the binaries take them


def seconds(text: str) -> float:
    """Of 90, 90s, 5m or 1h30m."""
    found = re.fullmatch(f"(?:{NUMBER}h)?(?:{NUMBER}m)?(?:{NUMBER}s?)?", text)
    total = sum(float(part or 0) * each for part, each in zip(found.groups(), SECONDS_OF)) if found else 0.0
    if not 0.0 < total < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no time; give one such as 90s or 5m")
    return total


def count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no count; give a whole number from 1 on")
    return int(text)


def fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no fraction; give one such as 0.05")
    return value


def names(text: str) -> list[str]:
    found = text.split(",")
    if not all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in found):
        raise argparse.ArgumentTypeError(f"'{text}' is no list such as a,b")
    return list(dict.fromkeys(found))


def kinds_of_waits(text: str) -> list[str]:
    """In their order; timers are always among them, which all others are compared with."""
    found = text.split(",")
    unknown = next((name for name in found if name not in WAITS), None)
    if unknown is not None:
        raise argparse.ArgumentTypeError(f"{unknown!r} is no kind of wait; there are {', '.join(WAITS)}")
    return [name for name in WAITS if name == TIMER or name in found]


def numbers_of_cores(text: str) -> list[int]:
    """Ascending, of whatever machine."""
    found = text.split(",")
    if not all(re.fullmatch(r"[0-9]{1,6}", count) and int(count) > 0 for count in found):
        raise argparse.ArgumentTypeError(f"'{text}' is no list of core counts such as 1,2")
    return sorted({int(count) for count in found})


def virtual_core_counts(text: str) -> list[int]:
    """Cores that need not be there."""
    counts = numbers_of_cores(text)
    if counts[-1] > MOST_VIRTUAL_CORES:
        raise argparse.ArgumentTypeError(
            f"{counts[-1]} cores asked for; virtual time has up to {MOST_VIRTUAL_CORES}"
        )
    return counts


def core_counts(text: str) -> list[int]:
    counts = numbers_of_cores(text)
    available = len(os.sched_getaffinity(0))
    if counts[-1] > available:
        raise argparse.ArgumentTypeError(f"{counts[-1]} cores asked for, {available} may be used here")
    return counts
