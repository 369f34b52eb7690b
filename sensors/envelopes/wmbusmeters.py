"""wmbusmeters: telegrams of wireless M-Bus meters, decoded; every key ends with its unit.

``timestamp`` is when its receiver heard the telegram, which a meter sends at once. The meter's own ``device_datetime``
stays a field: it is local, and many meters keep winter time all year. Where to publish is the operator's choice; by
default this listens on ``wmbusmeters/#``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from sensors.clock import city_milliseconds
from sensors.envelope import Envelope, EnvelopeExample, Gateway, UnreadableError, Uplink, first_time, parse
from sensors.envelopes._fields import flattened

_DECODER = msgspec.json.Decoder(dict[str, Any])
_NO_FIELDS = {"_", "media", "meter", "name", "id", "timestamp", "device", "rssi_dbm", "telegram"}
"""What names the meter, the driver and the radio; the telegram itself may be encrypted personal data."""


def open_telegram(payload: bytes, topic: str) -> tuple[Uplink, ...]:
    """Open one telegram; an alarm of the receiver carries nothing. Raises UnreadableError."""
    if not payload:
        return ()
    told = parse(_DECODER, payload)
    if told.get("_", "telegram") != "telegram":
        return ()
    uplink = Uplink(
        device=_identity(told, topic),
        alias=str(told.get("name") or ""),
        time=first_time((told.get("timestamp"),), city_milliseconds),
        fields=flattened({name: value for name, value in told.items() if name not in _NO_FIELDS}),
        gateways=(Gateway(rssi=told.get("rssi_dbm")),),
    )
    return (uplink,)


def _identity(told: dict[str, Any], topic: str) -> str:
    identity = told.get("id")
    if isinstance(identity, str) and identity:
        return identity
    raise UnreadableError("unreadable", f"the telegram on '{topic[:200]}' names no meter: 'id' must be its number.")


_WATER = EnvelopeExample(
    topic="wmbusmeters/MyTapWater",
    payload=(
        b'{"_":"telegram","media":"water","meter":"iperl","name":"MyTapWater","id":"33225544","max_flow_m3h":0,'
        b'"total_m3":123.529,"timestamp":"2024-03-03T18:37:00Z","device":"im871a[12345678]","rssi_dbm":-83}'
    ),
    uplink={
        "device": "33225544",
        "alias": "MyTapWater",
        "time": 1_709_491_020_000,
        "fields": {"max_flow_m3h": 0, "total_m3": 123.529},
        "rssi": -83.0,
    },
    source="wmbusmeters/wmbusmeters README.md; device and rssi_dbm as its radio receivers add them",
)

_ELECTRICITY = EnvelopeExample(
    topic="wmbusmeters/MyElectricity1",
    payload=(
        b'{"_":"telegram","media":"electricity","meter":"amiplus","name":"MyElectricity1","id":"10101010",'
        b'"total_energy_consumption_kwh":15694.05,"current_power_consumption_kw":0.33,'
        b'"device_datetime":"2019-03-20 12:57","timestamp":"1111-11-11T11:11:11Z"}'
    ),
    uplink={
        "device": "10101010",
        "time": None,
        "fields": {
            "total_energy_consumption_kwh": 15694.05,
            "current_power_consumption_kw": 0.33,
            "device_datetime": "2019-03-20 12:57",
        },
    },
    source="wmbusmeters/wmbusmeters drivers/src/amiplus.xmq, shortened: the test's timestamp is of no clock",
)

ENVELOPE = Envelope(
    name="wmbusmeters",
    title="wmbusmeters (wireless M-Bus)",
    topics=("wmbusmeters/#",),
    open=open_telegram,
    source="wmbusmeters/wmbusmeters README.md, drivers/src/*.xmq",
    examples=(_WATER, _ELECTRICITY),
)
