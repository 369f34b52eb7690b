"""Places of things and groups, without those where households live."""

from __future__ import annotations

from processing.gazetteer import gazetteer
from sensors.model import Thing


def thing(name: str, longitude: float, **site: object) -> Thing:
    return Thing(
        id=name,
        name=f"Meter {name}",
        kind="energy_meter",
        longitude=longitude,
        latitude=54.0,
        operator="SWR",
        district="Mitte",
        properties=site,
    )


def test_things_and_groups_are_found_by_their_ids():
    places = {one["key"]: one for one in gazetteer([thing("a", 12.0), thing("b", 13.0)])}
    assert places["a"] == {"key": "a", "name": "Meter a", "longitude": 12.0, "latitude": 54.0}
    assert {name: one["longitude"] for name, one in places.items()} == {
        "a": 12.0,
        "b": 13.0,
        "city": 12.5,
        "district:Mitte": 12.5,
        "operator:SWR": 12.5,
    }


def test_nobody_is_told_where_a_household_lives():
    places = {
        one["key"]: one["longitude"] for one in gazetteer([thing("a", 12.0), thing("home", 13.0, household=True)])
    }
    assert places == {"a": 12.0, "city": 12.0, "district:Mitte": 12.0, "operator:SWR": 12.0}
    assert gazetteer([thing("home", 13.0, household=True)]) == []


def test_no_things_have_no_places():
    assert gazetteer([]) == []
