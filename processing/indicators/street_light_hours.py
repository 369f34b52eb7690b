"""How long street lights burn, and whether they do so by day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction, Results
from processing.lighting import burning
from processing.windows import MS_PER_HOUR
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

INPUT = "switched_on"
MS_PER_MINUTE = 60_000.0


def street_light_hours(given: Given) -> Results:
    """Add up the time in which the lights of each cabinet are on. [h], shape (s, m)."""
    found = burning(given, INPUT)
    known = found.coverage > 0
    parts = {
        "night": found.night / MS_PER_HOUR,
        "by_day": found.by_day / MS_PER_MINUTE,
        "dark": found.dark / MS_PER_MINUTE,
    }
    return Results(np.where(known, found.on / MS_PER_HOUR, np.nan), found.coverage, found.samples, found.quality, parts)


_ONE_NIGHT = (
    ("2026-03-20T22:00", 1.0),
    ("2026-03-21T05:00", 0.0),
    ("2026-03-21T11:00", 1.0),
    ("2026-03-21T11:20", 0.0),
    ("2026-03-21T18:30", 1.0),
)

INDICATOR = Indicator(
    name="street_light_hours",
    title="Street light hours",
    title_de="Brennstunden der Straßenbeleuchtung",
    description=(
        "Hours of the local day in which the cabinet feeds its lamps. Beside it stand the hours from sunset to sunrise "
        "at its place, the minutes in which the lamps burned by day, more than half an hour after sunrise and before "
        "sunset, and those in which they were off in the night, more than half an hour after sunset and before "
        "sunrise. Burning by day is a fault. Of a group the hours of its cabinets add up."
    ),
    unit="h",
    source="Sunrise and sunset: NOAA solar calculator, after Meeus; margins of half an hour: our definition",
    version=2,
    domain="energy",
    kinds=("street_light_cabinet",),
    inputs=(INPUT,),
    windows=("day",),
    lookback=timedelta(hours=24),
    patience=timedelta(hours=1),
    series=SeriesKind.DELTA,
    parts=(
        Part(name="night", title="Sunset to sunrise", title_de="Sonnenuntergang bis Sonnenaufgang", unit="h"),
        Part(name="by_day", title="Street lights on by day", title_de="Beleuchtung an am Tage", unit="min"),
        Part(name="dark", title="Street lights off in the night", title_de="Beleuchtung aus in der Nacht", unit="min"),
    ),
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=street_light_hours,
    examples=(
        # On from 23 to 6, from 12 to 12:20 and from 19:30 to midnight, all CET; sunset is at about 18:23.
        IndicatorExample(
            kind="street_light_cabinet",
            window="day",
            start="2026-03-20T23:00",
            rows={INPUT: _ONE_NIGHT},
            value=6.0 + 1 / 3 + 4.5,
            parts={"by_day": 20.0},
        ),
        IndicatorExample(
            kind="street_light_cabinet",
            window="day",
            start="2026-03-20T23:00",
            rows={INPUT: (("2026-03-20T10:00", 0.0),)},
            value=float("nan"),
            coverage=11 / 24,
            quality=Quality.MISSING,
        ),
    ),
)
