"""How exactly the time of an emptying is known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from processing.emptied import CONFIRMED, LOOKBACK, PROPERTY, emptied, totals
from processing.indicator import Indicator, IndicatorExample, Reduction
from processing.windows import MS_PER_HOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.emptied import Emptied
    from processing.indicator import Events, Given, Results


def emptying_interval(given: Given) -> Results:
    """Give the mean time within which the emptyings of each window lie. [h], shape (s, m)."""
    found = emptied(given.rows[PROPERTY])
    hours, count = (totals(given, found, amount) for amount in (_hours(found), np.ones(len(found.level))))
    mean = np.divide(hours.value, count.value, out=np.full(count.value.shape, np.nan), where=count.value > 0)
    return replace(hours, value=mean)


def interval_events(given: Given) -> Events:
    """Tell of each emptying how long before it was found it may have been. [h]."""
    found = emptied(given.rows[PROPERTY])
    return found.events(_hours(found))


def _hours(found: Emptied) -> NDArray[np.float64]:
    return (found.time - found.since) / MS_PER_HOUR


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
    name="emptying_interval",
    title="Emptying, known to within",
    title_de="Leerung, bekannt auf",
    description=(
        "How exactly the time of an emptying is known: the hours between the last reading before it and the first that "
        "found the container empty. The emptying was in between, and its event carries the later time. Of a day it is "
        "the mean over its emptyings, null without any. A sensor that reports twice a day says no more than which half."
    ),
    unit="h",
    source="Interval-censored event time; our definition",
    version=1,
    domain="waste",
    kinds=("waste_container",),
    inputs=(PROPERTY,),
    windows=("day",),
    lookback=LOOKBACK,
    lookahead=CONFIRMED,
    min_coverage=0.0,
    roll_up=Reduction.MEAN,
    formula=emptying_interval,
    happenings=interval_events,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="day",
            start="2026-05-31T22:00",
            rows=_EMPTIED_AT_SIX,
            value=1.0,
        ),
    ),
)
