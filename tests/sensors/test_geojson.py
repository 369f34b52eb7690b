"""Things and devices from GeoJSON: what is read, what is refused and how, and the way back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.coordinates import DEGREES_OF_GERMANY as GERMANY
from sensors.devices import models
from sensors.entries import OWN
from sensors.eui import device_id
from sensors.geojson import geojson_from_things, things_from_geojson
from sensors.model import Calibration, Device, Thing

LOT = {"kind": "parking_lot", "capacity": 350}
BIN = {"kind": "waste_container", "distance_empty_mm": 1500, "distance_full_mm": 300}


def feature(properties: dict[str, Any] | None = None, at: Any = (12.13, 54.09), **changed: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": at}
    return {"type": "Feature", "id": "x", "geometry": geometry, "properties": LOT | (properties or {}), **changed}


def refused(*features: Any) -> tuple[str, ...]:
    return things_from_geojson({"type": "FeatureCollection", "features": list(features)}).refused


def test_a_feature_is_a_thing_with_its_devices():
    own = {"name": "Tiefgarage City", "operator": "PGR", "district": "Stadtmitte", "public": True, "fee": [1, 2]}
    parsed = things_from_geojson(feature({**own, "devices": [{"id": "24-E1-24-71-3C-40-19-25", "model": "plain"}]}))
    thing = Thing(
        id="x",
        name="Tiefgarage City",
        kind="parking_lot",
        longitude=12.13,
        latitude=54.09,
        operator="PGR",
        district="Stadtmitte",
        public=True,
        properties={"capacity": 350, "fee": [1, 2]},
    )
    assert parsed.things == (thing,)
    assert parsed.devices == (Device(id="24e124713c401925", model="plain", thing=thing),)
    assert parsed.refused == ()


def test_little_is_needed():
    (thing,) = things_from_geojson(feature(id=17)).things
    assert (thing.id, thing.name, thing.operator, thing.public) == ("17", "17", "", False)


def test_no_features_are_no_things():
    assert things_from_geojson({"type": "FeatureCollection", "features": []}) == things_from_geojson({"features": ()})


@pytest.mark.parametrize("document", [{}, {"features": 5}, [], None, "x"])
def test_what_is_no_collection_is_refused_as_a_whole(document: Any):
    parsed = things_from_geojson(document)
    assert parsed.things == ()
    assert len(parsed.refused) == 1


def test_a_refused_feature_leaves_the_others_and_takes_its_devices_along():
    broken = feature({"devices": [{"id": "a", "model": "plain"}]}, at=[0, 0], id="broken")
    parsed = things_from_geojson({"features": [feature(), broken, feature(id="y")]})
    assert [thing.id for thing in parsed.things] == ["x", "y"]
    assert parsed.devices == ()
    assert parsed.refused[0].startswith("features[1] 'broken': ")


@pytest.mark.parametrize(
    ("given_feature", "words"),
    [
        (feature({"kind": "parking_lt"}), "no sensor kind is called 'parking_lt'. Did you mean 'parking_lot'?"),
        (feature({"kind": None}), "no sensor kind is called None"),
        (feature(at=[54.09, 12.13]), "are swapped: GeoJSON wants longitude first"),
        (feature(at=[12.13, 120.5]), "are swapped"),
        (feature(at=[181, 10]), "are out of range"),
        (feature(at=[-200, -100]), "are out of range"),
        (feature(at=[0, 0]), "[0, 0], which stands for unknown"),
        (feature(at=[12.13]), "two numbers"),
        (feature(at=["12", "54"]), "two numbers"),
        (feature(at=[float("nan"), 54]), "two numbers"),
        (feature(at=[10**400, 54]), "two numbers"),
        (feature(at=None), "two numbers"),
        (feature(geometry=None), "no Point"),
        (feature(geometry={"type": "Polygon", "coordinates": []}), "no Point"),
        (feature(id=None), "has no id"),
        (feature(id=""), "printable text"),
        (feature(id="a/b"), "without '/'"),
        (feature({"capacity": None}), "'capacity' is None, but must be a number"),
        (feature({"capacity": "350"}), "'capacity' is '350', but must be a number"),
        (feature({"capacity": -1}), "0 or more"),
        (feature({"name": 5}), "'name' is 5, but must be text"),
        (feature({"public": "yes"}), "'public' is 'yes', but must be true or false"),
        (feature({"devices": {}}), "devices must be a list"),
        (feature({"devices": ["a"]}), "devices[0] has no id"),
        (feature({"devices": [{"id": "a", "model": "plan"}]}), "is called 'plan'. Did you mean 'plain'?"),
        (feature({"devices": [{"id": "a"}]}), "no device model is called None"),
        (feature({"devices": [{"id": "a", "model": "plain"}] * 2}), "its device 'a' stands there twice"),
        (feature({"devices": [{"id": "a", "model": "yobiiq_em4301"}]}), "observes nothing of a parking_lot"),
        (feature({**BIN, "distance_full_mm": 1500}), "distance_empty_mm must be greater"),
        (feature() | {"properties": [1]}, "properties are no object"),
        (feature(type="Thing"), "it is no Feature"),
        (5, "it is no Feature"),
    ],
)
def test_what_cannot_be_taken_is_told(given_feature: Any, words: str):
    (sentence,) = refused(given_feature)
    assert sentence.startswith("features[0]")
    assert words in sentence
    assert sentence[-1] in ".?"


def test_a_site_property_that_is_missing_is_named_with_its_meaning_and_its_likeness():
    (sentence,) = refused({**feature(), "properties": {"kind": "waste_container", "distance_emty_mm": 5}})
    assert "needs the property 'distance_empty_mm' (millimetres from" in sentence
    assert "is it what you call 'distance_emty_mm'?" in sentence


def test_a_model_names_what_it_needs_of_the_site():
    meter = {"kind": "energy_meter", "devices": [{"id": "a", "model": "milesight_em300_di"}]}
    assert "needs the property 'pulses_per_kwh' (pulses per kilowatt hour" in refused(feature(meter))[0]


def test_an_id_counts_once_for_things_and_for_devices():
    device = {"devices": [{"id": "AABBCCDDEEFF0011", "model": "plain"}]}
    again = {"devices": [{"id": "aa-bb-cc-dd-ee-ff-00-11", "model": "plain"}]}
    sentences = refused(feature(device), feature(), feature(again, id="y"))
    assert "same id" in sentences[0]
    assert "'aabbccddeeff0011' belongs to 'x' already" in sentences[1]


def test_a_site_property_named_as_a_things_own_cannot_be_written():
    thing = Thing(id="x", name="x", kind="parking_lot", longitude=12, latitude=54, properties={"operator": "?"})
    with pytest.raises(ValueError, match="operator"):
        geojson_from_things([thing])


printable = st.text(st.characters(categories=["L", "N"], include_characters=" -_.äß"), min_size=1, max_size=12).filter(
    lambda text: text.strip() != ""
)
positions = st.tuples(st.floats(-180, 180, allow_subnormal=False), st.floats(-90, 90, allow_subnormal=False)).filter(
    lambda at: (
        at != (0, 0) and not (GERMANY[0][0] <= at[1] <= GERMANY[0][1] and GERMANY[1][0] <= at[0] <= GERMANY[1][1])
    )
)
extras = st.dictionaries(
    printable.filter(lambda name: name not in OWN), st.integers(-5, 5) | st.text(max_size=3), max_size=3
)


@st.composite
def things(draw: st.DrawFn) -> Thing:
    longitude, latitude = draw(positions)
    return Thing(
        id=draw(printable),
        name=draw(printable),
        kind="parking_lot",
        longitude=longitude,
        latitude=latitude,
        operator=draw(st.just("") | printable),
        district=draw(st.just("") | printable),
        public=draw(st.booleans()),
        properties={**draw(extras), "capacity": draw(st.integers(0, 10_000))},
    )


@given(st.lists(things(), max_size=4, unique_by=lambda thing: thing.id), st.data())
def test_what_is_written_is_read_back(city: list[Thing], data: st.DataObject):
    names = data.draw(st.lists(printable.map(device_id), max_size=4, unique=True)) if city else []
    observed = sorted(
        data.draw(st.lists(st.integers(0, max(0, len(city) - 1)), min_size=len(names), max_size=len(names)))
    )
    devices = [Device(id=name, model="plain", thing=city[at]) for name, at in zip(names, observed, strict=True)]
    parsed = things_from_geojson(json.loads(json.dumps(geojson_from_things(city, devices))))
    assert parsed.refused == ()
    assert list(parsed.things) == city
    assert list(parsed.devices) == devices


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5), st.data()
)
def test_nothing_makes_it_raise(value: Any, data: st.DataObject):
    whole = feature({"devices": [{"id": "a", "model": next(iter(models()))}]})
    key = data.draw(st.sampled_from(sorted(whole)))
    inner = data.draw(st.sampled_from([*sorted(whole["properties"]), "name", "public"]))
    parsed = things_from_geojson(
        {"features": [{**whole, key: value}, {**whole, "id": "y", "properties": {**whole["properties"], inner: value}}]}
    )
    assert len(parsed.things) + len(parsed.refused) == 2


def test_what_has_changed_of_a_site_comes_back():
    dated = [{"since": "2026-03-01T00:00:00Z", "capacity": 80}, {"since": "2025-01-01T01:00:00+01:00", "capacity": 90}]
    (thing,) = things_from_geojson(feature({"calibrations": dated})).things
    assert thing.calibrations == (
        Calibration(since=1_735_689_600_000, properties={"capacity": 90}),
        Calibration(since=1_772_323_200_000, properties={"capacity": 80}),
    )
    assert thing.properties == {"capacity": 350}
    assert things_from_geojson(geojson_from_things([thing])).things == (thing,)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("often", "its calibrations must be a list"),
        ([{"capacity": 80}], "calibrations[0] does not say since when"),
        ([{"since": "March", "capacity": 80}], "calibrations[0]: "),
        ([{"since": "2026-03-01T00:00:00Z", "capacity": "few"}], "'capacity' is 'few'"),
        ([{"since": "2026-03-01T00:00:00Z"}, {"since": "2026-03-01T01:00:00+01:00"}], "of the same instant"),
    ],
)
def test_a_change_that_cannot_be_is_refused(given: Any, sentence: str):
    (why,) = refused(feature({"calibrations": given}))
    assert sentence in why
