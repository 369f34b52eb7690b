from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from sensors.devices import models
from sensors.geojson import things_from_geojson
from sensors.model import Message
from sensors.proposal import LEAST, Fit, feature, names_in, propose
from tests.sensors.cities import message

if TYPE_CHECKING:
    from sensors.device import DeviceModel


def chirpstack(fields: dict[str, Any] | None, payload: bytes = b"", port: int = 1, name: str = "") -> Message:
    uplink: dict[str, Any] = {"deviceInfo": {"devEui": "d", "deviceName": name}, "fPort": port}
    uplink["rxInfo"] = [{"rssi": -90, "snr": 5.5}, {"rssi": -104, "snr": 7.0}]
    if fields is not None:
        uplink["object"] = fields
    if payload:
        uplink["data"] = b64encode(payload).decode()
    return message("application/a/device/d/event/up", uplink)


def best(*messages: Message) -> list[str]:
    return [fit.model for fit in propose("d", messages).fits]


MEASURING = [model for model in models().values() if model.fields]


@pytest.mark.parametrize("model", MEASURING, ids=lambda model: model.name)
def test_a_model_is_among_the_best_for_what_its_own_product_sends(model: DeviceModel):
    sent = [chirpstack(dict(example.fields)) for example in model.examples if names_in(example.fields)]
    proposal = propose("d", sent, most=len(models()))
    scores = {fit.model: fit.score for fit in proposal.fits}
    better = [name for name, score in scores.items() if score > scores.get(model.name, 0)]
    assert len(better) < 3


def test_what_the_envelope_says():
    newer, older = chirpstack({"distance": 900}, port=85, name="Bin 7"), chirpstack({"distance": 1, "battery": 98})
    proposal = propose("d", [newer, older])
    assert proposal.envelopes == ("chirpstack",)
    assert proposal.topics == ("application/a/device/d/event/up",)
    assert proposal.ports == (1, 85)
    assert dict(proposal.fields) == {"distance": 900, "battery": 98}
    assert (proposal.rssi, proposal.snr) == (-90, 7.0)


def test_when_the_device_measured_and_what_is_left_in_its_battery():
    times = ("2026-03-01T12:00:00Z", "2026-03-01T11:00:00Z")
    status = {"end_device_ids": {"device_id": "d"}, "received_at": "2026-03-01T12:00:05Z"}
    told = [
        message("v3/a@b/devices/d/up", {**status, "uplink_message": {"received_at": time, **battery}})
        for time, battery in zip(times, ({}, {"last_battery_percentage": {"value": 62.5}}), strict=True)
    ]
    proposal = propose("d", told)
    assert (proposal.earliest, proposal.latest) == (1_772_362_800_000, 1_772_366_400_000)
    assert proposal.battery == 62.5
    assert propose("d", []).earliest is None


def test_the_draft_of_a_thing_is_taken_once_its_nulls_are_filled_in():
    proposal = propose("d", [chirpstack({"distance": 900, "position": "normal", "battery": 98}, name="Bin 7")])
    draft = feature(proposal, proposal.fits[0])
    assert "longitude and latitude" in things_from_geojson(draft).refused[0]
    draft["geometry"]["coordinates"] = [12.1, 54.1]
    assert "distance_empty_mm" in things_from_geojson(draft).refused[0]
    draft["properties"] |= {"distance_empty_mm": 1500, "distance_full_mm": 300}
    taken = things_from_geojson(draft)
    assert taken.refused == ()
    assert (taken.things[0].name, taken.devices[0].model) == ("Bin 7", "milesight_em310_udl")


def test_rare_names_tell_more_than_common_ones():
    assert best(chirpstack({"Bat": 3.4, "Distance": 1200, "TempC_DS18B20": 11.5}))[0].startswith("dragino_")
    assert best(chirpstack({"distance": 900, "position": "normal", "battery": 98}))[0] == "milesight_em310_udl"


def test_the_kind_is_the_one_that_observes_most():
    fits = propose("d", [chirpstack({"distance": 900, "position": "normal", "battery": 98})]).fits
    assert fits[0].kind == "waste_container"
    assert {"distance_empty_mm", "distance_full_mm"} <= set(fits[0].needs)
    assert fits[0].results["distance"] == 900


def test_of_a_family_the_one_that_the_topic_speaks_of_goes_first():
    fields = {"Bat": 3.4, "Distance": 1200, "Interrupt_flag": 0, "TempC_DS18B20": "0.00", "Sensor_flag": 1}
    uplink = {"deviceInfo": {"devEui": "d", "deviceName": "LDDS45-0007"}, "fPort": 2, "object": fields}
    assert best(message("application/a/device/d/event/up", uplink))[:1] == ["dragino_ldds45"]


def test_fields_named_as_properties_are_plain_and_the_topic_tells_the_domain():
    fit = propose("d", [message("city/parking/d", {"available_spot_number": 4})]).fits[0]
    assert (fit.model, fit.kind, fit.score) == ("plain", "parking_lot", 1.0)
    assert propose("d", [message("city/waste/d", {"distance": 900})]).fits[0].kind == "waste_container"


def test_bytes_are_tried_by_decoders_and_score_half_at_most():
    example = next(each for each in models()["milesight_em310_udl"].examples if each.payload)
    proposal = propose("d", [chirpstack(None, example.payload, example.port)])
    assert proposal.payload == example.payload
    assert proposal.fields == {}
    assert "milesight_em310_udl" in [fit.model for fit in proposal.fits]
    assert all(LEAST <= fit.score <= 0.5 for fit in proposal.fits)


def test_results_that_cannot_be_true_lower_the_score():
    def score(distance: float) -> float:
        fits: tuple[Fit, ...] = propose("d", [chirpstack({"distance": distance, "position": "normal"})], most=99).fits
        return next((fit.score for fit in fits if fit.model == "milesight_em310_udl"), 0.0)

    assert score(-5000) < score(900)


def test_what_means_nothing_proposes_nothing():
    assert best(chirpstack({"wingspan": 3, "song": "yes"})) == []
    assert best() == []


@pytest.mark.parametrize("payload", [b"", b"\xff", b"{", b"[" * 100_000, b'{"deviceInfo": 5}'])
def test_what_cannot_be_opened_says_nothing(payload: bytes):
    proposal = propose("d", [Message("s", "application/a/device/d/event/up", payload, 0), Message("s", "?", b"", 0)])
    assert (proposal.fields, proposal.fits) == ({}, ())


def test_names_in_nested_objects_have_dots_and_are_not_endless():
    assert names_in({"a": {"b": 1, "c": None}, "d": [1], "e": 2}) == {"a.b", "d", "e"}
    deep: dict[str, Any] = {}
    for _ in range(50):
        deep = {"x": deep}
    assert len(names_in(deep)) == 1
    assert len(names_in({str(number): number for number in range(10_000)})) == 300


def test_only_what_can_be_shown_is_shown():
    fields = {"a": {"b": "x" * 1000}, "c": [1], "d": None, "e": {"f": {"g": {"h": {"i": 1}}}}, "k": True}
    assert dict(propose("d", [chirpstack(fields)]).fields) == {"a.b": "x" * 200, "k": True}


def test_a_number_written_with_its_unit_is_a_field():
    fields = {"voltageL1N": {"data": 230, "unit": "V"}, "frequency": {"value": 50, "unit": "Hz"}, "a": {"b": 1}}
    assert names_in(fields) == {"voltageL1N", "frequency", "a.b"}
    proposal = propose("d", [chirpstack(fields)])
    assert dict(proposal.fields) == {"voltageL1N": 230, "frequency": 50, "a.b": 1}
    assert "yobiiq_em4301" in [fit.model for fit in proposal.fits]
