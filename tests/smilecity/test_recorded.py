"""Recorded uplinks of real networks, published with ``mosquitto_pub`` to ``smilecity up`` and read back from its API.

The collection lies beside the repository and is not part of it; without it this is skipped. It has anonymised most
devices to one EUI, so each record gets an EUI and a thing of its own here; nothing else of a message is changed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from sensors.geojson import geojson_from_things
from sensors.model import Device, Thing
from sensors.topics import listening, matches
from tests.sensors.test_recorded import NETWORKS, PRODUCTS, properties_of, recorded
from tests.servers import free_port, wait_until
from tests.smilecity.running import Running, smilecity, up

if TYPE_CHECKING:
    from pathlib import Path

SITES: dict[str, dict[str, Any]] = {
    "parking_spot": {},
    "waste_container": {"distance_empty_mm": 3000, "distance_full_mm": 300},
    "energy_meter": {"pulses_per_kwh": 1000},
}
JENA = "24e124713c401925"
MOSQUITTO_PUB = shutil.which("mosquitto_pub")
COVERED = {"tts-v3", "chirpstack-v4"}


@dataclass(frozen=True)
class Uplink:
    """A recorded message on its topic, the device that it gets, and what must come out."""

    topic: str
    payload: str
    device: Device
    expected: list[tuple[str, int, float]]
    """Property, milliseconds since 1970, result."""


def thing(name: str, kind: str) -> Thing:
    return Thing(id=name, name=name, kind=kind, longitude=12.1, latitude=54.09, properties=SITES[kind])


def uplink(number: int, entry: dict[str, Any]) -> Uplink:
    model, kind = PRODUCTS[entry["device"]]
    eui = f"{0xA0000000 + number:016x}"
    device = Device(id=eui, model=model, thing=thing(f"thing-{number}", kind))
    envelope = json.loads(json.dumps(entry["envelope"]))
    if entry["network"] == "ChirpStack":
        envelope["deviceInfo"]["devEui"] = eui
        topic = f"application/app/device/{eui}/event/up"
    else:
        envelope["end_device_ids"]["dev_eui"] = eui.upper()
        topic = f"v3/app@tenant/devices/{envelope['end_device_ids']['device_id']}/up"
    expected = [
        (prop, telemetry["ts"], value)
        for telemetry in entry["expected"]["telemetry"]
        for prop, value in properties_of(telemetry["values"], kind).items()
    ]
    return Uplink(topic, json.dumps(envelope), device, expected)


def send(port: int, topic: str, payload: str) -> None:
    assert MOSQUITTO_PUB is not None
    command = [MOSQUITTO_PUB, "-p", str(port), "-q", "1", "-t", topic, "-s"]
    subprocess.run(command, input=payload.encode(), check=True, timeout=20)


def is_listened_to(topic: str) -> bool:
    """Tell whether the platform subscribes to a topic: joins and the like are read, too, and say nothing observable."""
    return any(matches(each, topic) for envelope in listening() for each in envelope.topics)


def settled(running: Running) -> int:
    """Count the messages of which the ledger knows what became."""
    total: dict[str, int] = running.get("/v1/ledger")["total"]
    return total["received"] - total["in_flight"]


def observed(running: Running, thing_id: str, prop: str) -> tuple[str, list[tuple[int, float]]]:
    answer = running.get(f"/v1/observations?thing={thing_id}&property={prop}&from=2000-01-01T00:00:00Z&limit=100")
    rows = [(milliseconds(row["phenomenon_time"]), row["result"]) for row in answer["observations"]]
    return answer["datastream"]["unit"], rows


def milliseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.skipif(MOSQUITTO_PUB is None, reason="mosquitto_pub is not installed: apt-get install mosquitto-clients")
def test_recorded_uplinks_come_out_of_the_api_or_stand_in_quarantine(tmp_path: Path):
    entries = [e for e in recorded("lorawan_envelopes.jsonl") if e["network"] in NETWORKS]
    covered = [uplink(n, entry) for n, entry in enumerate(entries) if entry["device"] in PRODUCTS]
    unknown = [entry for entry in entries if entry["device"] not in PRODUCTS]
    messages = [entry for entry in recorded("mqtt_messages.jsonl") if entry["format"] in COVERED]
    bin_of_jena = Device(id=JENA, model="milesight_em310_udl", thing=thing("jena", "waste_container"))
    register(tmp_path, [bin_of_jena, *(one.device for one in covered)])

    port = free_port()
    with up(tmp_path, "--mqtt-port", str(port)) as running:
        for one in covered:
            send(port, one.topic, one.payload)
        for entry in unknown:
            topic = "application/a/device/b/event/up" if "deviceInfo" in entry["envelope"] else "v3/a/devices/b/up"
            send(port, topic, json.dumps(entry["envelope"]))
        listened = [entry for entry in messages if is_listened_to(entry["topic"])]
        siblings = [entry for entry in listened if not entry["topic"].endswith("/up")]
        for entry in messages:
            send(port, entry["topic"], entry["payload"])
        send(port, "city/waste/jena", '{"distance": 5')
        sent = len(covered) + len(unknown) + len(listened) + 1
        wait_until(lambda: settled(running) == sent, what=f"{sent} messages to be stored or in quarantine")

        checked = 0
        for one in covered:
            for prop, time, value in one.expected:
                _, rows = observed(running, one.device.thing.id, prop)
                assert [result for at, result in rows if abs(at - time) < 1000] == [pytest.approx(value)]
                checked += 1
        assert observed(running, "jena", "distance") == ("mm", [(1_751_902_931_141, 594.0)])
        assert observed(running, "jena", "battery") == ("%", [(1_751_902_931_141, 69.0)])
        unit, ((_, level),) = observed(running, "jena", "filling_level")
        assert unit == "%"
        assert level == pytest.approx(100 * 2406 / 2700)

        total = running.get("/v1/ledger")["total"]
        quarantine = running.get("/v1/quarantine?limit=200")["quarantine"]
        assert running.get("/v1/ledger")["balanced"]
    silent = sum(not one.expected for one in covered) + len(siblings)
    assert total["stored"] == len(covered) + len(siblings) - silent + 1
    assert total["empty"] == silent
    assert (
        total["quarantined"] == sum(entry["count"] for entry in quarantine) == sent - len(covered) - len(siblings) - 1
    )
    assert {entry["reason"] for entry in quarantine} == {"unknown_device", "not_json"}
    assert all(entry["detail"] for entry in quarantine)
    print(f"{sent} messages: {total}; {checked} values checked; quarantine:")  # noqa: T201 - the table that a person reads
    for entry in quarantine:
        print(f"  {entry['count']:>3} x {entry['reason']}: {entry['detail']}")  # noqa: T201


def register(folder: Path, devices: list[Device]) -> None:
    document = folder / "things.geojson"
    document.write_text(json.dumps(geojson_from_things([device.thing for device in devices], devices)))
    added = smilecity("things", "add", str(document), "--data", str(folder / "city"))
    assert added.returncode == 0, added.stderr
