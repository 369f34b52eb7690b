"""The fullest quarter hour of a car park in a day, when it was, and the fullest instant."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import QUARTER_HOUR
from processing.indicator import Indicator, IndicatorExample, Part, Reduction, Results
from processing.lots import FREE, INPUTS, Taken, taken
from processing.quarters import when
from processing.windows import cut, maximum
from processing.within import known, within
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

ENOUGH = 0.75
"""Part of a quarter hour that must be known for it to count, as for the occupancy of quarter hours."""


def peak_occupancy(given: Given) -> Results:
    """Give the greatest mean occupancy of a quarter hour of each window. [1], 0 .. 1, shape (s, m)."""
    edge = ((given.edges - given.edges[:1]) // QUARTER_HOUR).astype(np.int64)
    begin, end, found = edge[:-1], edge[1:], taken(given)
    quarters = found.within(given.edges[0] + np.arange(edge[-1] + 1) * QUARTER_HOUR)
    each = quarters.results(quarters.occupancy()).judged(ENOUGH)
    laid = within(each.value, begin, end)
    ranks = within(np.where(np.isnan(each.value), 0.0, severity(each.quality)), begin, end, 0.0)
    value = np.fmax.reduce(laid, axis=-1, initial=-np.inf)
    return Results(
        value=np.where(np.isinf(value), np.nan, value),
        coverage=known(laid) / np.maximum(end - begin, 1),
        samples=within(each.samples.astype(np.float64), begin, end, 0.0).sum(axis=-1).astype(np.int64),
        quality=flag_of(ranks.max(axis=-1, initial=0.0).astype(np.uint8)),
        parts={**when(given, laid), "instant": _fullest_instant(found, given.edges)},
    )


def _fullest_instant(found: Taken, edges: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Give the greatest share that holds at any instant of each window. [1], 0 .. 1, shape (s, m)."""
    holds = (found.until > found.rows.time) & (found.spaces > 0)
    chosen = found.rows.take(holds).with_value(np.clip(found.share[holds], 0.0, 1.0))
    pieces = cut(chosen, edges)
    before = pieces.before_start()
    still = np.append(found.until[holds], 0)[before] > pieces.start
    seeded = np.where((before >= 0) & still, np.append(chosen.value, np.nan)[before], np.nan)
    return np.fmax(maximum(pieces), seeded)


_EVERY_QUARTER = tuple(
    (str(np.datetime64("2026-03-28T23:00") + 15 * quarter), {40: 20.0, 60: 20.0}.get(quarter, 60.0))
    for quarter in range(92)
)
_WITH_A_MINUTE = (*_EVERY_QUARTER, ("2026-03-29T17:05", 5.0), ("2026-03-29T17:06", 60.0))
_QUARTER_40 = 1_774_774_800.0
"""2026-03-29T09:00 UTC, 11 by the clock on the wall."""

INDICATOR = Indicator(
    name="peak_occupancy",
    title="Peak occupancy",
    title_de="Höchste Auslastung",
    description=(
        "Greatest mean occupancy of a quarter hour in the local day, of those of which three quarters are known; "
        "coverage is their share of the day's 92, 96 or 100. Beside it stand when that quarter hour began, the first "
        "of equal ones: the instant, and the hour of the local clock; and the greatest occupancy at any instant, "
        "which may have lasted for seconds. The peak of a week or longer is that of its greatest day. That of a group "
        "is told by joint_peak_occupancy, for its members' peaks do not fall together."
    ),
    unit="1",
    source="Peak occupancy, maximum of quarter-hour means with local time: indicator rules, Parking",
    version=2,
    domain="parking",
    kinds=("parking_lot",),
    inputs=INPUTS,
    windows=("day",),
    lookback=timedelta(hours=24),
    parts=(
        Part(
            name="began",
            title="Peak occupancy, start of its quarter hour since 1970 UTC",
            title_de="Höchste Auslastung, Beginn ihrer Viertelstunde seit 1970 UTC",
            unit="s",
        ),
        Part(
            name="local_hour",
            title="Peak occupancy, local hour at which its quarter hour began",
            title_de="Höchste Auslastung, Ortszeit des Beginns ihrer Viertelstunde",
            unit="h",
        ),
        Part(
            name="instant",
            title="Greatest occupancy at any instant",
            title_de="Höchste Auslastung in einem Augenblick",
            unit="1",
        ),
    ),
    roll_up=Reduction.MAXIMUM,
    formula=peak_occupancy,
    examples=(
        # Two quarter hours are equally full on the day of 23 hours, and one minute is fuller.
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-03-28T23:00",
            site={"capacity": 100},
            rows={FREE: _WITH_A_MINUTE},
            value=0.8,
            parts={"began": _QUARTER_40, "local_hour": 11.0, "instant": 0.95},
        ),
        # Told until half past 15 and held for 2 h.
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-03-28T23:00",
            site={"capacity": 100},
            rows={FREE: _EVERY_QUARTER[:62]},
            value=0.8,
            coverage=69 / 92,
            parts={"began": _QUARTER_40},
        ),
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-03-28T23:00",
            site={"capacity": 100},
            rows={FREE: _EVERY_QUARTER[:40]},
            value=float("nan"),
            coverage=47 / 92,
            quality=Quality.MISSING,
            parts={"began": float("nan"), "instant": float("nan")},
        ),
        # More vehicles than spaces: clipped.
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-03-28T23:00",
            site={"capacity": 100},
            rows={FREE: _EVERY_QUARTER, "occupied_spot_number": tuple((time, 120.0) for time, _ in _EVERY_QUARTER)},
            value=1.0,
            quality=Quality.SUSPECT,
            parts={"local_hour": 0.0, "instant": 1.0},
        ),
    ),
)
