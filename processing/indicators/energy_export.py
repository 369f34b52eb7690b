"""How much energy was fed into the grid in a window."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.metering import EXPORT, NEIGHBOURS, amounts
from sensors.model import SeriesKind
from sensors.quality import Quality

INDICATOR = Indicator(
    name="energy_export",
    title="Energy fed in",
    title_de="Eingespeiste Energie",
    description=(
        "Energy that the meter counted as fed into the grid in the window, by its second register. Gathered like the "
        "energy taken: spread evenly between readings, restarts and rollovers told apart, gaps of more than 2 h not "
        "known and of up to 12 h estimated, SUSPECT."
    ),
    unit="kWh",
    source="Interval energy from a cumulative register (OBIS 1-0:2.8.0); resets, gaps and estimates: our definition",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(EXPORT.input,),
    windows=("15min", "hour", "day"),
    lookback=EXPORT.reach,
    lookahead=EXPORT.reach,
    neighbours=NEIGHBOURS,
    patience=timedelta(hours=2),
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=partial(amounts, register=EXPORT),
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="15min",
            start="2026-06-01T08:15",
            rows={EXPORT.input: (("2026-06-01T08:00", 7.0), ("2026-06-01T08:30", 8.0))},
            value=0.5,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="15min",
            start="2026-06-01T08:15",
            rows={EXPORT.input: (("2026-06-01T08:20", 7.0),)},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
