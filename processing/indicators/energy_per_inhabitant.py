"""How much electricity a building takes in a year for each of its inhabitants."""

from __future__ import annotations

from functools import partial

import numpy as np

from processing.calendar import local_days
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.rolling import LOOKBACK, PEOPLE, a_year_by
from sensors.quality import Quality

INPUTS = ("energy_day",)
_DAYS = local_days(np.datetime64("2025-06-01T22:00"), np.datetime64("2026-06-01T22:00"), "Europe/Berlin")
_YEAR = tuple((str(day), 10.0) for day in _DAYS[:-1])
"""365 days of 10 kWh, up to the first of June."""

INDICATOR = Indicator(
    name="energy_per_inhabitant",
    title="Electricity by inhabitant",
    title_de="Strom je Einwohner",
    description=(
        "Electricity of the last 365 local days, up to the end of the day it is told for, by the number of people who "
        "live behind the meter (inhabitants of the site) as it is then: 365 times the mean of the known days; nine "
        "tenths of the time must be known. Of a group it is the energy of all members that say how many they are by "
        "all their inhabitants: not of the whole city, unless all of its meters do."
    ),
    unit="kW.h/{inhabitant}/a",
    source="kWh by inhabitant, as commonly taught; rolling 365 days: our definition",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=INPUTS,
    windows=("day",),
    lookback=LOOKBACK,
    min_coverage=0.9,
    grouping=Grouping(Reduction.MEAN, weight=PEOPLE),
    formula=partial(a_year_by, PEOPLE, inputs=INPUTS),
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            site={PEOPLE: 20},
            rows={INPUTS[0]: _YEAR},
            value=182.5,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            site={PEOPLE: 20},
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
