"""Dragino LDDS04: up to four ultrasonic probes on cables, in cm. The first probe looks into the container.

Port 3 carries remembered readings; they are left to the network's codec.
"""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._dragino import BATTERY, UPLINK, WORDS, battery

NO_ECHO = (0.0,)
"""No probe at this socket."""


def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Read battery (V) and the first of four distances, tenths of a centimetre."""
    if port != UPLINK:
        return {}
    if len(payload) < 4:
        raise ValueError(f"a frame of {len(payload)} bytes is too short")
    return {"BatV": battery(payload), "distance1_cm": int.from_bytes(payload[2:4]) / 10}


MODEL = DeviceModel(
    name="dragino_ldds04",
    vendor="Dragino",
    model="LDDS04",
    source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds04-codec.yaml",
    fields={
        "distance1_cm": Field(property="distance", unit="cm", missing=NO_ECHO, words=WORDS),
        "distance1": Field(property="distance", unit="cm", missing=NO_ECHO, words=WORDS),
        **BATTERY,
    },
    decode=decode,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0d4a03160318031a031501"),
            port=2,
            fields={"BatV": 3.402, "distance1_cm": 79.0},
            results={"distance": 790.0, "battery_voltage": 3.402},
            source="TheThingsNetwork/lorawan-devices vendor/dragino/ldds04-codec.yaml",
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
