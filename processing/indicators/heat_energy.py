"""How much heat a meter counted in a window."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.metering import HEAT, NEIGHBOURS, amounts
from sensors.model import SeriesKind
from sensors.quality import Quality

INDICATOR = Indicator(
    name="heat_energy",
    title="Heat",
    title_de="Wärme",
    description=(
        "Heat that the meter counted in the window. It is spread evenly between readings up to 26 h apart, which many "
        "such meters send once a day; an hour needs readings no more than 2 h apart. Up to 52 h apart it is an "
        "estimate, SUSPECT. Restarts and stray readings are told apart as with electricity."
    ),
    unit="kWh",
    source="Interval energy from a cumulative register (EN 1434, OBIS 6-0:1.0.0); gaps and estimates: our definition",
    version=1,
    domain="energy",
    kinds=("heat_meter",),
    inputs=(HEAT.input,),
    windows=("hour", "day"),
    lookback=HEAT.reach,
    lookahead=HEAT.reach,
    neighbours=NEIGHBOURS,
    patience=timedelta(hours=26),
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=partial(amounts, register=HEAT),
    examples=(
        IndicatorExample(
            kind="heat_meter",
            window="day",
            start="2026-05-31T22:00",
            site={},
            rows={HEAT.input: (("2026-05-31T22:00", 100.0), ("2026-06-01T22:00", 148.0))},
            value=48.0,
        ),
        # Readings a day apart tell of a day, not of its hours.
        IndicatorExample(
            kind="heat_meter",
            window="hour",
            start="2026-06-01T08:00",
            site={},
            rows={HEAT.input: (("2026-05-31T22:00", 100.0), ("2026-06-01T22:00", 148.0))},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
