"""How much energy was in the gas that a meter counted in a window."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Grouping, Indicator, IndicatorExample, Reduction
from processing.metering import NEIGHBOURS, VOLUME, amounts
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given, Results


def gas_energy(given: Given) -> Results:
    """Multiply the volume with the energy of a cubic metre. [kWh], shape (s, m)."""
    volume, content = amounts(given, VOLUME), given.site("kwh_per_m3")[:, np.newaxis]
    said = ~np.isnan(content)
    return replace(
        volume,
        value=volume.value * content,
        coverage=np.where(said, volume.coverage, 0.0),
        samples=np.where(said, volume.samples, 0),
    )


INDICATOR = Indicator(
    name="gas_energy",
    title="Energy of gas",
    title_de="Energie des Gases",
    description=(
        "Energy of the gas that the meter counted in the window, by its gross calorific value: the volume times what "
        "the bill says of it (kwh_per_m3 of the site, calorific value times state number); null where the site does "
        "not say it. The volume is spread evenly between readings up to 26 h apart, which many such meters send once a "
        "day; an hour needs readings no more than 2 h apart. Up to 52 h apart it is an estimate, SUSPECT. Restarts and "
        "stray readings are told apart as with electricity."
    ),
    unit="kWh",
    source="Volume times calorific value times state number (DVGW G 685); gaps and estimates: our definition",
    version=1,
    domain="energy",
    kinds=("gas_meter",),
    inputs=(VOLUME.input,),
    windows=("hour", "day"),
    lookback=VOLUME.reach,
    lookahead=VOLUME.reach,
    neighbours=NEIGHBOURS,
    patience=timedelta(hours=26),
    series=SeriesKind.DELTA,
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=gas_energy,
    examples=(
        IndicatorExample(
            kind="gas_meter",
            window="day",
            start="2026-05-31T22:00",
            site={"kwh_per_m3": 10.5},
            rows={VOLUME.input: (("2026-05-31T22:00", 100.0), ("2026-06-01T22:00", 148.0))},
            value=504.0,
        ),
        # Readings a day apart tell of a day, not of its hours.
        IndicatorExample(
            kind="gas_meter",
            window="hour",
            start="2026-06-01T08:00",
            site={"kwh_per_m3": 10.5},
            rows={VOLUME.input: (("2026-05-31T22:00", 100.0), ("2026-06-01T22:00", 148.0))},
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
