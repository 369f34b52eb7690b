"""Which part of the registered meters has delivered anything that can be used."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.delivering import INPUT, SOURCE, WINDOWS, reporting
from processing.indicator import Indicator, IndicatorExample

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def reporting_meters(given: Given) -> Results:
    """Divide the meters that delivered by those registered. [1], 0 .. 1, shape (groups, m)."""
    return reporting(given, np.ones(len(given.sites)))


_DAY = "2026-05-31T22:00"
_THREE_OF_FOUR: dict[str, Any] = {INPUT: (((_DAY, 96.0),), (), ((_DAY, 1.0),), ((_DAY, 12.0),))}
"""Days of four members."""

INDICATOR = Indicator(
    name="reporting_meters",
    title="Share of meters that report",
    title_de="Anteil meldender Zähler",
    description=(
        "Registered meters of electricity, gas, heat and water that delivered at least one usable observation in the "
        "time, divided by all that the catalogue has, by site, district, operator and in the whole city. A registered "
        "one that never spoke counts as not delivering."
    ),
    unit="1",
    source=SOURCE,
    version=1,
    domain="energy",
    kinds=("energy_meter", "gas_meter", "heat_meter", "water_meter"),
    inputs=(INPUT,),
    windows=WINDOWS,
    lookback=timedelta(0),
    min_coverage=0.0,
    of_groups=True,
    formula=reporting_meters,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start=_DAY,
            members=4,
            rows=_THREE_OF_FOUR,
            value=0.75,
        ),
        IndicatorExample(
            kind="gas_meter",
            window="day",
            start=_DAY,
            members=4,
            rows=_THREE_OF_FOUR,
            value=0.75,
        ),
        IndicatorExample(
            kind="heat_meter",
            window="day",
            start=_DAY,
            members=4,
            rows=_THREE_OF_FOUR,
            value=0.75,
        ),
        IndicatorExample(
            kind="water_meter",
            window="day",
            start=_DAY,
            members=4,
            rows=_THREE_OF_FOUR,
            value=0.75,
        ),
    ),
)
