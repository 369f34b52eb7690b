"""What Dragino's distance sensors share: field names, values that mean nothing, the bytes of the ultrasonic ones.

Source: TheThingsNetwork/lorawan-devices vendor/dragino; wiki.dragino.com, user manuals of LDDS75 and DDS75-LB.
"""

from __future__ import annotations

from math import nan
from typing import Any

from sensors.device import Field

UPLINK, DEVICE = 2, 5
"""The ports on which distances come, and what the later devices tell of themselves, the battery last."""
_DEVICE_LENGTH = 7
NO_ECHO = (0.0, 20.0)
"""No sensor on the cable, and an object nearer than the sensor can see (an invalid reading)."""
NO_PROBE = (0.0, 327.6, 327.67, -327.68)
"""Temperature without a probe: published codecs write 0.00, later devices the end of the scale."""
WORDS = {"no sensor": nan, "invalid reading": nan}
_BATTERY_BITS = 0x3FFF


def fields_of(prop: str) -> dict[str, Field]:
    """Name the fields of an ultrasonic sensor whose distance in mm means a property."""
    distance = Field(property=prop, unit="mm", missing=NO_ECHO, words=WORDS)
    return {
        "Distance": distance,
        "distance": distance,
        "TempC_DS18B20": Field(property="temperature", missing=NO_PROBE),
        "temperature": Field(property="temperature", missing=NO_PROBE),
        **BATTERY,
    }


BATTERY = {
    **{name: Field(property="battery_voltage") for name in ("Bat", "BatV", "batteryVoltage")},
    "batteryLevel": Field(property="battery"),
}


def battery(payload: bytes) -> float:
    """Read the voltage, without the two bits above it. Raises ValueError for a frame too short to have one."""
    if len(payload) < 2:
        raise ValueError(f"a frame of {len(payload)} bytes is too short")
    return (int.from_bytes(payload[:2]) & _BATTERY_BITS) / 1000


def decode(payload: bytes, port: int) -> dict[str, Any]:
    """Read battery (V), distance (mm) and the probe's temperature; a frame of four bytes has no sensor."""
    if port == DEVICE and len(payload) == _DEVICE_LENGTH:
        return {"Bat": battery(payload[5:])}
    if port != UPLINK:
        return {}
    fields: dict[str, Any] = {"Bat": battery(payload)}
    if len(payload) < 5:
        return fields | {"distance": "No Sensor"}
    fields["Distance"] = int.from_bytes(payload[2:4])
    if len(payload) >= 8:
        fields["TempC_DS18B20"] = int.from_bytes(payload[5:7], signed=True) / 10
    return fields
