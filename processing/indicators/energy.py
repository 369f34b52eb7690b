"""How much energy a meter counted in a window."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.metering import IMPORT, NEIGHBOURS, amounts
from sensors.model import SeriesKind
from sensors.quality import Quality

_READINGS = (
    ("2026-06-01T07:50", 100.0),
    ("2026-06-01T08:10", 110.0),
    ("2026-06-01T08:40", 140.0),
    ("2026-06-01T09:10", 160.0),
)

INDICATOR = Indicator(
    name="energy",
    title="Energy",
    title_de="Energie",
    description=(
        "Energy that the meter counted in the window. Between two readings it is spread evenly. A drop is a rollover "
        "where the meter has a modulus and stood at 0.9 of it or more, else a restart whose new reading counts and is "
        "SUSPECT; one stray reading is left out. Readings more than 2 h apart leave the time between them unknown "
        "(coverage below 1): up to 12 h their energy is still spread, as an estimate, SUSPECT. A rise beyond the "
        "site's greatest power counts nothing. Weeks and longer add up what is known of their days, groups what is "
        "known of their members: what is missing shows in the coverage."
    ),
    unit="kWh",
    source="Interval energy from a cumulative register (OBIS 1-0:1.8.0); resets, gaps and estimates: our definition",
    version=1,
    domain="energy",
    kinds=("energy_meter", "street_light_cabinet"),
    inputs=(IMPORT.input,),
    windows=("15min", "hour", "day"),
    lookback=IMPORT.reach,
    lookahead=IMPORT.reach,
    neighbours=NEIGHBOURS,
    patience=timedelta(hours=2),
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=partial(amounts, register=IMPORT),
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="hour",
            start="2026-06-01T08:00",
            rows={IMPORT.input: _READINGS},
            value=5.0 + 30.0 + 20.0 * 2 / 3,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="hour",
            start="2026-06-01T08:00",
            site={"counter_modulus_kwh": 1000},
            rows={IMPORT.input: (("2026-06-01T08:00", 990.0), ("2026-06-01T09:00", 15.0))},
            value=25.0,
        ),
        IndicatorExample(
            kind="street_light_cabinet",
            window="hour",
            start="2026-06-01T20:00",
            rows={IMPORT.input: (("2026-06-01T20:00", 7.5), ("2026-06-01T21:00", 10.0))},
            value=2.5,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="hour",
            start="2026-06-01T08:00",
            rows={IMPORT.input: _READINGS[:3]},
            value=float("nan"),
            coverage=2 / 3,
            quality=Quality.MISSING,
        ),
    ),
)
