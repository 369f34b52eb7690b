"""The fullest quarter hour of a group of car parks and spaces in a day, and when it was."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.quarters import Quarters, when
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from processing.indicator import Given

SHARE, SPACES = "occupancy_15min", "spaces_in_service_15min"


def joint_peak_occupancy(given: Given) -> Results:
    """Give the greatest quarter hour of sum(vehicles) / sum(spaces) of each group. [1], 0 .. 1, shape (groups, m)."""
    quarters, members = Quarters.of(given), given.members
    laid, told = quarters.laid(given, SHARE), quarters.laid(given, SPACES).value
    size = np.nan_to_num(given.site("capacity"), nan=1.0)[:, np.newaxis]
    spaces = np.where(np.isnan(told), size, told)
    counts = spaces * ~np.isnan(laid.value)
    room, every = members.total(counts), members.total(spaces)
    enough = room >= 0.75 * every
    share = np.divide(
        members.total(np.nan_to_num(laid.value) * counts),
        room,
        out=np.full(room.shape, np.nan),
        where=enough & (room > 0),
    )
    days = quarters.within(share)
    value = np.fmax.reduce(days, axis=-1, initial=-np.inf)
    ranks = members.greatest(severity(quarters.worst(laid)).astype(np.float64))
    return Results(
        value=np.where(np.isinf(value), np.nan, value),
        coverage=quarters.coverage(share),
        samples=np.rint(members.total(quarters.samples(laid).astype(np.float64))).astype(np.int64),
        quality=flag_of(np.maximum(ranks, 0).astype(np.uint8)),
        parts=when(given, days),
    )


_QUARTERS = tuple(str(np.datetime64("2026-10-24T22:00") + 15 * quarter) for quarter in range(100))
_MORNING = tuple((time, 0.9 if 30 <= number < 50 else 0.1) for number, time in enumerate(_QUARTERS))
_NOON = tuple((time, 0.9 if 48 <= number < 60 else 0.1) for number, time in enumerate(_QUARTERS))
_TWO: dict[str, Any] = {
    SHARE: (_MORNING, _NOON),
    SPACES: tuple(tuple((time, 30.0) for time in _QUARTERS) for _ in "ab"),
}
_OF_ONE: dict[str, Any] = {SHARE: (_MORNING, ()), SPACES: ((), ())}

INDICATOR = Indicator(
    name="joint_peak_occupancy",
    title="Peak occupancy of a group",
    title_de="Höchste gemeinsame Auslastung",
    description=(
        "Greatest occupancy of a quarter hour in the local day of all car parks and single spaces of a site, a "
        "district, an operator or the city together: the sum of their vehicles by the sum of their spaces in service, "
        "never a mean of shares and not the greatest of their peaks, which do not fall together. Only quarter hours "
        "count in which three quarters of the spaces are known. Beside it stands when it began, the first of equal "
        "ones."
    ),
    unit="1",
    source="Peak occupancy of sum(TWA) / sum(S): indicator rules, Parking",
    version=2,
    domain="parking",
    kinds=("parking_lot", "parking_spot"),
    inputs=(SHARE, SPACES),
    windows=("day",),
    lookback=timedelta(0),
    parts=(
        Part(
            name="began",
            title="Peak occupancy of a group, start of its quarter hour since 1970 UTC",
            title_de="Höchste gemeinsame Auslastung, Beginn ihrer Viertelstunde seit 1970 UTC",
            unit="s",
        ),
        Part(
            name="local_hour",
            title="Peak occupancy of a group, local hour at which its quarter hour began",
            title_de="Höchste gemeinsame Auslastung, Ortszeit des Beginns ihrer Viertelstunde",
            unit="h",
        ),
    ),
    of_groups=True,
    formula=joint_peak_occupancy,
    examples=(
        # Two of 30 spaces each, full together for half an hour of the day of 25 hours.
        IndicatorExample(
            kind="parking_lot",
            window="day",
            start="2026-10-24T22:00",
            members=2,
            site={"capacity": 30},
            rows=_TWO,
            value=0.9,
            parts={"local_hour": 11.0},
        ),
        IndicatorExample(
            kind="parking_spot",
            window="day",
            start="2026-10-24T22:00",
            members=2,
            rows=_OF_ONE,
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
