"""How late messages arrive."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.heard import EVERYTHING, KINDS, heard
from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.quantiles import quantiles
from processing.windows import cut
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given


def latency(given: Given) -> Results:
    """Give the median, 95th and 99th percentile of arrival less phenomenon time. [s], shape (s, m)."""
    rows = heard(given)
    pieces = cut(rows, given.edges)
    late = np.zeros(len(rows)) if rows.received is None else (rows.received - rows.time) / 1000.0
    middle, most, nearly_all = quantiles(pieces, late, (0.5, 0.95, 0.99))
    known = pieces.samples > 0
    flags = np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)
    parts = {"p95": most, "p99": nearly_all}
    return Results(middle, known.astype(np.float64), pieces.samples, flags, parts)


INDICATOR = Indicator(
    name="latency",
    title="Latency",
    title_de="Verzögerung",
    description=(
        "Time from what a message tells to when the platform knew it: the median of the day's messages, and the times "
        "within which 95 and 99 of a hundred came. A negative time is that of a clock that is ahead. History that is "
        "imported is as late as it is old."
    ),
    unit="s",
    source="Indicator rules, Latency: result time less phenomenon time, p50, p95, p99",
    version=1,
    domain="health",
    kinds=KINDS,
    inputs=EVERYTHING,
    every_row=True,
    windows=("day",),
    lookback=timedelta(hours=25),
    min_coverage=0.0,
    parts=(
        Part(name="p95", title="Latency of 95 %", title_de="Verzögerung von 95 %", unit="s"),
        Part(name="p99", title="Latency of 99 %", title_de="Verzögerung von 99 %", unit="s"),
    ),
    formula=latency,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={"distance": tuple((f"2026-06-01T{hour:02}:00", 900.0) for hour in range(5))},
            late_s=(1.0, 2.0, 3.0, 4.0, -20.0),
            value=2.0,
            parts={"p95": 3.8, "p99": 3.96},
        ),
    ),
)
