"""How much water a meter counted in a window."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.metering import NEIGHBOURS, VOLUME, amounts
from sensors.model import SeriesKind
from sensors.quality import Quality

INDICATOR = Indicator(
    name="water_volume",
    title="Water",
    title_de="Wasser",
    description=(
        "Volume that the water meter counted in the window. It is spread evenly between readings up to 26 h apart, "
        "which many such meters send once a day; an hour needs readings no more than 2 h apart. Up to 52 h apart it is "
        "an estimate, SUSPECT. Restarts and stray readings are told apart as with electricity."
    ),
    unit="m3",
    source="Interval volume from a cumulative register (OBIS 8-0:1.0.0); gaps and estimates: our definition",
    version=1,
    domain="energy",
    kinds=("water_meter",),
    inputs=(VOLUME.input,),
    windows=("hour", "day"),
    lookback=VOLUME.reach,
    lookahead=VOLUME.reach,
    neighbours=NEIGHBOURS,
    patience=timedelta(hours=26),
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=partial(amounts, register=VOLUME),
    examples=(
        IndicatorExample(
            kind="water_meter",
            window="day",
            start="2026-05-31T22:00",
            site={},
            rows={VOLUME.input: (("2026-05-31T22:00", 100.0), ("2026-06-01T22:00", 148.0))},
            value=48.0,
        ),
        # Readings a day apart tell of a day, not of its hours.
        IndicatorExample(
            kind="water_meter",
            window="hour",
            start="2026-06-01T08:00",
            site={},
            rows={VOLUME.input: (("2026-05-31T22:00", 100.0), ("2026-06-01T22:00", 148.0))},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
