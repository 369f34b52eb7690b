"""A water meter: what has flowed through it, and what flows now."""

from __future__ import annotations

from sensors.households import HOUSEHOLD, MEANING
from sensors.kinds._device import BATTERY, BATTERY_VOLTAGE, RSSI, SNR
from sensors.kinds._meters import PULSES, TOTAL_VOLUME, VOLUME_FLOW, temperature_of
from sensors.model import KindExample, SensorKind

WATER_TEMPERATURE = temperature_of(
    "water_temperature",
    "Water temperature",
    "Wassertemperatur",
    "Temperature of the water in the meter: below 4 the pipe may freeze, above 25 drinking water turns foul.",
    "smart-data-models/dataModel.WaterConsumption; DVGW W 400: cold water stays below 25 degrees",
)

KIND = SensorKind(
    name="water_meter",
    domain="energy",
    title="Water meter",
    title_de="Wasserzähler",
    properties=(TOTAL_VOLUME, VOLUME_FLOW, WATER_TEMPERATURE, BATTERY, BATTERY_VOLTAGE, RSSI, SNR),
    site={HOUSEHOLD: MEANING, "pulses_per_m3": PULSES},
    examples=(KindExample(site={}, reading={"total_volume": 123.529}, derived={}),),
)
