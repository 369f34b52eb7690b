"""How full a container is, without the echoes that a sensor gets from the folds of a bag."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction, Results
from processing.level import last_values, median
from processing.windows import coverage, cut, last, milliseconds, positions, worst_between

if TYPE_CHECKING:
    from processing.indicator import Given

READINGS = 5
LOOKBACK = timedelta(hours=24)


def filling_level_smoothed(given: Given) -> Results:
    """Give the median of the last five readings at each window's end, while the last still holds. [%], shape (s, m)."""
    rows, hold = given.rows["filling_level"], given.max_hold("filling_level")
    pieces = cut(rows, given.edges)
    first = positions(rows, given.edges.view(np.int64) - milliseconds(np.timedelta64(LOOKBACK)))[:, 1:]
    end = pieces.begin[:, 2:-1]
    level = np.where(np.isnan(last(pieces, hold)), np.nan, median(last_values(rows, first, end, READINGS)))
    samples = np.clip(end - first, 0, READINGS)
    return Results(level, coverage(pieces, hold), samples, worst_between(rows, end - samples, end))


_MORNING = (
    ("2026-06-01T04:10", 40.0),
    ("2026-06-01T05:10", 41.0),
    ("2026-06-01T06:10", 97.0),
    ("2026-06-01T07:10", 43.0),
    ("2026-06-01T08:10", 44.0),
)

INDICATOR = Indicator(
    name="filling_level_smoothed",
    title="Filling level, smoothed",
    title_de="Füllstand, geglättet",
    description=(
        "Filling level at the end of the window: the median of the last five readings of 24 h, so that one or "
        "two wrong echoes do not show. Known while the last reading is at most 12 h old. Right after an emptying it "
        "follows with the third reading. Of a container site, as a whole or by fraction, it is the level of its "
        "fullest container that is known, and so it is of other groups."
    ),
    unit="%",
    source="Rolling median of 3 to 5 against ultrasonic echoes on bag folds: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=("filling_level",),
    windows=("now", "hour"),
    lookback=LOOKBACK,
    # The value is that of an instant: a container that has spoken only since half past is known at the full hour.
    min_coverage=0.0,
    grouping=Grouping(Reduction.MAXIMUM),
    formula=filling_level_smoothed,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T08:00",
            rows={"filling_level": _MORNING},
            value=43.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T07:00",
            rows={"filling_level": _MORNING[3:4]},
            value=43.0,
            coverage=5 / 6,
        ),
    ),
)
