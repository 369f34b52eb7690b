"""Milesight EM500-UDL: ultrasonic distance with a memory of readings that could not be sent.

The frame of a mutation alarm (channel 83 e9) is read past: the published decoder divides its distance by ten, which 16
bits and a reach of ten metres do not allow.
"""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._milesight import PASS, put_distance, reader, unsigned


def _put_history(value: bytes, fields: dict[str, Any]) -> None:
    reading = {"timestamp": unsigned(value[:4]), "distance": unsigned(value[4:])}
    fields.setdefault("history", []).append(reading)


MODEL = DeviceModel(
    name="milesight_em500_udl",
    vendor="Milesight",
    model="EM500-UDL",
    source="Milesight-IoT/SensorDecoders em-series/em500-udl",
    fields={
        "distance": Field(property="distance", missing=(65535.0,)),
        "battery": Field(property="battery"),
        "batteryLevel": Field(property="battery"),
    },
    decode=reader({(0x03, 0x82): (2, put_distance), (0x83, 0xE9): (5, PASS), (0x20, 0xCE): (6, _put_history)}),
    history="history",
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("01756403821e00"),
            port=85,
            fields={"battery": 100, "distance": 30},
            results={"distance": 30.0, "battery": 100.0},
            source="TheThingsNetwork/lorawan-devices vendor/milesight-iot/em500-udl-codec.yaml",
        ),
    ),
)
