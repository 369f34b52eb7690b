"""In which part of the time a car park was busy: 85 % of its spaces or more were taken."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.lots import BUSY, FREE, INPUTS, taken
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def busy_share(given: Given) -> Results:
    """Divide the time with 85 % or more taken by the known time. [1], 0 .. 1, shape (s, m)."""
    found = taken(given).within(given.edges)
    return found.results(found.share_of_time(BUSY))


INDICATOR = Indicator(
    name="busy_share",
    title="Share of time busy",
    title_de="Zeitanteil stark belegt",
    description=(
        "Part of the known time of an hour or a local day in which 85 % of the spaces in service or more were taken. "
        "Days make weeks, months and years by their known time, so that a month's value is the part of all its known "
        "time. Of a group it is the part of the time of its spaces that belonged to a car park as full as that: "
        "members count by their spaces in service. Displays should use hysteresis instead of the bare threshold."
    ),
    unit="1",
    source="Indicator rules, Share of time >= 85 % / full: 85 %; 85 % as target occupancy: smartparkingworld.org",
    version=1,
    domain="parking",
    kinds=("parking_lot",),
    inputs=INPUTS,
    windows=("hour", "day"),
    lookback=timedelta(hours=24),
    roll_up=Reduction.MEAN,
    grouping=Grouping(Reduction.MEAN, weight="capacity", by="spaces_in_service"),
    formula=busy_share,
    examples=(
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 100},
            rows={
                FREE: (
                    ("2026-06-01T08:00", 50.0),
                    ("2026-06-01T08:30", 15.0),
                    ("2026-06-01T08:45", 16.0),
                )
            },
            value=0.25,
        ),
        # Full all of the day of 23 hours but for its last one.
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-03-28T23:00",
            site={"capacity": 100},
            rows={
                FREE: (
                    *((f"2026-03-28T{hour}:00", 0.0) for hour in (22, 23)),
                    *((f"2026-03-29T{hour:02}:00", 0.0 if hour < 21 else 60.0) for hour in range(22)),
                )
            },
            value=22 / 23,
        ),
        # More free than there are spaces.
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 100},
            rows={FREE: (("2026-06-01T08:00", 101.0),)},
            value=0.0,
            quality=Quality.SUSPECT,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 100},
            rows={FREE: (("2026-06-01T08:30", 0.0),)},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
