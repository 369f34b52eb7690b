"""Dragino NDDS20: level of a liquid from below, over NB-IoT; its own envelope, its fields as decoded by the network.

What it calls a distance is the height of the liquid above it.
"""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._dragino import fields_of

MODEL = DeviceModel(
    name="dragino_ndds20",
    vendor="Dragino",
    model="NDDS20",
    source="akenza-io/device-type-library types/dragino/ndds20",
    fields=fields_of("content_height"),
    examples=(
        DeviceExample(
            kind="waste_container",
            fields={"distance": 57, "batteryVoltage": 3.316, "batteryLevel": 70},
            results={"content_height": 57.0, "battery_voltage": 3.316, "battery": 70.0},
            source="akenza-io/device-type-library types/dragino/ndds20/uplink.spec.js",
        ),
    ),
)
