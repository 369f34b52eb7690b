"""For how long fire-access zones are blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processing.blocking import LONGEST, PARTS, blockages, blocked
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.limits import LOOKBACK
from processing.sessions import PROPERTY
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Events, Given, Results

AT_ONCE = 0.0
"""Minutes after which a vehicle blocks a zone whose site says nothing."""


def blocked_fire_access(given: Given) -> Results:
    """Add up how long each zone is blocked in each window; now, for how long it has been. [min], shape (s, m)."""
    return blocked(given, AT_ONCE)


def fire_access_blockages(given: Given) -> Events:
    """Tell of each blockage when it began and how long it took to clear. [min]."""
    return blockages(given, AT_ONCE)


INDICATOR = Indicator(
    name="blocked_fire_access",
    title="Blocked fire access",
    title_de="Blockierte Feuerwehrzufahrt",
    description=(
        "Minutes for which a vehicle blocked the zone: it stood there for longer than the site says (max_stay_min), at "
        "once where it says nothing, and at any time unless the site tells hours. What stands there for less than 60 s "
        "is a flap. Now it is for how long the zone has been blocked, 0 where it is free. Beside it stand how many "
        "blockages began, how many ended, and the minutes that these took to be cleared. Every blockage is an event "
        "too, at its beginning, with the minutes until it was cleared, or those it has lasted when the sensor last "
        "spoke; 1440 min means a day or more. Of groups it is the sum."
    ),
    unit="min",
    source="Blocked access, minutes, events, response time to clear: indicator rules, our definition",
    version=2,
    domain="parking",
    kinds=("fire_access_zone",),
    inputs=(PROPERTY,),
    windows=("now", "hour", "day"),
    lookback=LOOKBACK,
    lookahead=LONGEST,
    series=SeriesKind.DELTA,
    parts=PARTS,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=blocked_fire_access,
    happenings=fire_access_blockages,
    examples=(
        # For 3 min one may stand; the second one blocks for 9 min, and the third is there at midnight still.
        IndicatorExample(
            kind="fire_access_zone",
            window="day",
            start="2026-05-31T22:00",
            site={"max_stay_min": 3},
            rows={
                PROPERTY: (
                    ("2026-05-31T20:00", 0.0),
                    ("2026-06-01T06:00", 1.0),
                    ("2026-06-01T06:02", 0.0),
                    ("2026-06-01T10:00", 1.0),
                    ("2026-06-01T10:12", 0.0),
                    ("2026-06-01T21:37", 1.0),
                )
            },
            value=9.0 + 20.0,
            parts={"blockages": 2.0, "cleared": 1.0, "clearing": 9.0},
        ),
        # Blocked from 1:30 to 3:15 by the clock, in the night in which there is no hour from 2 to 3.
        IndicatorExample(
            kind="fire_access_zone",
            window="day",
            start="2026-03-28T23:00",
            rows={PROPERTY: (("2026-03-28T22:00", 0.0), ("2026-03-29T00:30", 1.0), ("2026-03-29T01:15", 0.0))},
            value=45.0,
            parts={"blockages": 1.0, "cleared": 1.0, "clearing": 45.0},
        ),
        IndicatorExample(
            kind="fire_access_zone",
            window="now",
            start="2026-06-01T10:00",
            rows={PROPERTY: (("2026-06-01T06:00", 0.0), ("2026-06-01T09:30", 1.0))},
            value=45.0,
            parts={"blockages": 0.0, "cleared": 0.0},
        ),
        IndicatorExample(
            kind="fire_access_zone",
            window="day",
            start="2026-05-31T22:00",
            rows={PROPERTY: (("2026-05-31T12:00", 1.0),)},
            value=float("nan"),
            coverage=14 / 24,
            quality=Quality.MISSING,
        ),
    ),
)
