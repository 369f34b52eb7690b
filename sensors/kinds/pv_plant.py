"""A photovoltaic plant at its own meter: what it generates is what it feeds, so any electricity meter can read it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sensors.households import HOUSEHOLD, MEANING
from sensors.kinds._electricity import (
    ACTIVE_POWER,
    CURRENTS,
    FREQUENCY,
    SITE,
    TOTAL_ACTIVE_ENERGY_EXPORT,
    TOTAL_ACTIVE_ENERGY_IMPORT,
    VOLTAGES,
)
from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

if TYPE_CHECKING:
    from collections.abc import Mapping

GENERATED_POWER = ObservedProperty(
    name="generated_power",
    title="Generated power",
    title_de="Erzeugte Leistung",
    unit="kW",
    series=SeriesKind.GAUGE,
    description="Power that the plant gives now; a little below zero at night, when the inverter draws some.",
    source="smart-data-models/dataModel.GreenEnergy SolarEnergy.activePower, there per phase",
    fail=(-1e4, 1e6),
    max_hold=timedelta(minutes=30),
    suspect_above_site="peak_power_kw",
)


def generated(reading: Mapping[str, float], _site: Mapping[str, Any]) -> dict[str, float]:
    """Give the generated power [kW] from that of the meter, which counts what is drawn as positive."""
    if "active_power" not in reading or "generated_power" in reading:
        return {}
    return {"generated_power": 0.0 - reading["active_power"]}


KIND = SensorKind(
    name="pv_plant",
    domain="energy",
    title="Photovoltaic plant",
    title_de="Photovoltaikanlage",
    properties=(
        GENERATED_POWER,
        TOTAL_ACTIVE_ENERGY_EXPORT,
        TOTAL_ACTIVE_ENERGY_IMPORT,
        ACTIVE_POWER,
        *VOLTAGES,
        *CURRENTS,
        FREQUENCY,
    ),
    site={**SITE, HOUSEHOLD: MEANING, "peak_power_kw": "installed peak power of the plant in kilowatts"},
    derive=generated,
    examples=(
        KindExample(site={}, reading={"active_power": -8.25}, derived={"generated_power": 8.25}),
        KindExample(site={}, reading={"total_active_energy_export": 766.1}, derived={}),
    ),
)
