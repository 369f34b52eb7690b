"""Whether a sensor is well, is to be watched, or needs a visit, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.fitness import RULES, worst
from processing.heard import KINDS
from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.reduction import laid_out
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

DECISIVE = "completeness_day"


def health(given: Given) -> Results:
    """Give the worst of what is known of a thing's day: 0 well, 1 watched, 2 to be visited. [{code}], shape (s, m)."""
    laid = {name: laid_out(given.rows[name], given.edges) for name in INDICATOR.inputs}
    score, reasons = worst({name: one.value for name, one in laid.items()})
    known = ~np.isnan(laid[DECISIVE].value)
    flags = np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)
    parts = {"reasons": np.where(known, reasons, np.nan).astype(np.float64)}
    # Completeness comes last of all that is looked at: until then there is nothing to be told.
    samples = np.where(known, laid[DECISIVE].samples, 0)
    return Results(np.where(known, score, np.nan), known.astype(np.float64), samples, flags, parts)


_DAY = "2026-05-31T22:00"
_WELL = {
    "completeness_day": ((_DAY, 0.99),),
    "battery_days_left_day": ((_DAY, 700.0),),
    "lost_uplinks_day": ((_DAY, 0.01),),
    "radio_shift_day": ((_DAY, -1.0),),
    "doubtful_share_refused_day": ((_DAY, 0.0),),
    "doubtful_share_stuck_day": ((_DAY, 0.0),),
    "latency_day": ((_DAY, 1.5),),
}

INDICATOR = Indicator(
    name="health",
    title="Sensor health",
    title_de="Sensorzustand",
    description=(
        "Worst of what is known of a sensor's day: 0 well, 1 to be watched, 2 needs a visit; the part tells the "
        "reasons as bits, said in words in the list of visits. Looked at are completeness, days left of the battery, "
        "lost uplinks, a radio that has become weaker, values refused or standing still, and a clock that is ahead. "
        "Null where nothing was to be expected; how long a sensor has been silent by now is told by the silence."
    ),
    unit="{code}",
    source="Indicator rules, Health score: worst of all, with a reason; limits: our definition (processing/fitness.py)",
    version=1,
    domain="health",
    kinds=KINDS,
    inputs=tuple(dict.fromkeys(rule.property for rule in RULES)),
    windows=("day",),
    lookback=timedelta(0),
    min_coverage=0.0,
    parts=(Part(name="reasons", title="Reasons for the health", title_de="Gründe für den Zustand", unit="{code}"),),
    formula=health,
    examples=(
        IndicatorExample(
            kind="waste_container", window="day", start=_DAY, rows=_WELL, value=0.0, parts={"reasons": 0.0}
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start=_DAY,
            rows=_WELL | {"completeness_day": ((_DAY, 0.7),), "battery_days_left_day": ((_DAY, 5.0),)},
            value=2.0,
            parts={"reasons": 3.0},
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start=_DAY,
            rows=dict.fromkeys(_WELL, ()) | {"completeness_day": ((_DAY, 0.85),)},
            value=1.0,
            parts={"reasons": 1.0},
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start=_DAY,
            rows=_WELL | {"completeness_day": ()},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
