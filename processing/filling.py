"""The line that a container has filled along since it was last emptied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.level import at, median, since_emptying, spread, theil_sen
from processing.windows import MS_PER_HOUR, milliseconds, positions

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.rows import Rows

PROPERTY = "filling_level"
LOOKBACK = timedelta(days=14)
"""How far back a line reaches at most."""
POINTS = 24
"""Readings that a line is fitted to; of more, that many spread evenly."""
FEWEST = 3
SHORTEST = 6.0
"""Hours between the first and the last reading."""


@dataclass(frozen=True, slots=True)
class Line:
    """How a level rises towards the end of each window; every matrix has shape (s, m)."""

    rate: NDArray[np.float64]
    """0 where the level falls, NaN where too little is known. [%/h]"""
    level: NDArray[np.float64]
    """Of the line at the window's end, NaN where too little is known. [%]"""
    first: NDArray[np.int64]
    """Index of the first reading since the last emptying."""
    end: NDArray[np.int64]
    """Index behind the last reading."""

    @property
    def samples(self) -> NDArray[np.int64]:
        """Count the readings since the last emptying."""
        return self.end - self.first


def line_of(given: Given) -> Line:
    """Fit a line to the readings of each window of a formula, once for all formulas; see ``line``."""
    return given.once(("line", given.edges.tobytes()), lambda: line(given.rows[PROPERTY], given.edges))


def line(rows: Rows, edges: NDArray[np.datetime64]) -> Line:
    """Fit a robust line to the readings between the last emptying, at most 14 days back, and each window's end."""
    limits = edges.view(np.int64)
    end = positions(rows, limits)[:, 1:]
    back = positions(rows, limits - milliseconds(np.timedelta64(LOOKBACK)))[:, 1:]
    first = since_emptying(rows, back, end)
    chosen = spread(first, end, POINTS)
    # Whole milliseconds are exact: what else is computed with a window must not show in its rounding.
    ahead = (at(rows.time.astype(np.float64), chosen) - limits[1:, np.newaxis]) / MS_PER_HOUR
    rate, level = fit(ahead.reshape(-1, POINTS), at(rows.value, chosen).reshape(-1, POINTS))
    return Line(rate.reshape(end.shape), level.reshape(end.shape), first, end)


def fit(hours: NDArray[np.float64], level: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit a robust line to readings: its rate [%/h], 0 where it falls, and its level at hour 0 [%]; each (k,).

    ``hours``, ascending, and ``level`` [%] have shape (k, points), NaN fills up. NaN for fewer than 3 readings or less
    than 6 h; a level that falls (settling, compaction) is taken to stand still.
    """
    enough = np.count_nonzero(~np.isnan(hours), axis=1) >= FEWEST
    span = np.nanmax(hours[enough], axis=1) - np.nanmin(hours[enough], axis=1)
    # To the millisecond, since the difference of two rounded hours falls short of six full ones.
    enough[enough] = np.round(span * MS_PER_HOUR) >= SHORTEST * MS_PER_HOUR
    rate, now = np.full(len(hours), np.nan), np.full(len(hours), np.nan)
    rate[enough] = np.maximum(theil_sen(hours[enough], level[enough]), 0.0)
    now[enough] = median(level[enough] - rate[enough, np.newaxis] * hours[enough])
    return rate, now
