from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

from sensors.devices import models
from sensors.geojson import things_from_geojson
from sensors.households import is_household
from simulators.lay import HERE, write
from simulators.places import ROSTOCK
from simulators.rhythm import RHYTHMS
from simulators.run import rostock
from simulators.spaces import KINDS

if TYPE_CHECKING:
    from pathlib import Path


def test_the_file_is_what_the_facts_give(tmp_path: Path):
    write(tmp_path / "rostock.geojson")
    assert (tmp_path / "rostock.geojson").read_text(encoding="utf-8") == ROSTOCK.read_text(encoding="utf-8")


def test_a_platform_reads_every_thing_and_device():
    parsed = things_from_geojson(rostock())
    assert parsed.refused == ()
    assert len(parsed.things) == len(parsed.devices) == 203
    assert {device.model for device in parsed.devices} <= set(models())
    assert {thing.operator for thing in parsed.things} == {
        "PGR",
        "private",
        "Stadtentsorgung Rostock",
        "Stadtwerke Rostock",
    }


def test_every_district_has_containers_and_a_meter():
    with (HERE / "places.csv").open(encoding="utf-8", newline="") as file:
        districts = {row["district"] for row in csv.DictReader(file)}
    things = things_from_geojson(rostock()).things
    assert len(districts) == 35
    for kind in ("waste_container", "energy_meter"):
        assert {thing.district for thing in things if thing.kind == kind} == districts


def test_everything_stands_in_rostock_and_no_two_in_one_place():
    things = things_from_geojson(rostock()).things
    assert all(12.0 < thing.longitude < 12.25 and 54.04 < thing.latitude < 54.25 for thing in things)
    assert len({(thing.longitude, thing.latitude) for thing in things}) == len(things)


def test_assumed_capacities_say_so():
    lots = [thing for thing in things_from_geojson(rostock()).things if thing.kind == "parking_lot"]
    sources = [thing.properties["capacity_source"] for thing in lots]
    assert sources.count("assumed") == 8
    assert all(source == "assumed" or source.startswith("reported") for source in sources)


def test_spaces_have_their_uses():
    uses = [
        (thing.kind, thing.properties["use"]) for thing in things_from_geojson(rostock()).things if thing.kind in KINDS
    ]
    assert {use: uses.count(use) for use in set(uses)} == {
        ("parking_spot", "standard"): 45,
        ("parking_spot", "disabled"): 5,
        ("loading_zone", "loading"): 5,
        ("fire_access_zone", "fire_lane"): 5,
    }


def test_every_rhythm_is_known():
    assert {feature["simulation"]["rhythm"] for feature in rostock()["features"]} <= set(RHYTHMS)


def test_lorawan_devices_carry_euis_that_no_maker_owns():
    devices = [device.id for device in things_from_geojson(rostock()).devices if device.model != "plain"]
    assert len(set(devices)) == len(devices)
    assert all(len(eui) == 16 and int(eui[:2], 16) & 2 for eui in devices)


def test_households_are_in_company_but_for_some_and_nobody_opens_them():
    things = things_from_geojson(rostock()).things
    homes = [thing for thing in things if is_household(thing)]
    per_district = Counter(thing.district for thing in homes)
    assert sorted(per_district.values()) == [3, 6, 7]
    assert not any(thing.public for thing in homes)
    public = {thing.properties.get("fraction", thing.kind) for thing in things if thing.public}
    assert public == {*KINDS, "parking_lot", "energy_meter", "glass", "litter", "paper"}
