"""SenML JSON (RFC 8428): a pack of records, each a name, a time and a value, with base values before them.

The records of one device and one time are one uplink. A name is taken apart into device and field: the base name is
the device; without one a ``urn:dev:`` is, or all before the last ``/`` or ``:``, or else the topic. Topics are free in
SenML; by default this listens on ``senml/#``. Times below 2**28 are relative to the receipt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import msgspec

from sensors.envelope import Envelope, EnvelopeExample, UnreadableError, Uplink, at_most, first_time, parse
from sensors.eui import device_id

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 4096
"""Records of one pack: a day of 40 quantities every quarter hour."""
RELATIVE_BELOW = 2**28
"""Seconds: a smaller time is relative to now (RFC 8428, section 4.5.3)."""
VERSIONS = frozenset({None, *range(1, 11), 26})
"""Versions that are understood: up to 10, the RFC's, and 26, the same with secondary units (RFC 9100, RFC 8798)."""
ALONE: Final = "value"
"""The field of a record whose name is the device's alone."""

_VALUES = ("v", "vs", "vb", "vd")
_SEPARATORS = "/:._-"
_URN = re.compile(r"(urn:dev:[^:]+:[^:/_]+)[:/_]?(.*)", re.DOTALL)
_DECODER = msgspec.json.Decoder(list[dict[str, Any]])


@dataclass(slots=True)
class _Base:
    """What the records after it have in common."""

    name: str = ""
    time: float | None = None
    value: float | None = None
    total: float | None = None

    def take(self, record: dict[str, Any]) -> None:
        version = record.get("bver")
        if isinstance(version, dict | list) or version not in VERSIONS:
            raise UnreadableError("unsupported", f"SenML version {str(version)[:20]} is not read. Send version 10.")
        self.name = _text(record, "bn", self.name)
        self.time = _number(record, "bt", self.time)
        self.value = _number(record, "bv", self.value)
        self.total = _number(record, "bs", self.total)


def open_pack(payload: bytes, topic: str) -> tuple[Uplink, ...]:
    """Open a pack into an uplink for each device and time, ordered by first record. Raises UnreadableError."""
    if not payload:
        return ()
    records = parse(_DECODER, payload)
    at_most(MOST, records, "records")
    uplinks: dict[tuple[str, float | None], Uplink] = {}
    base = _Base()
    for record in records:
        _refuse_unknown(record)
        base.take(record)
        fields = dict(_values(record, base))
        if fields:
            device, field = _address(base.name, _text(record, "n", ""), topic)
            uplink = _uplink(uplinks, device, _time(record, base))
            uplink.fields = (uplink.fields or {}) | {field + part: value for part, value in fields.items()}
    return tuple(uplinks.values())


def _refuse_unknown(record: dict[str, Any]) -> None:
    """Refuse what RFC 8428, section 4.4, says must be understood: a label that ends with ``_``."""
    for label in record:
        if label.endswith("_"):
            raise UnreadableError("unsupported", f"the SenML label '{label[:40]}' must be understood, and is not.")


def _values(record: dict[str, Any], base: _Base) -> Iterator[tuple[str, Any]]:
    """Give the record's value and its sum; a record without either, and without a name, only sets the base."""
    value = next((record[label] for label in _VALUES if record.get(label) is not None), None)
    if record.get("v") is not None or (value is None and base.value is not None and "n" in record):
        value = (_number(record, "v", 0.0) or 0.0) + base.value if base.value is not None else record["v"]
    if value is not None:
        yield "", value
    if record.get("s") is not None:
        yield ".sum", (_number(record, "s", 0.0) or 0.0) + (base.total or 0.0)


def _time(record: dict[str, Any], base: _Base) -> float | None:
    own = _number(record, "t", None)
    return None if own is None and base.time is None else (own or 0.0) + (base.time or 0.0)


def _uplink(uplinks: dict[tuple[str, float | None], Uplink], device: str, seconds: float | None) -> Uplink:
    known = uplinks.get((device, seconds))
    if known is not None:
        return known
    uplink = Uplink(device=device, alias=device_id(device.rpartition(":")[2]), flat=True)
    if seconds is not None and abs(seconds) < RELATIVE_BELOW:
        uplink.ago = -round(seconds * 1000)
    elif seconds is not None:
        uplink.time = first_time((seconds,))
    uplinks[device, seconds] = uplink
    return uplink


def _address(base: str, name: str, topic: str) -> tuple[str, str]:
    """Take a name apart into device and field."""
    if base and name:
        return device_id(base.rstrip(_SEPARATORS) or base), name.lstrip(_SEPARATORS) or name
    whole = base + name
    urn = _URN.fullmatch(whole)
    if urn:
        return urn[1], urn[2] or ALONE
    place = max(whole.rfind("/"), whole.rfind(":"))
    device = whole[:place] if place > 0 else topic.rpartition("/")[2]
    return device_id(device), whole[place + 1 :] or ALONE


def _text(record: dict[str, Any], label: str, otherwise: str) -> str:
    value = record.get(label)
    if value is None:
        return otherwise
    if not isinstance(value, str):
        raise UnreadableError("unreadable", f"the SenML label '{label}' must be a text.")
    return value


def _number(record: dict[str, Any], label: str, otherwise: float | None) -> float | None:
    value = record.get(label)
    if value is None:
        return otherwise
    try:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")
    except OverflowError:
        number = float("nan")
    if not isfinite(number):
        raise UnreadableError("unreadable", f"the SenML label '{label}' must be a number that a sensor can measure.")
    return number


_SEVERAL = EnvelopeExample(
    topic="senml/temperature",
    payload=(
        b'[{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V",'
        b'"v":120.1},{"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},{"n":"current","v":1.7}]'
    ),
    uplink={
        "device": "urn:dev:ow:10e2073a0108006",
        "time": 1_276_020_076_001,
        "fields": {"voltage": 120.1, "current": 1.7},
    },
    further=(
        {"device": "urn:dev:ow:10e2073a0108006", "time": 1_276_020_071_001, "fields": {"current": 1.2}},
        {"device": "urn:dev:ow:10e2073a0108006", "time": 1_276_020_072_001, "fields": {"current": 1.3}},
    ),
    source="RFC 8428 section 5.1.2, shortened; the topic is free in SenML",
)

_SINGLE = EnvelopeExample(
    topic="senml/roof",
    payload=b'[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]',
    uplink={
        "device": "urn:dev:ow:10e2073a01080063",
        "alias": "10e2073a01080063",
        "time": None,
        "fields": {"value": 23.1},
    },
    source="RFC 8428 section 5.1.1",
)

ENVELOPE = Envelope(
    name="senml",
    title="SenML JSON (RFC 8428)",
    topics=("senml/#",),
    open=open_pack,
    source="RFC 8428; RFC 9100 (versions); RFC 9039 (urn:dev)",
    examples=(_SEVERAL, _SINGLE),
)
