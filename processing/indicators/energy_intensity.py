"""How much electricity a building takes in a year for each square metre."""

from __future__ import annotations

from functools import partial

import numpy as np

from processing.calendar import local_days
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.rolling import AREA, LOOKBACK, a_year_by
from sensors.quality import Quality

INPUTS = ("energy_day",)
_DAYS = local_days(np.datetime64("2025-06-01T22:00"), np.datetime64("2026-06-01T22:00"), "Europe/Berlin")
_YEAR = tuple((str(day), 10.0) for day in _DAYS[:-1])
"""365 days of 10 kWh, up to the first of June."""

INDICATOR = Indicator(
    name="energy_intensity",
    title="Energy intensity, electricity",
    title_de="Stromkennwert",
    description=(
        "Electricity of the last 365 local days, up to the end of the day it is told for, by the floor area of the "
        "site (floor_area_m2) as it is then: 365 times the mean of the known days, so that leap years and missing days "
        "do not matter; nine tenths of the time must be known. Of a group it is the energy of all members by the area "
        "of all."
    ),
    unit="kW.h/m2/a",
    source="Energy intensity kWh/(m2 a), as commonly taught; rolling 365 days: our definition",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=INPUTS,
    windows=("day",),
    lookback=LOOKBACK,
    min_coverage=0.9,
    grouping=Grouping(Reduction.MEAN, weight=AREA),
    formula=partial(a_year_by, AREA, inputs=INPUTS),
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            site={AREA: 500},
            rows={INPUTS[0]: _YEAR},
            value=7.3,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            site={AREA: 500},
            rows={INPUTS[0]: _YEAR[:-60]},
            value=float("nan"),
            coverage=305 / 365,
            quality=Quality.MISSING,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            site={},
            rows={INPUTS[0]: _YEAR},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
