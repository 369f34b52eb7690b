"""Dragino LDDS20: ultrasonic level of a liquid, from below through the container's bottom.

What it calls a distance is the height of the liquid above it.
"""

from __future__ import annotations

from math import nan

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._dragino import decode, fields_of

MODEL = DeviceModel(
    name="dragino_ldds20",
    vendor="Dragino",
    model="LDDS20",
    source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds20-codec.yaml, ldds20-114-codec.yaml",
    fields=fields_of("content_height"),
    decode=decode,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0d3b0aef00000001"),
            port=2,
            fields={"Bat": 3.387, "Distance": 2799, "TempC_DS18B20": 0.0},
            results={"content_height": 2799.0, "temperature": nan, "battery_voltage": 3.387},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds20-114-codec.yaml",
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
            results={"content_height": 2799.0, "temperature": nan, "battery_voltage": 3.387},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds20-114-codec.yaml",
        ),
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0e1c0b05"),
            port=2,
            fields={"Bat": 3.612, "distance": "No Sensor"},
            results={"content_height": nan, "battery_voltage": 3.612},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds20-codec.yaml",
        ),
    ),
)
