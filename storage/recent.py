"""What the last commits of one process touched, in memory: whoever keeps up with them needs no look at the rows."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from sensors.model import TIME
from storage.apart import EVER, parted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sensors.model import Batch
    from storage.apart import Spans

ROWS = 1 << 20
"""Rows remembered, 12 bytes each; those of the last commit however many it has."""


class Recent:
    """Codes and times of the rows of the last commits. For one thread at a time."""

    def __init__(self, version: int, rows: int = ROWS) -> None:
        """Begin after a version."""
        self._most, self._rows = rows, 0
        self._commits: deque[tuple[int, NDArray[np.int32], NDArray[np.int64]]] = deque()
        self._since = version

    def note(self, version: int, coded: Batch) -> None:
        """Remember a commit, and let go of older ones where they are too many."""
        self._commits.append((version, coded.datastream, coded.phenomenon_time.astype(TIME).view(np.int64)))
        self._rows += len(coded)
        while self._rows > self._most and len(self._commits) > 1:
            self._since, gone, _ = self._commits.popleft()
            self._rows -= len(gone)

    def forget(self, version: int) -> None:
        """Begin anew after a version."""
        self._commits.clear()
        self._rows, self._since = 0, version

    def touched(self, after: int, apart: np.timedelta64 = EVER) -> Spans | None:
        """Tell what was touched after a version, see ``parted``; None where it is too long ago to be remembered."""
        if after < self._since:
            return None
        commits = [(code, time) for version, code, time in self._commits if version > after]
        if not commits:
            nothing = np.empty(0, dtype=np.int64)
            return nothing.astype(np.int32), nothing, nothing
        code, time = (np.concatenate(column) for column in zip(*commits, strict=True))
        return parted(code, time, time, apart)
