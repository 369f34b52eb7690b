"""Dragino DDS04-LB: up to four ultrasonic probes on cables, in cm. The first probe looks into the container.

Port 3 carries remembered readings, eleven bytes each: flags, three distances, seconds since 1970.
"""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._dragino import BATTERY, UPLINK, WORDS, battery

NO_ECHO = (0.0,)
"""No probe at this socket."""

DATALOG, _RECORD = 3, 11


def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Read battery (V) and the first of four distances (cm), or the remembered readings of the first."""
    if port == DATALOG:
        return {"history": [_remembered(record) for record in _records(payload)]}
    if port != UPLINK:
        return {}
    if len(payload) < 4:
        raise ValueError(f"a frame of {len(payload)} bytes is too short")
    return {"BatV": battery(payload), "distance1_cm": int.from_bytes(payload[2:4]) / 10}


def _records(payload: bytes) -> list[bytes]:
    return [payload[place : place + _RECORD] for place in range(0, len(payload) - _RECORD + 1, _RECORD)]


def _remembered(record: bytes) -> dict[str, Any]:
    return {"timestamp": int.from_bytes(record[7:]), "distance1_cm": int.from_bytes(record[1:3]) / 10}


MODEL = DeviceModel(
    name="dragino_dds04_lb",
    vendor="Dragino",
    model="DDS04-LB",
    source="akenza-io/device-type-library types/dragino/dds04-lb/uplink.spec.js",
    fields={
        "distance1_cm": Field(property="distance", unit="cm", missing=NO_ECHO, words=WORDS),
        "distance1": Field(property="distance", unit="cm", missing=NO_ECHO, words=WORDS),
        **BATTERY,
    },
    decode=decode,
    history="history",
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("4301bb0bed0bfe64ccc6a44001be0b5b0d3164ccc6c0"),
            port=3,
            fields={
                "history": [
                    {"timestamp": 1_691_141_796, "distance1_cm": 44.3},
                    {"timestamp": 1_691_141_824, "distance1_cm": 44.6},
                ]
            },
            results={},
            source="akenza-io/device-type-library types/dragino/dds04-lb/uplink.spec.js, shortened",
        ),
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0d4a03160318031a031501"),
            port=2,
            fields={"BatV": 3.402, "distance1_cm": 79.0},
            results={"distance": 790.0, "battery_voltage": 3.402},
            source="akenza-io/device-type-library types/dragino/dds04-lb/uplink.spec.js",
        ),
        DeviceExample(
            kind="waste_container",
            fields={
                "distance1": 79,
                "distance2": 79.2,
                "distance3": 79.4,
                "distance4": 78.9,
                "batteryVoltage": 3.402,
                "batteryLevel": 80,
            },
            results={"distance": 790.0, "battery_voltage": 3.402, "battery": 80.0},
            source="akenza-io/device-type-library types/dragino/ldds04/uplink.spec.js",
        ),
    ),
)
