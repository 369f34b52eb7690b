"""How long the stays on a space are that begin and end on one day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Indicator, IndicatorExample, Part
from processing.quantiles import quantiles
from processing.sessions import LOOKBACK, PROPERTY, SETTLED, Parked
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def median_stay(given: Given) -> Results:
    """Take the median of the stays that begin and end in each window. [h], shape (s, m)."""
    parked = Parked.of(given)
    closed = parked.closed()
    middle, nine_of_ten = quantiles(parked.pieces, np.where(closed, parked.stays.hours, np.nan), (0.5, 0.9))
    return parked.results(middle, p90=nine_of_ten, closed=parked.pieces.total(closed.astype(np.float64)))


_FOUR = {
    PROPERTY: (
        ("2026-05-31T21:00", 1.0),
        ("2026-06-01T05:00", 0.0),
        ("2026-06-01T06:00", 1.0),
        ("2026-06-01T06:30", 0.0),
        ("2026-06-01T08:00", 1.0),
        ("2026-06-01T09:00", 0.0),
        ("2026-06-01T10:00", 1.0),
        ("2026-06-01T14:30", 0.0),
    )
}
"""Half an hour, one hour, four and a half hours, and one that began the evening before."""

INDICATOR = Indicator(
    name="median_stay",
    title="Median stay",
    title_de="Median der Parkdauer",
    description=(
        "Half of the stays that began and ended on the day were shorter; beside it stand the length that nine of ten "
        "do not exceed, and how many such stays there were. Stays that an edge of the day or a gap cuts are not among "
        "them, for their length is not known: where their share, told with the average stay, is high, this says little "
        "of those who stay long, as of residents over night. It has no value for groups or longer windows: a median of "
        "medians is none."
    ),
    unit="h",
    source="Parking duration, median and p90 of closed sessions: indicator rules, our definition",
    version=1,
    domain="parking",
    kinds=("loading_zone", "parking_spot"),
    inputs=(PROPERTY,),
    windows=("day",),
    lookback=LOOKBACK,
    lookahead=SETTLED,
    parts=(
        Part(name="p90", title="90 % of stays are shorter", title_de="90 % der Parkvorgänge sind kürzer", unit="h"),
        Part(name="closed", title="Stays within a day", title_de="Parkvorgänge innerhalb eines Tages", unit="{stay}"),
    ),
    formula=median_stay,
    examples=(
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            rows=_FOUR,
            value=1.0,
            parts={"p90": 1.0 + 0.8 * 3.5, "closed": 3.0},
        ),
        # From 1:30 before until 2:30 after clocks are set forward: no hour.
        IndicatorExample(
            kind="loading_zone",
            window="day",
            start="2026-03-28T23:00",
            rows={PROPERTY: (("2026-03-28T22:00", 0.0), ("2026-03-29T00:30", 1.0), ("2026-03-29T01:15", 0.0))},
            value=0.75,
            parts={"p90": 0.75, "closed": 1.0},
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            rows={PROPERTY: (("2026-05-31T22:00", 1.0), ("2026-06-01T12:00", 1.0))},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
