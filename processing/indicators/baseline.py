"""How well a building's energy can be told from hour and weather, and what it should have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.baseline import ENERGY, LOOKBACK, TEMPERATURE, models
from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.within import known, sums, within
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given


def baseline(given: Given) -> Results:
    """Give the CV(RMSE) of each building's model of the month; beside it actual and expected energy. [%], (s, m)."""
    shape = (len(given.sites), len(given.edges) - 1)
    value, coverage = np.full(shape, np.nan), np.zeros(shape)
    samples, quality = np.zeros(shape, dtype=np.int64), np.full(shape, Quality.MISSING, dtype=np.uint8)
    parts = {part.name: np.full(shape, np.nan) for part in PARTS}
    limits = given.edges.view(np.int64)
    for month in models(given):
        model, hours, cells = month.model, month.hours, month.cells()
        accepted = np.where(model.accepted, 1.0, np.nan)[:, np.newaxis]
        expected = model.expected(hours) * accepted
        begin, end = (np.searchsorted(hours.start, limits[month.windows + after]) for after in (0, 1))
        usual = within(np.where(np.isnan(hours.energy), np.nan, expected), begin, end)
        taken = within(np.where(np.isnan(expected), np.nan, hours.energy), begin, end)
        some = known(usual) > 0
        coverage[:, month.windows] = month.known[:, np.newaxis]
        value[cells] = model.cv_rmse[:, np.newaxis]
        samples[cells] = known(within(hours.energy, begin, end))
        quality[cells] = Quality.GOOD
        parts["nmbe"][cells] = model.nmbe[:, np.newaxis]
        parts["parameters"][cells] = model.parameters[:, np.newaxis]
        parts["expected"][cells] = np.where(some, sums(usual), np.nan)
        parts["actual"][cells] = np.where(some, sums(taken), np.nan)
        parts["hours"][cells] = np.where(some, known(usual), np.nan)
    return Results(value, coverage, samples, quality, parts)


PARTS = (
    Part(name="nmbe", title="Bias of the baseline, NMBE", title_de="Verzerrung der Grundlinie, NMBE", unit="%"),
    Part(
        name="parameters", title="Parameters of the baseline", title_de="Parameter der Grundlinie", unit="{parameter}"
    ),
    Part(name="expected", title="Expected energy", title_de="Erwartete Energie", unit="kWh"),
    Part(name="actual", title="Energy in the same hours", title_de="Energie in denselben Stunden", unit="kWh"),
    Part(name="hours", title="Hours compared", title_de="Verglichene Stunden", unit="h"),
)


def _hours(begin: str, end: str, energy: float) -> tuple[tuple[str, float], ...]:
    return tuple((str(hour), energy) for hour in np.arange(begin, end, dtype="datetime64[h]"))


_DAY = _hours("2026-05-31T22", "2026-06-01T22", 11.0)
_YEAR = _hours("2025-05-31T22", "2026-05-31T22", 10.0)

INDICATOR = Indicator(
    name="baseline",
    title="Baseline, CV(RMSE)",
    title_de="Grundlinie, CV(RMSE)",
    description=(
        "How well the energy of a building follows the hour of the week and the outdoor temperature: the root of the "
        "mean square of what a model of both leaves over, by the mean, over the twelve local months before the month "
        "of the day. The model has a constant for each hour of the week, public holidays as Sundays, and a line of the "
        "temperature that bends at 5, 10, 15, 20 and 25 degrees; without a weather station (weather_station of the "
        "site: its id) only the constants. It is fitted anew for each month. Beside it stand the bias over those "
        "months (NMBE, greater than 0 where more was taken than fitted; of a fit by least squares with constants it is "
        "0 but for rounding, so it is told as the guideline wants it and says nothing of how good the model is: that "
        "the energy deviation does, of days it was not fitted to), the number of parameters, and for the hours of the "
        "day of which both are known what was expected and what was taken. Expected is null where the model is not "
        "accepted: above 30 % CV(RMSE), or with less than three quarters of the hours known; the limit of 10 % NMBE "
        "refuses none. Doubted hours are left out. That residuals of neighbouring hours resemble each other is not "
        "allowed for."
    ),
    unit="%",
    source="CV(RMSE), NMBE and limits for hours: ASHRAE Guideline 14; time of week and temperature: Mathieu 2011",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(ENERGY, TEMPERATURE),
    references={TEMPERATURE: "weather_station"},
    windows=("day",),
    lookback=LOOKBACK,
    parts=PARTS,
    formula=baseline,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={ENERGY: (*_YEAR, *_DAY), TEMPERATURE: ()},
            value=0.0,
            parts={"nmbe": 0.0, "parameters": 168.0, "expected": 240.0, "actual": 264.0, "hours": 24.0},
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={ENERGY: (*_YEAR[-4380:], *_DAY), TEMPERATURE: ()},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
