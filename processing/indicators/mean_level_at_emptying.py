"""How full a group's containers are on average when they are emptied."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from processing.calendar import ROLLED
from processing.indicator import Indicator, IndicatorExample
from processing.shares import share
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

PART, WHOLE = "level_at_emptying_day", "emptyings_day"


def mean_level_at_emptying(given: Given) -> Results:
    """Average the level before over all emptyings of a group. [%], shape (groups, m)."""
    return share(given, PART, WHOLE, times_whole=True)


_DAYS = tuple(f"2026-06-{day:02}T22:00" for day in range(7, 14))
_OF_TWO: dict[str, Any] = {
    PART: (((_DAYS[0], 80.0),), ((_DAYS[0], 50.0), (_DAYS[6], 50.0))),
    WHOLE: (
        tuple(zip(_DAYS, (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), strict=True)),
        tuple(zip(_DAYS, (2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0), strict=True)),
    ),
}
"""Rows of two containers."""

INDICATOR = Indicator(
    name="mean_level_at_emptying",
    title="Mean level at emptying",
    title_de="Mittlerer Füllstand bei Leerung",
    description=(
        "Collection efficiency: how full the containers of a site, a district, an operator or the city were on average "
        "when they were emptied, over all emptyings of a week or longer, each counting once; null without any."
    ),
    unit="%",
    source="Collection efficiency, mean level at emptying: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PART, WHOLE),
    windows=ROLLED,
    lookback=timedelta(0),
    of_groups=True,
    formula=mean_level_at_emptying,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="week",
            start="2026-06-07T22:00",
            members=2,
            rows=_OF_TWO,
            value=57.5,
        ),
        IndicatorExample(
            kind="waste_container",
            window="week",
            start="2026-06-07T22:00",
            rows={PART: (), WHOLE: tuple((day, 0.0) for day in _DAYS)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
