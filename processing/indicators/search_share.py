"""Which part of the vehicles came to a busy car park: a proxy for the search for a space."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction, Results
from processing.reduction import laid_out
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from processing.indicator import Given

PART, WHOLE = "searching_arrivals_day", "observed_arrivals_day"


def search_share(given: Given) -> Results:
    """Divide the arrivals at a busy car park by all of known occupancy. [1], 0 .. 1, shape (s, m)."""
    part, whole = (laid_out(given.rows[name], given.edges) for name in (PART, WHOLE))
    ranks = np.maximum(severity(part.quality), severity(whole.quality))
    some = np.nan_to_num(whole.value) > 0
    return Results(
        value=np.divide(part.value, whole.value, out=np.full(whole.value.shape, np.nan), where=some),
        coverage=whole.coverage,
        samples=whole.samples,
        quality=flag_of(ranks),
    )


_DAY = "2026-05-31T22:00"

INDICATOR = Indicator(
    name="search_share",
    title="Search for parking, proxy",
    title_de="Parksuchverkehr, Näherung",
    description=(
        "Part of the arrivals of a local day that came while 85 % of the spaces in service or more were taken. It is "
        "a proxy for the traffic that searches for a space, not a count of it: nobody sees vehicles search, and those "
        "that turned away do not drive in. Weeks and longer, and groups, are sums of arrivals divided by sums of "
        "arrivals. Null where nobody came."
    ),
    unit="1",
    source="Park-search proxy: share of arrivals when occ / S >= 0.85, indicator rules, Parking",
    version=1,
    domain="parking",
    kinds=("parking_lot",),
    inputs=(PART, WHOLE),
    windows=("day",),
    lookback=timedelta(0),
    roll_up=Reduction.MEAN,
    grouping=Grouping(Reduction.MEAN, by="observed_arrivals"),
    formula=search_share,
    examples=(
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start=_DAY,
            rows={PART: ((_DAY, 40.0),), WHOLE: ((_DAY, 160.0),)},
            value=0.25,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start=_DAY,
            rows={PART: ((_DAY, 0.0),), WHOLE: ((_DAY, 0.0),)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
