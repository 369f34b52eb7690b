"""Bosch parking lot sensor (TPS110, PLS): one parking space, by radar and magnetometer.

Port 1 is a change, port 2 the heartbeat that repeats the state, port 3 the frame after a start that carries it too:
every one of them is an observation of the state, none of them an arrival. Ports 4 to 6 tell of the device alone.
"""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field
from sensors.devices._words import OCCUPANCY

CHANGE, HEARTBEAT, STARTUP = 1, 2, 3
_STARTUP_LENGTH = 17
_TYPES = {CHANGE: "parking status", HEARTBEAT: "heartbeat", STARTUP: "startup"}


def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Read type, occupied and temperature (degrees Celsius); nothing on ports that carry no state."""
    if port not in _TYPES:
        return {}
    place = _STARTUP_LENGTH - 1 if port == STARTUP else 0
    if len(payload) <= place:
        raise ValueError(f"a {_TYPES[port]} frame of {len(payload)} bytes is too short")
    fields: dict[str, Any] = {"type": _TYPES[port], "occupied": bool(payload[place] & 1)}
    if port == HEARTBEAT and len(payload) > 1:
        fields["temperature"] = int.from_bytes(payload[1:2], signed=True)
    return fields


_LORAWAN_DEVICES = "TheThingsNetwork/lorawan-devices vendor/bosch/tps110-0292-codec.yaml"
_CONVERTERS = "thingsboard/data-converters VENDORS/Bosch/Parking_Lot_Sensor/ChirpStack/uplink"

MODEL = DeviceModel(
    name="bosch_parking_lot_sensor",
    vendor="Bosch",
    model="Parking Lot Sensor TPS110 / PLS",
    source=f"{_LORAWAN_DEVICES} and vendor/bosch/tpl110-0292.js",
    fields={
        "occupied": Field(property="occupied", words=OCCUPANCY),
        "occupancy": Field(property="occupied", words=OCCUPANCY),
        "occupancyStatus": Field(property="occupied", words=OCCUPANCY),
        "temperature": Field(property="temperature"),
    },
    decode=decode,
    zero_when_absent={"occupied": frozenset(_TYPES)},
    examples=(
        DeviceExample(
            kind="parking_spot",
            payload=bytes.fromhex("01"),
            port=CHANGE,
            fields={"type": "parking status", "occupied": True},
            results={"occupied": 1.0},
            source=_LORAWAN_DEVICES,
        ),
        DeviceExample(
            kind="parking_spot",
            payload=bytes.fromhex("01ff"),
            port=HEARTBEAT,
            fields={"type": "heartbeat", "occupied": True, "temperature": -1},
            results={"occupied": 1.0, "temperature": -1.0},
            source=_LORAWAN_DEVICES,
        ),
        DeviceExample(
            kind="parking_spot",
            payload=bytes.fromhex("00000000990200d100050000001d020200"),
            port=STARTUP,
            fields={"type": "startup", "occupied": False},
            results={"occupied": 0.0},
            source=f"{_CONVERTERS}/payload_2.json",
        ),
        DeviceExample(
            kind="parking_spot",
            port=HEARTBEAT,
            fields={"occupancy": 0, "occupancyStatus": "WARM", "occupied": False},
            results={"occupied": 0.0},
            source="akenza-io/device-type-library types/bosch/parkingLotSensor/uplink.spec.js",
        ),
    ),
)
