"""How far the peaks of a group's meters fall together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from processing.households import in_company
from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.quarters import PER_HOUR, Quarters
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from processing.indicator import Given

INPUT = "energy_15min"
FEWEST = 2
"""Meters that a group needs."""


def simultaneity(given: Given) -> Results:
    """Divide the peak of each group's sum by the sum of its members' peaks. [1], 0 .. 1, shape (groups, m)."""
    quarters, members = Quarters.of(given), given.members
    laid = quarters.laid(given, INPUT)
    power = quarters.within(laid.value * PER_HOUR)
    whole = in_company(quarters.coverage(laid.value) == 1.0, given.cells, given.households)
    counted = np.where(whole[..., np.newaxis], np.nan_to_num(power), 0.0)
    peak = members.total(counted).max(axis=-1, initial=0.0)
    of_each = members.total(counted.max(axis=-1, initial=0.0))
    count = members.total(whole.astype(np.float64))
    enough = (count >= FEWEST) & (of_each > 0)
    value = np.divide(peak, of_each, out=np.full(peak.shape, np.nan), where=enough)
    everybody = members.total(np.ones(whole.shape))
    ranks = members.greatest(np.where(whole, severity(quarters.worst(laid)), 0.0))
    return Results(
        value=value,
        coverage=np.divide(count, everybody, out=np.zeros(count.shape), where=everybody > 0),
        samples=np.rint(members.total(np.where(whole, quarters.samples(laid), 0.0))).astype(np.int64),
        quality=flag_of(np.maximum(ranks, 0).astype(np.uint8)),
        parts={"peak": np.where(enough, peak, np.nan)},
    )


_QUARTERS = tuple(str(np.datetime64("2026-05-31T22:00") + 15 * quarter) for quarter in range(96))
_MORNING = tuple((time, 5.0 if number == 30 else 1.0) for number, time in enumerate(_QUARTERS))
_EVENING = tuple((time, 5.0 if number == 80 else 1.0) for number, time in enumerate(_QUARTERS))
_APART: dict[str, Any] = {INPUT: (_MORNING, _EVENING)}
_WITH_A_GAP: dict[str, Any] = {INPUT: (_MORNING, _EVENING[1:])}

INDICATOR = Indicator(
    name="simultaneity",
    title="Simultaneity",
    title_de="Gleichzeitigkeit",
    description=(
        "Peak of the summed load of a site's, a district's, an operator's or the city's meters in the local day, "
        "divided by the sum of the peaks that each of them had for itself, over the same quarter hours: 1 where all "
        "peaks fall together. The peak of the group stands beside it. Only meters count of which every quarter hour of "
        "the day is known; coverage is their share, and two are needed."
    ),
    unit="1",
    source="Simultaneity factor P_peak(group) / sum of P_peak(i), as commonly taught; same time grid: indicator rules",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(INPUT,),
    windows=("day",),
    lookback=timedelta(0),
    parts=(Part(name="peak", title="Peak demand of the group", title_de="Spitzenlast der Gruppe", unit="kW"),),
    of_groups=True,
    formula=simultaneity,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            members=2,
            rows=_APART,
            value=0.6,
            parts={"peak": 24.0},
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            members=2,
            rows=_WITH_A_GAP,
            value=float("nan"),
            coverage=0.5,
            quality=Quality.MISSING,
        ),
    ),
)
