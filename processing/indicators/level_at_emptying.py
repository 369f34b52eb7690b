"""How full containers are when they are emptied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from processing.emptied import CONFIRMED, LOOKBACK, PROPERTY, emptied, totals
from processing.indicator import Indicator, IndicatorExample, Reduction
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Events, Given, Results


def level_at_emptying(given: Given) -> Results:
    """Average the level before over the emptyings in each window. [%], shape (s, m)."""
    found = emptied(given.rows[PROPERTY])
    levels, count = (totals(given, found, amount) for amount in (found.level, np.ones(len(found.level))))
    mean = np.divide(levels.value, count.value, out=np.full(count.value.shape, np.nan), where=count.value > 0)
    return replace(levels, value=mean)


def emptying_events(given: Given) -> Events:
    """Tell of each emptying how full the container was. [%]."""
    found = emptied(given.rows[PROPERTY])
    return found.events(found.level)


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
    name="level_at_emptying",
    title="Level at emptying",
    title_de="Füllstand bei Leerung",
    description=(
        "How full the container was when it was emptied: the median of the three readings before. Of a day it is the "
        "mean over its emptyings, null without any; of a week, month or year the mean of the days that had one. Every "
        "emptying is an event too, at the time of the first reading that found the container empty. What counts as an "
        "emptying is told with the emptyings."
    ),
    unit="%",
    source="Collection efficiency, mean level at emptying: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PROPERTY,),
    windows=("day",),
    lookback=LOOKBACK,
    lookahead=CONFIRMED,
    min_coverage=0.0,
    roll_up=Reduction.MEAN,
    formula=level_at_emptying,
    happenings=emptying_events,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows=_EMPTIED_AT_SIX,
            value=82.0,
        ),
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows={PROPERTY: (("2026-05-31T22:00", 80.0), ("2026-06-01T10:00", 81.0))},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
