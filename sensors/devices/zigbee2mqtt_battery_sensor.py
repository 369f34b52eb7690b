"""Zigbee2MQTT: what its battery sensors share; ``voltage`` is that of the battery, in mV."""

from __future__ import annotations

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._words import OCCUPANCY

MODEL = DeviceModel(
    name="zigbee2mqtt_battery_sensor",
    vendor="Zigbee2MQTT",
    model="Battery sensors",
    source="Koenkk/zigbee2mqtt.io docs: exposes battery, voltage, temperature",
    fields={
        "temperature": Field(property="temperature"),
        "battery": Field(property="battery"),
        "voltage": Field(property="battery_voltage", unit="mV"),
        "occupancy": Field(property="occupied", words=OCCUPANCY),
    },
    examples=(
        DeviceExample(
            kind="parking_spot",
            fields={
                "battery": 91,
                "voltage": 2985,
                "temperature": 23.5,
                "humidity": 46.08,
                "pressure": 915.5,
                "linkquality": 10,
            },
            results={"temperature": 23.5, "battery": 91.0, "battery_voltage": 2.985},
            source="formats survey, Zigbee2MQTT message 1 (its test suite, code index 6448042532)",
        ),
    ),
)
