"""ChirpStack v4: ``event/up`` messages as its MQTT integration publishes them in JSON.

``object`` is absent without a codec and writes every integer as a float; the same quantity may stand there as a number
and as a string; ``deduplicationId`` marks the message.
"""

from __future__ import annotations

from typing import Any

import msgspec

from sensors.envelope import Envelope, EnvelopeExample, Gateway, Uplink, fields_or_none, first_time, parse
from sensors.eui import device_id


class _Device(msgspec.Struct, gc=False, rename={"name": "deviceName", "eui": "devEui"}):
    name: str = ""
    eui: str = ""


class _Message(msgspec.Struct, gc=False, rename="camel"):
    device_info: _Device
    deduplication_id: str = ""
    time: Any = None
    f_cnt: int = 0
    f_port: int = 0
    data: str = ""
    object: Any = None
    rx_info: list[Gateway] | None = None


_DECODER = msgspec.json.Decoder(_Message, strict=False)


def open_uplink(payload: bytes, topic: str) -> tuple[Uplink]:
    """Open one uplink. Raises UnreadableError."""
    message = parse(_DECODER, payload)
    gateways = message.rx_info or ()
    uplink = Uplink(
        device=device_id(message.device_info.eui or topic.split("/")[3]),
        alias=message.device_info.name,
        time=first_time([message.time, *[gateway.time for gateway in gateways]]),
        frame_counter=message.f_cnt,
        port=message.f_port,
        fields=fields_or_none(message.object),
        base64=message.data,
        gateways=gateways,
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

ENVELOPE = Envelope(
    name="chirpstack",
    title="ChirpStack v4",
    topics=("application/+/device/+/event/up",),
    open=open_uplink,
    source="chirpstack/chirpstack api/proto/integration/integration.proto UplinkEvent; uplinks of the city of Jena",
    examples=(_DECODED, _BYTES_ONLY),
)
