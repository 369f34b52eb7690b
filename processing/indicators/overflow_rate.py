"""How many of a thousand container hours are hours of overflow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.indicators.overflow import LOOKBACK, PROPERTY, overflow
from processing.windows import MS_PER_HOUR

if TYPE_CHECKING:
    from processing.indicator import Given, Results

PER_THOUSAND = 1000.0


def overflow_rate(given: Given) -> Results:
    """Give the hours of overflow of a thousand known hours of each window. [[ppth]], shape (s, m)."""
    found = overflow(given)
    known = found.coverage * np.diff(given.edges.view(np.int64)) / MS_PER_HOUR
    rate = np.divide(PER_THOUSAND * found.value, known, out=np.full(known.shape, np.nan), where=known > 0)
    return replace(found, value=rate)


INDICATOR = Indicator(
    name="overflow_rate",
    title="Overflow rate",
    title_de="Überfüllungsquote",
    description=(
        "Container hours of overflow in a thousand container hours that are known: the overflow divided by the known "
        "time. Weeks, months and years weight their days by known time; in a group every container counts alike. When "
        "a container overflows is told with the overflow."
    ),
    unit="[ppth]",
    source="Overflowing bin hours in a thousand: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PROPERTY,),
    windows=("day",),
    lookback=LOOKBACK,
    lookahead=timedelta(hours=13),
    roll_up=Reduction.MEAN,
    grouping=Grouping(Reduction.MEAN),
    formula=overflow_rate,
    examples=(
        # Known until 20:12, 22.2 h of 24; overflowing from 06:00 to 08:12.
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={
                PROPERTY: (
                    ("2026-05-31T22:00", 94.0),
                    ("2026-06-01T06:00", 96.0),
                    ("2026-06-01T06:36", 97.0),
                    ("2026-06-01T08:00", 97.0),
                    ("2026-06-01T08:12", 2.0),
                )
            },
            value=1000 * 2.2 / 22.2,
            coverage=22.2 / 24,
        ),
    ),
)
