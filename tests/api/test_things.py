from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api import schema
from sensors.model import Device, Thing
from tests.api.city import THINGS, Client

if TYPE_CHECKING:
    from api.services import Services


def ids(document: dict[str, Any]) -> list[str]:
    return [thing["id"] for thing in document["things"]]


def test_all_things_by_id(client: Client):
    document = client.json("/v1/things")
    schema.ThingPage.model_validate(document)
    assert ids(document) == ["bin-1", "lot-1", "meter-1", "spot-1"]
    assert document["next"] is None


def test_one_thing(client: Client):
    document = client.json("/v1/things/lot-1")
    schema.ThingDocument.model_validate(document)
    assert document == {
        "id": "lot-1",
        "name": "Harbour",
        "kind": "parking_lot",
        "domain": "parking",
        "operator": "car-parks",
        "district": "Stadtmitte",
        "public": True,
        "location": {"longitude": 12.10, "latitude": 54.09},
        "properties": {"capacity": 350},
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=parking_lot", ["lot-1"]),
        ("domain=parking", ["lot-1", "spot-1"]),
        ("operator=waste", ["bin-1"]),
        ("district=S%C3%BCdstadt", ["bin-1"]),
        ("domain=parking&district=Stadtmitte", ["lot-1"]),
        ("operator=nobody", []),
    ],
)
def test_choosing(client: Client, query, expected):
    assert ids(client.json(f"/v1/things?{query}")) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
def test_pages_give_each_thing_once(client: Client, limit):
    pages = client.walk(f"/v1/things?limit={limit}", "things")
    assert [thing["id"] for page in pages for thing in page] == sorted(thing.id for thing in THINGS)
    assert all(len(page) == limit for page in pages[:-1])


def test_the_next_link_keeps_the_choice(client: Client):
    pages = client.walk("/v1/things?domain=parking&limit=1", "things")
    assert [page[0]["id"] for page in pages] == ["lot-1", "spot-1"]


def test_an_unknown_thing_gets_a_proposal(client: Client):
    document = client.problem("/v1/things/lot1", 404, "unknown-thing")
    assert "Did you mean 'lot-1'" in document["detail"]


def test_an_unknown_kind_gets_a_proposal(client: Client):
    document = client.problem("/v1/things?kind=parking_lots", 400, "bad-value")
    assert "Did you mean 'parking_lot'" in document["detail"]


def test_a_thing_added_later_is_seen(client: Client, services):
    assert len(client.json("/v1/things")["things"]) == 4
    services.catalogue.put([Thing(id="a/b", name="", kind="energy_meter", longitude=0, latitude=0)])
    assert ids(client.json("/v1/things"))[0] == "a/b"
    assert client.json("/v1/things/a/b")["id"] == "a/b"


def test_no_things(stranger: Client):
    assert stranger.json("/v1/things") == {"things": [], "next": None}


def test_devices_are_listed_by_thing_and_by_id(client: Client, services: Services):
    services.catalogue.assign(Device(id="late", model="plain", thing=THINGS[0], valid_from=1_000_000))
    document = client.json("/v1/devices?device=late")
    schema.DevicePage.model_validate(document)
    assert document["devices"] == [
        {
            "id": "late",
            "model": "plain",
            "thing": THINGS[0].id,
            "valid_from": "1970-01-01T00:16:40.000Z",
            "valid_to": None,
        }
    ]
    everything = [device["id"] for page in client.walk("/v1/devices?limit=1", "devices") for device in page]
    assert everything == ["device-1", "late"]
    assert client.json("/v1/devices?device=nobody")["devices"] == []
