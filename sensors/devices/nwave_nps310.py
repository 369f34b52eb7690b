"""Nwave NPS310: one parking space, surface or flush mounted, by radar and magnetometer.

A heartbeat repeats the state, and the frame after a start carries it too: neither is an arrival.
"""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._words import OCCUPANCY

CHANGE, HEARTBEAT, STARTUP = 1, 2, 3


def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Read the state: one byte for a change and a heartbeat, the last of five after a start."""
    if port not in {CHANGE, HEARTBEAT, STARTUP}:
        return {}
    place = 4 if port == STARTUP else 0
    if len(payload) <= place:
        raise ValueError(f"a frame of {len(payload)} bytes is too short for port {port}")
    return {"occupied": bool(payload[place] & 1)}


MODEL = DeviceModel(
    name="nwave_nps310",
    vendor="Nwave",
    model="NPS310 (SM, FM)",
    source="TheThingsNetwork/lorawan-devices vendor/nwave/nps310sm-codec.yaml",
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
            payload=bytes.fromhex("01"),
            port=1,
            fields={"occupied": True},
            results={"occupied": 1.0},
            source="TheThingsNetwork/lorawan-devices vendor/nwave/nps310sm-codec.yaml",
        ),
        DeviceExample(
            kind="parking_spot",
            payload=bytes.fromhex("00"),
            port=2,
            fields={"occupied": False},
            results={"occupied": 0.0},
            source="TheThingsNetwork/lorawan-devices vendor/nwave/nps310sm-codec.yaml",
        ),
        DeviceExample(
            kind="parking_spot",
            payload=bytes.fromhex("010d000200"),
            port=3,
            fields={"occupied": False},
            results={"occupied": 0.0},
            source="TheThingsNetwork/lorawan-devices vendor/nwave/nps310sm-codec.yaml",
        ),
    ),
)
