"""Sparkplug B: refused with a sentence. Its metrics are told by number, valid since a birth message."""

from __future__ import annotations

from typing import NoReturn

from sensors.envelope import Envelope, EnvelopeExample, UnreadableError


def refuse(_payload: bytes, topic: str) -> NoReturn:
    """Raise UnreadableError unsupported, whatever the message is."""
    sentence = (
        f"'{topic[:200]}' is Sparkplug B, which is not read: its binary messages mean something only together with the "
        "birth message before them. Let the edge node, or a bridge such as Node-RED or Telegraf, publish the metrics "
        'as JSON on city/{domain}/{device}, e.g. {"time": "2026-03-29T01:00:00Z", "active_power": 1.5}.'
    )
    raise UnreadableError("unsupported", sentence)


ENVELOPE = Envelope(
    name="sparkplug",
    title="Sparkplug B (refused)",
    topics=("spBv1.0/#",),
    open=refuse,
    source="Eclipse Sparkplug 3.0 specification, chapters 4 and 6",
    examples=(
        EnvelopeExample(
            topic="spBv1.0/Rostock/DDATA/edge-1/meter-7",
            payload=bytes.fromhex("08c0b6c1c0d4311213100a18c0b6c1c0d431200a69000000000000f83f1801"),
            source="written after the specification's protobuf schema",
            refused="unsupported",
        ),
    ),
)
