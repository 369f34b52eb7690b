"""For how long loading zones are taken by vehicles that no longer load."""

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

LOADING = 15.0
"""Minutes for which a vehicle may stand in a zone whose site says nothing. Our definition."""


def blocked_loading_zone(given: Given) -> Results:
    """Add up how long each zone is blocked in each window; now, for how long it has been. [min], shape (s, m)."""
    return blocked(given, LOADING)


def loading_zone_blockages(given: Given) -> Events:
    """Tell of each blockage when it began and how long it took to clear. [min]."""
    return blockages(given, LOADING)


INDICATOR = Indicator(
    name="blocked_loading_zone",
    title="Blocked loading zone",
    title_de="Blockierte Ladezone",
    description=(
        "Minutes for which a vehicle blocked the zone: it stood there for longer than the site says (max_stay_min), 15 "
        "min where it says nothing, while the zone is in force (hours, as OSM opening_hours with the public holidays "
        "of the Land; always where nothing is said). Now it is for how long the zone has been blocked, 0 where it is "
        "free or used for loading. Beside it stand how many blockages began, how many ended, by themselves or with the "
        "hours, and the minutes that these took. Every blockage is an event too, at its beginning, with the minutes "
        "until it ended, or those it has lasted when the sensor last spoke; 1440 min means a day or more. Of groups it "
        "is the sum."
    ),
    unit="min",
    source="Blocked access, minutes, events, response time to clear: indicator rules, our definition",
    version=2,
    domain="parking",
    kinds=("loading_zone",),
    inputs=(PROPERTY,),
    windows=("now", "hour", "day"),
    lookback=LOOKBACK,
    lookahead=LONGEST,
    series=SeriesKind.DELTA,
    parts=PARTS,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=blocked_loading_zone,
    happenings=loading_zone_blockages,
    examples=(
        # In force from 8 to 18 by the clock: 110 min of the evening's vehicle, and 5 of the one at noon.
        IndicatorExample(
            kind="loading_zone",
            window="day",
            start="2026-05-31T22:00",
            site={"max_stay_min": 10, "hours": "Mo-Fr 08:00-18:00; PH off"},
            rows={
                PROPERTY: (
                    ("2026-05-31T20:00", 0.0),
                    ("2026-06-01T10:00", 1.0),
                    ("2026-06-01T10:15", 0.0),
                    ("2026-06-01T14:00", 1.0),
                    ("2026-06-01T21:00", 0.0),
                )
            },
            value=5.0 + 110.0,
            parts={"blockages": 2.0, "cleared": 2.0, "clearing": 115.0},
        ),
        IndicatorExample(
            kind="loading_zone",
            window="hour",
            start="2026-06-01T10:00",
            rows={PROPERTY: (("2026-06-01T06:00", 0.0), ("2026-06-01T10:00", 1.0), ("2026-06-01T10:15", 0.0))},
            value=0.0,
            parts={"blockages": 0.0},
        ),
        IndicatorExample(
            kind="loading_zone",
            window="day",
            start="2026-05-31T22:00",
            rows={PROPERTY: (("2026-05-31T12:00", 1.0),)},
            value=float("nan"),
            coverage=14 / 24,
            quality=Quality.MISSING,
        ),
    ),
)
