"""How many vehicles stood on a space, and for how long altogether."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction
from processing.sessions import LOOKBACK, PROPERTY, SETTLED, Parked
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def stays(given: Given) -> Results:
    """Count the stays of which a part lies in each window. [{stay}], shape (s, m)."""
    parked = Parked.of(given)
    every = parked.touching()
    whole = parked.pieces.total(parked.closed().astype(np.float64))
    before = every - parked.arrivals()
    return parked.results(every, initially_parked=before, cut=every - whole, hours=parked.hours())


_TWO_AND_A_HALF = {
    PROPERTY: (
        ("2026-05-31T20:00", 1.0),
        ("2026-06-01T05:00", 0.0),
        ("2026-06-01T06:00", 1.0),
        ("2026-06-01T08:30", 0.0),
        ("2026-06-01T20:00", 1.0),
        ("2026-06-01T23:00", 0.0),
    )
}

INDICATOR = Indicator(
    name="stays",
    title="Stays",
    title_de="Parkvorgänge",
    description=(
        "How many stays of vehicles on the space touch the day: the arrivals and those that stood there when the day, "
        "or what is known of it, began. Beside it stand how many these were, how many stays are cut by an edge of the "
        "day or by a gap so that their length is not known, and the hours for which the space was taken in all: the "
        "load, which divided by the known time is the utilisation, and the time-weighted occupancy but for flaps. A "
        "stay that reaches over midnight counts on both days, so stays of days are not added up. Of groups it is the "
        "sum."
    ),
    unit="{stay}",
    source="Parking volume with initially parked vehicles (codingace.net, parking turnover); censoring: our definition",
    version=1,
    domain="parking",
    kinds=("loading_zone", "parking_spot"),
    inputs=(PROPERTY,),
    windows=("day",),
    lookback=LOOKBACK,
    lookahead=SETTLED,
    series=SeriesKind.DELTA,
    parts=(
        Part(name="initially_parked", title="Initially parked", title_de="Anfangs geparkt", unit="{vehicle}"),
        Part(name="cut", title="Stays cut by an edge", title_de="Angeschnittene Parkvorgänge", unit="{stay}"),
        Part(name="hours", title="Hours taken", title_de="Belegte Stunden", unit="h"),
    ),
    grouping=Grouping(Reduction.SUM),
    formula=stays,
    examples=(
        # One is there in the morning, one comes and goes, one stays over midnight.
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            rows=_TWO_AND_A_HALF,
            value=3.0,
            parts={"initially_parked": 1.0, "cut": 2.0, "hours": 7.0 + 2.5 + 2.0},
        ),
        # Taken all the night in which clocks are set back: 10 hours from 20:00 to 5:00 by the clock.
        IndicatorExample(
            kind="loading_zone",
            window="day",
            start="2026-10-24T22:00",
            rows={PROPERTY: (("2026-10-24T18:00", 1.0), ("2026-10-25T04:00", 0.0), ("2026-10-25T18:00", 0.0))},
            value=1.0,
            parts={"initially_parked": 1.0, "cut": 1.0, "hours": 6.0},
        ),
        # Nothing is heard for more than 24 h: who stands there in the evening was not seen to come.
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            rows={PROPERTY: (("2026-05-31T16:30", 1.0), ("2026-06-01T19:00", 1.0))},
            value=2.0,
            coverage=21.5 / 24,
            parts={"initially_parked": 2.0, "cut": 2.0, "hours": 21.5},
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            rows={PROPERTY: (("2026-05-31T10:00", 1.0),)},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
