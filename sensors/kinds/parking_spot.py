"""A single parking space whose sensor says whether a vehicle stands on it."""

from __future__ import annotations

from datetime import timedelta

from sensors.kinds._device import BATTERY_VOLTAGE, TEMPERATURE
from sensors.model import KindExample, ObservedProperty, SensorKind, SeriesKind

OCCUPIED = ObservedProperty(
    name="occupied",
    title="Occupied",
    title_de="Belegt",
    unit="1",
    series=SeriesKind.STATE,
    description="Whether a vehicle stands on the space. Sent on every change and repeated by a daily heartbeat.",
    source="smart-data-models/dataModel.Parking ParkingSpot.status (free, occupied)",
    fail=(0.0, 1.0),
    max_hold=timedelta(hours=24),
    categories=("free", "occupied"),
)

KIND = SensorKind(
    name="parking_spot",
    domain="parking",
    title="Parking space",
    title_de="Stellplatz",
    properties=(OCCUPIED, BATTERY_VOLTAGE, TEMPERATURE),
    examples=(KindExample(site={}, reading={"occupied": 1.0, "temperature": -1.0}, derived={}),),
)
