"""Dragino LLDS12: laser (time-of-flight) distance from 10 cm to 12 m; its distance is in cm."""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._dragino import BATTERY, NO_PROBE, UPLINK, battery


def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Read battery (V), distance (cm, sent in mm) and the strength of the echo."""
    if port != UPLINK:
        return {}
    if len(payload) < 8:
        raise ValueError(f"a frame of {len(payload)} bytes is too short")
    distance = int.from_bytes(payload[4:6]) / 10
    return {"Bat": battery(payload), "Lidar_distance": distance, "Lidar_signal": int.from_bytes(payload[6:8])}


MODEL = DeviceModel(
    name="dragino_llds12",
    vendor="Dragino",
    model="LLDS12",
    source="TheThingsNetwork/lorawan-devices vendor/dragino/llds12-codec.yaml",
    fields={
        "Lidar_distance": Field(property="distance", unit="cm", missing=(0.0, 6553.5)),
        "TempC_DS18B20": Field(property="temperature", missing=NO_PROBE),
        **BATTERY,
    },
    decode=decode,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0d5c00000b1801b1001e01"),
            port=2,
            fields={"Bat": 3.42, "Lidar_distance": 284.0, "Lidar_signal": 433},
            results={"distance": 2840.0, "battery_voltage": 3.42},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/llds12-codec.yaml",
        ),
        DeviceExample(
            kind="waste_container",
            fields={
                "Bat": 3.42,
                "TempC_DS18B20": "21.40",
                "Lidar_distance": 284,
                "Lidar_signal": 433,
                "Message_type": 1,
                "Interrupt_flag": 0,
                "Lidar_temp": 30,
            },
            results={"distance": 2840.0, "temperature": 21.4, "battery_voltage": 3.42},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/llds12-codec.yaml, with a probe",
        ),
    ),
)
