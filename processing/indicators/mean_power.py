"""The mean power that a meter measured in a window: what a utility bills by."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Indicator, IndicatorExample, Part, Reduction, Results
from processing.metering import IMPORT, NEIGHBOURS, metered
from processing.quality import doubted
from processing.windows import positions
from sensors.quality import Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given


def mean_power(given: Given) -> Results:
    """Divide what each meter counted in each window by the hours it speaks for. [kW], shape (s, m)."""
    found = metered(given, given.edges)
    power = np.divide(found.amount, found.hours, out=np.full(found.hours.shape, np.nan), where=found.hours > 0)
    estimated = ~np.isnan(power) & (found.coverage < 1.0)
    parts = {"interpolated": interpolated(given)}
    return Results(power, found.coverage, found.samples, doubted(found.quality, estimated), parts)


def interpolated(given: Given) -> NDArray[np.float64]:
    """Tell at which part of both edges of each window no reading was taken. [1], 0 .. 1, shape (s, m)."""
    rows, edges = given.rows[IMPORT.input], given.edges.view(np.int64)
    place = positions(rows, edges)
    _, end = rows.limits()
    there = (place < end[:, np.newaxis]) & (np.append(rows.time, -1)[np.minimum(place, len(rows))] == edges)
    between = (~there).astype(np.float64)
    part: NDArray[np.float64] = (between[:, :-1] + between[:, 1:]) / 2
    return part


_READINGS = (("2026-06-01T07:50", 100.0), ("2026-06-01T08:10", 110.0), ("2026-06-01T08:30", 114.0))

INDICATOR = Indicator(
    name="mean_power",
    title="Mean power",
    title_de="Mittlere Leistung",
    description=(
        "Energy that the meter counted in the window by real hours, 23 or 25 on the days on which the clocks are set. "
        "Windows are named by their start. Readings at other times than the window's edges are interpolated to these "
        "in a straight line; which part of both edges was, is told beside it. Of a partly known window it is the mean "
        "over what is known. Weeks and longer are means weighted by known time. Of a group it follows from its energy."
    ),
    unit="kW",
    source="Registered power metering (RLM): mean power of the quarter hour, glossary at energieja.de",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(IMPORT.input,),
    windows=("15min", "hour", "day"),
    lookback=IMPORT.reach,
    lookahead=IMPORT.reach,
    neighbours=NEIGHBOURS,
    patience=timedelta(hours=2),
    parts=(
        Part(
            name="interpolated",
            title="Mean power, part of edges interpolated",
            title_de="Mittlere Leistung, Anteil interpolierter Ränder",
            unit="1",
        ),
    ),
    roll_up=Reduction.MEAN,
    formula=mean_power,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="15min",
            start="2026-06-01T08:15",
            rows={IMPORT.input: _READINGS},
            value=12.0,
            parts={"interpolated": 0.5},
        ),
        IndicatorExample(
            kind="energy_meter",
            window="15min",
            start="2026-06-01T08:00",
            rows={IMPORT.input: _READINGS},
            value=(5.0 + 1.0) / 0.25,
            parts={"interpolated": 1.0},
        ),
        IndicatorExample(
            kind="energy_meter",
            window="15min",
            start="2026-06-01T08:30",
            rows={IMPORT.input: _READINGS},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
            parts={"interpolated": float("nan")},
        ),
    ),
)
