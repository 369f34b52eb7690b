"""How long vehicles stay on the spaces of a group, on average."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from processing.calendar import ROLLED
from processing.indicator import Indicator, IndicatorExample
from processing.indicators.stay import ARRIVALS, CENSORED, CUT, HOURS, STAYS
from processing.shares import share
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def mean_stay(given: Given) -> Results:
    """Divide the hours for which a group's spaces were taken by their arrivals. [h], shape (groups, m)."""
    censored = share(given, CUT, STAYS).value
    return replace(share(given, HOURS, ARRIVALS), parts={CENSORED.name: censored})


_DAY = "2026-05-31T22:00"
_OF_TWO: dict[str, Any] = {
    ARRIVALS: (((_DAY, 9.0),), ((_DAY, 1.0),)),
    HOURS: (((_DAY, 9.0),), ((_DAY, 11.0),)),
    STAYS: (((_DAY, 9.0),), ((_DAY, 1.0),)),
    CUT: (((_DAY, 0.0),), ((_DAY, 1.0),)),
}
"""Of two spaces: one where vehicles stand for an hour, and one where one stays."""

INDICATOR = Indicator(
    name="mean_stay",
    title="Average stay of a group",
    title_de="Mittlere Parkdauer einer Gruppe",
    description=(
        "How long vehicles stay on the spaces and loading zones of a site, a district, an operator or the city, on "
        "average: all hours for which these were taken by all their arrivals, so that every vehicle counts alike and "
        "no mean of means is made. What becomes of stays that an edge cuts, and which part of all these are, is told "
        "with the average stay of a space. Null where nobody came."
    ),
    unit="h",
    source="Average stay load / V (codingace.net, parking turnover); over long windows Little's law",
    version=1,
    domain="parking",
    kinds=("loading_zone", "parking_spot"),
    inputs=(ARRIVALS, HOURS, STAYS, CUT),
    windows=("day", *ROLLED),
    lookback=timedelta(0),
    parts=(CENSORED,),
    of_groups=True,
    formula=mean_stay,
    examples=(
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start=_DAY,
            members=2,
            rows=_OF_TWO,
            value=2.0,
            parts={"censored": 0.1},
        ),
        IndicatorExample(
            kind="loading_zone",
            window="day",
            start=_DAY,
            rows={ARRIVALS: ((_DAY, 0.0),), HOURS: ((_DAY, 3.0),), STAYS: ((_DAY, 1.0),), CUT: ((_DAY, 1.0),)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
