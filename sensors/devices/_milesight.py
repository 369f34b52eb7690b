"""The byte format that Milesight's LoRaWAN sensors share: channel, type, value, again and again, values little-endian.

Source: Milesight-IoT/SensorDecoders em-series (README and decoder of each product); EM400-UDL user guide, section 5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import nan
from typing import Any

from sensors.device import Field

Read = Callable[[bytes, dict[str, Any]], None]
"""Gets the value's bytes and puts what they mean into the fields."""
Channels = Mapping[tuple[int, int], tuple[int, Read]]
"""Channel and type to the number of value bytes and what reads them."""

DOWNLINK = (0xFE, 0xFF)
"""Channels on which a device answers a command: of lengths that differ, and with nothing measured in them."""


def _pass(_value: bytes, _fields: dict[str, Any]) -> None:
    """Read past something that is no measurement."""


PASS: Read = _pass


def unsigned(value: bytes) -> int:
    """Read an unsigned little-endian integer."""
    return int.from_bytes(value, "little")


def put(name: str, scale: float = 1) -> Read:
    """Make a reader of an unsigned integer; ``scale`` divides it."""

    def read(value: bytes, fields: dict[str, Any]) -> None:
        fields[name] = unsigned(value) / scale if scale != 1 else unsigned(value)

    return read


def put_temperature(value: bytes, fields: dict[str, Any]) -> None:
    """Read a temperature in tenths of a degree; an alarm byte behind it is left alone: ``temperature``, Cel."""
    fields["temperature"] = int.from_bytes(value[:2], "little", signed=True) / 10


def put_distance(value: bytes, fields: dict[str, Any]) -> None:
    """Read a distance; an alarm byte behind it is left alone: ``distance``, mm."""
    fields["distance"] = unsigned(value[:2])


POSITION = Field(property="tilted", words={"tilt": 1.0, "normal": nan})
"""What ``put_position`` reads, and networks' codecs, too: that a device stands as it should is no observation."""


def put_position(value: bytes, fields: dict[str, Any]) -> None:
    """Read whether the device stands as it was mounted."""
    fields["position"] = "tilt" if value[0] else "normal"


SHARED: Channels = {
    (0xFF, 0x01): (1, PASS),  # protocol version
    (0xFF, 0x09): (2, PASS),  # hardware version
    (0xFF, 0x0A): (2, PASS),  # firmware version
    (0xFF, 0xFF): (2, PASS),  # thing specification version
    (0xFF, 0x16): (8, PASS),  # serial number
    (0xFF, 0x0F): (1, PASS),  # LoRaWAN class
    (0xFF, 0xFE): (1, PASS),  # reset
    (0xFF, 0x0B): (1, PASS),  # power on
    (0x01, 0x75): (1, put("battery")),
}
"""What every device of the series sends; battery in percent."""


def reader(own: Channels) -> Callable[[bytes, int], dict[str, Any]]:
    """Make the decoder of one product from the channels that it has beside the shared ones."""
    channels = {**SHARED, **own}

    def decode(payload: bytes, _port: int) -> dict[str, Any]:
        return _walk(channels, payload)

    return decode


def _walk(channels: Channels, payload: bytes) -> dict[str, Any]:
    """Read one frame: stops at an answer to a command, and at a channel it does not know once it has read another.

    Raises ValueError when the first channel is unknown or a value is cut short.
    """
    fields: dict[str, Any] = {}
    place = 0
    while place + 2 <= len(payload):
        channel, kind = payload[place], payload[place + 1]
        known = channels.get((channel, kind))
        if known is None:
            _refuse_unless_known_before(channel, kind, place)
            break
        size, read = known
        value = payload[place + 2 : place + 2 + size]
        if len(value) < size:
            raise ValueError(f"channel {channel:02x} {kind:02x} needs {size} bytes, {len(value)} are left")
        read(value, fields)
        place += 2 + size
    return fields


def _refuse_unless_known_before(channel: int, kind: int, place: int) -> None:
    if place == 0 and channel not in DOWNLINK:
        raise ValueError(f"channel {channel:02x} {kind:02x} is not one of this product: is it another model?")
