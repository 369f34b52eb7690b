"""How many spaces of a car park will be free in a quarter of an hour, half an hour and an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.forecast import Forecast
from processing.forecasting import by_week

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given


def free(occupancy: NDArray[np.float64], spaces: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn shares into free spaces. [{space}], same shape."""
    return (1.0 - occupancy) * spaces


def in_service(given: Given, told: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the spaces in service of each car park, all it has where it is not told. [{space}], shape (s, g)."""
    capacity = given.site("capacity")[:, np.newaxis]
    return np.where(np.isnan(told), np.where(capacity > 0, capacity, np.nan), told)


FORECAST = Forecast(
    name="free_spaces",
    title="Free spaces, forecast",
    title_de="Freie Plätze, Vorhersage",
    description=(
        "Free spaces of a car park, as a mean over the quarter hour that ends 15, 30 or 60 minutes after the window in "
        "which the forecast is made: the usual course of this weekday and hour over the last four weeks, and today's "
        "deviation from it, which fades as deviations did in those weeks. That is of how full it is: free spaces are "
        "the rest of those that are in service when the forecast is made, and what came is what then was free of those "
        "in service then. Beside it stands the probability of a free space: how often it would have come to one or "
        "more with what such forecasts were off by; its Brier score (0 is never wrong, 0.25 a toss of a coin) is on "
        "the report card."
    ),
    unit="{space}",
    source="Seasonal naive, fading deviation: our definition; scores: Hyndman, Koehler 2006, Int. J. Forecast. 22, 679",
    version=4,
    domain="parking",
    kinds=("parking_lot",),
    target="occupancy",
    window="15min",
    steps=(1, 2, 4),
    ahead=("in_15min", "in_30min", "in_60min"),
    when=(("in 15 min", "in 15 min"), ("in 30 min", "in 30 min"), ("in 60 min", "in 60 min")),
    model=by_week,
    observed=free,
    size="spaces_in_service",
    ceiling=in_service,
    least=1.0,
)
