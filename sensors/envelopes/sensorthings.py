"""OGC SensorThings over MQTT: an Observation as it is sent to, or notified by, another city's server.

The device is the datastream's id, with ``Datastreams(id)`` as its other name; the one field is ``result``. Where the
phenomenon lasted from one time to another its beginning counts, as everywhere on this platform.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from sensors.clock import city_milliseconds
from sensors.envelope import Envelope, EnvelopeExample, UnreadableError, Uplink, first_time, parse
from sensors.envelopes._fields import flattened
from sensors.eui import device_id

_LINK = re.compile(r"(?:Multi)?Datastreams\((.{1,256})\)")


class _Link(msgspec.Struct, gc=False, rename={"id": "@iot.id"}):
    id: str | int


class _Observation(
    msgspec.Struct, gc=False, rename={"phenomenon": "phenomenonTime", "known": "resultTime", "datastream": "Datastream"}
):
    result: Any
    phenomenon: Any = None
    known: Any = None
    datastream: _Link | None = None


_DECODER = msgspec.json.Decoder(_Observation)


def open_observation(payload: bytes, topic: str) -> tuple[Uplink, ...]:
    """Open one Observation; one without a result carries nothing. Raises UnreadableError."""
    told = parse(_DECODER, payload)
    stream = _stream(told, topic)
    fields = flattened({"result": told.result})
    if not fields:
        return ()
    uplink = Uplink(
        device=device_id(stream),
        alias=f"Datastreams({stream})",
        time=first_time((_beginning(told.phenomenon), told.known), city_milliseconds),
        fields=fields,
        flat=True,
    )
    return (uplink,)


def _stream(told: _Observation, topic: str) -> str:
    _, *links, _ = topic.split("/")
    if not links and told.datastream is not None:
        return str(told.datastream.id)
    link = _LINK.fullmatch(links[0]) if links else None
    if link is None:
        sentence = f"'{topic[:200]}' names no datastream. Send to v1.1/Datastreams(id)/Observations."
        raise UnreadableError("unknown_topic", sentence)
    return link[1].strip("'")


def _beginning(time: Any) -> Any:
    return time.split("/")[0] if isinstance(time, str) else time


_ARMBAND = EnvelopeExample(
    topic="v1.0/Datastreams(1)/Observations",
    payload=b'{"result": 72, "phenomenonTime": "2015-02-05T17:00:00Z"}',
    uplink={"device": "1", "alias": "Datastreams(1)", "time": 1_423_155_600_000, "fields": {"result": 72}},
    source="opengeospatial/sensorthings engineering-reports/imis-iot-protocol-mapping, its misspelling corrected",
)

_CREATED = EnvelopeExample(
    topic="v1.1/Observations",
    payload=(
        b'{"phenomenonTime":"2026-03-29T00:00:00Z/2026-03-29T00:15:00Z","resultTime":"2026-03-29T00:15:02Z",'
        b'"result":12,"Datastream":{"@iot.id":"5f1c"}}'
    ),
    uplink={"device": "5f1c", "time": 1_774_742_400_000, "fields": {"result": 12}},
    source="OGC 18-088 SensorThings API 1.1, sections 14 (MQTT extension) and 8.2.5; the values are made up",
)

ENVELOPE = Envelope(
    name="sensorthings",
    title="OGC SensorThings",
    topics=("v1.0/+/Observations", "v1.1/+/Observations", "v1.0/Observations", "v1.1/Observations"),
    open=open_observation,
    source="OGC 18-088 SensorThings API 1.1, MQTT extension; opengeospatial/sensorthings engineering reports",
    examples=(_ARMBAND, _CREATED),
)
