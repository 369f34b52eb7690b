"""Tasmota: telemetry of plugs, meters and sensors under its firmware, ``SENSOR`` for values, ``STATE`` for the radio.

The topic is all that names the device. ``Time`` is local time without a zone, 1970 until the clock is set; with its
setting ``Time 2`` or ``Time 3`` it sends seconds since 1970 too, or instead. ``Wifi.RSSI`` is a percentage,
``Wifi.Signal`` the level in dBm.
"""

from __future__ import annotations

from typing import Any

import msgspec

from sensors.clock import city_milliseconds
from sensors.envelope import Envelope, EnvelopeExample, Gateway, Uplink, first_time, parse
from sensors.envelopes._fields import flattened

_DECODER = msgspec.json.Decoder(dict[str, Any])
_NO_FIELDS = {"Time", "Epoch", "Wifi"}
"""The times; and the radio, with the names of the city's networks."""


def open_telemetry(payload: bytes, topic: str) -> tuple[Uplink, ...]:
    """Open one message of values or of the radio; a last will carries nothing. Raises UnreadableError."""
    device, kind = _address(topic)
    if kind == "LWT" or not payload:
        return ()
    told = parse(_DECODER, payload)
    uplink = Uplink(
        device=device,
        time=first_time((told.get("Epoch"), told.get("Time")), city_milliseconds),
        fields=flattened({name: value for name, value in told.items() if name not in _NO_FIELDS}),
        gateways=_radio(told.get("Wifi")),
    )
    return (uplink,)


def _address(topic: str) -> tuple[str, str]:
    """Give the device's topic and the kind of message, whichever way round the full topic is set."""
    *levels, kind = topic.split("/")
    return "/".join(levels[1:] if levels[0] == "tele" else levels[:-1]), kind


def _radio(wifi: Any) -> tuple[Gateway, ...]:
    return (Gateway(rssi=wifi.get("Signal")),) if isinstance(wifi, dict) else ()


_STATE = EnvelopeExample(
    topic="tele/plug/STATE",
    payload=(
        b'{"Time":"2020-03-11T17:49:33","Uptime":"0T18:30:12","POWER":"ON","Wifi":{"AP":1,"SSId":"no_net",'
        b'"BSSId":"82:2A:A8:D1:25:5D","Channel":6,"RSSI":62,"Signal":-69}}'
    ),
    uplink={
        "device": "plug",
        "time": 1_583_945_373_000,
        "fields": {"Uptime": "0T18:30:12", "POWER": "ON"},
        "rssi": -69.0,
    },
    source="formats survey, Tasmota message 1, shortened (public source file, code index 2565927513)",
)

_METER = EnvelopeExample(
    topic="compteur/tele/SENSOR",
    payload=(
        b'{"Time":"2021-03-13T09:20:26","ENERGY":{"TotalStartTime":"2021-03-13T09:20:26","Total":7970.903,"Power":860,'
        b'"Current":4.000},"TIC":{"PAPP":"00860"}}'
    ),
    uplink={
        "device": "compteur",
        "time": 1_615_623_626_000,
        "fields": {
            "ENERGY.TotalStartTime": "2021-03-13T09:20:26",
            "ENERGY.Total": 7970.903,
            "ENERGY.Power": 860,
            "ENERGY.Current": 4.0,
            "TIC.PAPP": "00860",
        },
    },
    source="formats survey, Tasmota message 2, shortened (public source file, code index 26119243776)",
)

_UNSET = EnvelopeExample(
    topic="tele/tasmota_5014E2/SENSOR",
    payload=b'{"Time":"1970-01-01T00:33:28","ENERGY":{"Total":0.003,"Power":22,"Voltage":246,"Current":0.098}}',
    uplink={"device": "tasmota_5014E2", "time": None},
    source="formats survey, Tasmota message 3, shortened: its clock is not set (code index 11244709458)",
)

_WILL = EnvelopeExample(
    topic="tele/plug/LWT",
    payload=b"Offline",
    source="arendst/Tasmota docs MQTT: the last will, retained",
)

ENVELOPE = Envelope(
    name="tasmota",
    title="Tasmota",
    topics=tuple(
        f"{place}/{kind}"
        for kind in ("SENSOR", "STATE", "LWT")
        for place in ("tele/+", "tele/+/+", "+/tele", "+/+/tele")
    ),
    open=open_telemetry,
    source="arendst/Tasmota docs: MQTT, Commands (FullTopic, Time), JSON Status Responses",
    examples=(_STATE, _METER, _UNSET, _WILL),
)
