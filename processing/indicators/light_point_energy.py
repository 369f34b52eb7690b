"""How much energy a light point of a cabinet takes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction, Results
from processing.reduction import laid_out
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

INPUT, POINTS = "energy_day", "light_points"


def light_point_energy(given: Given) -> Results:
    """Divide the energy of each day by the number of light points. [kWh], shape (s, m)."""
    laid, points = laid_out(given.rows[INPUT], given.edges), given.site(POINTS)[:, np.newaxis]
    said = points > 0
    value = laid.value / np.where(said, points, np.nan)
    return Results(value, np.where(said, laid.coverage, 0.0), np.where(said, laid.samples, 0), laid.quality)


_DAY = "2026-05-31T22:00"

INDICATOR = Indicator(
    name="light_point_energy",
    title="Energy by light point",
    title_de="Energie je Lichtpunkt",
    description=(
        "Energy that the cabinet counted in the local day, divided by the number of light points that it feeds "
        "(light_points of the site), to compare streets with each other and before with after. Of a group it is the "
        "energy of all cabinets by the light points of all; null where the site does not say their number."
    ),
    unit="kWh",
    source="Energy by light point: indicator rules, Street lighting",
    version=1,
    domain="energy",
    kinds=("street_light_cabinet",),
    inputs=(INPUT,),
    windows=("day",),
    lookback=timedelta(0),
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.MEAN, weight=POINTS),
    formula=light_point_energy,
    examples=(
        IndicatorExample(
            kind="street_light_cabinet",
            window="day",
            start=_DAY,
            site={POINTS: 84},
            rows={INPUT: ((_DAY, 21.0),)},
            value=0.25,
        ),
        IndicatorExample(
            kind="street_light_cabinet",
            window="day",
            start=_DAY,
            rows={INPUT: ((_DAY, 21.0),)},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
