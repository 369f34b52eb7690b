"""Writes uplinks as the three networks publish them: The Things Stack v3, ChirpStack v4, and flat JSON.

Shapes: TheThingsIndustries/lorawan-stack-docs doc/content/integrations/data-formats; chirpstack/chirpstack
api/proto/integration/integration.proto and uplinks of the city of Jena (de-jena/urban-data-platform). The Things Stack
leaves zero and empty parts out, ChirpStack writes a codec's integers as floats.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid5

from simulators import spaces
from simulators.radio import nearest, transmit
from simulators.rhythm import DAY
from simulators.telegram import flat, telegram
from simulators.uplink import RADIO, REJOIN, Frame

if TYPE_CHECKING:
    from simulators.places import Place, Places
    from simulators.radio import Air, Reception
    from simulators.telegram import Telegram
    from simulators.uplink import Uplinks

TENANT = UUID("6f1c2c52-3d0b-5b8e-9a53-1f6f0f1f7a10")
"""Made up, like every identifier here."""
DOMAINS = {
    **dict.fromkeys(("parking_lot", *spaces.KINDS), "parking"),
    "waste_container": "waste",
    "energy_meter": "energy",
}
_TO_SERVER = 40
"""Milliseconds from a gateway to the network server."""
_SILENT_CLOCK = 0.3
"""Share of receptions whose gateway names no time."""


class _Sent(NamedTuple):
    """One frame on its way through a network."""

    place: Place
    frame: Telegram
    air: Air
    counter: int
    session: UUID
    time: int
    """When it is published, ms since 1970 UTC."""
    chance: Random


class Letters:
    """Writes topic and payload of uplinks, the same ones for the same seed."""

    def __init__(self, seed: int, read: Places) -> None:
        self._seed = seed
        self._places = read.places
        self._reach = [nearest(place, read.gateways) for place in read.places]

    def write(self, uplinks: Uplinks, row: int) -> tuple[str, bytes]:
        """Write one uplink: topic and payload."""
        device, sampled, time = int(uplinks.device[row]), int(uplinks.sampled[row]), int(uplinks.time[row])
        frame, reading = Frame(int(uplinks.frame[row])), uplinks.reading[row].tolist()
        place = self._places[device]
        if place.network == "plain":
            return f"city/{DOMAINS[place.kind]}/{place.device}", _json({"time": iso(sampled), **flat(frame, reading)})
        chance = Random(f"{self._seed}/{device}/{time}/{frame}")
        air = transmit(self._reach[device], chance)
        session = uuid5(TENANT, f"{place.device}/{(time // DAY + device) // REJOIN}")
        frame_sent = telegram(place, frame, reading, sampled)
        sent = _Sent(place, frame_sent, air, int(uplinks.counter[row]), session, time, chance)
        return _things_stack(sent) if place.network == "tts" else _chirpstack(sent)


def iso(time: int) -> str:
    """Write ms since 1970 UTC as ISO 8601: ``2026-03-29T01:00:00.000Z``."""
    return f"{datetime.fromtimestamp(time // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{time % 1000:03d}Z"


def _things_stack(sent: _Sent) -> tuple[str, bytes]:
    place = sent.place
    application, name = f"rostock-{DOMAINS[place.kind]}", f"eui-{place.device}"
    message = {
        "end_device_ids": {
            "device_id": name,
            "application_ids": {"application_id": application},
            "dev_eui": place.device.upper(),
            "join_eui": "0000000000000000",
            "dev_addr": f"260B{place.device[-4:].upper()}",
        },
        "correlation_ids": [f"gs:uplink:{sent.chance.getrandbits(100):026X}"],
        "received_at": _nanoseconds(sent.time, sent.chance),
        "uplink_message": _uplink_message(sent),
    }
    return f"v3/{application}@rostock/devices/{name}/up", _json(message)


def _uplink_message(sent: _Sent) -> dict[str, Any]:
    lora = {"bandwidth": 125000, "spreading_factor": sent.air.spreading_factor, "coding_rate": "4/5"}
    return _without_zeros(
        {
            "session_key_id": b64encode(sent.session.bytes).decode(),
            "f_port": sent.frame.port,
            "f_cnt": sent.counter,
            "frm_payload": b64encode(sent.frame.payload).decode(),
            "decoded_payload": sent.frame.fields if sent.place.decoded else None,
            "rx_metadata": [_rx_metadata(reception, sent) for reception in sent.air.heard],
            "settings": {
                "data_rate": {"lora": lora},
                "frequency": str(sent.air.frequency),
                "timestamp": _microseconds(sent.time),
            },
            "received_at": _nanoseconds(sent.time - RADIO + _TO_SERVER, sent.chance),
            "consumed_airtime": f"{0.028 * 2 ** (sent.air.spreading_factor - 6):.6f}s",
            "network_ids": {"net_id": "000013", "tenant_id": "rostock", "cluster_id": "eu1"},
        }
    )


def _rx_metadata(reception: Reception, sent: _Sent) -> dict[str, Any]:
    gateway = reception.gateway
    return _without_zeros(
        {
            "gateway_ids": {"gateway_id": gateway.id, "eui": gateway.eui.upper()},
            "time": "" if sent.chance.random() < _SILENT_CLOCK else iso(sent.time - RADIO),
            "timestamp": _microseconds(sent.time),
            "rssi": reception.rssi,
            "channel_rssi": reception.rssi,
            "snr": reception.snr,
            "location": {"latitude": gateway.latitude, "longitude": gateway.longitude, "source": "SOURCE_REGISTRY"},
            "channel_index": sent.air.channel,
        }
    )


def _chirpstack(sent: _Sent) -> tuple[str, bytes]:
    place = sent.place
    application = uuid5(TENANT, DOMAINS[place.kind])
    lora = {"bandwidth": 125000, "spreadingFactor": sent.air.spreading_factor, "codeRate": "CR_4_5"}
    message = {
        "deduplicationId": str(UUID(int=sent.chance.getrandbits(128), version=4)),
        "time": _with_offset(sent.time - RADIO),
        "deviceInfo": _device_of(place, application),
        "devAddr": f"00c0{place.device[-4:]}",
        "adr": True,
        "dr": sent.air.data_rate,
        "fCnt": sent.counter,
        "fPort": sent.frame.port,
        "confirmed": False,
        "data": b64encode(sent.frame.payload).decode(),
        **({"object": _floats(sent.frame.fields)} if place.decoded else {}),
        "rxInfo": [_rx_of(reception, sent) for reception in sent.air.heard],
        "txInfo": {"frequency": sent.air.frequency, "modulation": {"lora": lora}},
    }
    return f"application/{application}/device/{place.device}/event/up", _json(message)


def _device_of(place: Place, application: UUID) -> dict[str, Any]:
    return {
        "tenantId": str(TENANT),
        "tenantName": "Rostock",
        "applicationId": str(application),
        "applicationName": f"Rostock {DOMAINS[place.kind]}",
        "deviceProfileId": str(uuid5(TENANT, place.model)),
        "deviceProfileName": place.model,
        "deviceName": place.name,
        "devEui": place.device,
        "tags": {"thing": place.thing},
    }


def _rx_of(reception: Reception, sent: _Sent) -> dict[str, Any]:
    gateway = reception.gateway
    clock = {} if sent.chance.random() < _SILENT_CLOCK else {"time": _with_offset(sent.time - RADIO)}
    return {
        "gatewayId": gateway.eui,
        "uplinkId": sent.chance.getrandbits(16),
        **clock,
        "rssi": reception.rssi,
        "snr": reception.snr,
        "channel": sent.air.channel,
        "location": {"latitude": gateway.latitude, "longitude": gateway.longitude},
        "metadata": {"region_common_name": "EU868", "region_config_id": "eu868"},
        "crcStatus": "CRC_OK",
    }


def _microseconds(time: int) -> int:
    """Give a gateway's own counter of microseconds, which runs over every 72 minutes."""
    return time * 1000 % 2**32


def _without_zeros(fields: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is zero, empty or absent, as The Things Stack does."""
    return {name: value for name, value in fields.items() if value not in (0, "", None)}


def _floats(fields: dict[str, Any]) -> dict[str, Any]:
    """Write integers as floats, as ChirpStack does."""
    return {name: float(value) if type(value) is int else value for name, value in fields.items()}


def _nanoseconds(time: int, chance: Random) -> str:
    return f"{iso(time)[:-1]}{chance.randrange(1_000_000):06d}Z"


def _with_offset(time: int) -> str:
    return f"{iso(time)[:-1]}000+00:00"


def _json(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
