"""When containers were emptied, how full they were then, and how much of that falls into each window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Events, Results
from processing.level import BEFORE, emptyings, level_before
from processing.windows import coverage, cut, milliseconds, worst_between, worst_flag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.rows import Rows

PROPERTY = "filling_level"
CONFIRMED = timedelta(hours=24)
"""Within this the reading must follow that confirms an emptying."""
OLDEST = timedelta(days=4)
"""The three readings before an emptying are not older than this."""
MERGED = timedelta(hours=2)
"""An emptying this soon after another one belongs to it: a swapped container, a second reach."""
LOOKBACK = OLDEST + MERGED
READINGS = BEFORE + 2
"""That tell of an emptying."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """One entry per emptying, ascending by thing and time; every column has shape (k,)."""

    thing: NDArray[np.int64]
    time: NDArray[np.int64]
    """Of the first reading that found it empty. [ms]"""
    since: NDArray[np.int64]
    """Of the last reading before: the container was emptied between the two. [ms]"""
    level: NDArray[np.float64]
    """Median of the three readings before. [%]"""
    quality: NDArray[np.uint8]

    def events(self, value: NDArray[np.float64]) -> Events:
        """Give something of each emptying, shape (k,), as events."""
        return Events(self.thing, self.time, value, self.quality, np.full(len(self.thing), READINGS))


def emptied(rows: Rows) -> Emptied:
    """Find the emptyings in readings of filling levels.

    Whether one happened at an instant depends on readings up to 98 h before it and 24 h after it.
    """
    index = np.flatnonzero(emptyings(rows))
    index = index[rows.time[index + 1] - rows.time[index] <= milliseconds(np.timedelta64(CONFIRMED))]
    index = index[rows.time[index] - rows.time[index - BEFORE] <= milliseconds(np.timedelta64(OLDEST))]
    thing, time = rows.series[index], rows.time[index]
    soon = np.diff(time, prepend=time[:1]) <= milliseconds(np.timedelta64(MERGED))
    first = ~soon | (np.diff(thing, prepend=-1) != 0)
    index = index[first]
    flags = worst_between(rows, index - BEFORE, index + 2)
    return Emptied(rows.series[index], rows.time[index], rows.time[index - 1], level_before(rows, index), flags)


def totals(given: Given, found: Emptied, amount: NDArray[np.float64]) -> Results:
    """Add up an amount, shape (k,), over the emptyings in each window: 0 where there was none. Shape (s, m)."""
    rows, hold = given.rows[PROPERTY], given.max_hold(PROPERTY)
    pieces = cut(rows, given.edges)
    value = summed(found, amount, pieces.edges, rows.count)
    return Results(value, coverage(pieces, hold), pieces.samples, worst_flag(pieces, pieces.until(hold)))


def summed(found: Emptied, amount: NDArray[np.float64], edges: NDArray[np.int64], things: int) -> NDArray[np.float64]:
    """Add up an amount, shape (k,), between edges [ms], shape (m + 1,); shape (s, m)."""
    columns = len(edges) + 1
    cell = found.thing * columns + np.searchsorted(edges, found.time, side="right")
    sums = np.bincount(cell, weights=amount, minlength=things * columns).astype(np.float64)
    return sums.reshape(things, columns)[:, 1:-1]
