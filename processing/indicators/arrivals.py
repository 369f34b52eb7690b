"""How many vehicles came to a space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.sessions import LOOKBACK, PROPERTY, SETTLED, Parked
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def arrivals(given: Given) -> Results:
    """Count the vehicles that came in each window. [{vehicle}], shape (s, m)."""
    parked = Parked.of(given)
    return parked.results(parked.arrivals())


_MORNING = {
    PROPERTY: (
        ("2026-05-31T21:00", 1.0),
        ("2026-06-01T05:00", 0.0),
        ("2026-06-01T06:00", 1.0),
        ("2026-06-01T07:00", 0.0),
        ("2026-06-01T07:00:40", 1.0),
        ("2026-06-01T08:00", 0.0),
        ("2026-06-01T09:00", 1.0),
        ("2026-06-01T09:00:40", 0.0),
        ("2026-06-01T20:00", 1.0),
    )
}
"""Taken since the evening before, then twice; once for 40 s it seems free, once taken."""

INDICATOR = Indicator(
    name="arrivals",
    title="Arrivals",
    title_de="Ankünfte",
    description=(
        "Volume: how many vehicles came to the space, each change from free to taken. A state holds until the next, at "
        "most 24 h; being free or taken for less than 60 s is a flap and counts for nothing. Vehicles that stood there "
        "before are not among them, they are told with the stays; nor are those that came while nothing was known. A "
        "sensor that reports more slowly than vehicles come and go sees too few. Of groups it is the sum."
    ),
    unit="{vehicle}",
    source="Parking volume (codingace.net, parking turnover); flaps and hold: indicator rules, our definition",
    version=1,
    domain="parking",
    kinds=("loading_zone", "parking_spot"),
    inputs=(PROPERTY,),
    windows=("hour", "day"),
    lookback=LOOKBACK,
    lookahead=SETTLED,
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=arrivals,
    examples=(
        IndicatorExample(kind="parking_spot", window="day", start="2026-05-31T22:00", rows=_MORNING, value=2.0),
        IndicatorExample(kind="loading_zone", window="hour", start="2026-06-01T06:00", rows=_MORNING, value=1.0),
        # Clocks are set forward: the day ends at 22:00, and what comes then is of the next one.
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-03-28T23:00",
            rows={
                PROPERTY: (
                    ("2026-03-28T22:30", 0.0),
                    ("2026-03-29T00:30", 1.0),
                    ("2026-03-29T01:30", 0.0),
                    ("2026-03-29T22:00", 1.0),
                )
            },
            value=1.0,
        ),
        # After 24 h nothing is known any more, and what is taken then was nobody's arrival.
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            rows={PROPERTY: (("2026-05-31T10:00", 0.0), ("2026-06-01T17:00", 1.0))},
            value=float("nan"),
            coverage=17 / 24,
            quality=Quality.MISSING,
        ),
    ),
)
