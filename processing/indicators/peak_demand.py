"""The greatest mean power of a quarter hour in a day: what a utility bills."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import QUARTER_HOUR
from processing.indicator import Indicator, IndicatorExample, Results
from processing.metering import metered
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from processing.indicator import Given

QUARTERS_PER_HOUR = 4.0


def peak_demand(given: Given) -> Results:
    """Give the greatest mean power among the wholly known quarter hours of each window. [kW], shape (s, m)."""
    edge = ((given.edges - given.edges[0]) // QUARTER_HOUR).astype(np.int64)
    found = metered(given, given.edges[0] + np.arange(edge[-1] + 1) * QUARTER_HOUR)
    known = found.coverage == 1.0
    begin = edge[:-1]
    power = np.maximum.reduceat(np.where(known, found.energy * QUARTERS_PER_HOUR, -np.inf), begin, axis=1)
    flags = flag_of(np.maximum.reduceat(np.where(known, severity(found.quality), 0), begin, axis=1).astype(np.uint8))
    coverage = np.add.reduceat(known.astype(np.float64), begin, axis=1) / np.diff(edge)
    samples = np.add.reduceat(found.samples, begin, axis=1)
    return Results(np.where(np.isinf(power), np.nan, power), coverage, samples, flags)


_EVERY_QUARTER = tuple(
    (f"2026-06-01T{hour:02}:{minute:02}", 10.0 * hour + minute / 6 + (15.0 if hour >= 12 else 0.0))
    for hour in range(22)
    for minute in (0, 15, 30, 45)
)

INDICATOR = Indicator(
    name="peak_demand",
    title="Peak demand",
    title_de="Spitzenlast",
    description=(
        "Greatest mean power of a quarter hour in the local day. Quarter hours begin at the full UTC hour; readings at "
        "other times are interpolated to them. Only quarter hours that are wholly known count; coverage is their share "
        "of the day's 92, 96 or 100."
    ),
    unit="kW",
    source="Registered power metering (RLM): highest quarter-hour mean, glossary at energieja.de; coverage: our own",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=("total_active_energy_import",),
    windows=("day",),
    lookback=timedelta(hours=18),
    lookahead=timedelta(hours=18),
    patience=timedelta(hours=2),
    formula=peak_demand,
    examples=(
        # 10 kW all day, but 15 kWh more between 11:45 and 12:00: (2.5 + 15) kWh / 0.25 h.
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={"total_active_energy_import": _EVERY_QUARTER},
            value=70.0,
            coverage=87 / 96,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={"total_active_energy_import": _EVERY_QUARTER[::2]},
            value=40.0,
            coverage=86 / 96,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={"total_active_energy_import": _EVERY_QUARTER[:40]},
            value=float("nan"),
            coverage=39 / 96,
            quality=Quality.MISSING,
        ),
    ),
)
