"""How many vehicles a group's spaces serve, each of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from processing.calendar import ROLLED
from processing.indicator import Indicator, IndicatorExample
from processing.shares import by_member
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

ARRIVALS = "arrivals_day"


def turnover(given: Given) -> Results:
    """Divide a group's arrivals by its spaces. [{vehicle}/{space}], shape (groups, m)."""
    return by_member(given, ARRIVALS)


_DAY = "2026-10-24T22:00"
_DAYS = tuple(f"2026-10-{day}T22:00" for day in range(18, 25))

INDICATOR = Indicator(
    name="turnover",
    title="Turnover",
    title_de="Umschlag",
    description=(
        "Vehicles that came to a space in the window, on average over the spaces and loading zones of a site, a "
        "district, an operator or the city: the sum of their arrivals by the number of spaces, V / S. Vehicles that "
        "stood there when the window began are not included. A space counts by the part of the window in which it is "
        "known. Windows of different length have different turnovers: divide by their days to compare them. Of one "
        "space it is its arrivals."
    ),
    unit="{vehicle}/{space}",
    source="Parking turnover V/S (codingace.net, parking turnover); spaces by known time: our definition",
    version=1,
    domain="parking",
    kinds=("loading_zone", "parking_spot"),
    inputs=(ARRIVALS,),
    windows=("day", *ROLLED),
    lookback=timedelta(0),
    of_groups=True,
    formula=turnover,
    examples=(
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start=_DAY,
            members=4,
            rows={ARRIVALS: (((_DAY, 9.0),), ((_DAY, 0.0),), ((_DAY, 4.0),), ((_DAY, 5.0),))},
            value=4.5,
        ),
        # Of 168 + 169 hours the second space tells only the six days of 24 hours: of both, 1 + 144 / 169 spaces.
        IndicatorExample(
            kind="loading_zone",
            window="week",
            start=_DAYS[0],
            members=2,
            rows={ARRIVALS: (tuple((day, 2.0) for day in _DAYS), tuple((day, 3.0) for day in _DAYS[:6]))},
            value=(14 + 18) / (1 + 144 / 169),
            coverage=(169 + 144) / (2 * 169),
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start=_DAY,
            members=2,
            rows={ARRIVALS: (((_DAY, 9.0),), ())},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
