"""How evenly a meter's load is spread: its mean power by its peak."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import ROLLED
from processing.daily import Days, quotient
from processing.indicator import Indicator, IndicatorExample
from processing.quality import doubted
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

POWER, PEAK = "mean_power_day", "peak_demand_day"


def load_factor(given: Given) -> Results:
    """Divide the mean power over all known time by the greatest quarter hour. [1], 0 .. 1, shape (s, m)."""
    days = Days.of(given, POWER, PEAK)
    mean = quotient(days.total(days.column[POWER] * days.known), days.total(days.known))
    factor = quotient(mean, days.greatest(PEAK))
    found = days.results(np.minimum(factor, 1.0))
    return replace(found, quality=doubted(found.quality, factor > 1.0 + 1e-9))


_DAY = "2026-05-31T22:00"

INDICATOR = Indicator(
    name="load_factor",
    title="Load factor",
    title_de="Benutzungsgrad",
    description=(
        "Energy divided by what would have been taken had the peak lasted all the time: mean power over the known time "
        "of the window, in real hours, by the greatest quarter-hour mean. 1 is a perfectly even load. Of weeks and "
        "longer it is made anew from mean power and peak, never a mean of daily factors. Above 1, which estimates over "
        "gaps can give, it is cut to 1 and SUSPECT."
    ),
    unit="1",
    source="Load factor E / (P_peak * hours), as commonly taught (goenergylink); real hours: our definition",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(POWER, PEAK),
    windows=("day", *ROLLED),
    lookback=timedelta(0),
    formula=load_factor,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start=_DAY,
            rows={POWER: ((_DAY, 50.0),), PEAK: ((_DAY, 100.0),)},
            value=0.5,
        ),
        # Six days at 60 kW and one of 25 hours at 100 kW: (6 * 24 * 60 + 25 * 100) / 169 h, by 200 kW.
        IndicatorExample(
            kind="energy_meter",
            window="week",
            start="2026-10-18T22:00",
            rows={
                POWER: tuple((f"2026-10-{day}T22:00", 60.0 if day < 24 else 100.0) for day in range(18, 25)),
                PEAK: tuple((f"2026-10-{day}T22:00", 200.0 if day == 20 else 150.0) for day in range(18, 25)),
            },
            value=(6 * 24 * 60 + 25 * 100) / 169 / 200,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start=_DAY,
            rows={POWER: ((_DAY, 50.0),), PEAK: ()},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
