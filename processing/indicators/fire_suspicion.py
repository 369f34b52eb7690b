"""Whether a container may be burning."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Events, Indicator, IndicatorExample, Part, Results
from processing.windows import coverage, cut, held_until, maximum, milliseconds, overlap, worst_flag
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given
    from processing.rows import Rows

PROPERTY = "temperature"
HOT = 60.0
"""Degrees Celsius."""
RISE = 10.0
"""Kelvin within"""
WITHIN = timedelta(minutes=10)
AGAIN = timedelta(hours=1)
"""A suspicion within this time of another one is the same."""


def fire_suspicion(given: Given) -> Results:
    """Tell whether a reading that holds in the window raises suspicion. [{code}], 0 or 1, shape (s, m)."""
    rows, hold = given.rows[PROPERTY], given.max_hold(PROPERTY)
    pieces, until, rise = cut(rows, given.edges), held_until(rows, hold), rises(rows)
    found = overlap(pieces, until, _suspicious(rows, rise).astype(np.float64)) > 0
    known = coverage(pieces, hold)
    parts = {"temperature": maximum(pieces), "rise": maximum(cut(rows.with_value(rise), given.edges))}
    value = np.where(known > 0, found.astype(np.float64), np.nan)
    return Results(value, known, pieces.samples, worst_flag(pieces, until), parts)


def fire_events(given: Given) -> Events:
    """Tell of each first reading that raises suspicion. [{code}]."""
    rows = given.rows[PROPERTY]
    index = np.flatnonzero(_suspicious(rows, rises(rows)))
    thing, time = rows.series[index], rows.time[index]
    new = np.diff(time, prepend=-np.inf) > milliseconds(np.timedelta64(AGAIN))
    first = index[new | (np.diff(thing, prepend=-1) != 0)]
    one = np.ones(len(first))
    return Events(rows.series[first], rows.time[first], one, rows.quality[first], one.astype(np.int64))


def rises(rows: Rows) -> NDArray[np.float64]:
    """Give by how much each reading exceeds the least of the 10 min before it, 0 without any. [K], shape (n,)."""
    least, within = rows.value.copy(), milliseconds(np.timedelta64(WITHIN))
    for back in count(1):
        near = (rows.series[back:] == rows.series[:-back]) & (rows.time[back:] - rows.time[:-back] <= within)
        if not near.any():
            return rows.value - least
        least[back:] = np.where(near, np.minimum(least[back:], rows.value[:-back]), least[back:])
    raise AssertionError  # an endless count has no end


def _suspicious(rows: Rows, rise: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (rows.value >= HOT) | (rise >= RISE)


INDICATOR = Indicator(
    name="fire_suspicion",
    title="Fire suspicion",
    title_de="Brandverdacht",
    description=(
        "1 where a reading that holds in the window is 60 Cel or more, or at least 10 K above one of the 10 min before "
        "it, else 0. Beside it stand the highest temperature and the greatest rise within 10 min among the "
        "window's readings. A sensor that reports every half hour shows only the first of the two signs. The first "
        "suspicious reading of an hour is an event. Suspicion is no proof: sun on a dark lid is warm too."
    ),
    unit="{code}",
    source="60 Cel, or 10 K in 10 min, on containers with temperature sensors: our definition",
    version=1,
    domain="waste",
    kinds=("waste_container", "container_site"),
    inputs=(PROPERTY,),
    windows=("now", "hour"),
    lookback=timedelta(hours=6, minutes=10),
    # One reading is enough to be alarmed.
    min_coverage=0.0,
    parts=(
        Part(name="temperature", title="Highest temperature", title_de="Höchste Temperatur", unit="Cel"),
        Part(name="rise", title="Greatest rise in 10 min", title_de="Größter Anstieg in 10 min", unit="K"),
    ),
    formula=fire_suspicion,
    happenings=fire_events,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T08:00",
            rows={PROPERTY: (("2026-06-01T08:00", 21.0), ("2026-06-01T08:05", 24.0), ("2026-06-01T08:10", 31.0))},
            value=1.0,
            parts={"temperature": 31.0, "rise": 10.0},
        ),
        IndicatorExample(
            kind="container_site",
            window="hour",
            start="2026-06-01T08:00",
            rows={PROPERTY: (("2026-06-01T07:45", 60.0), ("2026-06-01T08:15", 40.0))},
            value=1.0,
            parts={"temperature": 40.0, "rise": 0.0},
        ),
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T08:00",
            rows={PROPERTY: (("2026-06-01T08:00", 40.0), ("2026-06-01T08:11", 55.0))},
            value=0.0,
            parts={"temperature": 55.0, "rise": 0.0},
        ),
        IndicatorExample(
            kind="waste_container",
            window="hour",
            start="2026-06-01T08:00",
            rows={PROPERTY: (("2026-06-01T01:00", 80.0),)},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
