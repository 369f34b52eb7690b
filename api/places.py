"""Where things stand, as the geometry of GeoJSON (RFC 7946)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from sensors.model import Thing

DECIMALS = 7
"""A centimetre: RFC 7946, 11.2 advises against more."""


def point(thing: Thing | None) -> str | None:
    """Write the place of a thing; None where it is not known."""
    if thing is None:
        return None
    place = [round(thing.longitude, DECIMALS), round(thing.latitude, DECIMALS)]
    return msgspec.json.encode({"type": "Point", "coordinates": place}).decode()
