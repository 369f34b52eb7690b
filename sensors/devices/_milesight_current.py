"""Milesight's current clamps (CT series): current in A, the charge that has flowed in Ah, their bytes and their names.

Source: Milesight-IoT/SensorDecoders ct-series (README of each product).
"""

from __future__ import annotations

from typing import Any

from sensors.device import Field
from sensors.devices._milesight import Channels, Read, put, put_temperature, reader, unsigned

_READ_FAILED = 0xFFFF

ONE_PHASE = {
    "current": Field(property="current_l1"),
    "total_current": Field(property="total_charge"),
    "totalCurrent": Field(property="total_charge"),
}
THREE_PHASES = {
    "current_chn1": Field(property="current_l1"),
    "current": Field(property="current_l1"),
    "current_chn2": Field(property="current_l2"),
    "current_chn3": Field(property="current_l3"),
    "current_chn1_total": Field(property="total_charge", plus=("current_chn2_total", "current_chn3_total")),
    "totalCurrent": Field(property="total_charge"),
}
"""Published codecs name the first channel in two ways; a total without its fellows is that of one phase alone."""


def put_current(name: str, scale: float) -> Read:
    """Make a reader of a current, which in an alarm stands behind greatest and least; nothing for a failed reading."""

    def read(value: bytes, fields: dict[str, Any]) -> None:
        raw = unsigned(value[-3:-1] if len(value) > 2 else value)
        if raw != _READ_FAILED:
            fields[name] = raw / scale

    return read


_ONE: Channels = {
    (0x03, 0x97): (4, put("total_current", scale=100)),
    (0x04, 0x98): (2, put_current("current", 100)),
    (0x84, 0x98): (7, put_current("current", 100)),
    (0x09, 0x67): (2, put_temperature),
    (0x89, 0x67): (3, put_temperature),
}
decode_one = reader(_ONE)

_THREE: Channels = {
    (0x0A, 0x67): (2, put_temperature),
    (0x8A, 0x67): (3, put_temperature),
    **{(0x01 + 2 * n, 0x97): (4, put(f"current_chn{n}_total", scale=100)) for n in (1, 2, 3)},
    **{(0x02 + 2 * n, 0x99): (2, put_current(f"current_chn{n}", 10)) for n in (1, 2, 3)},
    **{(0x82 + 2 * n, 0x99): (7, put_current(f"current_chn{n}", 10)) for n in (1, 2, 3)},
}
decode_three = reader(_THREE)
