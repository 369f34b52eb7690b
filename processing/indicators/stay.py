"""How long vehicles stay on a space, on average."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from processing.calendar import ROLLED
from processing.daily import Days, quotient
from processing.indicator import Indicator, IndicatorExample, Part
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

ARRIVALS, HOURS = "arrivals_day", "stays_hours_day"
STAYS, CUT = "stays_day", "stays_cut_day"
CENSORED = Part(
    name="censored",
    title="Share of stays cut by the edge of a day",
    title_de="Anteil vom Tagesrand angeschnittener Parkvorgänge",
    unit="1",
)


def stay(given: Given) -> Results:
    """Divide the hours for which a space was taken by its arrivals. [h], shape (s, m)."""
    days = Days.of(given, ARRIVALS, HOURS, STAYS, CUT)
    total = {name: days.total(column) for name, column in days.column.items()}
    found = days.results(quotient(total[HOURS], total[ARRIVALS]))
    return replace(found, parts={CENSORED.name: quotient(total[CUT], total[STAYS])})


_DAY = "2026-10-24T22:00"
_DAYS = tuple(f"2026-10-{day}T22:00" for day in range(18, 25))

INDICATOR = Indicator(
    name="stay",
    title="Average stay",
    title_de="Mittlere Parkdauer",
    description=(
        "How long vehicles stay on the space, on average: the hours for which it was taken, the load, by the vehicles "
        "that came. Stays that an edge of the window cuts count with what lies within it, at its beginning without "
        "having come and at its end without having left, and over weeks and longer this cancels out. So none is "
        "dropped, which would leave the short ones. Beside it stands which part of all stays an edge of a day or a gap "
        "cuts: the greater it is, the less a single day tells. Of weeks and longer it is made of all hours and all "
        "arrivals, never a mean of means. Null where nobody came."
    ),
    unit="h",
    source="Average stay load / V (codingace.net, parking turnover); over long windows Little's law",
    version=1,
    domain="parking",
    kinds=("loading_zone", "parking_spot"),
    inputs=(ARRIVALS, HOURS, STAYS, CUT),
    windows=("day", *ROLLED),
    lookback=timedelta(0),
    parts=(CENSORED,),
    formula=stay,
    examples=(
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start=_DAY,
            rows={ARRIVALS: ((_DAY, 4.0),), HOURS: ((_DAY, 10.0),), STAYS: ((_DAY, 5.0),), CUT: ((_DAY, 2.0),)},
            value=2.5,
            parts={"censored": 0.4},
        ),
        # Six days with an hour's stay, and one of 25 hours on which one vehicle came after another.
        IndicatorExample(
            kind="loading_zone",
            window="week",
            start=_DAYS[0],
            rows={
                ARRIVALS: (*((day, 1.0) for day in _DAYS[:6]), (_DAY, 100.0)),
                HOURS: (*((day, 1.0) for day in _DAYS[:6]), (_DAY, 25.0)),
                STAYS: (*((day, 1.0) for day in _DAYS[:6]), (_DAY, 102.0)),
                CUT: (*((day, 0.0) for day in _DAYS[:6]), (_DAY, 2.0)),
            },
            value=31 / 106,
            parts={"censored": 2 / 108},
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start=_DAY,
            rows={ARRIVALS: ((_DAY, 0.0),), HOURS: ((_DAY, 25.0),), STAYS: ((_DAY, 1.0),), CUT: ((_DAY, 1.0),)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
