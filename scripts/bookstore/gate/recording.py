"""Real trials of a self-check as JSON lines, kept from one session to the next; one file for what is measured."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bookstore.gate.driver import Trial
from bookstore.gate.replay import Levels, Pool, block
from bookstore.terminal.errors import InputError
from bookstore.terminal.progress import duration

# A trial of a row at a planted slowdown.
Runner = Callable[[str, float], Trial]


class Recording:
    """`targets`: planted slowdown, and how many trials of each row there are to be."""

    def __init__(self, path: Path, targets: Mapping[float, int]) -> None:
        self.path = path
        self.targets = targets
        self._trials: dict[tuple[str, float], list[Trial]] = {}
        whole = 0
        for line in path.read_bytes().splitlines(keepends=True) if path.exists() else []:
            if not line.endswith(b"\n"):
                break
            try:
                item = json.loads(line)
                trial = Trial(**item["trial"])
                self._trials.setdefault((item["row"], item["planted"]), []).append(trial)
            except (ValueError, KeyError, TypeError):
                raise InputError(f"{path}: holds a line that is no trial; remove the file") from None
            whole += len(line)
        if path.exists() and whole < path.stat().st_size:
            os.truncate(path, whole)  # a trial that a kill cut short

    def taken(self, row: str, planted: float) -> list[Trial]:
        return self._trials.setdefault((row, planted), [])

    def complete(self, rows: Sequence[str]) -> bool:
        return all(
            len(self.taken(row, planted)) >= size for row in rows for planted, size in self.targets.items()
        )

    def recorded(self, rows: Sequence[str]) -> dict[float, tuple[int, int]]:
        """Per planted slowdown how many trials every row has, and how many it is to have."""
        return {
            planted: (min(len(self.taken(row, planted)) for row in rows), size)
            for planted, size in self.targets.items()
        }

    def pools(self, rows: Sequence[str]) -> Levels:
        """Per planted slowdown the pool of every row, cut to whole blocks; a level with too few trials is left out."""
        found: Levels = {}
        for planted in self.targets:
            sizes = {row: len(self.taken(row, planted)) // block * block for row in rows}
            if rows and min(sizes.values()) >= 4 * block:
                found[planted] = {row: Pool.of(self.taken(row, planted)[: sizes[row]]) for row in rows}
        return found

    def record(
        self,
        rows: Sequence[str],
        run: Runner,
        until: float,
        order: random.Random,
        tell: Callable[[str], None],
    ) -> None:
        """Takes what is missing, level by level in blocks, so that the trials of a block are neighbours in time.

        Until `time.monotonic` says so much.
        """
        while (planted := self._next_level(rows)) is not None:
            for _ in range(block):
                for row in order.sample(rows, len(rows)):
                    if len(self.taken(row, planted)) >= self.targets[planted]:
                        continue
                    if time.monotonic() >= until:
                        return
                    tell(self._progress(rows, until))
                    self._keep(row, planted, run(row, planted))

    def _next_level(self, rows: Sequence[str]) -> float | None:
        """The level that has come least far; None when all have all trials."""
        shares = {planted: taken / size for planted, (taken, size) in self.recorded(rows).items()}
        least = min(shares, key=lambda planted: shares[planted])
        return least if shares[least] < 1 else None

    def _keep(self, row: str, planted: float, trial: Trial) -> None:
        line = json.dumps({"row": row, "planted": planted, "trial": vars(trial)}) + "\n"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line)
        self.taken(row, planted).append(trial)

    def _progress(self, rows: Sequence[str], until: float) -> str:
        total = len(rows) * sum(self.targets.values())
        taken = sum(len(trials) for (row, _), trials in self._trials.items() if row in rows)
        return f"recording: {taken} of {total} trials, at most {duration(until - time.monotonic())} left"
