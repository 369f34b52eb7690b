"""How long a container overflowed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Events, Grouping, Indicator, IndicatorExample, Reduction, Results
from processing.overflowing import LONGEST, overflows
from processing.windows import MS_PER_HOUR, coverage, cut, held_until, overlap, worst_flag
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

PROPERTY = "filling_level"
LOOKBACK = timedelta(hours=25)
"""A reading holds for 12 h, and one up to 12.5 h before it may confirm it."""


def overflow(given: Given) -> Results:
    """Add up the time in each window in which the container overflowed. [h], shape (s, m)."""
    rows, hold = given.rows[PROPERTY], given.max_hold(PROPERTY)
    pieces, until = cut(rows, given.edges), held_until(rows, hold)
    inside = overflows(rows, hold).rows(len(rows)).astype(np.float64)
    hours = overlap(pieces, until, inside) / MS_PER_HOUR
    return Results(hours, coverage(pieces, hold), pieces.samples, worst_flag(pieces, until))


def overflow_events(given: Given) -> Events:
    """Tell of each overflow when it began and how long it lasted. [h]."""
    rows = given.rows[PROPERTY]
    found = overflows(rows, given.max_hold(PROPERTY))
    count = np.minimum(found.last - found.first + 1, 2)
    return Events(rows.series[found.first], rows.time[found.first], found.hours(rows), found.flags(rows), count)


_MORNING = {
    PROPERTY: (
        ("2026-05-31T22:00", 94.0),
        ("2026-06-01T06:00", 96.0),
        ("2026-06-01T06:30", 97.0),
        ("2026-06-01T08:00", 2.0),
        ("2026-06-01T20:00", 9.0),
    )
}

INDICATOR = Indicator(
    name="overflow",
    title="Overflow",
    title_de="Überfüllung",
    description=(
        "Hours in which the container overflowed: its level was 95 % or more in readings over at least 30 min, each "
        "holding until the next, at most 12 h. One reading alone may be a wrong echo and is none. Every overflow is an "
        "event too, at its first reading, with its length; 72 h means 72 h or more. Readings that failed their tests, "
        "as those of a sensor that is blind at the lid, are no overflow and are missing from the coverage. Of a group "
        "it is the sum, in container hours."
    ),
    unit="h",
    source="Level of 95 % or more for 30 min or more: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PROPERTY,),
    windows=("now", "day"),
    lookback=LOOKBACK,
    lookahead=LONGEST,
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=overflow,
    happenings=overflow_events,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows=_MORNING,
            value=2.0,
        ),
        # One reading alone is none.
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={PROPERTY: (*_MORNING[PROPERTY][:2], ("2026-06-01T07:00", 94.0), ("2026-06-01T18:00", 94.0))},
            value=0.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={PROPERTY: _MORNING[PROPERTY][3:4]},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
