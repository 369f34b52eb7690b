"""In how many hours a container will be full if it goes on filling as it has since it was last emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.filling import LOOKBACK, fit, line
from processing.indicator import Indicator, IndicatorExample, Results
from processing.windows import coverage, cut, worst_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

FULL = 90.0
"""Per cent."""
HORIZON = 720.0
"""Hours: 30 days. What lies beyond is given as this."""


def time_to_full(given: Given) -> Results:
    """Extend each container's filling line to 90 %. [h], 0 .. 720, shape (s, m)."""
    rows = given.rows["filling_level"]
    found = line(rows, given.edges)
    known = coverage(cut(rows, given.edges), given.max_hold("filling_level"))
    flags = worst_between(rows, found.first, found.end)
    return Results(_until_full(found.rate, found.level), known, found.samples, flags)


def hours_until_full(hours: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fit a robust line to readings and tell when it reaches 90 %. [h after hour 0], 0 .. 720, shape (k,).

    ``hours`` before now, negative and ascending, and ``level`` [%] have shape (k, points), as for ``fit``.
    """
    return _until_full(*fit(hours, level))


def _until_full(rate: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    missing = np.maximum(FULL - level, 0.0)
    beyond = np.where(np.isnan(rate), np.nan, np.where(missing > 0, HORIZON, 0.0))
    left = np.divide(missing, rate, out=beyond, where=rate > 0)
    return np.minimum(left, HORIZON)


INDICATOR = Indicator(
    name="time_to_full",
    title="Time to full",
    title_de="Zeit bis voll",
    description=(
        "Hours from the end of the window until the container reaches 90 %, if it goes on filling as since its last "
        "emptying, at most 14 days back. The rate is the Theil-Sen slope, the level that of the line; both need at "
        "least 3 readings over at least 6 h. A falling level counts as standing still. 720 h means 30 days or more, "
        "beyond the horizon; 0 means full. More than 24 readings are thinned evenly to 24. An emptying is a drop of 30 "
        "percentage points or more to 20 % or less that the median of three readings before and two after agree on."
    ),
    unit="h",
    source="Theil-Sen slope: Sen 1968, J. Am. Stat. Assoc. 63, 1379; threshold, horizon and emptying: our definition",
    version=3,
    domain="waste",
    kinds=("waste_container",),
    inputs=("filling_level",),
    windows=("now", "hour"),
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
