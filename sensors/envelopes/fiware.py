"""FIWARE IoT Agent JSON: ``/json/{apikey}/{device}/attrs``, and one attribute alone on ``.../attrs/{name}``.

A list is several measurements, each with its own ``TimeInstant``, or ``{timestamp, value}`` where the attribute is
alone; there a bare value may stand too, which need not be JSON. The API key is not kept.
"""

from __future__ import annotations

from typing import Any

import msgspec

from sensors.clock import city_milliseconds
from sensors.envelope import Envelope, EnvelopeExample, UnreadableError, Uplink, at_most, first_time, parse
from sensors.eui import device_id

MOST = 4096
"""Measurements of one message."""

_GROUPS = msgspec.json.Decoder(dict[str, Any] | list[dict[str, Any]])
_ANY = msgspec.json.Decoder(Any)


def open_measures(payload: bytes, topic: str) -> tuple[Uplink, ...]:
    """Open one or several measurements. Raises UnreadableError."""
    _, _, _, device, _, *attribute = topic.split("/")
    groups = _of_attribute(payload, attribute[0]) if attribute else _of_device(payload)
    at_most(MOST, groups, "measurements")
    return tuple(_uplink(device, group) for group in groups if group)


def _of_device(payload: bytes) -> list[dict[str, Any]]:
    told = parse(_GROUPS, payload)
    if isinstance(told, dict) and "entities" in told and "actionType" in told:
        sentence = "an NGSI batch update is not read. Send the attributes as a flat JSON object."
        raise UnreadableError("unsupported", sentence)
    return told if isinstance(told, list) else [told]


def _of_attribute(payload: bytes, name: str) -> list[dict[str, Any]]:
    value = _value(payload)
    if isinstance(value, list) and value and all(isinstance(each, dict) and "value" in each for each in value):
        return [{name: each["value"], "TimeInstant": each.get("timestamp")} for each in value]
    return [{name: value}] if value is not None else []


def _value(payload: bytes) -> Any:
    """Read one attribute's value; what is not JSON is text."""
    try:
        return parse(_ANY, payload)
    except UnreadableError as error:
        if error.reason != "not_json" or not payload.strip():
            raise
        return payload.decode()


def _uplink(device: str, group: dict[str, Any]) -> Uplink:
    fields = dict(group)
    time = first_time((_instant(fields.pop("TimeInstant", None)),), city_milliseconds)
    return Uplink(device=device_id(device), alias=device, time=time, fields=fields, flat=True)


def _instant(time: Any) -> Any:
    """Give the time itself where it is written as an NGSI attribute."""
    return time.get("value") if isinstance(time, dict) else time


_FLAT = EnvelopeExample(
    topic="/json/ABCDEF/id_sen1/attrs",
    payload=b'{"h": 70, "t": 15}',
    uplink={"device": "id_sen1", "time": None, "fields": {"h": 70, "t": 15}},
    source="telefonicaid/iotagent-json docs/usermanual.md",
)

_BARE = EnvelopeExample(
    topic="/json/ABCDEF/id_sen1/attrs/h",
    payload=b"70",
    uplink={"device": "id_sen1", "fields": {"h": 70}},
    source="telefonicaid/iotagent-json docs/usermanual.md",
)

_DATED = EnvelopeExample(
    topic="/json/ABCDEF/id_sen1/attrs/h",
    payload=(b'[{"timestamp": "2025-01-26T12:00:00Z", "value":44},{"timestamp": "2025-01-27T09:00:00Z", "value":33}]'),
    uplink={"device": "id_sen1", "time": 1_737_892_800_000, "fields": {"h": 44}},
    further=({"device": "id_sen1", "time": 1_737_968_400_000, "fields": {"h": 33}},),
    source="telefonicaid/iotagent-json docs/usermanual.md",
)

ENVELOPE = Envelope(
    name="fiware",
    title="FIWARE IoT Agent JSON",
    topics=("/json/+/+/attrs", "/json/+/+/attrs/+"),
    open=open_measures,
    source="telefonicaid/iotagent-json docs/usermanual.md",
    examples=(_FLAT, _BARE, _DATED),
)
