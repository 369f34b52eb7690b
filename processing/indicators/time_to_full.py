"""In how many hours a container will be full if it goes on filling as it has since it was last emptied."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Indicator, IndicatorExample, Results
from processing.level import at, median, since_emptying, spread, theil_sen
from processing.windows import MS_PER_HOUR, coverage, cut, milliseconds, positions, worst_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

FULL = 90.0
"""Per cent."""
HORIZON = 720.0
"""Hours: 30 days. What lies beyond is given as this."""
LOOKBACK = timedelta(days=14)
POINTS = 24
"""Readings that a line is fitted to; of more, that many spread evenly."""
FEWEST = 3
SHORTEST = 6.0
"""Hours between the first and the last reading."""


def time_to_full(given: Given) -> Results:
    """Extend each container's filling line to 90 %. [h], 0 .. 720, shape (s, m)."""
    rows, hold = given.rows["filling_level"], given.max_hold("filling_level")
    pieces = cut(rows, given.edges)
    end = pieces.begin[:, 2:-1]
    back = positions(rows, given.edges.view(np.int64) - milliseconds(np.timedelta64(LOOKBACK)))[:, 1:]
    first = since_emptying(rows, back, end)
    chosen = spread(first, end, POINTS)
    # Whole milliseconds are exact: what else is computed with a window must not show in its rounding.
    ahead = (at(rows.time.astype(np.float64), chosen) - pieces.end[:, np.newaxis]) / MS_PER_HOUR
    value = hours_until_full(ahead.reshape(-1, POINTS), at(rows.value, chosen).reshape(-1, POINTS))
    return Results(value.reshape(pieces.shape), coverage(pieces, hold), end - first, worst_between(rows, first, end))


def hours_until_full(hours: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit a robust line to readings and tell when it reaches 90 %. [h after hour 0], 0 .. 720, shape (k,).

    ``hours`` before now, negative and ascending, and ``level`` [%] have shape (k, points), NaN fills up. NaN for fewer
    than 3 readings or less than 6 h; a level that falls (settling, compaction) is taken to stand still.
    """
    enough = np.count_nonzero(~np.isnan(hours), axis=1) >= FEWEST
    value = np.full(len(hours), np.nan)
    span = np.nanmax(hours[enough], axis=1) - np.nanmin(hours[enough], axis=1)
    # To the millisecond, since the difference of two rounded hours falls short of six full ones.
    enough[enough] = np.round(span * MS_PER_HOUR) >= SHORTEST * MS_PER_HOUR
    rate = np.maximum(theil_sen(hours[enough], level[enough]), 0.0)
    now = median(level[enough] - rate[:, np.newaxis] * hours[enough])
    missing = np.maximum(FULL - now, 0.0)
    left = np.divide(missing, rate, out=np.where(missing > 0, HORIZON, 0.0), where=rate > 0)
    value[enough] = np.minimum(left, HORIZON)
    return value


INDICATOR = Indicator(
    name="time_to_full",
    title="Time to full",
    title_de="Zeit bis voll",
    description=(
        "Hours from the end of the window until the container reaches 90 %, if it goes on filling as since its last "
        "emptying, at most 14 days back. The rate is the Theil-Sen slope, the level that of the line; both need at "
        "least 3 readings over at least 6 h. A falling level counts as standing still. 720 h means 30 days or more, "
        "beyond the horizon; 0 means full. More than 24 readings are thinned evenly to 24. An emptying is a drop of 30 "
        "percentage points or more to 20 % or less that two readings before and two after agree on."
    ),
    unit="h",
    source="Theil-Sen slope: Sen 1968, J. Am. Stat. Assoc. 63, 1379; threshold, horizon and emptying: our definition",
    version=2,
    domain="waste",
    kinds=("waste_container",),
    inputs=("filling_level",),
    windows=("hour",),
    lookback=LOOKBACK,
    formula=time_to_full,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T12:00",
            rows={
                "filling_level": (
                    ("2026-06-01T00:00", 20.0),
                    ("2026-06-01T03:00", 28.0),
                    ("2026-06-01T06:00", 34.0),
                    ("2026-06-01T09:00", 43.0),
                    ("2026-06-01T12:00", 50.0),
                )
            },
            value=15.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T12:00",
            rows={
                "filling_level": (
                    ("2026-06-01T00:00", 20.0),
                    ("2026-06-01T06:00", 19.0),
                    ("2026-06-01T12:00", 19.0),
                )
            },
            value=720.0,
        ),
    ),
)
