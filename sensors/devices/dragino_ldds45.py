"""Dragino LDDS45: ultrasonic distance from 3 cm to 4.5 m, for bins and litter bins."""

from __future__ import annotations

from math import nan

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._dragino import decode, fields_of

MODEL = DeviceModel(
    name="dragino_ldds45",
    vendor="Dragino",
    model="LDDS45",
    source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds45-codec.yaml",
    fields=fields_of("distance"),
    decode=decode,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0d3b0aef00000001"),
            port=2,
            fields={"Bat": 3.387, "Distance": 2799, "TempC_DS18B20": 0.0},
            results={"distance": 2799.0, "temperature": nan, "battery_voltage": 3.387},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds45-codec.yaml",
        ),
        DeviceExample(
            kind="waste_container",
            fields={
                "Bat": 3.387,
                "Distance": "2799 mm",
                "Interrupt_flag": 0,
                "Sensor_flag": 1,
                "TempC_DS18B20": "0.00",
            },
            results={"distance": 2799.0, "temperature": nan, "battery_voltage": 3.387},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds45-codec.yaml",
        ),
    ),
)
