"""ChirpStack v4: the events of a device as its MQTT integration publishes them in JSON.

``object`` is absent without a codec and writes every integer as a float; the same quantity may stand there as a number
and as a string; ``deduplicationId`` marks the message. ``up`` carries measurements, ``status`` the battery level; the
other events (join, ack, txack, log, location, integration) carry nothing. Version 3 publishes on the same topics, and
what it sends is opened as such.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sensors.envelope import Envelope, EnvelopeExample, Gateway, Uplink, fields_or_none, first_time, parse
from sensors.envelopes import chirpstack_v3
from sensors.envelopes._lorawan import percent
from sensors.eui import device_id

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Device(msgspec.Struct, gc=False, rename={"name": "deviceName", "eui": "devEui"}):
    name: str = ""
    eui: str = ""


class _Message(msgspec.Struct, gc=False, rename="camel"):
    device_info: _Device | None = None
    deduplication_id: str = ""
    time: Any = None
    f_cnt: int = 0
    f_port: int = 0
    data: str = ""
    object: Any = None
    rx_info: list[Gateway] | None = None


class _Status(msgspec.Struct, gc=False, rename="camel"):
    device_info: _Device | None = None
    deduplication_id: str = ""
    time: Any = None
    external_power_source: bool = False
    battery_level_unavailable: bool = False
    battery_level: Any = None


_UP = msgspec.json.Decoder(_Message, strict=False)
_STATUS = msgspec.json.Decoder(_Status, strict=False)


def open_event(payload: bytes, topic: str) -> Sequence[Uplink]:
    """Open one event; only ``up`` and ``status`` carry anything. Raises UnreadableError."""
    event = topic.rpartition("/")[2]
    if event == "up":
        return _opened_up(payload, topic)
    return _opened_status(payload, topic) if event == "status" else ()


def _opened_up(payload: bytes, topic: str) -> Sequence[Uplink]:
    message = parse(_UP, payload)
    device = message.device_info
    if device is None:
        return chirpstack_v3.open_event(payload, topic)
    gateways = message.rx_info or ()
    uplink = Uplink(
        device=device_id(device.eui or topic.split("/")[3]),
        alias=device.name,
        time=first_time([message.time, *[gateway.time for gateway in gateways]]),
        frame_counter=message.f_cnt,
        port=message.f_port,
        fields=fields_or_none(message.object),
        base64=message.data,
        gateways=gateways,
        key=message.deduplication_id,
    )
    return (uplink,)


def _opened_status(payload: bytes, topic: str) -> Sequence[Uplink]:
    """Give the battery level; a device on external power, or one that cannot measure it, tells none."""
    message = parse(_STATUS, payload)
    device = message.device_info
    if device is None:
        return chirpstack_v3.open_event(payload, topic)
    level = percent(message.battery_level)
    if level is None or message.external_power_source or message.battery_level_unavailable:
        return ()
    uplink = Uplink(
        device=device_id(device.eui or topic.split("/")[3]),
        alias=device.name,
        time=first_time((message.time,)),
        battery=level,
        key=message.deduplication_id,
    )
    return (uplink,)


_TOPIC = "application/e8d62144-b9b6-4fee-937f-5d8248eee499/device/24e124713c401925/event/up"

_DECODED = EnvelopeExample(
    topic=_TOPIC,
    payload=(
        b'{"deduplicationId":"a98ecdf0-c93c-4d7f-9b55-e99d0eba5b9b","time":"2025-07-07T15:42:11.141117+00:00",'
        b'"deviceInfo":{"deviceName":"EM310-UDL_6713C40192590001","devEui":"24e124713c401925","tags":{}},"fCnt":55,'
        b'"fPort":85,"data":"AXVFA4JSAgQAAA==","object":{"distance":594.0,"position":"normal","battery":69.0},'
        b'"rxInfo":[{"gatewayId":"503139535d604750","rssi":-103,"snr":1.0},{"gatewayId":"fcc23dfffe2ea641","rssi":-90,'
        b'"snr":-1.5}]}'
    ),
    uplink={
        "device": "24e124713c401925",
        "alias": "EM310-UDL_6713C40192590001",
        "time": 1_751_902_931_141,
        "frame_counter": 55,
        "port": 85,
        "fields": {"distance": 594.0, "position": "normal", "battery": 69.0},
        "payload": bytes.fromhex("01754503825202040000"),
        "rssi": -90.0,
        "snr": 1.0,
        "key": "a98ecdf0-c93c-4d7f-9b55-e99d0eba5b9b",
    },
    source="uplink of the city of Jena's ChirpStack, shortened; the second gateway is from another of its uplinks",
)

_BYTES_ONLY = EnvelopeExample(
    topic="application/ca739e26-7b67-4f14-b69e-d568c22a5a75/device/1000000000000001/event/up",
    payload=(
        b'{"deduplicationId":"57433366-50a6-4dc2-8145-2df1bbc70d9e","time":"2023-05-22T07:47:05.404859+00:00",'
        b'"deviceInfo":{"deviceName":"Device name","devEui":"1000000000000001"},"fCnt":4,"fPort":2,"data":"ARI="}'
    ),
    uplink={"time": 1_684_741_625_404, "fields": None, "payload": bytes.fromhex("0112"), "port": 2, "snr": None},
    source="thingsboard/data-converters VENDORS/Bosch/Parking_Lot_Sensor/ChirpStack/uplink/payload.json, shortened",
)

_STATUS_EVENT = EnvelopeExample(
    topic="application/1/device/24e124128c010640/event/status",
    payload=(
        b'{"deduplicationId":"4c1f2b5e-9d0c-4d0c-8f0b-0c8f6d1f7a11","time":"2026-03-29T01:00:00.123456+00:00",'
        b'"deviceInfo":{"deviceName":"AM107-40","devEui":"24e124128c010640"},"margin":12,"externalPowerSource":false,'
        b'"batteryLevelUnavailable":false,"batteryLevel":9.84}'
    ),
    uplink={"device": "24e124128c010640", "time": 1_774_746_000_123, "battery": 9.84, "fields": None, "payload": b""},
    source="chirpstack/chirpstack api/proto/integration/integration.proto StatusEvent, with the level of a real AM107",
)

_ON_MAINS = EnvelopeExample(
    topic="application/1/device/24e124128c010640/event/status",
    payload=b'{"deviceInfo":{"devEui":"24e124128c010640"},"margin":12,"externalPowerSource":true,"batteryLevel":0.0}',
    source="chirpstack/chirpstack api/proto/integration/integration.proto StatusEvent",
)

_JOINED = EnvelopeExample(
    topic="application/1/device/24e124128c010640/event/join",
    payload=b'{"time":"2026-03-29T01:00:00+00:00","deviceInfo":{"devEui":"24e124128c010640"},"devAddr":"01acdec6"}',
    source="chirpstack/chirpstack api/proto/integration/integration.proto JoinEvent",
)

_VERSION_3 = EnvelopeExample(
    topic="application/123/device/0202020202020202/event/up",
    payload=b'{"devEUI":"0202020202020202","rxInfo":[{"rssi":-57,"loRaSNR":10}],"fCnt":10,"fPort":5,"data":"AQ=="}',
    uplink={"device": "0202020202020202", "frame_counter": 10, "payload": b"\x01", "snr": 10.0, "time": None},
    source="www.chirpstack.io/application-server/integrate/sending-receiving, event up in JSON v3, shortened",
)

ENVELOPE = Envelope(
    name="chirpstack",
    title="ChirpStack v4",
    topics=("application/+/device/+/event/+",),
    open=open_event,
    source="chirpstack/chirpstack api/proto/integration/integration.proto; uplinks of the city of Jena",
    examples=(_DECODED, _BYTES_ONLY, _STATUS_EVENT, _ON_MAINS, _JOINED, _VERSION_3),
)
