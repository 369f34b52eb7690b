"""What of a file cannot be taken: counted by its kind, the first of each told with file and line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

FIRST = 5
"""Told of each kind."""


class Objections:
    """Rows and cells of one file that are left out, and what is said of rows that are taken all the same."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.counts: Counter[str] = Counter()
        """What was left out, by its kind."""
        self.remarks: Counter[str] = Counter()
        """What was taken, with a remark."""
        self.first: list[str] = []

    def refuse(self, kind: str, lines: NDArray[np.int64], say: Callable[[int], str]) -> None:
        """Count rows or cells that are left out; ``say`` gives the sentence of the i-th of them."""
        for place in range(min(len(lines), max(0, FIRST - self.counts[kind]))):
            self.first.append(f"{self.file}:{lines[place]}: {say(place)}")
        if len(lines):
            self.counts[kind] += len(lines)

    def remark(self, sentence: str, rows: int) -> None:
        """Count rows that are taken all the same."""
        if rows:
            self.remarks[sentence] += rows
