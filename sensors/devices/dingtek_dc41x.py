"""Dingtek DC410 and DC413: ultrasonic distance down to the content; one codec writes numbers, another texts with units.

``level`` is the way down here, and ``battery`` is an alarm.
"""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field

UPLINK = 3
_HEARTBEAT_LENGTH = 17


def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Read distance (mm) and temperature (whole degrees, signed) of a heartbeat; nothing of an answer to a command."""
    if port != UPLINK or len(payload) != _HEARTBEAT_LENGTH:
        return {}
    return {"level": int.from_bytes(payload[5:7]), "temperature": int.from_bytes(payload[8:9], signed=True)}


MODEL = DeviceModel(
    name="dingtek_dc41x",
    vendor="Dingtek",
    model="DC410, DC413",
    source="TheThingsNetwork/lorawan-devices vendor/dingtek/dc410-codec.yaml",
    fields={
        "level": Field(property="distance", unit="mm"),
        "temperature": Field(property="temperature"),
    },
    decode=decode,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("800001021106a400160100000000010081"),
            port=3,
            fields={"level": 1700, "temperature": 22},
            results={"distance": 1700.0, "temperature": 22.0},
            source="TheThingsNetwork/lorawan-devices vendor/dingtek/dc413-codec.yaml",
        ),
        DeviceExample(
            kind="waste_container",
            fields={
                "level": "1700 mm",
                "full": False,
                "motion": False,
                "battery": False,
                "angle": "0 °",
                "temperature": "22 ℃",
                "frame_counter": 1,
            },
            results={"distance": 1700.0, "temperature": 22.0},
            source="TheThingsNetwork/lorawan-devices vendor/dingtek/dc410-codec.yaml",
        ),
    ),
)
