"""Homie: refused with a sentence. One bare text per topic, without a time, with retained topics that tell the units."""

from __future__ import annotations

from typing import NoReturn

from sensors.envelope import Envelope, EnvelopeExample, UnreadableError


def refuse(_payload: bytes, topic: str) -> NoReturn:
    """Raise UnreadableError unsupported, whatever the message is."""
    sentence = (
        f"'{topic[:200]}' is Homie, which is not read: each value is retained text without a time. Publish the values "
        'as JSON on city/{domain}/{device}, e.g. {"time": "2026-03-29T01:00:00Z", "active_power": 1.5}.'
    )
    raise UnreadableError("unsupported", sentence)


ENVELOPE = Envelope(
    name="homie",
    title="Homie (refused)",
    topics=("homie/#",),
    open=refuse,
    source="homieiot/convention, version 4.0.0",
    examples=(
        EnvelopeExample(
            topic="homie/super-car/engine/temperature",
            payload=b"21.5",
            source="homieiot/convention, version 4.0.0, section Properties",
            refused="unsupported",
        ),
    ),
)
