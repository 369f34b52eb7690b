"""How much energy a meter will count on the next day."""

from __future__ import annotations

from functools import partial

from processing.forecast import Forecast
from processing.forecasting import by_week

FORECAST = Forecast(
    name="energy_forecast",
    title="Energy, forecast",
    title_de="Energie, Vorhersage",
    description=(
        "Energy that a meter will count on the local day after the window: the usual amount of that weekday over the "
        "last four weeks, and today's deviation from its own, which fades as deviations did in those weeks. Public "
        "holidays are not known to it."
    ),
    unit="kWh",
    source="Seasonal naive, fading deviation: our definition; scores: Hyndman, Koehler 2006, Int. J. Forecast. 22, 679",
    version=3,
    domain="energy",
    kinds=("energy_meter",),
    target="energy",
    window="day",
    steps=(1,),
    ahead=("tomorrow",),
    when=(("tomorrow", "morgen"),),
    model=partial(by_week, around=(-2, -1, 0, 1, 2)),
)
