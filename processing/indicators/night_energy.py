"""How much energy is taken in the night, and how much by day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction, Results
from processing.local import local
from processing.quarters import PER_HOUR, Quarters
from processing.within import known, sums
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

INPUT = "energy_15min"
NIGHT = (22, 6)
"""Local hours in which the night begins and ends."""


def night_energy(given: Given) -> Results:
    """Add up the quarter hours of the night, and beside it those of the day. [kWh], shape (s, m)."""
    quarters = Quarters.of(given)
    laid, dark = quarters.laid(given, INPUT), local(quarters.start, given.zone).is_between(*NIGHT)
    night, day = (quarters.within(np.where(part, laid.value, np.nan)) for part in (dark, ~dark))
    some = known(night) > 0
    return Results(
        value=np.where(some, sums(night), np.nan),
        coverage=quarters.coverage(laid.value),
        samples=quarters.samples(laid),
        quality=quarters.worst(laid),
        parts={
            "hours": known(night) / PER_HOUR,
            "rest": sums(day),
            "rest_hours": known(day) / PER_HOUR,
        },
    )


_DAY = tuple(
    (str(np.datetime64("2026-10-24T22:00") + 15 * quarter), 1.0 if quarter < 7 * 4 or quarter >= 23 * 4 else 2.0)
    for quarter in range(100)
)
"""The day on which the clocks are set back: 9 hours of night at 4 kW, 16 of day at 8 kW."""

INDICATOR = Indicator(
    name="night_energy",
    title="Energy in the night",
    title_de="Energie in der Nacht",
    description=(
        "Energy taken between 22 and 6 by the local clock, within the local day: its first six hours and its last two. "
        "Beside it stand the energy of the rest of the day, and how many hours of both are known: the night has 7 or 9 "
        "hours on the days on which the clocks are set."
    ),
    unit="kWh",
    source="Night 22 to 6 local: indicator rules, Night/day ratio: our definition",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(INPUT,),
    windows=("day",),
    lookback=timedelta(0),
    series=SeriesKind.DELTA,
    parts=(
        Part(name="hours", title="Known hours of the night", title_de="Bekannte Nachtstunden", unit="h"),
        Part(name="rest", title="Energy by day", title_de="Energie am Tage", unit="kWh"),
        Part(name="rest_hours", title="Known hours by day", title_de="Bekannte Tagstunden", unit="h"),
    ),
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=night_energy,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-10-24T22:00",
            rows={INPUT: _DAY},
            value=36.0,
            parts={"hours": 9.0, "rest": 128.0, "rest_hours": 16.0},
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-10-24T22:00",
            rows={INPUT: _DAY[:60]},
            value=float("nan"),
            coverage=0.6,
            quality=Quality.MISSING,
        ),
    ),
)
