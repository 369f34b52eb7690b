"""How many vehicles came to a car park while it was busy: who may have had to search."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from processing.arriving import ARRIVING, arriving
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.lots import FREE
from processing.metering import ARRIVED, NEIGHBOURS
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def searching_arrivals(given: Given) -> Results:
    """Add up the arrivals while the car park is busy. [{vehicle}], shape (s, m)."""
    found = arriving(given)
    return found.gathered(given, found.busy)


INDICATOR = Indicator(
    name="searching_arrivals",
    title="Arrivals at a busy car park",
    title_de="Einfahrten bei starker Belegung",
    description=(
        "Vehicles that drove in while 85 % of the spaces in service or more were taken, by the car park's counter: "
        "those who may have had to search for a space. A proxy, for nobody sees them search, and who turned away is "
        "not counted. What was counted between two readings came evenly in the time between them; gaps of more than 2 "
        "h are not known. Of a group it is the sum over its members."
    ),
    unit="{vehicle}",
    source="Park-search proxy, arrivals when occ / S >= 0.85: indicator rules, Parking",
    version=2,
    domain="parking",
    kinds=("parking_lot",),
    inputs=ARRIVING,
    windows=("day",),
    lookback=timedelta(hours=24),
    lookahead=ARRIVED.reach,
    neighbours=NEIGHBOURS,
    patience=timedelta(hours=2),
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=searching_arrivals,
    examples=(
        # 20 vehicles an hour on the day of 23 hours; 90 of 100 spaces are taken from 9 to 11 h UTC.
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-03-28T23:00",
            site={"capacity": 100},
            rows={
                ARRIVED.input: tuple(
                    (f"2026-03-{28 + hour // 24}T{hour % 24:02}:00", 20.0 * hour) for hour in range(23, 47)
                ),
                FREE: tuple(
                    (f"2026-03-{28 + hour // 24}T{hour % 24:02}:00", 10.0 if 33 <= hour < 35 else 70.0)
                    for hour in range(23, 47)
                ),
            },
            value=40.0,
        ),
        # Nobody knows how full it is for more than 2 h.
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-03-28T23:00",
            site={"capacity": 100},
            rows={
                ARRIVED.input: tuple(
                    (f"2026-03-{28 + hour // 24}T{hour % 24:02}:00", 20.0 * hour) for hour in range(23, 47)
                ),
                FREE: (("2026-03-28T23:00", 10.0),),
            },
            value=float("nan"),
            coverage=2 / 23,
            quality=Quality.MISSING,
        ),
    ),
)
