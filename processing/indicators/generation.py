"""How much a photovoltaic plant generated in a window."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.metering import EXPORT, NEIGHBOURS, amounts
from sensors.model import SeriesKind
from sensors.quality import Quality

INDICATOR = Indicator(
    name="generation",
    title="Energy generated",
    title_de="Erzeugte Energie",
    description=(
        "Energy that the plant's own meter counted as given by it in the window, gross of what its inverter draws at "
        "night. Gathered like the energy of any meter: spread evenly between readings, restarts and rollovers told "
        "apart, gaps of more than 2 h not known and of up to 12 h estimated, SUSPECT."
    ),
    unit="kWh",
    source="Interval energy from a cumulative register (OBIS 1-0:2.8.0) at the plant; gaps: our definition",
    version=1,
    domain="energy",
    kinds=("pv_plant",),
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
            kind="pv_plant",
            window="hour",
            start="2026-06-01T10:00",
            rows={
                EXPORT.input: (("2026-06-01T09:30", 100.0), ("2026-06-01T10:30", 106.0), ("2026-06-01T11:00", 110.0))
            },
            value=7.0,
        ),
        IndicatorExample(
            kind="pv_plant",
            window="hour",
            start="2026-06-01T10:00",
            rows={EXPORT.input: ()},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
