"""What LoRaWAN networks have in common: how they write bytes, and the battery level that a device tells the network."""

from __future__ import annotations

from binascii import a2b_hex, b2a_base64
from math import isfinite
from typing import Any

from sensors.envelope import UnreadableError, Uplink, first_time

EXTERNAL, UNMEASURED = 0, 255
"""Levels in a DevStatusAns that are none: external power, and not able to measure (LoRaWAN 1.0.3, section 5.5)."""


def base64_of_hex(digits: str) -> str:
    """Write bytes given as hexadecimal digits in base64. Raises UnreadableError."""
    try:
        return b2a_base64(a2b_hex(digits), newline=False).decode()
    except ValueError:
        detail = f"the device's bytes '{digits[:60]}' are not hexadecimal digits. Let the network write them so."
        raise UnreadableError("unreadable", detail) from None


def finite(value: Any) -> float | None:
    """Give a number, or one written as text, None where it is neither."""
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def percent(value: Any) -> float | None:
    """Give a level in percent, None where it cannot be one."""
    level = finite(value)
    return level if level is not None and 0 <= level <= 100 else None


def percent_of_status(value: Any) -> float | None:
    """Give the level of a DevStatusAns in percent: 1 is empty, 254 is full; None where it tells no level."""
    level = finite(value)
    if level is None or not EXTERNAL < level < UNMEASURED:
        return None
    return (level - 1) / 253 * 100


def with_status(uplink: Uplink, level: float | None, when: Any, frame_counter: Any = 0) -> tuple[Uplink, ...]:
    """Give an uplink and, after it, the device's last status as an uplink of the status's own time.

    Networks repeat the last status with every uplink. Told at its own time it stays one observation, and shows its age.
    """
    if level is None:
        return (uplink,)
    try:
        time = first_time((when,))
    except UnreadableError:
        time = None
    if time is None:
        uplink.battery = level
        return (uplink,)
    counter = frame_counter if isinstance(frame_counter, int) else 0
    return (uplink, Uplink(device=uplink.device, alias=uplink.alias, time=time, frame_counter=counter, battery=level))
