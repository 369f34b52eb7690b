"""Elsys ELT-2 with an ultrasonic or radar sensor on its external input, for containers.

Bytes are type and value, again and again; the distance is in mm, the battery's voltage (``vdd``) in mV.
"""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field

_SIZES = {
    **dict.fromkeys((0x02, 0x05, 0x0D, 0x0F, 0x11, 0x12, 0x1A), 1),
    **dict.fromkeys((0x01, 0x04, 0x06, 0x07, 0x08, 0x0A, 0x0C, 0x0E, 0x15, 0x16, 0x18), 2),
    **dict.fromkeys((0x0B, 0x10, 0x14, 0x17, 0x1B), 4),
    0x03: 3,
    0x09: 6,
}
"""Bytes of each type's value."""
_TEMPERATURE, _VOLTAGE, _DISTANCE = 0x01, 0x07, 0x0E


def decode(payload: bytes, _port: int) -> dict[str, Any]:
    """Read temperature (degrees Celsius), supply voltage (mV) and external distance (mm).

    Raises ValueError for a type that is not known: its length is not known either.
    """
    fields: dict[str, Any] = {}
    place = 0
    while place < len(payload):
        kind = payload[place]
        size = _SIZES.get(kind)
        value = payload[place + 1 : place + 1 + (size or 0)]
        if size is None or len(value) < size:
            raise ValueError(f"type {kind:02x} at byte {place} is unknown or cut short")
        if kind == _TEMPERATURE:
            fields["temperature"] = int.from_bytes(value, signed=True) / 10
        elif kind in {_VOLTAGE, _DISTANCE}:
            fields["vdd" if kind == _VOLTAGE else "distance"] = int.from_bytes(value)
        place += 1 + size
    return fields


MODEL = DeviceModel(
    name="elsys_elt_2",
    vendor="Elsys",
    model="ELT-2 (ultrasonic, ultrasonic 10 m, radar)",
    source="chirpstack/chirpstack-device-profiles vendors/elsys; akenza-io/device-type-library types/elsys",
    fields={
        "distance": Field(
            property="distance",
            unit="mm",
            missing=(
                0.0,
                65535.0,
            ),
        ),
        "temperature": Field(property="temperature"),
        "vdd": Field(property="battery_voltage", unit="mV"),
        "batteryVoltage": Field(property="battery_voltage"),
        "batteryLevel": Field(property="battery"),
    },
    decode=decode,
    examples=(
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("0100dd022b070e2e0e012c14000eb751"),
            port=5,
            fields={"temperature": 22.1, "vdd": 3630, "distance": 300},
            results={"distance": 300.0, "temperature": 22.1, "battery_voltage": 3.63},
            source="akenza-io/device-type-library types/elsys/elt-2-ultrasonic/uplink.spec.js",
        ),
        DeviceExample(
            kind="waste_container",
            payload=bytes.fromhex("01ffce0250"),
            port=5,
            fields={"temperature": -5.0},
            results={"temperature": -5.0},
            source="chirpstack/chirpstack-device-profiles vendors/elsys",
        ),
        DeviceExample(
            kind="waste_container",
            fields={
                "distance": 300,
                "temperature": 22.1,
                "humidity": 43,
                "pressure": 964.433,
                "batteryVoltage": 3.63,
                "batteryLevel": 100,
            },
            results={"distance": 300.0, "temperature": 22.1, "battery_voltage": 3.63, "battery": 100.0},
            source="akenza-io/device-type-library types/elsys/elt-2-radar/uplink.spec.js",
        ),
    ),
)
