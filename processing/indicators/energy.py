"""How much energy a meter counted in a window."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Indicator, IndicatorExample, Results
from processing.metering import metered
from processing.quality import doubted
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given


def energy(given: Given) -> Results:
    """Gather what each meter counted in each window; not wholly known is doubted. [kWh], shape (s, m)."""
    found = metered(given, given.edges)
    estimated = ~np.isnan(found.energy) & (found.coverage < 1.0)
    return Results(found.energy, found.coverage, found.samples, doubted(found.quality, estimated))


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
        "Energy that the meter counted in the window. Between two readings it is spread evenly. A drop is "
        "a rollover where the meter has a modulus and stood at 0.9 of it or more, else a restart whose new reading "
        "counts and is SUSPECT; one stray reading is left out. Readings more than 2 h apart leave the time between "
        "them unknown (coverage below 1): up to 12 h their energy is still spread, as an estimate, SUSPECT. A rise "
        "beyond the site's greatest power counts nothing."
    ),
    unit="kWh",
    source="Interval energy from a cumulative register (OBIS 1-0:1.8.0); resets, gaps and estimates: our definition",
    version=1,
    domain="energy",
    kinds=("energy_meter",),
    inputs=("total_active_energy_import",),
    windows=("15min", "hour", "day"),
    # 12 h to the reading beyond a gap, and three times 2 h to the readings that may unmask it as stray.
    lookback=timedelta(hours=18),
    lookahead=timedelta(hours=18),
    patience=timedelta(hours=2),
    series=SeriesKind.DELTA,
    formula=energy,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="hour",
            start="2026-06-01T08:00",
            rows={"total_active_energy_import": _READINGS},
            value=5.0 + 30.0 + 20.0 * 2 / 3,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="hour",
            start="2026-06-01T08:00",
            site={"counter_modulus_kwh": 1000},
            rows={"total_active_energy_import": (("2026-06-01T08:00", 990.0), ("2026-06-01T09:00", 15.0))},
            value=25.0,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="hour",
            start="2026-06-01T08:00",
            rows={"total_active_energy_import": _READINGS[:3]},
            value=float("nan"),
            coverage=2 / 3,
            quality=Quality.MISSING,
        ),
    ),
)
