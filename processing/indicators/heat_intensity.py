"""How much heat or gas a building takes in a year for each square metre."""

from __future__ import annotations

from functools import partial

import numpy as np

from processing.calendar import local_days
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.rolling import AREA, LOOKBACK, a_year_by
from sensors.quality import Quality

INPUTS = ("heat_energy_day", "gas_energy_day")
_DAYS = local_days(np.datetime64("2025-06-01T22:00"), np.datetime64("2026-06-01T22:00"), "Europe/Berlin")
_YEAR = tuple((str(day), 10.0) for day in _DAYS[:-1])
"""365 days of 10 kWh, up to the first of June."""

INDICATOR = Indicator(
    name="heat_intensity",
    title="Energy intensity, heat",
    title_de="Wärmekennwert",
    description=(
        "Heat, or energy of gas, of the last 365 local days, up to the end of the day it is told for, by the floor "
        "area of the site (floor_area_m2) as it is then: 365 times the mean of the known days, so that leap years and "
        "missing days do not matter; nine tenths of the time must be known. Of a group it is the energy of all members "
        "by the area of all. Not corrected for the weather: see heating energy by degree day."
    ),
    unit="kW.h/m2/a",
    source="Energy intensity kWh/(m2 a), as commonly taught; rolling 365 days: our definition",
    version=1,
    domain="energy",
    kinds=("heat_meter", "gas_meter"),
    inputs=INPUTS,
    windows=("day",),
    lookback=LOOKBACK,
    min_coverage=0.9,
    grouping=Grouping(Reduction.MEAN, weight=AREA),
    formula=partial(a_year_by, AREA, inputs=INPUTS),
    examples=(
        IndicatorExample(
            kind="heat_meter",
            window="day",
            start="2026-05-31T22:00",
            site={AREA: 500},
            rows={INPUTS[0]: _YEAR, INPUTS[1]: ()},
            value=7.3,
        ),
        IndicatorExample(
            kind="gas_meter",
            window="day",
            start="2026-05-31T22:00",
            site={AREA: 500},
            rows={INPUTS[0]: (), INPUTS[1]: _YEAR[:-30]},
            value=7.3,
            coverage=335 / 365,
        ),
        IndicatorExample(
            kind="heat_meter",
            window="day",
            start="2026-05-31T22:00",
            site={AREA: 500},
            rows={INPUTS[0]: _YEAR[:-60], INPUTS[1]: ()},
            value=float("nan"),
            coverage=305 / 365,
            quality=Quality.MISSING,
        ),
        IndicatorExample(
            kind="heat_meter",
            window="day",
            start="2026-05-31T22:00",
            site={},
            rows={INPUTS[0]: _YEAR, INPUTS[1]: ()},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
