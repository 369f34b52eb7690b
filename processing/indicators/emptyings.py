"""How often a container was emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from processing.emptied import CONFIRMED, LOOKBACK, PROPERTY, emptied, totals
from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def emptyings(given: Given) -> Results:
    """Count the emptyings in each window. [{emptying}], shape (s, m)."""
    found = emptied(given.rows[PROPERTY])
    return totals(given, found, np.ones(len(found.thing)))


_EMPTIED_AT_SIX = {
    "filling_level": (
        ("2026-05-31T22:00", 80.0),
        ("2026-06-01T02:00", 82.0),
        ("2026-06-01T05:00", 84.0),
        ("2026-06-01T06:00", 3.0),
        ("2026-06-01T07:00", 4.0),
        ("2026-06-01T18:00", 6.0),
    )
}

INDICATOR = Indicator(
    name="emptyings",
    title="Emptyings",
    title_de="Leerungen",
    description=(
        "How often the container was emptied, as its readings tell: the level fell by 30 percentage points or more to "
        "20 % or less. The median of the three readings before, none older than 4 days, and the two from there on, at "
        "most 24 h apart, must agree on it; what follows within 2 h belongs to it. It counts at the first reading that "
        "found the container empty; when it may have been is told by the emptying interval. One that takes away less "
        "cannot be told from settling and is not counted. A day of less than 75 % known time has no count."
    ),
    unit="{emptying}",
    source="Practice of containers with sensors; all numbers: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PROPERTY,),
    windows=("day",),
    lookback=LOOKBACK,
    lookahead=CONFIRMED,
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=emptyings,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows=_EMPTIED_AT_SIX,
            value=1.0,
        ),
        # One low echo is no emptying.
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={
                PROPERTY: (
                    ("2026-05-31T22:00", 80.0),
                    ("2026-06-01T02:00", 82.0),
                    ("2026-06-01T05:00", 84.0),
                    ("2026-06-01T06:00", 3.0),
                    ("2026-06-01T07:00", 84.0),
                    ("2026-06-01T18:00", 86.0),
                )
            },
            value=0.0,
        ),
        # A reading holds for 12 h, of which 10 are of this day.
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={PROPERTY: (("2026-05-31T20:00", 80.0),)},
            value=float("nan"),
            coverage=10 / 24,
            quality=Quality.MISSING,
        ),
    ),
)
