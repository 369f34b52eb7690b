"""Flat JSON on ``city/{domain}/{device}``: for anything that can publish a line of JSON.

``{"time": "2026-03-29T01:00:00Z", "<property or field>": value, ...}``; the time may be left out.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

import msgspec

from sensors.envelope import Envelope, EnvelopeExample, UnreadableError, Uplink, first_time, parse
from sensors.eui import device_id
from sensors.hint import did_you_mean
from sensors.kinds import kinds

_DECODER = msgspec.json.Decoder(dict[str, Any], strict=False)


@cache
def _domains() -> frozenset[str]:
    return frozenset(kind.domain for kind in kinds().values())


def open_reading(payload: bytes, topic: str) -> tuple[Uplink]:
    """Open one flat reading. Raises UnreadableError, among others unknown_topic for a domain that no kind has."""
    device, alias = _device(topic)
    fields = parse(_DECODER, payload)
    time = first_time((fields.pop("time", None),))
    return (Uplink(device=device, alias=alias, time=time, fields=fields, flat=True),)


@lru_cache(maxsize=1 << 17)
def _device(topic: str) -> tuple[str, str]:
    """Give the device that publishes on a topic, and how the topic writes it."""
    _, domain, device = topic.split("/")
    if domain not in _domains():
        hint = did_you_mean(topic, (f"city/{known}/{device}" for known in _domains()))
        raise UnreadableError("unknown_topic", f"no sensor kind listens on '{topic}'.{hint}")
    return device_id(device), device


ENVELOPE = Envelope(
    name="plain",
    title="Flat JSON",
    topics=("city/+/+",),
    open=open_reading,
    source="Smile City's own definition",
    examples=(
        EnvelopeExample(
            topic="city/parking/tiefgarage-city",
            payload=b'{"time": "2026-03-29T01:00:00Z", "available_spot_number": 112}',
            uplink={
                "device": "tiefgarage-city",
                "time": 1_774_746_000_000,
                "fields": {"available_spot_number": 112},
                "flat": True,
            },
            source="Smile City's own definition",
        ),
        EnvelopeExample(
            topic="city/waste/24-E1-24-71-3C-40-19-25",
            payload=b'{"distance": 594}',
            uplink={"device": "24e124713c401925", "time": None, "fields": {"distance": 594}},
            source="Smile City's own definition; the EUI as it is printed on the device of the city of Jena",
        ),
    ),
)
