"""Dragino DDS20-LB: ultrasonic level of a liquid, from below through the container's bottom.

What it calls a distance is the height of the liquid above it.
"""

from __future__ import annotations

from math import nan

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._dragino import decode, fields_of

MODEL = DeviceModel(
    name="dragino_dds20_lb",
    vendor="Dragino",
    model="DDS20-LB",
    source="akenza-io/device-type-library types/dragino/dds20-lb",
    fields=fields_of("content_height"),
    decode=decode,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0d020018000ccc01"),
            port=2,
            fields={"Bat": 3.33, "Distance": 24, "TempC_DS18B20": 327.6},
            results={"content_height": 24.0, "temperature": nan, "battery_voltage": 3.33},
            source="akenza-io/device-type-library types/dragino/dds20-lb/uplink.spec.js",
        ),
        DeviceExample(
            kind="waste_container",
            fields={
                "distance": 24,
                "interruptFlag": False,
                "temperature": 327.6,
                "sensorFlag": True,
                "batteryVoltage": 3.33,
            },
            results={"content_height": 24.0, "temperature": nan, "battery_voltage": 3.33},
            source="akenza-io/device-type-library types/dragino/dds20-lb/uplink.spec.js",
        ),
    ),
)
