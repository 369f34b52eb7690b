"""vzlogger (volkszaehler.org): one meter channel per topic, ``vzlogger/data/chn{n}/raw`` or ``agg``.

The channel's number is its only name and its unit stands in vzlogger's configuration alone; beside the readings it
announces the channel on ``id``, ``uuid`` and ``name``, retained.
"""

from __future__ import annotations

from typing import Any

import msgspec

from sensors.clock import city_milliseconds
from sensors.envelope import Envelope, EnvelopeExample, Uplink, first_time, parse


class _Reading(msgspec.Struct, gc=False):
    value: Any
    timestamp: Any = None


_DECODER = msgspec.json.Decoder(_Reading)


def open_reading(payload: bytes, topic: str) -> tuple[Uplink, ...]:
    """Open one reading of a channel; its announcement carries nothing. Raises UnreadableError."""
    *place, channel, kind = topic.split("/")
    if kind not in {"raw", "agg"} or not payload:
        return ()
    reading = parse(_DECODER, payload)
    uplink = Uplink(
        device=channel,
        alias="/".join([*place, channel]),
        time=first_time((reading.timestamp,), city_milliseconds),
        fields={"value": reading.value},
    )
    return (uplink,)


_AGGREGATE = EnvelopeExample(
    topic="vzlogger/data/chn0/agg",
    payload=b'{ "timestamp": 1636369980000, "value": 38118.691500000001 }',
    uplink={
        "device": "chn0",
        "alias": "vzlogger/data/chn0",
        "time": 1_636_369_980_000,
        "fields": {"value": 38118.6915},
    },
    source="formats survey, vzlogger message 1 (public source file, code index 8890159671)",
)

_ANNOUNCED = EnvelopeExample(
    topic="vzlogger/data/chn0/uuid",
    payload=b"a8da012a-9eb4-49ed-b7f3-38c95142a90c",
    source="volkszaehler/vzlogger src/mqtt.cpp: announcement of a channel, retained; the uuid is made up",
)

ENVELOPE = Envelope(
    name="vzlogger",
    title="vzlogger",
    topics=("vzlogger/data/+/+",),
    open=open_reading,
    source="volkszaehler/vzlogger src/mqtt.cpp",
    examples=(_AGGREGATE, _ANNOUNCED),
)
