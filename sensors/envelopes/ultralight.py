"""FIWARE UltraLight 2.0: ``/ul/{apikey}/{device}/attrs`` with ``t|15|k|abc``; every value is a text.

``#`` stands between groups, each of which may begin with its own time. The API key is not kept.
"""

from __future__ import annotations

from sensors.clock import TimeError, city_milliseconds
from sensors.envelope import Envelope, EnvelopeExample, UnreadableError, Uplink, at_most
from sensors.eui import device_id

MOST = 4096
"""Names, values and groups of one message."""


def open_measures(payload: bytes, topic: str) -> tuple[Uplink, ...]:
    """Open the groups of one message. Raises UnreadableError."""
    _, _, _, device, _, *attribute = topic.split("/")
    text = _text(payload)
    if attribute:
        return (_uplink(device, None, {attribute[0]: text}),) if text else ()
    groups = [group.split("|") for group in text.split("#", MOST + 1)]
    at_most(MOST, groups, "groups")
    return tuple(_group(device, [part.strip() for part in group]) for group in groups if group != [""])


def _text(payload: bytes) -> str:
    try:
        return payload.decode().strip()
    except UnicodeDecodeError as wrong:
        raise UnreadableError(
            "not_utf8", f"the message is not UTF-8 text: byte {wrong.start} is {wrong.reason}."
        ) from None


def _group(device: str, parts: list[str]) -> Uplink:
    """Open one group: pairs, with an empty part or a time before them."""
    at_most(MOST, parts, "parts")
    time = None
    if len(parts) % 2:
        first, *parts = parts
        time = _time(first) if first else None
    if not parts:
        raise _unreadable(first)
    return _uplink(device, time, dict(zip(parts[::2], parts[1::2], strict=True)))


def _time(text: str) -> int | None:
    try:
        return city_milliseconds(text)
    except TimeError as error:
        if text[:4].isdigit():
            raise UnreadableError("bad_time", f"{error}.") from None
        raise _unreadable(text) from None


def _unreadable(text: str) -> UnreadableError:
    return UnreadableError(
        "unreadable", f"'{text[:40]}' has no value. UltraLight is name|value|name|value, with # between groups."
    )


def _uplink(device: str, time: int | None, fields: dict[str, str]) -> Uplink:
    return Uplink(device=device_id(device), alias=device, time=time, fields=dict(fields), flat=True)


_PAIRS = EnvelopeExample(
    topic="/ul/ABCDEF/id_sen1/attrs",
    payload=b"t|15|k|abc",
    uplink={"device": "id_sen1", "time": None, "fields": {"t": "15", "k": "abc"}},
    source="telefonicaid/iotagent-ul docs/usermanual.md",
)

_GROUPS = EnvelopeExample(
    topic="/ul/ABCDEF/id_sen1/attrs",
    payload=b"2016-06-13T00:35:30Z|lle|100#gps|1.2/3.4#t|10",
    uplink={"time": 1_465_778_130_000, "fields": {"lle": "100"}},
    further=({"time": None, "fields": {"gps": "1.2/3.4"}}, {"time": None, "fields": {"t": "10"}}),
    source="telefonicaid/iotagent-ul docs/usermanual.md, two of its examples in one",
)

ENVELOPE = Envelope(
    name="ultralight",
    title="FIWARE UltraLight 2.0",
    topics=("/ul/+/+/attrs", "/ul/+/+/attrs/+"),
    open=open_measures,
    source="telefonicaid/iotagent-ul docs/usermanual.md",
    examples=(_PAIRS, _GROUPS),
)
