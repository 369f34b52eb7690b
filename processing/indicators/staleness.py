"""How long a thing has been silent, by what is expected of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.heard import EVERYTHING, KINDS, MS_PER_MINUTE
from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.rows import NEVER
from processing.windows import milliseconds
from sensors.kinds import properties
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

EXPECTED = "expected_interval_day"
LATE, DEAD = 2.0, 5.0
"""Expected intervals after which a thing is late, and dead."""


def staleness(given: Given) -> Results:
    """Give the time since the newest message, in multiples of the expected interval. [{interval}], shape (s, m)."""
    told = {name: rows for name, rows in given.rows.items() if name in properties()}
    newest = np.max([rows.newest() for rows in told.values()], axis=0, initial=-NEVER)
    silent = given.edges[1:].view(np.int64) - newest[:, np.newaxis]
    known = (newest > -NEVER)[:, np.newaxis] & np.ones(silent.shape, dtype=bool)
    value = np.where(known, np.maximum(silent, 0) / (_expected(given) * MS_PER_MINUTE)[:, np.newaxis], np.nan)
    state = np.where(known, (value > LATE) + (value > DEAD).astype(np.float64), np.nan)
    flags = np.where(known, Quality.GOOD, Quality.MISSING).astype(np.uint8)
    return Results(value, known.astype(np.float64), known.astype(np.int64), flags, {"state": state})


def _expected(given: Given) -> NDArray[np.float64]:
    """Give the newest expected interval, and for a new thing the longest time that anything it says is held. [min]."""
    held = np.ones(len(given.sites))
    for name in (name for name in given.rows if name in properties()):
        speaks = np.bincount(given.rows[name].series, minlength=len(held)) > 0
        held = np.where(speaks, np.maximum(held, milliseconds(given.max_hold(name)) / MS_PER_MINUTE), held)
    rows = given.rows[EXPECTED]
    begin, end = rows.limits()
    learned: NDArray[np.float64] = np.append(rows.value, np.nan)[np.where(end > begin, end - 1, -1)]
    return np.where(learned > 0, learned, held)


INDICATOR = Indicator(
    name="staleness",
    title="Silence",
    title_de="Funkstille",
    description=(
        "Time since a thing last said anything, in multiples of the time that is expected between its messages: up to "
        "2 it is fresh, up to 5 late, beyond it is taken for dead. Of a thing not heard for a day yet, the "
        "longest time for which its observations may be held takes the place of what is expected."
    ),
    unit="{interval}",
    source="Indicator rules, Staleness: fresh to 2, late to 5, then dead: our definition",
    version=1,
    domain="health",
    kinds=KINDS,
    inputs=(*EVERYTHING, EXPECTED),
    every_row=True,
    windows=("now",),
    lookback=timedelta(0),
    min_coverage=0.0,
    parts=(Part(name="state", title="Fresh, late or dead", title_de="Frisch, verspätet oder tot", unit="{code}"),),
    formula=staleness,
    examples=(
        IndicatorExample(
            kind="waste_container",
            window="now",
            start="2026-06-01T08:00",
            rows={"distance": (("2026-06-01T05:15", 900.0),), EXPECTED: (("2026-05-30T22:00", 60.0),)},
            value=3.0,
            parts={"state": 1.0},
        ),
        IndicatorExample(
            kind="parking_spot",
            window="now",
            start="2026-06-01T08:00",
            rows={"occupied": (("2026-06-01T02:15", 1.0),), EXPECTED: ()},
            value=0.25,
            parts={"state": 0.0},
        ),
        IndicatorExample(
            kind="waste_container",
            window="now",
            start="2026-06-01T08:00",
            rows={"distance": (("2026-06-01T02:00", 900.0),), EXPECTED: (("2026-05-30T22:00", 60.0),)},
            value=6.25,
            parts={"state": 2.0},
        ),
    ),
)
