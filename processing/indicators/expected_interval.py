"""How often a thing can be expected to speak."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.heard import DECLARED, KINDS
from processing.indicator import Indicator, IndicatorExample, Results
from processing.level import last_values, median
from processing.windows import cut, milliseconds, positions
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

DAYS = 7
INPUT = "message_interval_day"


def expected_interval(given: Given) -> Results:
    """Give the median of the last seven days' times between messages, or what the site says. [min], shape (s, m)."""
    rows = given.rows[INPUT]
    pieces = cut(rows, given.edges)
    first = positions(rows, given.edges.view(np.int64) - milliseconds(np.timedelta64(INDICATOR.lookback)))[:, :-1]
    end = pieces.begin[:, 2:-1]
    learned = median(last_values(rows, first, end, DAYS))
    declared = given.site(DECLARED)[:, np.newaxis]
    value = np.where(np.isnan(declared) | (end == first), learned, declared)
    known = ~np.isnan(value)
    flags = np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)
    return Results(value, known.astype(np.float64), np.minimum(end - first, DAYS), flags)


_WEEK = tuple((f"2026-05-{25 + day}T22:00", value) for day, value in enumerate((60, 60, 61, 60, 240, 60, 59)))

INDICATOR = Indicator(
    name="expected_interval",
    title="Expected time between messages",
    title_de="Erwartete Zeit zwischen Meldungen",
    description=(
        "How often a thing can be expected to speak: the median of the times between its messages of the last seven "
        "days on which it spoke, the day itself included, so that one bad day changes nothing. A site may declare it "
        "instead (expected_interval_min)."
    ),
    unit="min",
    source="Indicator rules, Completeness: expected interval declared or learned, median, re-learned weekly",
    version=1,
    domain="health",
    kinds=KINDS,
    inputs=(INPUT,),
    windows=("day",),
    lookback=timedelta(days=6, hours=1),
    min_coverage=0.0,
    formula=expected_interval,
    examples=(
        IndicatorExample(
            kind="waste_container", window="day", start="2026-05-31T22:00", rows={INPUT: _WEEK}, value=60.0
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={INPUT: _WEEK[:3]},
            site={DECLARED: 30},
            value=30.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={INPUT: ()},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
