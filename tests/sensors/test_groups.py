"""Ids of groups, which no thing may have."""

from __future__ import annotations

import pytest

from sensors.entries import RefusedError, identity_of
from sensors.geojson import things_from_geojson
from sensors.groups import KINDS, is_of_group, named
from sensors.register import things_from_csv

TAKEN = ("city", "site:lot-1", "site:glas:green", "district:Mitte", "operator:PGR", "fraction:glass", "district:")


@pytest.mark.parametrize("identity", TAKEN)
def test_a_thing_cannot_be_called_as_a_group(identity: str):
    assert is_of_group(identity)
    with pytest.raises(RefusedError, match="its id is that of a group of things"):
        identity_of(identity, "")


@pytest.mark.parametrize("identity", ["lot-city", "City", "cities", "site-1", "site", "district", "meter:1", ":city"])
def test_other_ids_are_free(identity: str):
    assert identity_of(identity, "") == identity


def test_every_kind_of_group_has_its_name():
    assert [named(kind, "x") for kind in KINDS] == ["site:x", "district:x", "operator:x", "fraction:x"]
    assert named("city") == "city"


def test_a_register_is_told_which_entry_has_such_an_id():
    table = "id,kind,longitude,latitude,capacity\ncity,parking_lot,12.1,54.1,5\nlot,parking_lot,12.1,54.1,5\n"
    parsed = things_from_csv(table)
    assert [thing.id for thing in parsed.things] == ["lot"]
    (sentence,) = parsed.refused
    assert sentence == (
        "row 2 'city': its id is that of a group of things, as 'city' and all that begin with 'site:', 'district:', "
        "'operator:', 'fraction:' are: call it otherwise, as by its place."
    )


def test_a_feature_is_told_so_too():
    point = {"type": "Point", "coordinates": [12.1, 54.1]}
    features = [
        {"type": "Feature", "id": name, "geometry": point, "properties": {"kind": "parking_lot", "capacity": 5}}
        for name in (*TAKEN, "lot")
    ]
    parsed = things_from_geojson({"type": "FeatureCollection", "features": features})
    assert [thing.id for thing in parsed.things] == ["lot"]
    assert len(parsed.refused) == len(TAKEN)
