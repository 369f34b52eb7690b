"""How much heating the weather of a day asks for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction, Results
from processing.windows import cut, time_weighted_mean, worst_flag
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

INPUT = "outdoor_temperature"
INSIDE = 20.0
HEATING_BELOW = 15.0


def heating_degree_days(given: Given) -> Results:
    """Give 20 Cel less the mean of each local day where that is below 15 Cel, else 0. [K.d], shape (s, m)."""
    rows, hold = given.rows[INPUT], given.max_hold(INPUT)
    pieces = cut(rows, given.edges)
    mean, coverage = time_weighted_mean(pieces, hold)
    value = np.where(np.isnan(mean), np.nan, np.where(mean < HEATING_BELOW, INSIDE - mean, 0.0))
    heated = np.where(np.isnan(mean), np.nan, (mean < HEATING_BELOW).astype(np.float64))
    flags = worst_flag(pieces, pieces.until(hold))
    return Results(value, coverage, pieces.samples, flags, {"heating_days": heated})


INDICATOR = Indicator(
    name="heating_degree_days",
    title="Heating degree days",
    title_de="Gradtagzahl",
    description=(
        "20 degrees Celsius less the mean outdoor temperature of the local day, on days on which this is below 15 "
        "degrees; 0 on warmer days. Added up over weeks and longer: a day that is not known is missing from the sum "
        "and from the coverage. Beside it stands the number of heating days. Of a group it is the mean of its "
        "stations."
    ),
    unit="K.d",
    source="Degree days G20/15 (VDI 3807 part 1, VDI 2067; texts not at hand): 20 Cel inside, heating below 15 Cel",
    version=1,
    domain="energy",
    kinds=("weather_station",),
    inputs=(INPUT,),
    windows=("day",),
    lookback=timedelta(hours=2),
    min_coverage=0.9,
    series=SeriesKind.DELTA,
    parts=(Part(name="heating_days", title="Heating days", title_de="Heiztage", unit="d"),),
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.MEAN),
    formula=heating_degree_days,
    examples=(
        IndicatorExample(
            kind="weather_station",
            window="day",
            start="2026-01-09T23:00",
            rows={
                INPUT: tuple(
                    (f"2026-01-{9 + (hour + 23) // 24:02}T{(hour + 23) % 24:02}:00", -2.0 + 8.0 * (hour % 2))
                    for hour in range(24)
                )
            },
            value=18.0,
            parts={"heating_days": 1.0},
        ),
        IndicatorExample(
            kind="weather_station",
            window="day",
            start="2026-05-31T22:00",
            rows={
                INPUT: (("2026-05-31T22:00", 15.0), *((f"2026-06-01T{hour:02}:00", 15.0) for hour in range(0, 22, 2)))
            },
            value=0.0,
            parts={"heating_days": 0.0},
        ),
        IndicatorExample(
            kind="weather_station",
            window="day",
            start="2026-05-31T22:00",
            rows={INPUT: tuple((f"2026-06-01T{hour:02}:00", 10.0) for hour in range(0, 10, 2))},
            value=float("nan"),
            coverage=10 / 24,
            quality=Quality.MISSING,
        ),
    ),
)
