"""Ewattch SQUID-HC: twelve current clamps in a distribution board, each an index of ampere hours.

The maker's manual counts in 10 mAh, 24 bits. The published codec divides by 100 000 and calls it Ah: its numbers are
thousands of Ah. The thing's charge is the sum of all clamps.
"""

from __future__ import annotations

from typing import Any

from sensors.device import DeviceExample, DeviceModel, Field

CLAMPS = range(1, 13)
_HEADER = bytes([0x00, 0x25, 0x48])
"""Periodic frame, 37 bytes, object of twelve clamps."""


def decode(payload: bytes, _port: int) -> dict[str, Any]:
    """Read the index of each clamp (Ah, sent in 10 mAh) of a periodic frame."""
    if payload[:3] != _HEADER:
        return {}
    if len(payload) < 39:
        raise ValueError(f"a periodic frame of {len(payload)} bytes is too short")
    return {f"charge{clamp}": int.from_bytes(payload[3 * clamp : 3 * clamp + 3], "little") / 100 for clamp in CLAMPS}


MODEL = DeviceModel(
    name="ewattch_squid_hc",
    vendor="Ewattch",
    model="SQUID-HC-LORAWAN",
    source="SQUID-HC-LORAWAN technical manual 1.1; akenza-io/device-type-library types/ewattch/squid-hc-lorawan",
    fields={
        "charge1": Field(property="total_charge", plus=tuple(f"charge{clamp}" for clamp in CLAMPS[1:])),
        "channel1": Field(property="total_charge", unit="kA.h", plus=tuple(f"channel{clamp}" for clamp in CLAMPS[1:])),
    },
    decode=decode,
    examples=(
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("002548509f06a03e0d407d1af56900ead300d4a701509f06a03e0d407d1af56900ead300d4a701"),
            port=1,
            fields={
                "charge1": 4340.0,
                "charge2": 8680.0,
                "charge3": 17_360.0,
                "charge4": 271.25,
                "charge5": 542.5,
                "charge6": 1085.0,
                "charge7": 4340.0,
                "charge8": 8680.0,
                "charge9": 17_360.0,
                "charge10": 271.25,
                "charge11": 542.5,
                "charge12": 1085.0,
            },
            results={"total_charge": 64_557.5},
            source="SQUID-HC-LORAWAN technical manual 1.1, page 9",
        ),
        DeviceExample(
            kind="energy_meter",
            payload=bytes.fromhex("100a00080204010408083c00"),
            port=1,
            fields={},
            results={},
            source="SQUID-HC-LORAWAN technical manual 1.1, page 10: a status frame",
        ),
        DeviceExample(
            kind="energy_meter",
            fields={"channel1": 4.34, "channel2": 8.68, "channel3": 17.36, "channel4": 0.27125},
            results={"total_charge": 30_651.25},
            source="akenza-io/device-type-library types/ewattch/squid-hc-lorawan/uplink.spec.js, shortened",
        ),
    ),
)
