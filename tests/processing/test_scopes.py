"""Things sorted into sites, districts, operators and the city."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from processing.scopes import members_of, scopes
from processing.worker import Worker
from sensors.groups import is_of_group
from sensors.model import Datastream, Thing
from storage.catalogue import Catalogue
from storage.store import open_store
from tests.processing.small_city import LOT, at, of, rows

if TYPE_CHECKING:
    import pytest


def thing(name: str, **of: Any) -> Thing:
    return Thing(id=name, name=name, kind="waste_container", longitude=12.0 + len(name), latitude=54.0, **of)


BINS = (
    thing("a", district="Mitte", operator="rsag", public=True, properties={"container_site": "isle"}),
    thing("bbb", district="Mitte", operator="rsag", public=True, properties={"container_site": "isle"}),
    thing("c", district="Nord", operator="other", properties={"container_site": 7}),
    thing("d"),
)


def test_everything_is_of_the_city_and_of_what_it_names():
    found = {scope.thing.id: scope.members for scope in scopes(BINS)}
    assert found == {
        "city": ("a", "bbb", "c", "d"),
        "district:Mitte": ("a", "bbb"),
        "district:Nord": ("c",),
        "operator:other": ("c",),
        "operator:rsag": ("a", "bbb"),
        "site:isle": ("a", "bbb"),
    }


def test_containers_are_of_their_fraction_and_of_that_of_their_site():
    glass = [thing(name, properties={"container_site": "isle", "fraction": "glass"}) for name in "ab"]
    paper = thing("c", properties={"container_site": "isle", "fraction": "paper"})
    found = {scope.thing.id: scope.members for scope in scopes([*glass, paper, thing("d", properties={"fraction": 7})])}
    assert found == {
        "city": ("a", "b", "c", "d"),
        "fraction:glass": ("a", "b"),
        "fraction:paper": ("c",),
        "site:isle": ("a", "b", "c"),
        "site:isle:glass": ("a", "b"),
        "site:isle:paper": ("c",),
    }


def test_who_belongs_to_a_car_park_that_is_told_as_a_whole_is_not_counted_beside_it():
    """Of what is told of both, such as occupancy; where spaces alone tell something, they are all there is."""
    lot = thing("lot", district="Mitte", properties={"capacity": 40})
    space = thing("space", district="Mitte", properties={"parking_lot": "lot"})
    alone = thing("alone", district="Mitte", properties={"parking_lot": "elsewhere"})
    both = {scope.thing.id: scope.members for scope in scopes([lot, space, alone])}
    assert both == {
        "city": ("lot", "alone"),
        "district:Mitte": ("lot", "alone"),
        "site:elsewhere": ("alone",),
        "site:lot": ("space",),
    }
    assert {scope.thing.id: scope.members for scope in scopes([space, alone])}["city"] == ("space", "alone")


def test_a_group_lies_amid_its_things_and_is_as_open_as_they_are():
    found = {scope.thing.id: scope.thing for scope in scopes(BINS)}
    mitte, city = found["district:Mitte"], found["city"]
    assert (mitte.longitude, mitte.operator, mitte.district, mitte.public) == (14.0, "rsag", "Mitte", True)
    assert (city.kind, city.name, city.operator, city.public) == ("city", "city", "", False)


def test_members_are_pairs_in_the_order_of_the_groups():
    found = scopes(BINS)
    members = members_of(found, BINS)
    pairs = [(found[group].thing.id, BINS[one].id) for group, one in zip(members.group, members.thing, strict=True)]
    assert pairs == [(scope.thing.id, member) for scope in found for member in scope.members]
    assert members.count == 6


def test_no_things_make_no_groups():
    assert scopes(()) == ()
    assert len(members_of((), ()).thing) == 0


def test_every_group_has_an_id_that_no_thing_may_have():
    glass = [thing(name, properties={"container_site": "isle", "fraction": "glass"}) for name in "ab"]
    assert all(is_of_group(scope.thing.id) for scope in scopes([*BINS, *glass]))


def test_a_thing_that_is_called_as_a_group_is_left_out(caplog: pytest.LogCaptureFixture):
    """Only old registers hold one: both would write under one name, each over the other's."""
    store, catalogue = open_store("memory://"), Catalogue("sqlite://")
    catalogue.put([replace(LOT, district="Mitte"), replace(LOT, id="city"), replace(LOT, id="district:Mitte")])
    for each, free in (("lot", 60.0), ("city", 10.0), ("district:Mitte", 20.0)):
        store.write(rows(Datastream(each, "available_spot_number"), *((hour, free) for hour in range(-1, 25))))
    worker = Worker(store, catalogue)
    worker.step(at(hours=24))
    told = {name: of(store, f"{name}/occupancy_day")[0.0] for name in ("lot", "city", "district:Mitte")}
    assert set(told.values()) == {(0.4, 0)}
    assert [worker.step(at(hours=24, minutes=minute)).written for minute in (1, 2)] == [0, 0]
    (sentence,) = caplog.messages
    assert sentence == (
        "No indicator is computed of 'city', 'district:Mitte': these are ids of groups of things. Add each anew under "
        "another id ('smilecity things add'), and let its device observe that one ('smilecity devices assign')"
    )
