"""Recorded messages of real networks, where the collection lies beside the repository: every covered product decodes.

The collection is not part of the repository; without it these tests are skipped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensors.decode import decode
from sensors.devices import models
from sensors.eui import device_id
from sensors.geojson import things_from_geojson
from sensors.model import Message
from tests.sensors.cities import RECEIVED, by_id, device, message, reasons, results

COLLECTION = Path(__file__).resolve().parents[3] / "shared" / "data"
PRODUCTS = {
    "Parking_Lot_Sensor": ("bosch_parking_lot_sensor", "parking_spot"),
    "tps110-0292": ("bosch_parking_lot_sensor", "parking_spot"),
    "EM310-UDL": ("milesight_em310_udl", "waste_container"),
    "EM400-TLD": ("milesight_em400_tld", "waste_container"),
    "EM400-UDL": ("milesight_em400_udl", "waste_container"),
    "EM500-UDL": ("milesight_em500_udl", "waste_container"),
    "EM300-DI": ("milesight_em300_di", "energy_meter"),
    "EM4301": ("yobiiq_em4301", "energy_meter"),
    "CT101-CT103": ("milesight_ct101", "energy_meter"),
}
"""The collection's name of a product: the model, and a kind of thing that it observes."""
EXPECTED = {
    "occupied": ("occupied", 1.0),
    "temperature": ("temperature", 1.0),
    "distance": ("distance", 1.0),
    "battery": ("battery", 1.0),
    "pulse": ("total_active_energy_import", 1e-3),
    "activeEnergyImportL123T1": ("total_active_energy_import", 1e-3),
    "activePowerL123": ("active_power", 1e-3),
    "activeEnergyExportL123T1": ("total_active_energy_export", 1e-3),
    "voltageL1N": ("voltage_l1", 1.0),
    "voltageL2N": ("voltage_l2", 1.0),
    "voltageL3N": ("voltage_l3", 1.0),
    "currentL1": ("current_l1", 1e-3),
    "currentL2": ("current_l2", 1e-3),
    "currentL3": ("current_l3", 1e-3),
    "frequency": ("frequency", 1.0),
    "current": ("current_l1", 1.0),
    "total_current": ("total_charge", 1.0),
}
"""The collection's name of a value: the property, and the property's unit in the value's."""
NETWORKS = ("ChirpStack", "ThingsStackCommunity", "ThingsStackIndustries")
OUTSIDE = ("0200", "NB-IoT frame, which has an envelope of its own")


def recorded(name: str) -> list[dict[str, Any]]:
    path = COLLECTION / name
    if not path.exists():
        pytest.skip(f"the collection of recorded messages is not here: {COLLECTION.name}/{name}")
    return [json.loads(line) for line in path.read_text().splitlines()]


def as_message(entry: dict[str, Any]) -> tuple[str, Message]:
    """Give the device's id and the message of a recorded envelope, on the topic that its network would use."""
    envelope = entry["envelope"]
    if entry["network"] == "ChirpStack":
        eui = envelope["deviceInfo"]["devEui"]
        return device_id(eui), message(f"application/app/device/{eui}/event/up", envelope)
    if entry["network"] == "LORIOT":
        return device_id(envelope["EUI"]), message("loriot/app", envelope)
    ids = envelope["end_device_ids"]
    return device_id(ids["dev_eui"]), message(f"v3/app@tenant/devices/{ids['device_id']}/up", envelope)


def properties_of(values: dict[str, Any], kind: str) -> dict[str, float]:
    """Put what the collection expects into our names and units, as far as the kind observes it."""
    unseen = {"energy_meter": {"temperature"}}.get(kind, set())
    known = {name: EXPECTED[name] for name in values if name in EXPECTED}
    tilted = {"tilted": 1.0} if kind == "waste_container" and values.get("position") == "tilt" else {}
    return tilted | {prop: float(values[name]) * unit for name, (prop, unit) in known.items() if prop not in unseen}


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_recorded_envelope_of_a_covered_product_gives_its_expected_values(product: str):
    model, kind = PRODUCTS[product]
    entries = [e for e in recorded("lorawan_envelopes.jsonl") if e["device"] == product and e["network"] in NETWORKS]
    if product != "tps110-0292":
        assert len(entries) >= 3
    for entry in entries:
        name, sent = as_message(entry)
        decoded = decode([sent], by_id(device(name, model, kind)))
        expected: dict[str, float] = {}
        for telemetry in entry["expected"]["telemetry"]:
            expected |= properties_of(telemetry["values"], kind)
        got = results(decoded)
        got.pop("filling_level", None)
        assert got == pytest.approx(expected), entry["source"]
        assert decoded.empty.tolist() == ([] if expected else [0])
        assert decoded.rejected == ()


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_recorded_envelope_of_loriot_gives_its_expected_values(product: str):
    model, kind = PRODUCTS[product]
    for entry in recorded("lorawan_envelopes.jsonl"):
        if entry["device"] != product or entry["network"] != "LORIOT":
            continue
        envelope = entry["envelope"]
        decoded = decode([message("loriot", envelope)], by_id(device(device_id(envelope["EUI"]), model, kind)))
        said = entry["expected"][0] if isinstance(entry["expected"], list) else entry["expected"]
        expected: dict[str, float] = {}
        for telemetry in said["telemetry"]:
            expected |= properties_of(telemetry["values"], kind)
        got = results(decoded)
        assert {name: got.get(name) for name in expected} == pytest.approx(expected), entry["source"]
        assert decoded.rejected == ()


def test_recorded_times_are_the_expected_ones_within_a_second():
    for entry in recorded("lorawan_envelopes.jsonl"):
        if entry["device"] not in PRODUCTS or entry["network"] not in NETWORKS:
            continue
        name, sent = as_message(entry)
        decoded = decode([sent], by_id(device(name, *PRODUCTS[entry["device"]])))
        expected = np.array([telemetry["ts"] for telemetry in entry["expected"]["telemetry"]])
        for time in decoded.batch.phenomenon_time.astype("int64").tolist():
            assert np.abs(expected - time).min() < 1000, entry["source"]


def test_every_recorded_frame_of_a_covered_product_decodes_to_its_expected_fields():
    checked = 0
    for entry in recorded("lorawan_vectors.jsonl"):
        product = next((name for name in PRODUCTS if name.lower() == entry["device"].lower()), None)
        truncated = entry["source"].endswith("README.md") and len(entry["bytes"]) < 10
        if product is None or truncated or entry["bytes"].startswith(OUTSIDE[0]) or "akenza" in entry["style"]:
            continue
        decoder = models()[PRODUCTS[product][0]].decode
        assert decoder is not None
        fields = decoder(bytes.fromhex(entry["bytes"]), entry.get("fPort") or 0)
        said = entry["expected"] if isinstance(entry["expected"], list) else [entry["expected"]]
        said = [told for each in said for told in (each, *each.get("history", ()))]
        reread = [fields, *fields.get("history", ())]
        for told in said:
            for name in set(told) & set(EXPECTED):
                value = told[name]["data"] if isinstance(told[name], dict) else told[name]
                assert any(each.get(name) == pytest.approx(value) for each in reread), (entry["source"], name)
                checked += 1
    assert checked > 40


def test_recorded_messages_of_unknown_devices_and_formats_end_in_quarantine_with_a_reason():
    sent = [message(entry["topic"], entry["payload"].encode()) for entry in recorded("mqtt_messages.jsonl")]
    bins = by_id(device("24e124713c401925", "milesight_em310_udl", "waste_container"))
    decoded = decode(sent, bins)
    settled = {*decoded.message.tolist(), *(i for i, _ in decoded.rejected), *decoded.empty.tolist()}
    assert settled == set(range(len(sent)))
    assert results(decoded) == pytest.approx({"distance": 594, "battery": 69, "filling_level": 100 * 2406 / 2700})
    assert {"unknown_topic", "unknown_device", "not_json"} >= set(reasons(decoded)) >= {"unknown_device", "not_json"}
    empty = {sent[index].topic for index in decoded.empty.tolist()}
    assert {"zigbee2mqtt/bridge/state", "shelly/ug/heizraum/trockner/events/rpc"} <= empty


def test_recorded_payloads_on_a_plain_topic_never_raise():
    payloads = [entry["payload"].encode() for entry in recorded("mqtt_messages.jsonl")]
    sent = [Message("b", "city/energy/meter", payload, RECEIVED) for payload in payloads]
    decoded = decode(sent, by_id(device("meter", "plain", "energy_meter")))
    settled = {*decoded.message.tolist(), *(i for i, _ in decoded.rejected), *decoded.empty.tolist()}
    assert settled == set(range(len(sent)))
    assert {"not_json", "not_an_object", "unknown_field", "bad_time"} >= set(reasons(decoded)) >= {"not_json"}


def test_recorded_places_can_be_things():
    path = COLLECTION / "rostock_points.geojson"
    if not path.exists():
        pytest.skip("the collection of recorded messages is not here")
    places = json.loads(path.read_text())["features"]
    spots = [
        {"type": "Feature", "id": str(n), "geometry": place["geometry"], "properties": {"kind": "parking_spot"}}
        for n, place in enumerate(places)
    ]
    parsed = things_from_geojson({"features": spots})
    assert parsed.refused == ()
    assert len(parsed.things) == len(places) > 0
