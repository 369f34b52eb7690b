"""The Things Stack v3 (The Things Network, The Things Industries): what its MQTT server publishes of a device.

Empty, zero and false parts are left out of its JSON; the device's EUI is upper-case; times have nanoseconds; there is
one ``rx_metadata`` entry per gateway and antenna, some without a time. When the payload formatter fails, or there is
none, an uplink carries bytes only. Joins, the fate of downlinks, solved locations and data of services are known apart
and carry nothing; ``up/normalized`` repeats the ``normalized_payload`` of the uplink beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sensors.envelope import Envelope, EnvelopeExample, Gateway, Uplink, at_most, fields_or_none, first_time, parse
from sensors.envelopes._fields import flattened
from sensors.envelopes._lorawan import percent, with_status
from sensors.eui import device_id

if TYPE_CHECKING:
    from collections.abc import Sequence

MEASUREMENTS = 256
"""Entries of one ``normalized_payload`` that are read."""
NORMALIZED = {
    "air.temperature": "temperature",
    "air.relativeHumidity": "humidity",
    "air.pressure": "pressure",
    "air.co2": "co2",
    "air.lightIntensity": "light_intensity",
    "wind.speed": "wind_speed",
    "wind.direction": "wind_direction",
    "rain.intensity": "rain_intensity",
    "rain.cumulative": "rain_cumulative",
    "soil.depth": "soil_depth",
    "soil.moisture": "soil_moisture",
    "soil.temperature": "soil_temperature",
    "soil.ec": "soil_ec",
    "soil.pH": "soil_ph",
    "soil.n": "soil_nitrogen",
    "soil.p": "soil_phosphorus",
    "soil.k": "soil_potassium",
    "water.leak": "water_leak",
    "water.temperature.min": "water_temperature_min",
    "water.temperature.max": "water_temperature_max",
    "metering.water.total": "water_total",
    "action.motion.detected": "motion_detected",
    "action.motion.count": "motion_count",
    "action.contactState": "contact_state",
    "battery": "battery_voltage",
}
"""Path in a normalized measurement to the name of the field. Its ``battery`` is in volts, that of most devices not."""
_ABSENT = msgspec.Raw()


class _Ids(msgspec.Struct, gc=False):
    device_id: str = ""
    dev_eui: str = ""


class _Frame(msgspec.Struct, gc=False):
    session_key_id: str = ""
    f_cnt: int = 0
    f_port: int = 0
    frm_payload: str = ""
    decoded_payload: Any = None
    normalized_payload: msgspec.Raw = _ABSENT
    """Read only where there is no ``decoded_payload``, which says more."""
    rx_metadata: list[Gateway] | None = None
    received_at: Any = None
    last_battery_percentage: Any = None


class _Message(msgspec.Struct, gc=False):
    end_device_ids: _Ids
    uplink_message: _Frame
    received_at: Any = None


_DECODER = msgspec.json.Decoder(_Message, strict=False)
_ANYTHING = msgspec.json.Decoder[Any]()


def open_message(payload: bytes, topic: str) -> Sequence[Uplink]:
    """Open one message; only an uplink carries anything. Raises UnreadableError."""
    if not topic.endswith("/up"):
        return ()
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
    for gateway in gateways:
        # A ratio of 0 dB is left out. Where the strength is, too, another network keeps to itself what it heard.
        if gateway.snr is None and gateway.rssi is not None:
            gateway.snr = 0.0
    further: Sequence[Uplink] = ()
    if uplink.fields is None and frame.normalized_payload is not _ABSENT:
        further = _normalized(frame.normalized_payload, uplink)
    if frame.last_battery_percentage is None and not further:
        return (uplink,)
    return (*_with_status(frame.last_battery_percentage, uplink), *further)


def _with_status(told: Any, uplink: Uplink) -> tuple[Uplink, ...]:
    if not isinstance(told, dict):
        return (uplink,)
    return with_status(uplink, percent(told.get("value")), told.get("received_at"), told.get("f_cnt"))


def _normalized(told: msgspec.Raw, uplink: Uplink) -> Sequence[Uplink]:
    """Fill an uplink without fields from its normalized measurements; gives an uplink for each further time in them.

    What two measurements of one time both tell counts as the first tells it.
    """
    by_time: dict[int | None, dict[str, Any]] = {}
    for entry in _measurements(told):
        fields = {NORMALIZED[path]: value for path, value in flattened(entry).items() if path in NORMALIZED}
        if fields:
            own = first_time((entry.get("time"),))
            time = uplink.time if own is None else own
            by_time[time] = fields | by_time.get(time, {})
    if not by_time:
        return ()
    (uplink.time, uplink.fields), *others = by_time.items()
    return [msgspec.structs.replace(uplink, time=time, fields=fields, base64="") for time, fields in others]


def _measurements(told: msgspec.Raw) -> list[dict[str, Any]]:
    read = parse(_ANYTHING, bytes(told))
    entries = read if isinstance(read, list) else [read]
    at_most(MEASUREMENTS, entries, "normalized measurements")
    return [entry for entry in entries if isinstance(entry, dict)]


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

_BYTES_ONLY = EnvelopeExample(
    topic="v3/application-tts-name/devices/eui-1000000000000001/up",
    payload=(
        b'{"end_device_ids":{"device_id":"eui-1000000000000001","dev_eui":"1000000000000001"},"received_at":'
        b'"2023-05-19T05:33:35.848446463Z","uplink_message":{"session_key_id":"AYfqmb0pc/1uRZv9xUydgQ==","f_port":2,'
        b'"f_cnt":10335,"frm_payload":"ARI=","received_at":"2023-05-19T05:33:35.641841782Z"}}'
    ),
    uplink={"time": 1_684_474_415_641, "fields": None, "payload": bytes.fromhex("0112"), "frame_counter": 10335},
    source=(
        "thingsboard/data-converters VENDORS/Bosch/Parking_Lot_Sensor/ThingsStackCommunity/uplink/payload.json, "
        "shortened: also what is left of an uplink whose payload formatter fails"
    ),
)

_BATTERY = EnvelopeExample(
    topic="v3/starter-kit@docs-test-account/devices/eui-70b3d52dd600035a/up",
    payload=(
        b'{"end_device_ids":{"device_id":"eui-70b3d52dd600035a","dev_eui":"70B3D52DD600035A"},"uplink_message":{'
        b'"session_key_id":"aAixKtmNZUKQXd4GqpHDsw==","f_port":2,"f_cnt":14,"frm_payload":"sQAAEAHlANcB",'
        b'"decoded_payload":{"batteryVoltage":3.4,"sensorTemperature":21.5},"rx_metadata":[{"time":'
        b'"2025-04-16T11:54:13.697237014Z","rssi":-31,"channel_rssi":-31,"snr":9.5}],"received_at":'
        b'"2025-04-16T11:54:13.787593298Z","last_battery_percentage":{"f_cnt":14,"value":90.118576,"received_at":'
        b'"2025-04-16T11:54:13.787593298Z"}}}'
    ),
    uplink={"time": 1_744_804_453_697, "fields": {"batteryVoltage": 3.4, "sensorTemperature": 21.5}, "battery": None},
    further=({"device": "70b3d52dd600035a", "time": 1_744_804_453_787, "battery": 90.118576, "frame_counter": 14},),
    source="TheThingsIndustries/lorawan-stack-docs, starter kit (webhook example of 2025-04), shortened",
)

_NORMALIZED_ONLY = EnvelopeExample(
    topic="v3/app1@ttn/devices/dev1/up",
    payload=(
        b'{"end_device_ids":{"device_id":"dev1"},"uplink_message":{"f_port":4,"frm_payload":"DLIEgPeu",'
        b'"normalized_payload":[{"air":{"temperature":-21.3}}]}}'
    ),
    uplink={"fields": {"temperature": -21.3}, "payload": bytes.fromhex("0cb20480f7ae")},
    source=(
        "TheThingsIndustries/lorawan-stack-docs doc/content/integrations/payload-formatters/javascript/uplink, "
        "without its decoded_payload"
    ),
)

_JOIN = EnvelopeExample(
    topic="v3/app1@ttn/devices/dev1/join",
    payload=(
        b'{"end_device_ids":{"device_id":"dev1","dev_eui":"0004A30B001C0530","dev_addr":"01497ECC"},"received_at":'
        b'"2020-02-17T07:49:09.935284891Z","join_accept":{"session_key_id":"AXBSH1Pk6Z0G166RlH16CQ=="}}'
    ),
    source="TheThingsIndustries/lorawan-stack-docs doc/content/integrations/data-formats/_index.md, shortened",
)

ENVELOPE = Envelope(
    name="tts",
    title="The Things Stack v3",
    topics=(
        "v3/+/devices/+/up",
        "v3/+/devices/+/up/normalized",
        "v3/+/devices/+/join",
        "v3/+/devices/+/down/+",
        "v3/+/devices/+/service/data",
        "v3/+/devices/+/location/solved",
    ),
    open=open_message,
    source=(
        "TheThingsIndustries/lorawan-stack-docs doc/content/integrations/data-formats/_index.md; "
        "TheThingsNetwork/lorawan-stack pkg/applicationserver/io/mqtt/topics/v3.go; "
        "TheThingsNetwork/lorawan-devices lib/payload.json"
    ),
    examples=(_FULL, _SPARSE, _BYTES_ONLY, _BATTERY, _NORMALIZED_ONLY, _JOIN),
)
