"""How much heat a building takes for each degree that it is colder outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import ROLLED
from processing.daily import Days, quotient
from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.quality import doubted
from processing.rolling import AREA
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

HEAT, GAS, DEGREES = "heat_energy_day", "gas_energy_day", "heating_degree_days_day"
FEW = 3
"""Heating days of a window below which a value is doubted. Our definition."""


def heat_per_degree_day(given: Given) -> Results:
    """Divide the heat of the heating days by their degree days. [kWh/(K d)], shape (s, m)."""
    days = Days.of(given, (HEAT, GAS), DEGREES)
    cold, degrees = days.column[DEGREES] > 0, days.total(days.column[DEGREES])
    value = quotient(days.total(np.where(cold, days.column[HEAT], 0.0)), degrees)
    found, area = days.results(value), given.site(AREA)[:, np.newaxis]
    few = ~np.isnan(value) & (days.total(cold.astype(np.float64)) < FEW)
    parts = {"by_area": value / np.where(area > 0, area, np.nan), "degree_days": degrees}
    return replace(found, quality=doubted(found.quality, few), parts=parts)


_WEEK = tuple(f"2026-01-{day:02}T23:00" for day in range(4, 11))
_HEAT = tuple(zip(_WEEK, (180.0, 200.0, 160.0, 30.0, 180.0, 180.0, 180.0), strict=True))
_DEGREES = tuple(zip(_WEEK, (18.0, 20.0, 16.0, 0.0, 18.0, 18.0, 18.0), strict=True))

INDICATOR = Indicator(
    name="heat_per_degree_day",
    title="Heat by degree day",
    title_de="Wärme je Gradtag",
    description=(
        "Heat, or energy of gas, of the heating days of a week or longer, divided by their degree days as the weather "
        "station tells them that the site names (weather_station: its id): what the building takes for each degree "
        "that it is colder outside, whatever the winter is like. Days without heating are left out of both, so that "
        "warm water in summer does not count. SUSPECT with fewer than three heating days, null without any. Beside it "
        "stand the same by floor area, and the degree days."
    ),
    unit="kW.h/K/d",
    source="Heating energy by degree days, 20/15 rule as commonly taught; heating days only: our definition",
    version=1,
    domain="energy",
    kinds=("heat_meter", "gas_meter"),
    inputs=(HEAT, GAS, DEGREES),
    references={DEGREES: "weather_station"},
    windows=ROLLED,
    lookback=timedelta(0),
    parts=(
        Part(
            name="by_area",
            title="Heat by degree day and area",
            title_de="Wärme je Gradtag und Fläche",
            unit="kW.h/K/d/m2",
        ),
        Part(name="degree_days", title="Degree days counted", title_de="Gezählte Gradtage", unit="K.d"),
    ),
    formula=heat_per_degree_day,
    examples=(
        IndicatorExample(
            kind="heat_meter",
            window="week",
            start=_WEEK[0],
            site={AREA: 100},
            rows={HEAT: _HEAT, GAS: (), DEGREES: _DEGREES},
            value=10.0,
            parts={"by_area": 0.1, "degree_days": 108.0},
        ),
        # Two heating days only.
        IndicatorExample(
            kind="gas_meter",
            window="week",
            start=_WEEK[0],
            rows={HEAT: (), GAS: _HEAT, DEGREES: tuple((day, 10.0 if day < _WEEK[2] else 0.0) for day in _WEEK)},
            value=19.0,
            quality=Quality.SUSPECT,
            parts={"by_area": float("nan"), "degree_days": 20.0},
        ),
        IndicatorExample(
            kind="heat_meter",
            window="week",
            start=_WEEK[0],
            rows={HEAT: _HEAT, GAS: (), DEGREES: tuple((day, 0.0) for day in _WEEK)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
