"""How full a car park or a parking space is now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction, Results
from processing.lots import CLOSED, COUNTED, FREE, INPUTS, OUT_OF_SERVICE, SPACE, taken
from processing.quality import doubted
from processing.windows import worst_between
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given


def current_occupancy(given: Given) -> Results:
    """Give the share of the spaces in service that is taken at each window's end. [1], 0 .. 1, shape (s, m)."""
    found = taken(given)
    pieces = found.within(given.edges).pieces
    newest = pieces.before_end()
    holds = (newest >= 0) & (np.append(found.until, 0)[newest] >= pieces.end)

    def told(column: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(holds, np.append(column, np.nan)[newest], np.nan)

    raw, spaces = told(found.share), told(found.spaces)
    known = ~np.isnan(raw)
    vehicles = np.clip(told(found.rows.value), 0.0, spaces)
    flags = worst_between(found.rows, newest, newest + 1)
    return Results(
        value=np.clip(raw, 0.0, 1.0),
        coverage=known.astype(np.float64),
        samples=known.astype(np.int64),
        quality=doubted(flags, (raw < 0) | (raw > 1)),
        parts={"raw": raw, "vehicles": vehicles, "spaces": spaces},
    )


_NOW = "2026-06-01T08:00"

INDICATOR = Indicator(
    name="current_occupancy",
    title="Occupancy",
    title_de="Auslastung",
    description=(
        "Share of the parking spaces in service that is taken at this instant, by the newest observation that still "
        "holds: 2 h for a car park, 24 h for a single space. Outside 0..1 it is clipped and SUSPECT, and what was "
        "told stands beside it, as do the vehicles and the spaces in service. A closed car park has none. Of a group "
        "it is the sum of vehicles by the sum of spaces of those members of which it is known."
    ),
    unit="1",
    source="Occupancy rate, occ / S with S = total - out of service: indicator rules, Parking",
    version=2,
    domain="parking",
    kinds=("parking_lot", "parking_spot"),
    inputs=(*INPUTS, SPACE),
    windows=("now",),
    lookback=timedelta(0),
    min_coverage=0.0,
    parts=(
        Part(name="raw", title="Occupancy, as it was told", title_de="Auslastung, wie gemeldet", unit="1"),
        Part(name="vehicles", title="Vehicles that stand there", title_de="Parkende Fahrzeuge", unit="{vehicle}"),
        Part(name="spaces", title="Spaces in service", title_de="Nutzbare Stellplätze", unit="{space}"),
    ),
    grouping=Grouping(Reduction.MEAN, weight="capacity", otherwise=1.0, by="spaces"),
    formula=current_occupancy,
    examples=(
        IndicatorExample(
            kind="parking_lot",
            window="now",
            start=_NOW,
            site={"capacity": 10},
            rows={FREE: (("2026-06-01T07:30", 2.0),), OUT_OF_SERVICE: (("2026-05-31T09:00", 2.0),)},
            value=0.75,
            parts={"raw": 0.75, "vehicles": 6.0, "spaces": 8.0},
        ),
        IndicatorExample(
            kind="parking_lot",
            window="now",
            start=_NOW,
            site={"capacity": 10},
            rows={COUNTED: (("2026-06-01T08:10", 12.0),), FREE: (("2026-06-01T08:10", 0.0),)},
            value=1.0,
            quality=Quality.SUSPECT,
            parts={"raw": 1.2, "vehicles": 10.0},
        ),
        IndicatorExample(
            kind="parking_lot",
            window="now",
            start=_NOW,
            site={"capacity": 10},
            rows={FREE: (("2026-06-01T07:30", 15.0),)},
            value=0.0,
            quality=Quality.SUSPECT,
            parts={"raw": -0.5, "vehicles": 0.0},
        ),
        IndicatorExample(
            kind="parking_lot",
            window="now",
            start=_NOW,
            site={"capacity": 10},
            rows={FREE: (("2026-06-01T08:10", 10.0),), CLOSED: (("2026-06-01T00:00", 1.0),)},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
        IndicatorExample(
            kind="parking_spot",
            window="now",
            start=_NOW,
            rows={SPACE: (("2026-05-31T20:00", 1.0),)},
            value=1.0,
            parts={"spaces": 1.0},
        ),
    ),
)
