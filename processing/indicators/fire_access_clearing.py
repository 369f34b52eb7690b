"""How long it takes until blocked fire access is cleared."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from processing.calendar import ROLLED
from processing.indicator import Indicator, IndicatorExample
from processing.shares import share
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

PART, WHOLE = "blocked_fire_access_clearing_day", "blocked_fire_access_cleared_day"


def fire_access_clearing(given: Given) -> Results:
    """Divide the minutes that a group's blockages took by their number. [min], shape (groups, m)."""
    return share(given, PART, WHOLE)


_DAY = "2026-05-31T22:00"
_OF_TWO: dict[str, Any] = {PART: (((_DAY, 90.0),), ((_DAY, 0.0),)), WHOLE: (((_DAY, 9.0),), ((_DAY, 0.0),))}
"""Rows of two zones, of which one was always free."""

INDICATOR = Indicator(
    name="fire_access_clearing",
    title="Time to clear fire access",
    title_de="Zeit bis zur Räumung von Feuerwehrzufahrten",
    description=(
        "Response time: how long it took on average until a blocked fire-access zone of a site, a district, an "
        "operator or the city was free again, over all blockages that ended in the window: all their minutes by their "
        "number, so that each counts once. A single one is told as an event of the zone. Null where none ended."
    ),
    unit="min",
    source="Blocked access, response time to clear: indicator rules, our definition",
    version=1,
    domain="parking",
    kinds=("fire_access_zone",),
    inputs=(PART, WHOLE),
    windows=("day", *ROLLED),
    lookback=timedelta(0),
    of_groups=True,
    formula=fire_access_clearing,
    examples=(
        IndicatorExample(
            kind="fire_access_zone",
            window="day",
            start=_DAY,
            members=2,
            rows=_OF_TWO,
            value=10.0,
        ),
        IndicatorExample(
            kind="fire_access_zone",
            window="day",
            start=_DAY,
            rows={PART: ((_DAY, 0.0),), WHOLE: ((_DAY, 0.0),)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
