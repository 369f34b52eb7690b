"""For how long vehicles stand beyond the time that is allowed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction
from processing.limits import LOOKBACK, Limited, limited
from processing.sessions import PROPERTY, SETTLED
from processing.windows import milliseconds
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

GRACE = timedelta(minutes=5)
"""Beyond the limit, before a stay counts as overstayed. Our definition."""


def overstay(given: Given) -> Results:
    """Add up the time beyond the limits of stays in each window. [min], shape (s, m)."""
    found = Limited.of(given)
    watched = found.watched
    over = watched.beyond(GRACE)
    sure = over.passed + milliseconds(np.timedelta64(GRACE))
    return found.results(
        found.minutes(over),
        overstays=found.count(over, sure),
        stays=found.count(watched, watched.begin),
    )


_SITE = {"max_stay_min": 60, "hours": "Mo-Fr 08:00-18:00; PH off"}

INDICATOR = Indicator(
    name="overstay",
    title="Overstay",
    title_de="Parkzeitüberschreitung",
    description=(
        "Minutes for which vehicles stood on the space beyond the time that its site allows (max_stay_min), while that "
        "is in force (hours, as OSM opening_hours with the public holidays of the Land; always where nothing is said). "
        "Time counts from the arrival, or from when the limit comes into force for who is there already, and every "
        "period anew. A stay has overstayed when it lasts more than 5 min longer than allowed, and then all minutes "
        "beyond the limit count. Beside it stand how many began to in the window and how many stays came under the "
        "limit. Now it is for how long a vehicle has been beyond it. A limit of 0 allows no stay. Null for spaces "
        "without a limit, with one below 0 or of more than 72 h, or with hours that cannot be read. Of groups it is "
        "the sum over the spaces with a limit, each of which counts once in the coverage."
    ),
    unit="min",
    source="Overstay, maximumParkingDuration within tariff hours: indicator rules; 5 min of grace: our definition",
    version=3,
    domain="parking",
    kinds=("parking_spot",),
    inputs=(PROPERTY,),
    windows=("now", "day"),
    lookback=LOOKBACK + GRACE,
    lookahead=SETTLED + GRACE,
    series=SeriesKind.DELTA,
    parts=(
        Part(name="overstays", title="Overstayed stays", title_de="Überschreitungen", unit="{stay}"),
        Part(name="stays", title="Stays under a limit", title_de="Parkvorgänge mit Höchstdauer", unit="{stay}"),
    ),
    roll_up=Reduction.SUM,
    # Spaces without a limit are no part of a group: what is not known of them is not missing.
    grouping=Grouping(Reduction.SUM, counts=limited),
    formula=overstay,
    examples=(
        # From 7:00 to 9:30 by the clock, of which the half hour after 9:00 is too long, and from 10:00 to 11:04.
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            site=_SITE,
            rows={
                PROPERTY: (
                    ("2026-05-31T22:00", 0.0),
                    ("2026-06-01T05:00", 1.0),
                    ("2026-06-01T07:30", 0.0),
                    ("2026-06-01T08:00", 1.0),
                    ("2026-06-01T09:04", 0.0),
                )
            },
            value=30.0,
            parts={"overstays": 1.0, "stays": 2.0},
        ),
        # Reformation Day is a public holiday in Mecklenburg-Vorpommern: 2025 it was a Friday.
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2025-10-30T23:00",
            site=_SITE,
            rows={PROPERTY: (("2025-10-30T23:00", 1.0),)},
            value=0.0,
            parts={"overstays": 0.0, "stays": 0.0},
        ),
        # Clocks are set back: who came at 1:30 before it stands there for 25 h less 1.5 h, and an hour is allowed.
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-10-24T22:00",
            site={"max_stay_min": 60},
            rows={PROPERTY: (("2026-10-24T21:00", 0.0), ("2026-10-24T23:30", 1.0), ("2026-10-25T20:00", 1.0))},
            value=(25 - 1.5 - 1.0) * 60,
            parts={"overstays": 1.0, "stays": 1.0},
        ),
        # Now it has been there for 80 min.
        IndicatorExample(
            kind="parking_spot",
            window="now",
            start="2026-06-01T09:15",
            site=_SITE,
            rows={PROPERTY: (("2026-06-01T08:00", 0.0), ("2026-06-01T08:10", 1.0))},
            value=20.0,
            parts={"overstays": 1.0, "stays": 0.0},
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            site={"max_stay_min": 60, "hours": "by day"},
            rows={PROPERTY: (("2026-05-31T22:00", 1.0),)},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            site=_SITE,
            rows={PROPERTY: (("2026-05-31T10:00", 1.0),)},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
