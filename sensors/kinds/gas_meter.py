"""A gas meter: volume as metered, before the supplier makes it energy by calorific value and state number."""

from __future__ import annotations

from sensors.households import HOUSEHOLD, MEANING
from sensors.kinds._device import BATTERY, BATTERY_VOLTAGE, RSSI, SNR
from sensors.kinds._meters import PULSES, TOTAL_VOLUME, VOLUME_FLOW
from sensors.model import KindExample, SensorKind

KIND = SensorKind(
    name="gas_meter",
    domain="energy",
    title="Gas meter",
    title_de="Gaszähler",
    properties=(TOTAL_VOLUME, VOLUME_FLOW, BATTERY, BATTERY_VOLTAGE, RSSI, SNR),
    site={
        HOUSEHOLD: MEANING,
        "pulses_per_m3": PULSES,
        "floor_area_m2": "heated floor area behind the meter in square metres",
        "weather_station": "id of the weather station whose temperature counts for the building",
        "kwh_per_m3": "calorific value times state number as on the bill, in kilowatt hours per cubic metre",
    },
    examples=(KindExample(site={}, reading={"total_volume": 9021.42}, derived={}),),
)
