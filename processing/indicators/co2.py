"""How much carbon dioxide the energy stands for that a meter counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from processing.co2 import factors
from processing.daily import first_told
from processing.indicator import Grouping, Indicator, IndicatorExample, Part, Reduction, Results
from processing.local import local
from processing.quality import doubted
from processing.reduction import laid_out
from sensors.model import SeriesKind
from sensors.quality import Quality

if TYPE_CHECKING:
    from processing.indicator import Given

POWER, GAS, HEAT = "energy_day", "gas_energy_day", "heat_energy_day"
OF_HEAT = "co2_g_per_kwh"
GRAMS = 1000.0


def co2(given: Given) -> Results:
    """Multiply the energy of each day with the factor of its carrier and year. [kg], shape (s, m)."""
    years = local(given.edges[:-1].view(np.int64), given.zone).year
    power, gas, heat = (laid_out(given.rows[name], given.edges) for name in (POWER, GAS, HEAT))
    of_power, not_final = factors("electricity", years)
    of_gas, _ = factors("gas", years)
    of_heat = given.site(OF_HEAT)[:, np.newaxis]
    kilograms = first_told(
        [
            replace(power, value=power.value * of_power / GRAMS),
            replace(gas, value=gas.value * of_gas / GRAMS),
            replace(heat, value=heat.value * of_heat / GRAMS),
        ]
    )
    provisional = ~np.isnan(power.value) & not_final
    return Results(
        value=kilograms.value,
        coverage=kilograms.coverage,
        samples=kilograms.samples,
        quality=doubted(kilograms.quality, provisional),
        parts={"provisional": np.where(provisional, kilograms.value, kilograms.value * 0.0)},
    )


_2023, _2026 = "2023-06-01T22:00", "2026-05-31T22:00"


def _rows(name: str, start: str, energy: float) -> dict[str, tuple[tuple[str, float], ...]]:
    return {POWER: (), GAS: (), HEAT: (), name: ((start, energy),)}


INDICATOR = Indicator(
    name="co2",
    title="Carbon dioxide",
    title_de="Kohlendioxid",
    description=(
        "Carbon dioxide that the energy of the day stands for where it was used (location-based): electricity from the "
        "grid by the German mix of its year, gas by its gross calorific value, heat by what its supplier publishes "
        "(co2_g_per_kwh of the site; null without it). The factors and their sources are a table of this release; a "
        "year for which none is final yet counts by the newest one, SUSPECT, and how many kilograms rest on such a "
        "factor stands beside it. Direct emissions, without the making of fuels and plants."
    ),
    unit="kg",
    source="Umweltbundesamt, Climate Change 16/2026, table 2 (electricity mix); EBeV 2030, annex 2 part 4 (gas)",
    version=1,
    domain="energy",
    kinds=("energy_meter", "street_light_cabinet", "gas_meter", "heat_meter"),
    inputs=(POWER, GAS, HEAT),
    windows=("day",),
    lookback=timedelta(0),
    series=SeriesKind.DELTA,
    parts=(
        Part(
            name="provisional",
            title="Carbon dioxide by factors that are not final",
            title_de="Kohlendioxid nach vorläufigen Faktoren",
            unit="kg",
        ),
    ),
    roll_up=Reduction.SUM,
    grouping=Grouping(Reduction.SUM),
    formula=co2,
    examples=(
        IndicatorExample(
            kind="energy_meter",
            window="day",
            start=_2023,
            rows=_rows(POWER, _2023, 1000.0),
            value=379.0,
            parts={"provisional": 0.0},
        ),
        # No factor of 2026 is known yet: that of 2025 counts.
        IndicatorExample(
            kind="street_light_cabinet",
            window="day",
            start=_2026,
            rows=_rows(POWER, _2026, 10.0),
            value=3.44,
            quality=Quality.SUSPECT,
            parts={"provisional": 3.44},
        ),
        IndicatorExample(
            kind="gas_meter",
            window="day",
            start=_2026,
            rows=_rows(GAS, _2026, 100.0),
            value=18.139,
            parts={"provisional": 0.0},
        ),
        IndicatorExample(
            kind="heat_meter",
            window="day",
            start=_2026,
            site={OF_HEAT: 150},
            rows=_rows(HEAT, _2026, 100.0),
            value=15.0,
        ),
        IndicatorExample(
            kind="heat_meter",
            window="day",
            start=_2026,
            rows=_rows(HEAT, _2026, 100.0),
            value=float("nan"),
            coverage=0.0,
            quality=Quality.MISSING,
        ),
    ),
)
