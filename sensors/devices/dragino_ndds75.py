"""Dragino NDDS75: the LDDS75 over NB-IoT; its own envelope, its fields as decoded by the network."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._dragino import fields_of

MODEL = DeviceModel(
    name="dragino_ndds75",
    vendor="Dragino",
    model="NDDS75",
    source="akenza-io/device-type-library types/dragino/ndds75",
    fields=fields_of("distance"),
    examples=(
        DeviceExample(
            kind="waste_container",
            fields={"distance": 57, "batteryVoltage": 3.316, "batteryLevel": 70},
            results={"distance": 57.0, "battery_voltage": 3.316, "battery": 70.0},
            source="akenza-io/device-type-library types/dragino/ndds75/uplink.spec.js",
        ),
    ),
)
