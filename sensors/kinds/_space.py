"""What is observed of any place on which a vehicle may or may not stand: space, loading zone, fire-access zone, bay."""

from __future__ import annotations

from datetime import timedelta

from sensors.kinds._device import BATTERY, BATTERY_VOLTAGE, RSSI, SNR, TEMPERATURE
from sensors.model import ObservedProperty, SeriesKind

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

OBSERVED = (OCCUPIED, BATTERY_VOLTAGE, TEMPERATURE, BATTERY, RSSI, SNR)
