"""How full a container will be a day later if nobody empties it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.forecast import Forecast
from processing.forecasting import by_rise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given


def full(_given: Given, told: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the level of a full container. [%], shape (s, g)."""
    return np.full(told.shape, 100.0)


FORECAST = Forecast(
    name="filling_level_forecast",
    title="Filling level, forecast",
    title_de="Füllstand, Vorhersage",
    description=(
        "Filling level of a container 24 hours after the window, if nobody empties it: the level now, and what it "
        "usually rose by from this weekday and hour on over the last four weeks, spans with an emptying left out. An "
        "emptying that comes in between makes this forecast and the naive ones wrong alike."
    ),
    unit="%",
    source="Mean rise by weekday and hour: our definition; scores: Hyndman, Koehler 2006, Int. J. Forecast. 22, 679",
    version=3,
    domain="waste",
    kinds=("waste_container",),
    target="filling_level_smoothed",
    window="hour",
    steps=(24,),
    ahead=("in_24h",),
    when=(("in 24 h", "in 24 h"),),
    model=by_rise,
    ceiling=full,
)
