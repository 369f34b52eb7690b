"""The Things Stack v3 (The Things Network, The Things Industries): uplinks as its MQTT server publishes them.

Empty, zero and false parts are left out of its JSON; the device's EUI is upper-case; times have nanoseconds; there is
one ``rx_metadata`` entry per gateway and antenna, some without a time.
"""

from __future__ import annotations

from typing import Any

import msgspec

from sensors.envelope import Envelope, EnvelopeExample, Gateway, Uplink, fields_or_none, first_time, parse
from sensors.eui import device_id


class _Ids(msgspec.Struct, gc=False):
    device_id: str = ""
    dev_eui: str = ""


class _Frame(msgspec.Struct, gc=False):
    session_key_id: str = ""
    f_cnt: int = 0
    f_port: int = 0
    frm_payload: str = ""
    decoded_payload: Any = None
    rx_metadata: list[Gateway] | None = None
    received_at: Any = None


class _Message(msgspec.Struct, gc=False):
    end_device_ids: _Ids
    uplink_message: _Frame
    received_at: Any = None


_DECODER = msgspec.json.Decoder(_Message, strict=False)


def open_uplink(payload: bytes, topic: str) -> tuple[Uplink]:
    """Open one uplink. Raises UnreadableError."""
    message = parse(_DECODER, payload)
    ids, frame = message.end_device_ids, message.uplink_message
    name = ids.device_id or topic.split("/")[3]
    gateways = frame.rx_metadata or ()
    uplink = Uplink(
        device=device_id(ids.dev_eui or name),
        alias=name,
        time=first_time([*[gateway.time for gateway in gateways], frame.received_at, message.received_at]),
        frame_counter=frame.f_cnt,
        port=frame.f_port,
        fields=fields_or_none(frame.decoded_payload),
        base64=frame.frm_payload,
        gateways=gateways,
        key=f"{ids.dev_eui or name}/{frame.session_key_id}/{frame.f_cnt}",
    )
    return (uplink,)


_FULL = EnvelopeExample(
    topic="v3/app1@ttn/devices/dev1/up",
    payload=(
        b'{"end_device_ids":{"device_id":"dev1","application_ids":{"application_id":"app1"},"dev_eui":"0004A30B001C0530",'
        b'"join_eui":"800000000000000C","dev_addr":"00BCB929"},"received_at":"2020-02-12T15:15:46.014773143Z",'
        b'"uplink_message":{"session_key_id":"AXA50tHUGUucuzS/bCGMNw==","f_cnt":1,"frm_payload":"gkHe",'
        b'"decoded_payload":{"temperature":1.0,"luminosity":0.64},"rx_metadata":[{"gateway_ids":{"gateway_id":"gtw1"},'
        b'"time":"2020-02-12T15:15:45.787Z","timestamp":2463457000,"rssi":-35,"channel_rssi":-35,"snr":5}],'
        b'"received_at":"2020-02-12T15:15:45.789585559Z"}}'
    ),
    uplink={
        "device": "0004a30b001c0530",
        "alias": "dev1",
        "time": 1_581_520_545_787,
        "frame_counter": 1,
        "port": 0,
        "fields": {"temperature": 1.0, "luminosity": 0.64},
        "payload": bytes.fromhex("8241de"),
        "rssi": -35.0,
        "snr": 5.0,
        "key": "0004A30B001C0530/AXA50tHUGUucuzS/bCGMNw==/1",
    },
    source="TheThingsIndustries/lorawan-stack-docs doc/content/integrations/data-formats/_index.md, shortened",
)

_SPARSE = EnvelopeExample(
    topic="v3/app1@ttn/devices/dev1/up",
    payload=(
        b'{"end_device_ids":{"device_id":"dev1"},"received_at":"2020-02-12T15:15:46.014773143Z",'
        b'"uplink_message":{"f_port":4,"frm_payload":"DLIEgPeu","decoded_payload":{"battery":3250,"temperature":-21.3}}}'
    ),
    uplink={
        "device": "dev1",
        "time": 1_581_520_546_014,
        "frame_counter": 0,
        "port": 4,
        "fields": {"battery": 3250, "temperature": -21.3},
        "rssi": None,
    },
    source="TheThingsIndustries/lorawan-stack-docs doc/content/integrations/payload-formatters/javascript, shortened",
)

ENVELOPE = Envelope(
    name="tts",
    title="The Things Stack v3",
    topics=("v3/+/devices/+/up",),
    open=open_uplink,
    source="TheThingsIndustries/lorawan-stack-docs doc/content/integrations/data-formats/_index.md",
    examples=(_FULL, _SPARSE),
)
