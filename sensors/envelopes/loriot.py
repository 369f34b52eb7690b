"""LORIOT: frames as its MQTT output publishes them, with the device's bytes in hexadecimal digits.

A frame comes as ``rx`` at once and, where gateways are asked for, as ``gw`` again once every gateway has told what it
heard: both have one time and one key. ``bat`` is the device's last DevStatusAns, not a percentage. Where to publish is
the operator's choice; by default this listens on ``loriot/#``. Other commands carry nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from sensors.envelope import Envelope, EnvelopeExample, Gateway, UnreadableError, Uplink, first_time, parse
from sensors.envelopes._lorawan import base64_of_hex, percent_of_status
from sensors.eui import device_id


class _Message(
    msgspec.Struct, gc=False, rename={"eui": "EUI", "time": "ts", "frame_counter": "fcnt", "gateways": "gws"}
):
    cmd: str
    eui: str = ""
    time: Any = None
    frame_counter: int = 0
    port: int = 0
    rssi: Any = None
    snr: Any = None
    gateways: list[Gateway] | None = None
    bat: Any = None
    data: str | None = None
    encdata: str | None = None


_DECODER = msgspec.json.Decoder(_Message, strict=False)


def open_message(payload: bytes, topic: str) -> tuple[Uplink, ...]:
    """Open one frame; any other message carries nothing. Raises UnreadableError."""
    told = parse(_DECODER, payload)
    if told.cmd not in {"rx", "gw"}:
        return ()
    gateways = told.gateways or [Gateway(rssi=told.rssi, snr=told.snr)]
    uplink = Uplink(
        device=_device(told, topic),
        time=first_time([told.time, *[gateway.time for gateway in gateways]]),
        frame_counter=told.frame_counter,
        port=told.port,
        base64=base64_of_hex(_readable(told)),
        gateways=gateways,
        battery=percent_of_status(told.bat),
        key=f"{told.eui}/{told.frame_counter}/{told.port}",
    )
    return (uplink,)


def _device(told: _Message, topic: str) -> str:
    if not told.eui:
        raise UnreadableError("unreadable", f"the frame on '{topic[:200]}' names no device: 'EUI' must be its number.")
    return device_id(told.eui)


def _readable(told: _Message) -> str:
    if told.encdata and not told.data:
        raise UnreadableError("unreadable", "the device's bytes are encrypted. Give LORIOT the device's AppSKey.")
    return told.data or ""


_RECEIVED = EnvelopeExample(
    topic="loriot/parking",
    payload=(
        b'{"cmd":"rx","seqno":3040,"EUI":"1000000000000001","ts":1684478801936,"fcnt":2,"port":2,"freq":867500000,'
        b'"rssi":-21,"snr":10,"toa":206,"dr":"SF9 BW125 4/5","ack":false,"bat":94,"offline":false,"data":"0112"}'
    ),
    uplink={
        "device": "1000000000000001",
        "time": 1_684_478_801_936,
        "frame_counter": 2,
        "port": 2,
        "fields": None,
        "payload": bytes.fromhex("0112"),
        "rssi": -21.0,
        "snr": 10.0,
        "battery": 93 / 253 * 100,
        "key": "1000000000000001/2/2",
    },
    source="thingsboard/data-converters VENDORS/Bosch/Parking_Lot_Sensor/LORIOT/uplink/payload.json",
)

_GATEWAYS = EnvelopeExample(
    topic="loriot/parking",
    payload=(
        b'{"cmd":"gw","seqno":4,"EUI":"0102030405060708","ts":1690901260493,"fcnt":3,"port":2,"gws":[{"rssi":-38,'
        b'"snr":8.5,"ts":1690901260493,"time":"2023-08-01T14:47:40.493Z","gweui":"1020304080706050"},{"rssi":-42,'
        b'"snr":8.8,"ts":1690901260495,"time":"2023-08-01T14:47:40.495Z"}],"bat":143,"data":"0112"}'
    ),
    uplink={
        "device": "0102030405060708",
        "time": 1_690_901_260_493,
        "rssi": -38.0,
        "snr": 8.8,
        "battery": 142 / 253 * 100,
        "key": "0102030405060708/3/2",
    },
    source="thingsboard/data-converters VENDORS/Bosch/Parking_Lot_Sensor/LORIOT/uplink/payload_3.json, shortened",
)

_ON_MAINS = EnvelopeExample(
    topic="loriot/energy",
    payload=(
        b'{"cmd":"rx","EUI":"FC48C900000001C5","ts":1731591525000,"fcnt":1,"port":1,"rssi":-78,"snr":7.8,"bat":255,'
        b'"data":"0101673B240C0203673B21B4030403080F040405000000000506000000000607000000000B0A00"}'
    ),
    uplink={"device": "fc48c900000001c5", "time": 1_731_591_525_000, "battery": None, "frame_counter": 1},
    source="thingsboard/data-converters VENDORS/Yobiiq/EM4301/LORIOT/uplink/payload_01.json, shortened",
)

_ENCRYPTED = EnvelopeExample(
    topic="loriot/parking",
    payload=b'{"cmd":"rx","EUI":"0102030405060708","ts":1470850675433,"bat":254,"fcnt":1,"port":1,"encdata":"0102AABB"}',
    refused="unreadable",
    source="docs.loriot.io LNS, Uplink Data Message",
)

ENVELOPE = Envelope(
    name="loriot",
    title="LORIOT",
    topics=("loriot/#",),
    open=open_message,
    source="docs.loriot.io LNS, Uplink Data Message and Gateway Information; thingsboard/data-converters VENDORS",
    examples=(_RECEIVED, _GATEWAYS, _ON_MAINS, _ENCRYPTED),
)
