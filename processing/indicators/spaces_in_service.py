"""How many spaces of a car park could be used: what its vehicles are divided by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction, Results
from processing.lots import CLOSED, FREE, INPUTS, OUT_OF_SERVICE, taken
from processing.windows import worst_flag
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given


def spaces_in_service(given: Given) -> Results:
    """Average the spaces in service over the known time. [{space}], shape (s, m)."""
    found = taken(given).within(given.edges)
    flags = worst_flag(found.pieces, found.taken.until)
    return Results(found.spaces(), found.held.coverage, found.pieces.samples, flags)


INDICATOR = Indicator(
    name="spaces_in_service",
    title="Spaces in service",
    title_de="Nutzbare Stellplätze",
    description=(
        "Spaces of a car park that could be used, as a mean over the time in which it told how many were free or "
        "taken: its capacity, as it was when the day began, less what it said to be out of service for works or an "
        "event, and none while it was closed. Shares of spaces are shares of these, and members of a group count by "
        "them."
    ),
    unit="{space}",
    source="Capacity in service, S = total - out of service: indicator rules, Occupancy rate",
    version=1,
    domain="parking",
    kinds=("parking_lot",),
    inputs=INPUTS,
    windows=("15min", "hour", "day"),
    lookback=timedelta(hours=24),
    roll_up=Reduction.MEAN,
    grouping=Grouping(Reduction.SUM),
    formula=spaces_in_service,
    examples=(
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={
                FREE: (("2026-06-01T08:00", 6.0), ("2026-06-01T08:15", 2.0)),
                OUT_OF_SERVICE: (("2026-06-01T07:00", 0.0), ("2026-06-01T08:15", 4.0)),
            },
            value=7.0,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={FREE: (("2026-06-01T08:00", 6.0),), CLOSED: (("2026-06-01T00:00", 1.0),)},
            value=0.0,
        ),
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T08:00",
            site={"capacity": 10},
            rows={FREE: (("2026-06-01T06:30", 6.0),)},
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
