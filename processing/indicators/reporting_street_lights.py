"""Which part of the registered light points has delivered anything that can be used."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.delivering import INPUT, SOURCE, WINDOWS, reporting
from processing.indicator import Indicator, IndicatorExample

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def reporting_street_lights(given: Given) -> Results:
    """Divide the light points that delivered by those registered. [1], 0 .. 1, shape (groups, m)."""
    return reporting(given, np.nan_to_num(given.site("light_points"), nan=1.0))


_DAY = "2026-05-31T22:00"
_THREE_OF_FOUR: dict[str, Any] = {INPUT: (((_DAY, 96.0),), (), ((_DAY, 1.0),), ((_DAY, 12.0),))}
"""Days of four members."""

INDICATOR = Indicator(
    name="reporting_street_lights",
    title="Share of light points that report",
    title_de="Anteil meldender Lichtpunkte",
    description=(
        "Registered light points of the street light cabinets that delivered at least one usable observation in the "
        "time, divided by all that the catalogue has, by site, district, operator and in the whole city. A registered "
        "one that never spoke counts as not delivering."
    ),
    unit="1",
    source=SOURCE,
    version=1,
    domain="energy",
    kinds=("street_light_cabinet",),
    inputs=(INPUT,),
    windows=WINDOWS,
    lookback=timedelta(0),
    min_coverage=0.0,
    of_groups=True,
    formula=reporting_street_lights,
    examples=(
        IndicatorExample(
            kind="street_light_cabinet",
            window="day",
            start=_DAY,
            members=4,
            site={"light_points": 10},
            rows=_THREE_OF_FOUR,
            value=0.75,
        ),
    ),
)
