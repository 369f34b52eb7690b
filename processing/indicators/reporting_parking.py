"""Which part of the registered parking spaces has delivered anything that can be used."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.delivering import INPUT, SOURCE, WINDOWS, reporting
from processing.indicator import Indicator, IndicatorExample

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def reporting_parking(given: Given) -> Results:
    """Divide the parking spaces that delivered by those registered. [1], 0 .. 1, shape (groups, m)."""
    spaces = np.nan_to_num(given.site("capacity"), nan=1.0)
    alone = np.array([not site.get("parking_lot") for site in given.sites], dtype=bool)
    return reporting(given, np.where(alone, spaces, 0.0))


_DAY = "2026-05-31T22:00"
_THREE_OF_FOUR: dict[str, Any] = {INPUT: (((_DAY, 96.0),), (), ((_DAY, 1.0),), ((_DAY, 12.0),))}
"""Days of four members."""

INDICATOR = Indicator(
    name="reporting_parking",
    title="Share of parking spaces that report",
    title_de="Anteil meldender Stellplätze",
    description=(
        "Registered spaces of car parks, each with its capacity, and single parking spaces that do not belong to a "
        "car park told as a whole that delivered at least one usable observation in the time, divided by all that the "
        "catalogue has, by site, district, operator and in the whole city. A registered one that never spoke counts "
        "as not delivering."
    ),
    unit="1",
    source=SOURCE,
    version=1,
    domain="parking",
    kinds=("parking_lot", "parking_spot"),
    inputs=(INPUT,),
    windows=WINDOWS,
    lookback=timedelta(0),
    min_coverage=0.0,
    of_groups=True,
    formula=reporting_parking,
    examples=(
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start=_DAY,
            members=4,
            site={"capacity": 10},
            rows=_THREE_OF_FOUR,
            value=0.75,
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start=_DAY,
            members=4,
            site={"capacity": 10},
            rows=_THREE_OF_FOUR,
            value=0.75,
        ),
    ),
)
