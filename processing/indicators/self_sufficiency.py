"""Which part of what a building uses its own photovoltaic plant gives."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from processing.calendar import ROLLED
from processing.daily import Days, quotient
from processing.indicator import Indicator, IndicatorExample
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results

USED, WHOLE = "pv_used_day", "pv_used_consumption_day"


def self_sufficiency(given: Given) -> Results:
    """Divide what was generated and used by all that was used. [1], 0 .. 1, shape (s, m)."""
    days = Days.of(given, USED, WHOLE)
    return days.results(quotient(days.total(days.column[USED]), days.total(days.column[WHOLE])))


_DAY = "2026-05-31T22:00"

INDICATOR = Indicator(
    name="self_sufficiency",
    title="Self-sufficiency",
    title_de="Autarkiegrad",
    description=(
        "Part of all that was used behind the meter that the own photovoltaic plant gave in the same quarter hour: "
        "(generation - export) / (import + generation - export). Made of sums over the window, never of daily ratios "
        "nor of hourly sums, which would set the noon against the night and give too much. Null where nothing was "
        "used."
    ),
    unit="1",
    source="(generation - export) / (import + generation - export) at 15 min (gridsingularity.github.io/gsy-e)",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(USED, WHOLE),
    windows=("day", *ROLLED),
    lookback=timedelta(0),
    formula=self_sufficiency,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start=_DAY,
            rows={USED: ((_DAY, 4.0),), WHOLE: ((_DAY, 6.0),)},
            value=2 / 3,
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
