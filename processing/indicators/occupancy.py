"""How full a car park or a parking space is, on average over the known time of a window."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.lots import CLOSED, COUNTED, FREE, INPUTS, OUT_OF_SERVICE, SPACE, taken
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def occupancy(given: Given) -> Results:
    """Divide the vehicles by the spaces in service over the known time. [1], 0 .. 1, shape (s, m)."""
    found = taken(given).within(given.edges)
    return found.results(found.occupancy())


INDICATOR = Indicator(
    name="occupancy",
    title="Occupancy",
    title_de="Auslastung",
    description=(
        "Share of the parking spaces in service that was occupied, as a mean weighted by time: every observation "
        "counts for as long as it held, at most 2 h for a car park and 24 h for a single space, and the last one "
        "before the window speaks for its beginning. Vehicles are those that a car park tells, else capacity - out of "
        "service - free; in service is the capacity less what is out of service. A share outside 0..1 is clipped at "
        "every instant, not only on average, and SUSPECT; while a car park is closed nothing is known. Of a site, a "
        "district, an operator or the city it is the sum of vehicles by the sum of spaces in service, never a mean of "
        "shares; a space that belongs to a registered car park counts within it."
    ),
    unit="1",
    source="Time-weighted average: TimescaleDB Toolkit time_weight('LOCF'); hold, clipping, coverage: our definition",
    version=4,
    domain="parking",
    kinds=("parking_lot", "parking_spot"),
    inputs=(*INPUTS, SPACE),
    windows=("15min", "hour", "day"),
    lookback=timedelta(hours=24),
    roll_up=Reduction.MEAN,
    grouping=Grouping(Reduction.MEAN, weight="capacity", otherwise=1.0, by="spaces_in_service"),
    formula=occupancy,
    examples=(
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={
                FREE: (
                    ("2026-06-01T08:00", 6.0),
                    ("2026-06-01T08:30", 2.0),
                    ("2026-06-01T08:45", 4.0),
                )
            },
            value=0.55,
        ),
        IndicatorExample(
            kind="parking_spot",
            window="hour",
            start="2026-06-01T08:00",
            rows={SPACE: (("2026-06-01T07:10", 1.0), ("2026-06-01T08:15", 0.0))},
            value=0.25,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="15min",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={FREE: (("2026-06-01T08:00", 11.0),)},
            value=0.0,
            quality=Quality.SUSPECT,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={FREE: (("2026-06-01T06:30", 5.0),)},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
        # Two of ten spaces are out of service: 4 of 8 are taken, and 3 of 8 when one of those that were free is, too.
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={
                FREE: (("2026-06-01T08:00", 4.0), ("2026-06-01T08:30", 5.0)),
                OUT_OF_SERVICE: (("2026-06-01T06:00", 2.0),),
            },
            value=0.4375,
        ),
        # More vehicles than spaces.
        IndicatorExample(
            kind="parking_lot",
            window="15min",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={COUNTED: (("2026-06-01T08:00", 12.0),), FREE: (("2026-06-01T08:00", 0.0),)},
            value=1.0,
            quality=Quality.SUSPECT,
        ),
        # Fifty too many are free for half an hour, which gives nothing to the half hour in which half are taken.
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 100},
            rows={FREE: (("2026-06-01T08:00", 150.0), ("2026-06-01T08:30", 50.0))},
            value=0.25,
            quality=Quality.SUSPECT,
        ),
        # Closed from half past: null, not 0.
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T20:00",
            site={"capacity": 10},
            rows={
                FREE: (("2026-06-01T20:00", 4.0), ("2026-06-01T20:45", 10.0)),
                CLOSED: (("2026-06-01T20:30", 1.0),),
            },
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
