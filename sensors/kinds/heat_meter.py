"""A heat meter of district heating: energy, volume, and the two temperatures between which the heat was given off."""

from __future__ import annotations

from datetime import timedelta

from sensors.households import HOUSEHOLD, MEANING
from sensors.kinds._device import BATTERY, BATTERY_VOLTAGE, RSSI, SNR
from sensors.kinds._meters import PULSES, TOTAL_VOLUME, VOLUME_FLOW, temperature_of
from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

TOTAL_HEAT_ENERGY = ObservedProperty(
    name="total_heat_energy",
    title="Heat taken",
    title_de="Bezogene Wärme",
    unit="kWh",
    series=SeriesKind.COUNTER,
    description="The meter's cumulative reading of heat; meters display MWh or GJ, too.",
    source="EN 1434; OBIS 6-0:1.0.0",
    fail=(0.0, 1e9),
    max_hold=timedelta(hours=26),
)

THERMAL_POWER = ObservedProperty(
    name="thermal_power",
    title="Thermal power",
    title_de="Wärmeleistung",
    unit="kW",
    series=SeriesKind.GAUGE,
    description="Heat taken now; negative where a network is cooled.",
    source="EN 1434; OBIS 6-0:8.0.0",
    fail=(-1e6, 1e6),
    max_hold=timedelta(hours=2),
    suspect_above_site="max_power_kw",
)

FLOW_TEMPERATURE = temperature_of(
    "flow_temperature",
    "Flow temperature",
    "Vorlauftemperatur",
    "Temperature of the water that comes from the network.",
    "EN 1434; OBIS 6-0:10.0.0",
)
RETURN_TEMPERATURE = temperature_of(
    "return_temperature",
    "Return temperature",
    "Rücklauftemperatur",
    "Temperature of the water that goes back; the closer it comes to the flow's, the more heat is pumped in vain.",
    "EN 1434; OBIS 6-0:11.0.0",
)

KIND = SensorKind(
    name="heat_meter",
    domain="energy",
    title="Heat meter",
    title_de="Wärmezähler",
    properties=(
        TOTAL_HEAT_ENERGY,
        THERMAL_POWER,
        TOTAL_VOLUME,
        VOLUME_FLOW,
        FLOW_TEMPERATURE,
        RETURN_TEMPERATURE,
        BATTERY,
        BATTERY_VOLTAGE,
        RSSI,
        SNR,
    ),
    site={
        HOUSEHOLD: MEANING,
        "max_power_kw": "greatest power the connection can carry in kilowatts",
        "floor_area_m2": "heated floor area behind the meter in square metres",
        "pulses_per_m3": PULSES,
        "weather_station": "id of the weather station whose temperature counts for the building",
        "co2_g_per_kwh": "grams of carbon dioxide by kilowatt hour of heat, as the supplier of heat publishes it",
    },
    examples=(KindExample(site={}, reading={"total_heat_energy": 2_474_867.0, "flow_temperature": 111.5}, derived={}),),
)
