"""How far apart the messages of a thing are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.heard import EVERYTHING, KINDS, MS_PER_MINUTE, heard, heartbeat, since_before
from processing.indicator import Indicator, IndicatorExample, Results
from processing.quantiles import quantiles
from processing.windows import cut
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

LOOKBACK = timedelta(hours=25)


def message_interval(given: Given) -> Results:
    """Give the median time between messages, of things that speak on change their heartbeat. [min], shape (s, m)."""
    rows = heard(given)
    pieces = cut(rows, given.edges)
    (gap,) = quantiles(pieces, since_before(rows, np.timedelta64(LOOKBACK)), [0.5])
    alive = np.where(pieces.samples > 0, heartbeat(given, np.timedelta64(LOOKBACK)), np.nan)
    value = np.where(np.isnan(alive), gap / MS_PER_MINUTE, alive)
    known = ~np.isnan(value)
    flags = np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)
    return Results(value, known.astype(np.float64), pieces.samples, flags)


INDICATOR = Indicator(
    name="message_interval",
    title="Time between messages",
    title_de="Zeit zwischen Meldungen",
    description=(
        "Median time between a message of the day and the one before, over all that a thing observes. A thing that "
        "speaks when something changes, such as a parking space, has no rhythm: where it told such a state that day or "
        "up to 25 h before, this is its heartbeat, the time for which that state may be held for true."
    ),
    unit="min",
    source="Indicator rules, Completeness: learned interval; heartbeat of states: our definition",
    version=2,
    domain="health",
    kinds=KINDS,
    inputs=EVERYTHING,
    every_row=True,
    windows=("day",),
    lookback=LOOKBACK,
    min_coverage=0.0,
    formula=message_interval,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={
                "distance": (("2026-06-01T04:00", 900.0), ("2026-06-01T05:00", 901.0), ("2026-06-01T08:00", 902.0)),
                "temperature": (("2026-06-01T04:00", 15.0), ("2026-06-01T06:00", 15.0), ("2026-06-01T07:00", 15.0)),
            },
            value=60.0,
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-05-31T22:00",
            rows={"occupied": (("2026-06-01T04:00", 1.0), ("2026-06-01T04:10", 0.0))},
            value=1440.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={"distance": (("2026-06-01T04:00", 900.0),)},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
