"""How full a car park or a parking space is, on average over the known time of a window."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Indicator, IndicatorExample, Results
from processing.quality import doubted
from processing.windows import cut, held_until, time_weighted_mean, worst_flag
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given
    from processing.rows import Rows


def occupancy(given: Given) -> Results:
    """Average the occupied share over the known time; outside 0..1 it is clipped and doubted. [1], shape (s, m)."""
    name, rows = _occupied_share(given)
    pieces = cut(rows, given.edges)
    raw, coverage = time_weighted_mean(pieces, given.max_hold(name))
    flags = worst_flag(pieces, held_until(rows, given.max_hold(name)))
    return Results(np.clip(raw, 0.0, 1.0), coverage, pieces.samples, doubted(flags, (raw < 0.0) | (raw > 1.0)))


def _occupied_share(given: Given) -> tuple[str, Rows]:
    """Give the occupied share: of a space its state, of a car park (capacity - free) / capacity. [1], shape (n,)."""
    if "available_spot_number" not in given.rows:
        return "occupied", given.rows["occupied"]
    free, capacity = given.rows["available_spot_number"], given.site("capacity")
    known = capacity > 0
    free = free.take(known[free.series])
    share = 1.0 - free.value / capacity[free.series]
    return "available_spot_number", free.with_value(share)


INDICATOR = Indicator(
    name="occupancy",
    title="Occupancy",
    title_de="Auslastung",
    description=(
        "Share of the parking spaces in service that was occupied, as a mean weighted by time: every observation "
        "counts for as long as it held, at most 2 h for a car park and 24 h for a single space, and the last one "
        "before the window speaks for its beginning. Of a car park it is 1 - free / capacity. A share outside 0..1 is "
        "clipped and SUSPECT. To join car parks, weight by capacity; do not average the shares."
    ),
    unit="1",
    source="Time-weighted average: TimescaleDB Toolkit time_weight('LOCF'); hold, clipping, coverage: our definition",
    version=1,
    domain="parking",
    kinds=("parking_lot", "parking_spot"),
    inputs=("available_spot_number", "occupied"),
    windows=("15min", "hour", "day"),
    lookback=timedelta(hours=24),
    formula=occupancy,
    examples=(
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={
                "available_spot_number": (
                    ("2026-06-01T08:00", 6.0),
                    ("2026-06-01T08:30", 2.0),
                    ("2026-06-01T08:45", 4.0),
                )
            },
            value=0.55,
        ),
        IndicatorExample(
            kind="parking_spot",
            window="hour",
            start="2026-06-01T08:00",
            rows={"occupied": (("2026-06-01T07:10", 1.0), ("2026-06-01T08:15", 0.0))},
            value=0.25,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="15min",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={"available_spot_number": (("2026-06-01T08:00", 11.0),)},
            value=0.0,
            quality=Quality.SUSPECT,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={"available_spot_number": (("2026-06-01T06:30", 5.0),)},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
