"""Teneo IoT filling degree sensor: ultrasonic distance in cm; ``battery`` is volts, not percent.

An error comes as a frame without a distance, an empty reach as -1.
"""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field

MEASUREMENT, FAULT = 1, 2


def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Read battery (V) and, from a frame of distance alone, the distance (cm)."""
    if port not in {MEASUREMENT, FAULT}:
        return {}
    if not payload:
        raise ValueError("the frame is empty")
    fields: dict[str, Any] = {"battery": (20 + payload[0]) / 10}
    if port == MEASUREMENT and len(payload) == 3:
        fields["distance"] = int.from_bytes(payload[1:3])
    return fields


MODEL = DeviceModel(
    name="teneo_filling_degree",
    vendor="Teneo IoT",
    model="Filling degree sensor",
    source="TheThingsNetwork/lorawan-devices vendor/teneo-iot/filling-degree-sensor-codec.yaml and .js",
    fields={
        "distance": Field(property="distance", unit="cm", missing=(-1.0,)),
        "battery": Field(property="battery_voltage"),
        "temperature": Field(property="temperature"),
    },
    decode=decode,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0c001e"),
            port=1,
            fields={"battery": 3.2, "distance": 30},
            results={"distance": 300.0, "battery_voltage": 3.2},
            source="TheThingsNetwork/lorawan-devices vendor/teneo-iot/filling-degree-sensor-codec.yaml",
        ),
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0d00"),
            port=2,
            fields={"battery": 3.3},
            results={"battery_voltage": 3.3},
            source="TheThingsNetwork/lorawan-devices vendor/teneo-iot/filling-degree-sensor-codec.yaml, an error",
        ),
        DeviceExample(
            kind="waste_container",
            fields={
                "battery": 3.4,
                "charging": False,
                "sensorType": "fillrate",
                "settingsAllowed": True,
                "distance": 120,
                "valid": True,
            },
            results={"distance": 1200.0, "battery_voltage": 3.4},
            source="TheThingsNetwork/lorawan-devices vendor/teneo-iot/filling-degree-sensor-codec.yaml",
        ),
    ),
)
