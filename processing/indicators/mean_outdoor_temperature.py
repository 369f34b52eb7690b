"""How warm it was outside."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction, Results
from processing.windows import cut, time_weighted_mean, worst_flag
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

INPUT = "outdoor_temperature"


def mean_outdoor_temperature(given: Given) -> Results:
    """Average the temperature over the known time of each window. [Cel], shape (s, m)."""
    rows, hold = given.rows[INPUT], given.max_hold(INPUT)
    pieces = cut(rows, given.edges)
    mean, coverage = time_weighted_mean(pieces, hold)
    return Results(mean, coverage, pieces.samples, worst_flag(pieces, pieces.until(hold)))


INDICATOR = Indicator(
    name="mean_outdoor_temperature",
    title="Mean outdoor temperature",
    title_de="Mittlere Außentemperatur",
    description=(
        "Mean of the temperature of the air over the known time of the window, each reading held until the next one, "
        "at most 2 h. Weeks and longer are means of their days, weighted by known time; of a group it is the mean of "
        "its stations."
    ),
    unit="Cel",
    source="Time-weighted mean: indicator rules, Time-weighted mean (TimescaleDB Toolkit, time_weight LOCF)",
    version=1,
    domain="energy",
    kinds=("weather_station",),
    inputs=(INPUT,),
    windows=("hour", "day"),
    lookback=timedelta(hours=2),
    roll_up=Reduction.MEAN,
    grouping=Grouping(Reduction.MEAN),
    formula=mean_outdoor_temperature,
    examples=(
        IndicatorExample(
            kind="weather_station",
            window="hour",
            start="2026-01-10T08:00",
            rows={INPUT: (("2026-01-10T07:30", -3.0), ("2026-01-10T08:15", 1.0))},
            value=0.0,
        ),
        IndicatorExample(
            kind="weather_station",
            window="hour",
            start="2026-01-10T08:00",
            rows={INPUT: (("2026-01-10T06:15", -3.0),)},
            value=float("nan"),
            coverage=0.25,
            quality=Quality.MISSING,
        ),
    ),
)
