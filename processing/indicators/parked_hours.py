"""How long vehicles stood in a car park or on a space, added up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.lots import FREE, INPUTS, SPACE, hours, taken
from processing.quality import doubted
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def parked_hours(given: Given) -> Results:
    """Integrate the vehicles over the known time; not wholly known is doubted. [{space}.h], shape (s, m)."""
    found = taken(given).within(given.edges)
    results = found.results(hours(found.load()))
    return replace(results, quality=doubted(results.quality, results.coverage < 1.0))


_EVERY_HOUR = tuple((f"2026-10-{24 + hour // 24:02}T{hour % 24:02}:00", 4.0) for hour in range(22, 47))

INDICATOR = Indicator(
    name="parked_hours",
    title="Load",
    title_de="Belegung in Stellplatzstunden",
    description=(
        "Hours that vehicles stood in a car park or on a space, added up over all of them: the area below the number "
        "of vehicles. Divided by the arrivals it is the average stay; divided by spaces in service times hours it is "
        "the occupancy. At no instant do fewer than none count, nor more than there are spaces (SUSPECT). What is not "
        "known is missing from the sum, which then is SUSPECT. Of a group it is the sum over its members; a space that "
        "belongs to a car park told as a whole should not be counted beside it."
    ),
    unit="{space}.h",
    source="Load, area under the accumulation curve: parking survey lesson on allrounder.ai; indicator rules, Load",
    version=3,
    domain="parking",
    kinds=("parking_lot", "parking_spot"),
    inputs=(*INPUTS, SPACE),
    windows=("15min", "hour", "day"),
    lookback=timedelta(hours=24),
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM, weight="capacity", otherwise=1.0, by="spaces_in_service"),
    formula=parked_hours,
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
            value=5.5,
        ),
        # Fifty too many are free for half an hour, which gives nothing to the half hour in which half are taken.
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 100},
            rows={FREE: (("2026-06-01T08:00", 150.0), ("2026-06-01T08:30", 50.0))},
            value=25.0,
            quality=Quality.SUSPECT,
        ),
        # Six vehicles on the day of 25 hours.
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-10-24T22:00",
            site={"capacity": 10},
            rows={FREE: _EVERY_HOUR},
            value=150.0,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-10-24T22:00",
            site={"capacity": 10},
            rows={FREE: _EVERY_HOUR[:-3]},
            value=6.0 * 23,
            coverage=23 / 25,
            quality=Quality.SUSPECT,
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
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={FREE: (("2026-06-01T06:30", 5.0),)},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
