"""The greatest mean power of a quarter hour in a day, and when it was: what a utility bills."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.calendar import QUARTER_HOUR
from processing.indicator import Indicator, IndicatorExample, Part, Reduction, Results
from processing.metering import IMPORT, NEIGHBOURS, metered
from processing.quarters import when
from processing.within import known, within
from sensors.quality import Quality, flag_of, severity

QUARTERS_PER_HOUR = 4.0

if TYPE_CHECKING:
    from processing.indicator import Given


def peak_demand(given: Given) -> Results:
    """Give the greatest mean power among the wholly known quarter hours of each window. [kW], shape (s, m)."""
    edge = ((given.edges - given.edges[0]) // QUARTER_HOUR).astype(np.int64)
    begin, end = edge[:-1], edge[1:]
    found = metered(given, given.edges[0] + np.arange(edge[-1] + 1) * QUARTER_HOUR)
    whole = found.coverage == 1.0
    power = within(np.where(whole, found.amount * QUARTERS_PER_HOUR, np.nan), begin, end)
    value = np.fmax.reduce(power, axis=-1, initial=-np.inf)
    worst = np.max(within(np.where(whole, severity(found.quality), 0.0), begin, end, 0.0), axis=-1, initial=0.0)
    return Results(
        value=np.where(np.isinf(value), np.nan, value),
        coverage=known(power) / (end - begin),
        samples=within(found.samples.astype(np.float64), begin, end, 0.0).sum(axis=-1).astype(np.int64),
        quality=flag_of(worst.astype(np.uint8)),
        parts=when(given, power),
    )


_EVERY_QUARTER = tuple(
    (f"2026-06-01T{hour:02}:{minute:02}", 10.0 * hour + minute / 6 + (15.0 if hour >= 12 else 0.0))
    for hour in range(22)
    for minute in (0, 15, 30, 45)
)
_A_QUARTER_BEFORE_NOON_UTC = 1_780_314_300.0

INDICATOR = Indicator(
    name="peak_demand",
    title="Peak demand",
    title_de="Spitzenlast",
    description=(
        "Greatest mean power of a quarter hour in the local day. Quarter hours begin at the full UTC hour; readings at "
        "other times are interpolated to them. Only quarter hours that are wholly known count; coverage is their share "
        "of the day's 92, 96 or 100. Beside it stands when the quarter hour of the peak began, the first of equal "
        "ones: the instant, and the hour of the local clock. The peak of a week or longer is that of its greatest day. "
        "The peak of a group is not the sum of its members' peaks: see simultaneity."
    ),
    unit="kW",
    source="Registered power metering (RLM): highest quarter-hour mean, glossary at energieja.de; coverage: our own",
    version=2,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(IMPORT.input,),
    windows=("day",),
    lookback=IMPORT.reach,
    lookahead=IMPORT.reach,
    neighbours=NEIGHBOURS,
    patience=timedelta(hours=2),
    parts=(
        Part(
            name="began",
            title="Peak demand, start of its quarter hour since 1970 UTC",
            title_de="Spitzenlast, Beginn ihrer Viertelstunde seit 1970 UTC",
            unit="s",
        ),
        Part(
            name="local_hour",
            title="Peak demand, local hour at which its quarter hour began",
            title_de="Spitzenlast, Ortszeit des Beginns ihrer Viertelstunde",
            unit="h",
        ),
    ),
    roll_up=Reduction.MAXIMUM,
    formula=peak_demand,
    examples=(
        # 10 kW all day, but 15 kWh more between 11:45 and 12:00: (2.5 + 15) kWh / 0.25 h.
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={IMPORT.input: _EVERY_QUARTER},
            value=70.0,
            coverage=87 / 96,
            parts={"began": _A_QUARTER_BEFORE_NOON_UTC, "local_hour": 13.75},
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={IMPORT.input: _EVERY_QUARTER[::2]},
            value=40.0,
            coverage=86 / 96,
            parts={"began": _A_QUARTER_BEFORE_NOON_UTC - 900.0, "local_hour": 13.5},
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={IMPORT.input: _EVERY_QUARTER[:40]},
            value=float("nan"),
            coverage=39 / 96,
            quality=Quality.MISSING,
        ),
    ),
)
