"""A weather station: the temperature of the air, for all buildings near it."""

from __future__ import annotations

from datetime import timedelta

from sensors.kinds._device import BATTERY, BATTERY_VOLTAGE, RSSI, SNR
from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

OUTDOOR_TEMPERATURE = ObservedProperty(
    name="outdoor_temperature",
    title="Outdoor temperature",
    title_de="Außentemperatur",
    unit="Cel",
    series=SeriesKind.GAUGE,
    description="Temperature of the air in the shade, 2 m above the ground where the station stands as it should.",
    source="smart-data-models/dataModel.Weather WeatherObserved.temperature; extremes of Germany (DWD)",
    fail=(-60.0, 60.0),
    suspect=(-38.0, 42.0),
    max_hold=timedelta(hours=2),
    checks={"spike": 8.0, "stuck_hours": 24.0},
)

KIND = SensorKind(
    name="weather_station",
    domain="energy",
    title="Weather station",
    title_de="Wetterstation",
    properties=(OUTDOOR_TEMPERATURE, BATTERY, BATTERY_VOLTAGE, RSSI, SNR),
    examples=(KindExample(site={}, reading={"outdoor_temperature": -3.5}, derived={}),),
)
