"""When containers overflow, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.level import OVERFLOWING
from processing.windows import MS_PER_HOUR, held_until, milliseconds, worst_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.rows import Rows

SHORTEST = timedelta(minutes=30)
"""Between the first and the last reading of an overflow."""
LONGEST = timedelta(hours=72)
"""A longer overflow is told as this long: so it can be told within three days."""


@dataclass(frozen=True, slots=True)
class Overflows:
    """One entry per overflow, ascending by thing and time; every column has shape (k,)."""

    first: NDArray[np.int64]
    """Index of its first reading."""
    last: NDArray[np.int64]
    """Index of its last reading."""
    until: NDArray[np.int64]
    """When it ended: at the next reading, or when the last one no longer held. [ms]"""

    def rows(self, count: int) -> NDArray[np.bool_]:
        """Tell which of ``count`` rows belong to an overflow. [bool], shape (count,)."""
        steps = np.zeros(count + 1, dtype=np.int64)
        steps[self.first] += 1
        steps[self.last + 1] -= 1
        inside: NDArray[np.bool_] = np.cumsum(steps[:-1]) > 0
        return inside

    def hours(self, rows: Rows) -> NDArray[np.float64]:
        """Give how long each lasted, at most 72. [h], shape (k,)."""
        length = np.minimum(self.until - rows.time[self.first], milliseconds(np.timedelta64(LONGEST)))
        hours: NDArray[np.float64] = length / MS_PER_HOUR
        return hours

    def flags(self, rows: Rows) -> NDArray[np.uint8]:
        """Give the worst flag of each one's first and second reading. [flag], shape (k,)."""
        return worst_between(rows, self.first, self.first + 2)


def overflows(rows: Rows, max_hold: np.timedelta64) -> Overflows:
    """Find runs of readings of 95 % or more over at least 30 min, no two further apart than a reading holds.

    One reading alone is no overflow: it may be a wrong echo. Whether a reading belongs to one depends on readings less
    than ``max_hold`` + 30 min before and after it.
    """
    until, full = held_until(rows, max_hold), rows.value >= OVERFLOWING
    goes_on = full[1:] & full[:-1] & (rows.series[1:] == rows.series[:-1]) & (until[:-1] == rows.time[1:])
    first = np.flatnonzero(full & np.concatenate([np.ones(min(len(rows), 1), dtype=bool), ~goes_on]))
    last = np.flatnonzero(full & np.concatenate([~goes_on, np.ones(min(len(rows), 1), dtype=bool)]))
    some = rows.time[last] - rows.time[first] >= milliseconds(np.timedelta64(SHORTEST))
    return Overflows(first[some], last[some], until[last[some]])
