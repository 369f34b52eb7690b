"""How much of its power on working days a building draws at weekends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import ROLLED
from processing.daily import Days, quotient
from processing.indicator import Indicator, IndicatorExample
from processing.local import DayType, local
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

INPUT = "mean_power_day"


def weekend_ratio(given: Given) -> Results:
    """Divide the mean power of Saturdays, Sundays and public holidays by that of working days. [1], shape (s, m)."""
    days = Days.of(given, INPUT)
    free = local(days.time, given.zone).day_type(given.land) != DayType.WORKING_DAY
    power = days.column[INPUT]
    means = [
        quotient(days.total(np.where(mine, power * days.known, 0.0)), days.total(np.where(mine, days.known, 0.0)))
        for mine in (free, ~free)
    ]
    return days.results(quotient(*means))


_WEEK = tuple(f"2026-05-{day}T22:00" for day in range(10, 17))
"""Ascension Day is the Thursday of this week: four working days, and three free ones."""

INDICATOR = Indicator(
    name="weekend_ratio",
    title="Weekend to weekdays",
    title_de="Wochenende zu Werktagen",
    description=(
        "Mean power on Saturdays, Sundays and the public holidays of the Land, divided by that on the other days, over "
        "a week or longer. Of mean powers over known time, so that neither the number of days nor their 23 or 25 hours "
        "matter. Null where nothing was drawn on working days, or where the window knows no day of one of both kinds."
    ),
    unit="1",
    source="Indicator rules, Weekend/weekday ratio: mean power ratio, public holidays as Sundays: our definition",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(INPUT,),
    windows=ROLLED,
    lookback=timedelta(0),
    formula=weekend_ratio,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="week",
            start=_WEEK[0],
            rows={INPUT: tuple(zip(_WEEK, (10.0, 10.0, 10.0, 3.0, 10.0, 4.0, 2.0), strict=True))},
            value=0.3,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="week",
            start=_WEEK[0],
            rows={INPUT: tuple((day, 0.0) for day in _WEEK)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
