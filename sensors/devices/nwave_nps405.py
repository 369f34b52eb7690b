"""Nwave NPS405: one parking space, with the length of the state before and the health of the battery.

Published codecs contradict each other on voltage and temperature of a heartbeat (3.344 or 2.32 V for one frame): our
own decoder leaves both out, and takes what the network's codec says.
"""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._words import OCCUPANCY

CHANGE, HEARTBEAT, STARTUP, REGISTRATION = 1, 2, 3, 10


def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Read the state: the highest bit, after a start the lowest of the fifth byte; a tag without a car tells none."""
    if port == REGISTRATION:
        return {"occupied": True} if payload[:1] >= b"\x80" else {}
    if port not in {CHANGE, HEARTBEAT, STARTUP}:
        return {}
    place = 4 if port == STARTUP else 0
    if len(payload) <= place:
        raise ValueError(f"a frame of {len(payload)} bytes is too short for port {port}")
    return {"occupied": bool(payload[place] & 1) if port == STARTUP else payload[0] >= 0x80}


MODEL = DeviceModel(
    name="nwave_nps405",
    vendor="Nwave",
    model="NPS405 (SM, FM)",
    source="TheThingsNetwork/lorawan-devices vendor/nwave/nps405-codec.yaml",
    fields={
        "occupied": Field(property="occupied", words=OCCUPANCY),
        "temperature": Field(property="temperature"),
        "battery_voltage": Field(property="battery_voltage"),
    },
    decode=decode,
    zero_when_absent={"occupied": frozenset({CHANGE, HEARTBEAT, STARTUP})},
    examples=(
        DeviceExample(
            kind="parking_spot",
            payload=bytes.fromhex("95"),
            port=1,
            fields={"occupied": True},
            results={"occupied": 1.0},
            source="TheThingsNetwork/lorawan-devices vendor/nwave/nps405-codec.yaml",
        ),
        DeviceExample(
            kind="parking_spot",
            payload=bytes.fromhex("0204090200"),
            port=3,
            fields={"occupied": False},
            results={"occupied": 0.0},
            source="TheThingsNetwork/lorawan-devices vendor/nwave/nps405-codec.yaml",
        ),
        DeviceExample(
            kind="parking_spot",
            port=2,
            fields={
                "type": "heartbeat",
                "occupied": False,
                "battery_voltage": 3.344,
                "temperature": -10,
                "battery_health": "normal",
                "hw_health_status": 0,
            },
            results={"occupied": 0.0, "battery_voltage": 3.344, "temperature": -10.0},
            source="TheThingsNetwork/lorawan-devices vendor/nwave/nps405-codec.yaml",
        ),
        DeviceExample(
            kind="parking_spot",
            port=10,
            fields={"type": "user_registration", "occupied": True, "tag_battery_voltage": 3.2, "tag_id": "1F345678"},
            results={"occupied": 1.0},
            source="TheThingsNetwork/lorawan-devices vendor/nwave/nps405-codec.yaml",
        ),
    ),
)
