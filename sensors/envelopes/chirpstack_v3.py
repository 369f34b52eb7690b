"""ChirpStack v3, LoRa Server before it, and gateways of Milesight that speak as they do.

Flat JSON without ``deviceInfo``. What a codec made of the bytes is ``object``, or ``objectJSON`` as text; EUIs are
hexadecimal, or base64 from its newer marshaler. Times are the gateways' alone: a frame that only gateways without a
clock heard has none. From version 3.11 it publishes on the topics of version 4, whose envelope hands over what is not
its own.
"""

from __future__ import annotations

from binascii import a2b_base64
from typing import TYPE_CHECKING, Any

import msgspec

from sensors.envelope import Envelope, EnvelopeExample, Gateway, Uplink, fields_or_none, first_time, parse
from sensors.envelopes._lorawan import percent
from sensors.eui import device_id

if TYPE_CHECKING:
    from collections.abc import Sequence

_BASE64_EUI = 12
"""Characters of eight bytes in base64."""


class _Gateway(Gateway, gc=False, rename={"snr": "loRaSNR"}):
    snr: Any = None


class _Message(
    msgspec.Struct,
    gc=False,
    rename={
        "eui": "devEUI",
        "name": "deviceName",
        "frame_counter": "fCnt",
        "port": "fPort",
        "text": "objectJSON",
        "gateways": "rxInfo",
        "published": "publishedAt",
        "external": "externalPowerSource",
        "unavailable": "batteryLevelUnavailable",
        "level": "batteryLevel",
    },
):
    eui: str
    name: str = ""
    time: Any = None
    frame_counter: int = 0
    port: int = 0
    data: str | None = None
    object: Any = None
    text: Any = None
    gateways: list[_Gateway] | None = None
    published: Any = None
    external: bool = False
    unavailable: bool = False
    level: Any = None


_DECODER = msgspec.json.Decoder(_Message, strict=False)


def open_event(payload: bytes, topic: str) -> Sequence[Uplink]:
    """Open one event: an uplink, or the status of a device with its battery level. Raises UnreadableError."""
    told = parse(_DECODER, payload)
    return _status(told) if topic.endswith("/status") else (_uplink(told),)


def _uplink(told: _Message) -> Uplink:
    gateways = told.gateways or ()
    return Uplink(
        device=_hexadecimal(told.eui),
        alias=told.name,
        time=first_time([told.time, *[gateway.time for gateway in gateways], told.published]),
        frame_counter=told.frame_counter,
        port=told.port,
        fields=fields_or_none(told.object) or _fields_in(told.text),
        base64=told.data or "",
        gateways=gateways,
    )


def _status(told: _Message) -> tuple[Uplink, ...]:
    level = percent(told.level)
    if level is None or told.external or told.unavailable:
        return ()
    time = first_time((told.time, told.published))
    return (Uplink(device=_hexadecimal(told.eui), alias=told.name, time=time, battery=level),)


def _hexadecimal(eui: str) -> str:
    if len(eui) == _BASE64_EUI and eui.endswith("="):
        try:
            return a2b_base64(eui, strict_mode=True).hex()
        except ValueError:
            return eui
    return device_id(eui)


def _fields_in(text: Any) -> dict[str, Any] | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        return fields_or_none(msgspec.json.decode(text))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


_GATEWAY = EnvelopeExample(
    topic="/milesight/uplink",
    payload=(
        b'{"applicationID":1,"applicationName":"cloud","deviceName":"24e1641092176759","devEUI":"24e1641092176759",'
        b'"time":"2020-03-27T12:39:05.547336Z","rxInfo":[{"mac":"24e124fffef021be","rssi":-57,"loRaSNR":10}],"fCnt":0,'
        b'"fPort":85,"data":"AXVcA4JECAQAAQ=="}'
    ),
    uplink={
        "device": "24e1641092176759",
        "time": 1_585_312_745_547,
        "port": 85,
        "fields": None,
        "payload": bytes.fromhex("01755c03824408040001"),
        "rssi": -57.0,
        "snr": 10.0,
    },
    source="thingsboard/data-converters VENDORS/Milesight/EM310-UDL/HTTP/uplink/payload.json, with a time that is one",
)

_MALFORMED = EnvelopeExample(
    topic="/milesight/uplink",
    payload=b'{"devEUI":"24e1641092176759","time":"2020-0327T12:39:05.547336Z","data":"AXVcA4JECAQAAQ=="}',
    refused="bad_time",
    source="thingsboard/data-converters VENDORS/Milesight/EM310-UDL/HTTP/uplink/payload.json, shortened",
)

_MARSHALED = EnvelopeExample(
    topic="application/123/device/0202020202020202/up",
    payload=(
        b'{"applicationID":"123","deviceName":"garden-sensor","devEUI":"AgICAgICAgI=","rxInfo":[{"gatewayID":'
        b'"AwMDAwMDAwM=","time":"2019-11-08T13:59:25.048445Z","timeSinceGPSEpoch":null,"rssi":-48,"loRaSNR":9}],'
        b'"fCnt":10,"fPort":5,"data":"AQ==","objectJSON":"{\\"temperatureSensor\\":25,\\"humiditySensor\\":32}"}'
    ),
    uplink={
        "device": "0202020202020202",
        "alias": "garden-sensor",
        "time": 1_573_221_565_048,
        "frame_counter": 10,
        "fields": {"temperatureSensor": 25, "humiditySensor": 32},
        "snr": 9.0,
    },
    source="www.chirpstack.io/application-server/integrations/events, event up in JSON, shortened",
)

_BATTERY = EnvelopeExample(
    topic="application/1/device/24e124128c010640/status",
    payload=(
        b'{"applicationID":"1","applicationName":"AM107","batteryLevel":9.84,"batteryLevelUnavailable":false,'
        b'"devEUI":"24e124128c010640","deviceName":"AM107-40","externalPowerSource":false,"margin":12}'
    ),
    uplink={"device": "24e124128c010640", "time": None, "battery": 9.84},
    source="status of a Milesight AM107 as a public subscriber notes it down",
)

ENVELOPE = Envelope(
    name="chirpstack_v3",
    title="ChirpStack v3, Milesight gateways",
    topics=(
        "application/+/device/+/rx",
        "application/+/device/+/up",
        "application/+/device/+/status",
        "/milesight/uplink/#",
    ),
    open=open_event,
    source="www.chirpstack.io/application-server/integrations/events and integrations/mqtt (version 3)",
    examples=(_GATEWAY, _MALFORMED, _MARSHALED, _BATTERY),
)
