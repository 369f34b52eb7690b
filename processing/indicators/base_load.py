"""The power that a building draws even when nothing is going on."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.indicator import Indicator, IndicatorExample, Part, Results
from processing.indicators.pv_used import meters_load
from processing.local import days_before
from processing.past import quantile
from processing.quarters import PER_HOUR, Quarters
from sensors.quality import Quality, flag_of, severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from processing.indicator import Given

ENERGY, OWN = "energy_15min", "pv_used_15min"
DAYS = 7
LOW, HIGH = 0.025, 0.975
"""Percentiles of load shapes: LBNL-3713E."""


def base_load(given: Given) -> Results:
    """Give the 2.5th percentile of the quarter hours of seven local days. [kW], shape (s, m)."""
    quarters = Quarters.of(given, days_before(given.edges[:-1].view(np.int64), DAYS - 1, given.zone))
    laid, own = quarters.laid(given, ENERGY), quarters.laid(given, OWN)
    beside = beside_plant(given)
    power = PER_HOUR * (laid.value + np.where(beside, own.value, 0.0))
    week = quarters.within(power)
    ranks = np.maximum(severity(quarters.worst(laid)), np.where(beside, severity(quarters.worst(own)), 0))
    return Results(
        value=quantile(week, LOW),
        coverage=quarters.coverage(power),
        samples=quarters.samples(laid),
        quality=flag_of(ranks.astype(np.uint8)),
        parts={"high": quantile(week, HIGH)},
    )


def beside_plant(given: Given) -> NDArray[np.bool_]:
    """Tell which meters do not count what a plant of theirs gives to the building. [bool], shape (s, 1)."""
    named = np.array([bool(site.get("pv_plant")) for site in given.sites], dtype=bool).reshape(-1, 1)
    return named & ~meters_load(given)


_WEEK = tuple(
    (str(np.datetime64("2026-05-25T22:00") + 15 * quarter), 1.0 + quarter % 96 / 4) for quarter in range(7 * 96)
)
"""Each day from 4 to 99 kW in steps of 1."""

INDICATOR = Indicator(
    name="base_load",
    title="Base load",
    title_de="Grundlast",
    description=(
        "Power below which the load is in one of forty quarter hours: the 2.5th percentile of the quarter hours of "
        "seven local days, up to the end of the day it is told for. Beside it stands the 97.5th percentile, near the "
        "peak. Where the meter has a photovoltaic plant beside it (pv_plant) it is the percentile of what is used, "
        "from grid and plant, and a quarter hour of which either is not known is not known; what is fed in never "
        "counts. A meter that counts all that is used (meters_load: true) tells it alone."
    ),
    unit="kW",
    source="Percentiles 2.5 and 97.5 of load shapes: LBNL-3713E (abstract); seven days and use beside a plant: our own",
    version=2,
    domain="energy",
    kinds=("energy_meter",),
    inputs=(ENERGY, OWN),
    windows=("day",),
    lookback=timedelta(days=DAYS, hours=1),
    parts=(Part(name="high", title="High load", title_de="Hochlast", unit="kW"),),
    formula=base_load,
    examples=(
        # Of 672 quarter hours, seven of each power, the percentile lies at place 16.775 of those from 0 to 671.
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={ENERGY: _WEEK, OWN: ()},
            value=6.0,
            parts={"high": 97.0},
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            site={"pv_plant": "roof"},
            rows={ENERGY: _WEEK, OWN: tuple((time, 2.0) for time, _ in _WEEK)},
            value=14.0,
            parts={"high": 105.0},
        ),
        # What the plant gives is in what this meter counts.
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            site={"pv_plant": "roof", "meters_load": True},
            rows={ENERGY: _WEEK, OWN: tuple((time, 2.0) for time, _ in _WEEK)},
            value=6.0,
            parts={"high": 97.0},
        ),
        # Of two days nobody knows what the plant gave: nothing is taken from the grid does not say nothing is used.
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            site={"pv_plant": "roof"},
            rows={ENERGY: _WEEK, OWN: tuple((time, 2.0) for time, _ in _WEEK[:-192])},
            value=float("nan"),
            coverage=5 / 7,
            quality=Quality.MISSING,
        ),
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start="2026-05-31T22:00",
            rows={ENERGY: _WEEK[:-192], OWN: ()},
            value=float("nan"),
            coverage=5 / 7,
            quality=Quality.MISSING,
        ),
    ),
)
