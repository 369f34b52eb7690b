"""How much of its power by day a building draws in the night."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from processing.calendar import ROLLED
from processing.daily import Days, quotient
from processing.indicator import Indicator, IndicatorExample
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

NIGHT, HOURS = "night_energy_day", "night_energy_hours_day"
REST, REST_HOURS = "night_energy_rest_day", "night_energy_rest_hours_day"


def night_day_ratio(given: Given) -> Results:
    """Divide the mean power of the nights by that of the days. [1], shape (s, m)."""
    days = Days.of(given, NIGHT, HOURS, REST, REST_HOURS)
    total = {name: days.total(column) for name, column in days.column.items()}
    night, day = quotient(total[NIGHT], total[HOURS]), quotient(total[REST], total[REST_HOURS])
    return days.results(quotient(night, day))


_DAY = "2026-10-24T22:00"

INDICATOR = Indicator(
    name="night_day_ratio",
    title="Night to day",
    title_de="Nacht zu Tag",
    description=(
        "Mean power between 22 and 6 by the local clock, divided by that of the rest of the time: what goes on when "
        "nobody is there. Of mean powers, not of energies, so that longer nights and days with 23 or 25 hours do not "
        "matter; of weeks and longer it is made of all nights and all days, never a mean of daily ratios. Null where "
        "nothing was drawn by day."
    ),
    unit="1",
    source="Indicator rules, Night/day ratio: mean power ratio, night 22 to 6 local: our definition",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(NIGHT, HOURS, REST, REST_HOURS),
    windows=("day", *ROLLED),
    lookback=timedelta(0),
    formula=night_day_ratio,
    examples=(
        # 9 hours at 4 kW and 16 hours at 8 kW, though the energies are 36 and 128 kWh.
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start=_DAY,
            rows={
                NIGHT: ((_DAY, 36.0),),
                HOURS: ((_DAY, 9.0),),
                REST: ((_DAY, 128.0),),
                REST_HOURS: ((_DAY, 16.0),),
            },
            value=0.5,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start=_DAY,
            rows={NIGHT: ((_DAY, 36.0),), HOURS: ((_DAY, 9.0),), REST: ((_DAY, 0.0),), REST_HOURS: ((_DAY, 16.0),)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
