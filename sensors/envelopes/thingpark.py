"""ThingPark (Actility): uplinks as its connections publish them, with the device's bytes in hexadecimal digits.

Numbers may be texts. ``Time`` is when a base station heard the frame, with an offset: an uplink marked ``Late`` waited
in one that had lost its network, and counts at its own time. ``LostUplinksAS`` says no more than the frame counters.
``BatteryLevel`` is the last DevStatusAns, of ``BatteryTime``. The topic is a setting of the connection; those of its
manuals are listened on, and ``thingpark/#``. Reports of downlinks, locations and joins carry nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from sensors.envelope import (
    Envelope,
    EnvelopeExample,
    Gateway,
    UnreadableError,
    Uplink,
    fields_or_none,
    first_time,
    parse,
)
from sensors.envelopes._lorawan import base64_of_hex, finite, percent_of_status, with_status
from sensors.eui import device_id

if TYPE_CHECKING:
    from collections.abc import Sequence

_UPLINK = "DevEUI_uplink"


class _Uplink(
    msgspec.Struct,
    gc=False,
    rename={
        "eui": "DevEUI",
        "time": "Time",
        "port": "FPort",
        "frame_counter": "FCntUp",
        "data": "payload_hex",
        "decoded": "payload",
        "rssi": "LrrRSSI",
        "snr": "LrrSNR",
        "stations": "Lrrs",
        "customer": "CustomerData",
        "battery": "BatteryLevel",
        "battery_time": "BatteryTime",
    },
):
    eui: str
    time: Any = None
    port: int = 0
    frame_counter: int = 0
    data: str | None = None
    decoded: Any = None
    rssi: Any = None
    snr: Any = None
    stations: Any = None
    customer: Any = None
    battery: Any = None
    battery_time: Any = None


_REPORTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_DECODER = msgspec.json.Decoder(_Uplink, strict=False)


def open_report(payload: bytes, topic: str) -> Sequence[Uplink]:
    """Open one report; only an uplink carries anything. Raises UnreadableError."""
    reports = parse(_REPORTS, payload)
    if _UPLINK in reports:
        return _opened(parse(_DECODER, bytes(reports[_UPLINK])))
    if "DevEUI" in reports:
        return _opened(parse(_DECODER, payload))
    if any(name.startswith("DevEUI_") for name in reports):
        return ()
    raise UnreadableError("unreadable", f"the message on '{topic[:200]}' is no report of ThingPark: no '{_UPLINK}'.")


def _opened(told: _Uplink) -> tuple[Uplink, ...]:
    name = told.customer.get("name") if isinstance(told.customer, dict) else None
    uplink = Uplink(
        device=device_id(told.eui),
        alias=name if isinstance(name, str) else "",
        time=first_time((told.time,)),
        frame_counter=told.frame_counter,
        port=told.port,
        fields=fields_or_none(told.decoded),
        base64=base64_of_hex(told.data or ""),
        gateways=_gateways(told),
    )
    return with_status(uplink, percent_of_status(told.battery), told.battery_time)


def _gateways(told: _Uplink) -> list[Gateway]:
    """Give what each base station heard, or else what the best one did."""
    heard = told.stations.get("Lrr") if isinstance(told.stations, dict) else None
    entries = heard if isinstance(heard, list) else [heard]
    stations = [
        Gateway(rssi=finite(entry.get("LrrRSSI")), snr=finite(entry.get("LrrSNR")))
        for entry in entries
        if isinstance(entry, dict)
    ]
    return stations or [Gateway(rssi=finite(told.rssi), snr=finite(told.snr))]


_FULL = EnvelopeExample(
    topic="mqtt/things/402C765000000074/uplink",
    payload=(
        b'{"DevEUI_uplink":{"Time":"2023-03-01T00:00:11.013+01:00","DevEUI":"402C765000000074","FPort":2,"FCntUp":53,'
        b'"payload_hex":"02300040a0","LrrRSSI":-83.0,"LrrSNR":9.5,"Late":0,"Lrrs":{"Lrr":[{"Lrrid":"3C200E92",'
        b'"LrrRSSI":-83.0,"LrrSNR":9.5,"LrrESP":-83.461838},{"Lrrid":"1000027C","LrrRSSI":-89.0,"LrrSNR":6.75}]},'
        b'"CustomerData":{"name":"My Demo Device"},"payload":{"battery":{"type":"tension","value":3.6,"unit":"V"}}}}'
    ),
    uplink={
        "device": "402c765000000074",
        "alias": "My Demo Device",
        "time": 1_677_625_211_013,
        "frame_counter": 53,
        "port": 2,
        "fields": {"battery": {"type": "tension", "value": 3.6, "unit": "V"}},
        "payload": bytes.fromhex("02300040a0"),
        "rssi": -83.0,
        "snr": 9.5,
    },
    source="docs.thingpark.com ThingPark X IoT Flow, Processor, ChirpStack v3: its input, shortened",
)

_TEXTS = EnvelopeExample(
    topic="thingpark/uplink",
    payload=(
        b'{"DevEUI_uplink":{"Time":"2018-05-16T08:51:30.438+02:00","DevEUI":"A81758FFFE030CF6","FPort":"5","FCntUp":'
        b'"272806","payload_hex":"0100f3022204008c0500062710070e21","LrrRSSI":"-101.000000","LrrSNR":"0.000000",'
        b'"Late":"0","Lrrs":{"Lrr":[{"LrrRSSI":"-101.000000","LrrSNR":"0.000000"}]},"BatteryLevel":"254",'
        b'"BatteryTime":"2018-05-16T08:51:30.438+02:00","Margin":"239"}}'
    ),
    uplink={
        "device": "a81758fffe030cf6",
        "time": 1_526_453_490_438,
        "frame_counter": 272_806,
        "port": 5,
        "rssi": -101.0,
        "snr": 0.0,
        "battery": None,
    },
    further=({"device": "a81758fffe030cf6", "time": 1_526_453_490_438, "battery": 100.0, "fields": None},),
    source="a public test of a receiver for the ThingPark of Digita, shortened",
)

_WITHOUT_ROOT = EnvelopeExample(
    topic="mqtt/things/20635F039100011E/uplink",
    payload=(
        b'{"DevEUI":"20635F039100011E","FCntUp":10448,"FPort":18,"payload_hex":"0e48548daa0011000000004384bf000000",'
        b'"Time":"2025-01-13T12:46:30.201+00:00","LostUplinksAS":0,"LrrRSSI":-73.600006,"LrrSNR":8,"Late":0}'
    ),
    uplink={"device": "20635f039100011e", "time": 1_736_772_390_201, "rssi": -73.600006, "snr": 8.0, "battery": None},
    source="a public test of a payload parser for Abeeway trackers on ThingPark, shortened",
)

_LOCATION = EnvelopeExample(
    topic="mqtt/things/402C765000000074/uplink",
    payload=b'{"DevEUI_location":{"DevEUI":"402C765000000074","DevLAT":48.93,"DevLON":1.19,"NwGeolocAlgo":2}}',
    source="docs.thingpark.com ThingPark X IoT Flow, location message, shortened",
)

ENVELOPE = Envelope(
    name="thingpark",
    title="ThingPark (Actility)",
    topics=("mqtt/things/+/uplink", "tpx/things/+/uplink", "thingpark/#"),
    open=open_report,
    source="actility/tpx-iot-flow-doc docs/Message/Uplink_Message/README.md, and of its connections to MQTT and AWS",
    examples=(_FULL, _TEXTS, _WITHOUT_ROOT, _LOCATION),
)
