"""Dragino LDDS75: ultrasonic distance from 28 cm to 7.5 m, for bins and containers."""

from __future__ import annotations

from math import nan

from sensors.device import DeviceExample, DeviceModel
from sensors.devices._dragino import decode, fields_of

MODEL = DeviceModel(
    name="dragino_ldds75",
    vendor="Dragino",
    model="LDDS75",
    source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds75-codec.yaml, ldds75-114-codec.yaml",
    fields=fields_of("distance"),
    decode=decode,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0d3b0aef00000001"),
            port=2,
            fields={"Bat": 3.387, "Distance": 2799, "TempC_DS18B20": 0.0},
            results={"distance": 2799.0, "temperature": nan, "battery_voltage": 3.387},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds75-114-codec.yaml",
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
            source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds75-114-codec.yaml",
        ),
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0e1c0b05"),
            port=2,
            fields={"Bat": 3.612, "distance": "No Sensor"},
            results={"distance": nan, "battery_voltage": 3.612},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds75-codec.yaml",
        ),
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0d0a07e900000001"),
            port=2,
            fields={"Bat": 3.338, "Distance": 2025, "TempC_DS18B20": 0.0},
            results={"distance": 2025.0, "temperature": nan, "battery_voltage": 3.338},
            source="chirpstack/chirpstack-device-profiles vendors/dragino ldds75",
        ),
    ),
)
