"""Dragino DDS75-LB: ultrasonic distance from 28 cm to 7.5 m, the LDDS75 with a larger battery.

The example that its published codec comes with is a temperature sensor's: of that only the battery is read.
"""

from __future__ import annotations

from math import nan

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._dragino import decode, fields_of

MODEL = DeviceModel(
    name="dragino_dds75_lb",
    vendor="Dragino",
    model="DDS75-LB",
    source="TheThingsNetwork/lorawan-devices vendor/dragino/dds75-lb-codec.yaml",
    fields=fields_of("distance"),
    decode=decode,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0d3b0aef00000001"),
            port=2,
            fields={"Bat": 3.387, "Distance": 2799, "TempC_DS18B20": 0.0},
            results={"distance": 2799.0, "temperature": nan, "battery_voltage": 3.387},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds75-114-codec.yaml, whose bytes it shares",
        ),
        DeviceExample(
            kind="waste_container",
            fields={
                "BatV": 3.062,
                "Bat_status": 3,
                "Ext_sensor": "Temperature Sensor",
                "Hum_SHT": 88.6,
                "TempC_DS": 27.81,
                "TempC_SHT": 28.29,
            },
            results={"battery_voltage": 3.062},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/dds75-lb-codec.yaml",
        ),
    ),
)
