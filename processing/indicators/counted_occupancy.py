"""How full a car park is by those that drove in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processing.balance import BALANCED, COUNTERS, LOOKAHEAD, LOOKBACK, NEIGHBOURS, balance
from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction
from processing.metering import ARRIVED, LEFT
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def counted_occupancy(given: Given) -> Results:
    """Divide the vehicles by the count at the barriers by the spaces in service. [1], 0 .. 1, shape (s, m)."""
    found = balance(given).taken.within(given.edges)
    return found.results(found.occupancy(), vehicles=found.vehicles())


_HOURS = tuple(f"2026-06-0{1 + hour // 24}T{hour % 24:02}:30" for hour in range(12))
_IN = (*(0.0,) * 4, 2.0, 12.0, 32.0, 52.0, 52.0, 52.0, 52.0, 52.0)
_OUT = (*(0.0,) * 8, 20.0, 40.0, 60.0, 60.0)
_TOLD: dict[str, Any] = {
    ARRIVED.input: tuple(zip(_HOURS, _IN, strict=True)),
    LEFT.input: tuple(zip(_HOURS, _OUT, strict=True)),
}

INDICATOR = Indicator(
    name="counted_occupancy",
    title="Occupancy by entries and exits",
    title_de="Auslastung nach Ein- und Ausfahrten",
    description=(
        "Vehicles that stand in a car park by its counters, by the spaces in service: those at the last anchor, and "
        "all that drove in since, less those that drove out. The anchor is set every night at the instant between 3 "
        "and 5 h local time at which the count is least: to the number by free or occupied spaces where the car park "
        "tells one, else to the vehicles that the site says stand there at night (vehicles_at_night), else to 0. "
        "Counts go on for 48 h from an anchor. Missed vehicles add up until the next one: see counting_drift. Outside "
        "0..1 it is clipped and SUSPECT; the number of vehicles as it was counted stands beside it."
    ),
    unit="1",
    source="Entry/exit balance occ(t) = occ(t_ref) + sum in - sum out, anchored at 03-05 h: indicator rules, Parking",
    version=4,
    domain="parking",
    kinds=("parking_lot",),
    inputs=BALANCED,
    windows=("hour", "day"),
    lookback=LOOKBACK,
    lookahead=LOOKAHEAD,
    lookahead_of=COUNTERS,
    neighbours=NEIGHBOURS,
    parts=(Part(name="vehicles", title="Vehicles by the count", title_de="Fahrzeuge nach Zählung", unit="{vehicle}"),),
    roll_up=Reduction.MEAN,
    grouping=Grouping(Reduction.MEAN, weight="capacity"),
    formula=counted_occupancy,
    examples=(
        # Ten stand there at night, the count is least at 3:30 local time; 20 more came until 7:30.
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T06:00",
            site={"capacity": 100, "vehicles_at_night": 10},
            rows=_TOLD,
            value=0.32,
            parts={"vehicles": 32.0},
        ),
        # More left than were there: clipped.
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T11:00",
            site={"capacity": 100},
            rows=_TOLD,
            value=0.0,
            quality=Quality.SUSPECT,
            parts={"vehicles": -8.0},
        ),
        # No night yet from which to count.
        IndicatorExample(
            kind="parking_lot",
            window="hour",
            start="2026-06-01T00:00",
            site={"capacity": 100},
            rows=_TOLD,
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
