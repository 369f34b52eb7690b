"""Which part of a group's emptyings came too late."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from processing.calendar import ROLLED
from processing.indicator import Indicator, IndicatorExample
from processing.shares import share
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

PART, WHOLE = "late_emptyings_day", "emptyings_day"


def late_share(given: Given) -> Results:
    """Divide a group's late emptyings by all its emptyings. [1], 0 .. 1, shape (groups, m)."""
    return share(given, PART, WHOLE)


_DAYS = tuple(f"2026-06-{day:02}T22:00" for day in range(7, 14))
_OF_TWO: dict[str, Any] = {
    PART: (
        tuple(zip(_DAYS, (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0), strict=True)),
        tuple(zip(_DAYS, (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), strict=True)),
    ),
    WHOLE: (
        tuple(zip(_DAYS, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 2.0), strict=True)),
        tuple(zip(_DAYS, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), strict=True)),
    ),
}
"""Rows of two containers."""

INDICATOR = Indicator(
    name="late_share",
    title="Share of late emptyings",
    title_de="Anteil verspäteter Leerungen",
    description=(
        "Collection efficiency: the late emptyings of a site, a district, an operator or the city, those of containers "
        "that had overflowed, divided by all its emptyings over a week or longer. It is the quotient of sums, not a "
        "mean of quotients; null without any emptying."
    ),
    unit="1",
    source="Collection efficiency, share of emptyings after an overflow: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PART, WHOLE),
    windows=ROLLED,
    lookback=timedelta(0),
    of_groups=True,
    formula=late_share,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="week",
            start="2026-06-07T22:00",
            members=2,
            rows=_OF_TWO,
            value=0.2,
        ),
        IndicatorExample(
            kind="waste_container",
            window="week",
            start="2026-06-07T22:00",
            rows={PART: tuple((day, 0.0) for day in _DAYS), WHOLE: tuple((day, 0.0) for day in _DAYS)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
