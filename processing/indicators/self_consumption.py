"""Which part of what a photovoltaic plant generates is used on the spot."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from processing.calendar import ROLLED
from processing.daily import Days, quotient
from processing.indicator import Indicator, IndicatorExample
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

USED, WHOLE = "pv_used_day", "pv_used_generated_day"


def self_consumption(given: Given) -> Results:
    """Divide what was generated and used by all that was generated. [1], 0 .. 1, shape (s, m)."""
    days = Days.of(given, USED, WHOLE)
    return days.results(quotient(days.total(days.column[USED]), days.total(days.column[WHOLE])))


_DAY = "2026-05-31T22:00"

INDICATOR = Indicator(
    name="self_consumption",
    title="Self-consumption",
    title_de="Eigenverbrauchsanteil",
    description=(
        "Part of what the photovoltaic plant generated that was used behind the same meter, and not fed in: "
        "(generation - export) / generation, from what was used in each quarter hour. Made of sums over the window, "
        "never of daily ratios nor of hourly sums, which would set the noon against the night and give too much. Null "
        "where nothing was generated."
    ),
    unit="1",
    source="(generation - export) / generation at 15 min (gridsingularity.github.io/gsy-e; eturnity)",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(USED, WHOLE),
    windows=("day", *ROLLED),
    lookback=timedelta(0),
    formula=self_consumption,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start=_DAY,
            rows={USED: ((_DAY, 4.0),), WHOLE: ((_DAY, 8.0),)},
            value=0.5,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="week",
            start=_DAY,
            rows={
                USED: ((_DAY, 4.0), *((f"2026-06-0{day}T22:00", 1.0) for day in range(1, 7))),
                WHOLE: ((_DAY, 8.0), *((f"2026-06-0{day}T22:00", 2.0) for day in range(1, 7))),
            },
            value=0.5,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start=_DAY,
            rows={USED: ((_DAY, 0.0),), WHOLE: ((_DAY, 0.0),)},
            value=float("nan"),
            quality=Quality.MISSING,
        ),
    ),
)
