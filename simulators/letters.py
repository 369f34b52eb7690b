"""Writes uplinks as the three networks publish them: The Things Stack v3, ChirpStack v4, and flat JSON.

Shapes: TheThingsIndustries/lorawan-stack-docs doc/content/integrations/data-formats; chirpstack/chirpstack
api/proto/integration/integration.proto and uplinks of the city of Jena (de-jena/urban-data-platform). The Things Stack leaves zero
and empty parts out, ChirpStack writes a codec's integers as floats.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

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
DOMAINS = {"parking_lot": "parking", "parking_spot": "parking", "waste_container": "waste", "energy_meter": "energy"}
_TO_SERVER = 40
"""Milliseconds from a gateway to the network server."""
_SILENT_CLOCK = 0.3
"""Share of receptions whose gateway names no time."""


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
        sent = telegram(place, frame, reading, sampled)
        counter = int(uplinks.counter[row])
        if place.network == "chirpstack":
            return _chirpstack(place, sent, air, counter, time, chance)
        session = uuid5(TENANT, f"{place.device}/{(time // DAY + device) // REJOIN}")
        return _things_stack(place, sent, air, counter, time, session, chance)


def iso(time: int) -> str:
    """Write ms since 1970 UTC as ISO 8601: ``2026-03-29T01:00:00.000Z``."""
    return f"{datetime.fromtimestamp(time // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{time % 1000:03d}Z"


def _things_stack(
    place: Place, sent: Telegram, air: Air, counter: int, time: int, session: UUID, chance: Random
) -> tuple[str, bytes]:
    application = f"rostock-{DOMAINS[place.kind]}"
    name = f"eui-{place.device}"
    uplink = {
        "session_key_id": b64encode(session.bytes).decode(),
        "f_port": sent.port,
        "f_cnt": counter,
        "frm_payload": b64encode(sent.payload).decode(),
        "decoded_payload": sent.fields if place.decoded else None,
        "rx_metadata": [_rx_metadata(reception, air, time, chance) for reception in air.heard],
        "settings": {
            "data_rate": {
                "lora": {"bandwidth": 125000, "spreading_factor": air.spreading_factor, "coding_rate": "4/5"}
            },
            "frequency": str(air.frequency),
            "timestamp": time * 1000 % 2**32,
        },
        "received_at": _nanoseconds(time - RADIO + _TO_SERVER, chance),
        "consumed_airtime": f"{0.028 * 2 ** (air.spreading_factor - 6):.6f}s",
        "network_ids": {"net_id": "000013", "tenant_id": "rostock", "cluster_id": "eu1"},
    }
    message = {
        "end_device_ids": {
            "device_id": name,
            "application_ids": {"application_id": application},
            "dev_eui": place.device.upper(),
            "join_eui": "0000000000000000",
            "dev_addr": f"260B{place.device[-4:].upper()}",
        },
        "correlation_ids": [f"gs:uplink:{chance.getrandbits(128):026X}"[:36]],
        "received_at": _nanoseconds(time, chance),
        "uplink_message": _without_zeros(uplink),
    }
    return f"v3/{application}@rostock/devices/{name}/up", _json(message)


def _rx_metadata(reception: Reception, air: Air, time: int, chance: Random) -> dict[str, Any]:
    gateway = reception.gateway
    return _without_zeros(
        {
            "gateway_ids": {"gateway_id": gateway.id, "eui": gateway.eui.upper()},
            "time": "" if chance.random() < _SILENT_CLOCK else iso(time - RADIO),
            "timestamp": time * 1000 % 2**32,
            "rssi": reception.rssi,
            "channel_rssi": reception.rssi,
            "snr": reception.snr,
            "location": {"latitude": gateway.latitude, "longitude": gateway.longitude, "source": "SOURCE_REGISTRY"},
            "channel_index": air.channel,
        }
    )


def _chirpstack(place: Place, sent: Telegram, air: Air, counter: int, time: int, chance: Random) -> tuple[str, bytes]:
    application = uuid5(TENANT, DOMAINS[place.kind])
    message = {
        "deduplicationId": str(UUID(int=chance.getrandbits(128), version=4)),
        "time": _with_offset(time - RADIO),
        "deviceInfo": {
            "tenantId": str(TENANT),
            "tenantName": "Rostock",
            "applicationId": str(application),
            "applicationName": f"Rostock {DOMAINS[place.kind]}",
            "deviceProfileId": str(uuid5(TENANT, place.model)),
            "deviceProfileName": place.model,
            "deviceName": place.name,
            "devEui": place.device,
            "tags": {"thing": place.thing},
        },
        "devAddr": f"00c0{place.device[-4:]}",
        "adr": True,
        "dr": air.data_rate,
        "fCnt": counter,
        "fPort": sent.port,
        "confirmed": False,
        "data": b64encode(sent.payload).decode(),
        "object": _floats(sent.fields),
        "rxInfo": [_rx_info(reception, air, time, chance) for reception in air.heard],
        "txInfo": {
            "frequency": air.frequency,
            "modulation": {
                "lora": {"bandwidth": 125000, "spreadingFactor": air.spreading_factor, "codeRate": "CR_4_5"}
            },
        },
    }
    if not place.decoded:
        del message["object"]
    return f"application/{application}/device/{place.device}/event/up", _json(message)


def _rx_info(reception: Reception, air: Air, time: int, chance: Random) -> dict[str, Any]:
    gateway = reception.gateway
    received = {
        "gatewayId": gateway.eui,
        "uplinkId": chance.getrandbits(16),
        "time": _with_offset(time - RADIO),
        "rssi": reception.rssi,
        "snr": reception.snr,
        "channel": air.channel,
        "location": {"latitude": gateway.latitude, "longitude": gateway.longitude},
        "metadata": {"region_common_name": "EU868", "region_config_id": "eu868"},
        "crcStatus": "CRC_OK",
    }
    if chance.random() < _SILENT_CLOCK:
        del received["time"]
    return received


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
