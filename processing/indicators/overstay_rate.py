"""Which part of a group's stays last longer than is allowed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from processing.calendar import ROLLED
from processing.indicator import Indicator, IndicatorExample
from processing.shares import share
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

PART, WHOLE = "overstay_overstays_day", "overstay_stays_day"


def overstay_rate(given: Given) -> Results:
    """Divide a group's overstayed stays by all that came under a limit. [1], 0 .. 1, shape (groups, m)."""
    return share(given, PART, WHOLE)


_DAYS = tuple(f"2026-06-{day:02}T22:00" for day in range(7, 14))
_OF_TWO: dict[str, Any] = {
    PART: (tuple((day, 1.0) for day in _DAYS), tuple((day, 0.0) for day in _DAYS)),
    WHOLE: (tuple((day, 1.0) for day in _DAYS), tuple((day, 9.0) for day in _DAYS)),
}
"""Rows of two spaces."""

INDICATOR = Indicator(
    name="overstay_rate",
    title="Overstay rate",
    title_de="Anteil der Parkzeitüberschreitungen",
    description=(
        "Which part of the stays on the spaces of a site, a district, an operator or the city lasted longer than "
        "allowed: overstayed stays by all that came under a limit, the quotient of sums over the window, not a mean of "
        "quotients. A stay counts as overstayed on the day on which it became so, and among all on the day on which "
        "its limit began to count. Spaces without a limit are left out. What an overstay is is told with the overstay; "
        "null where no stay came under a limit. Its coverage is the part of all the spaces' "
        "time that is known and may be overstayed."
    ),
    unit="1",
    source="Overstay rate: sessions > max stay + grace / all sessions: indicator rules",
    version=1,
    domain="parking",
    kinds=("parking_spot",),
    inputs=(PART, WHOLE),
    windows=("day", *ROLLED),
    lookback=timedelta(0),
    min_coverage=0.0,
    of_groups=True,
    formula=overstay_rate,
    examples=(
        IndicatorExample(
            kind="parking_spot",
            window="week",
            start=_DAYS[0],
            members=2,
            rows=_OF_TWO,
            value=0.1,
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start=_DAYS[0],
            rows={PART: ((_DAYS[0], 0.0),), WHOLE: ((_DAYS[0], 0.0),)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
