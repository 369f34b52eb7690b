"""In how many hours a container will be full if it goes on filling as it has since it was last emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.filling import fit, line_of
from processing.habit import LOOKBACK, habits_of
from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.level import FULL
from processing.windows import coverage, cut, worst_between

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

HORIZON = 720.0
"""Hours: 30 days. What lies beyond is given as this."""
NINE_OF_TEN = 1.2815515655446004
"""The quantile 0.9 of the normal distribution."""
QUANTILES = {"p10": -NINE_OF_TEN, "p50": 0.0, "p90": NINE_OF_TEN}


def time_to_full(given: Given) -> Results:
    """Extend each container's filling line to 90 %; beside it what its habit foretells. [h], 0 .. 720, shape (s, m)."""
    rows = given.rows["filling_level"]
    found = line_of(given)
    known = coverage(cut(rows, given.edges), given.max_hold("filling_level"))
    flags = worst_between(rows, found.first, found.end)
    foretold = _foretold(given, found.level)
    return Results(_until_full(found.rate, found.level), known, found.samples, flags, foretold)


def _foretold(given: Given, level: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Tell by when a level at the windows' ends reaches 90 % with each probability. [h], 0 .. 720, shape (s, m)."""
    habit, when = habits_of(given)
    missing = FULL - level
    foretold = {}
    for name, z in QUANTILES.items():
        amount = habit.amount_at(when.day, np.maximum(missing, 0.0), z)
        hours = habit.hours_until(when.day, when.hour, amount)
        foretold[name] = np.where(missing <= 0, 0.0, np.clip(hours, 0.0, HORIZON))
    return foretold


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


_SAWTOOTH = tuple(
    (str(time), 5.0 + hour % 80)
    for hour, time in enumerate(np.arange("2026-05-01T00", "2026-06-06T06", dtype="datetime64[h]"))
)

INDICATOR = Indicator(
    name="time_to_full",
    title="Time to full",
    title_de="Zeit bis voll",
    description=(
        "Hours from the end of the window until the container reaches 90 %, if it goes on filling as since its last "
        "emptying, at most 14 days back. The rate is the Theil-Sen slope, the level that of the line; both need at "
        "least 3 readings over at least 6 h. A falling level counts as standing still. 720 h means 30 days or more, "
        "beyond the horizon; 0 means full. More than 24 readings are thinned evenly to 24. An emptying is a drop of 30 "
        "percentage points or more to 20 % or less that the median of three readings before and two after agree on. "
        "Beside it stands when that level reaches 90 % with a probability of 10, 50 and 90 % if the container fills as "
        "in the last 28 days: each hour as the same hour of the same weekday did on average, with the scatter that "
        "sums of three days had around that; emptyings and hours of overflow are left out. It needs half of the hours "
        "to be known, and counts hours by the clock on the wall."
    ),
    unit="h",
    source="Theil-Sen slope: Sen 1968, J. Am. Stat. Assoc. 63, 1379; threshold, horizon and emptying: our definition",
    version=3,
    domain="waste",
    kinds=("waste_container",),
    inputs=("filling_level",),
    windows=("now", "hour"),
    lookback=LOOKBACK,
    parts=(
        Part(name="p10", title="Time to full, 10 %", title_de="Zeit bis voll, 10 %", unit="h"),
        Part(name="p50", title="Time to full, 50 %", title_de="Zeit bis voll, 50 %", unit="h"),
        Part(name="p90", title="Time to full, 90 %", title_de="Zeit bis voll, 90 %", unit="h"),
    ),
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
            parts={"p10": float("nan"), "p50": float("nan"), "p90": float("nan")},
        ),
        # For five weeks 1 % an hour, emptied from 84 to 5 % every 80 h; the last reading was 74 %.
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-06T04:00",
            rows={"filling_level": _SAWTOOTH},
            value=16.0,
            parts={"p50": 16.0},
        ),
    ),
)
