"""By how much a thing's radio has become better or worse within a week."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Indicator, IndicatorExample, Results
from processing.level import last_values, median
from processing.reduction import laid_out
from processing.windows import cut, milliseconds, positions
from sensors.kinds import kinds
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

INPUT = "radio_day"
DAYS, FEWEST = 7, 3


def radio_shift(given: Given) -> Results:
    """Give the day's median signal to noise less the median of the seven days before it. [dB], shape (s, m)."""
    rows, laid = given.rows[INPUT], laid_out(given.rows[INPUT], given.edges)
    before = cut(rows, given.edges).begin[:, 1:-2]
    first = positions(rows, given.edges.view(np.int64) - milliseconds(np.timedelta64(INDICATOR.lookback)))[:, :-1]
    usual = median(last_values(rows, first, before, DAYS))
    value = np.where(before - first >= FEWEST, laid.value - usual, np.nan)
    known = ~np.isnan(value)
    flags = np.where(known, laid.quality, Quality.MISSING).astype(np.uint8)
    return Results(value, known.astype(np.float64), np.where(known, laid.samples, 0), flags)


_WEEK = tuple((f"2026-05-{25 + day}T22:00", value) for day, value in enumerate((8.0, 8.0, 7.5, 8.5, 8.0, -5.0, 1.0)))

INDICATOR = Indicator(
    name="radio_shift",
    title="Radio, change within a week",
    title_de="Funk, Änderung zur Vorwoche",
    description=(
        "Median signal to noise ratio of the day less the median of the seven days before: below zero the radio has "
        "become worse, because something stands before the sensor, an antenna broke or a gateway is gone. Known from "
        "the fourth day on."
    ),
    unit="dB",
    source="Indicator rules, Radio: SNR median and 7-day shift",
    version=1,
    domain="health",
    kinds=tuple(name for name, kind in kinds().items() if "snr" in {one.name for one in kind.properties}),
    inputs=(INPUT,),
    windows=("day",),
    lookback=timedelta(days=7, hours=1),
    min_coverage=0.0,
    formula=radio_shift,
    examples=(
        IndicatorExample(
            kind="waste_container", window="day", start="2026-05-31T22:00", rows={INPUT: _WEEK}, value=-7.0
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            rows={INPUT: _WEEK[-3:]},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
