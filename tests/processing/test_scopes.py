"""Things sorted into sites, districts, operators and the city."""

from __future__ import annotations

from typing import Any

from processing.scopes import members_of, scopes
from sensors.model import Thing


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
